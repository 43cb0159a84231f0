"""Money to the cent and weights to the gram, without the surprises of binary fractions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from crmlib.i18n import _

CENT = Decimal("0.01")
GRAM = Decimal("0.001")


def decimal(name: str, value: object, *, least: float | None = 0, below: float | None = None) -> Decimal:
    """`value` as a Decimal that says what a person would write; text that is no number is refused.

    Parameters
    ----------
    name : what a sentence calls the value
    value : int, float, Decimal or text such as "2.5"
    least : the least value allowed; None allows any
    below : the value must stay under this one

    Raises
    ------
    ValueError
        No number, or outside the bounds.

    >>> decimal("weight_kg", 0.1) + decimal("weight_kg", 0.2)
    Decimal('0.3')
    """
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(_("{name} is {value}; it must be a number, such as 2.5.").format(name=name, value=value))
    if least is not None and number < Decimal(str(least)):
        raise ValueError(_("{name} is {value}; it must be at least {least}.").format(name=name, value=value, least=least))
    if below is not None and number >= Decimal(str(below)):
        raise ValueError(_("{name} is {value}; it must be below {below} (write 20% as 0.2).").format(name=name, value=value, below=below))
    return number


def share(name: str, value: object) -> Decimal:
    """`value` as a share from 0 to under 1.

    >>> share("discount", 0.1)
    Decimal('0.1')
    """
    return decimal(name, value, least=0, below=1)


def to_cent(amount: Decimal) -> Decimal:
    """`amount` rounded to the cent, halves up, as a till does; Python's own round() takes halves to the even cent.

    >>> to_cent(Decimal("2.675")), round(2.675, 2)
    (Decimal('2.68'), 2.67)
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def kilograms_begun(weight: Decimal, step: Decimal = Decimal(1)) -> int:
    """How many steps of weight are begun: 1 for anything up to one step, 2 from the first gram above it.

    >>> kilograms_begun(Decimal("1")), kilograms_begun(Decimal("1.001")), kilograms_begun(Decimal("0.05"))
    (1, 2, 1)
    """
    grams = int((weight / GRAM).to_integral_value(rounding=ROUND_HALF_UP))
    each = int((step / GRAM).to_integral_value(rounding=ROUND_HALF_UP))
    return max(-(-grams // each), 1)
