"""A scenario file says only what differs; what it gets wrong is named."""

import dataclasses

import pytest

from crmlib.company.scenario import Scenario
from crmlib.company.scenario_file import read_scenario


def _read(tmp_path, text):
    (tmp_path / "scenario.toml").write_text(text, "utf-8")
    return read_scenario(tmp_path / "scenario.toml")


def test_an_empty_file_is_the_usual_scenario(tmp_path):
    assert _read(tmp_path, "") == Scenario()


def test_every_kind_of_parameter_can_be_named_and_the_rest_stays(tmp_path):
    found = _read(
        tmp_path,
        """
        potential = 0.2
        discounts = [[5, 0.1], [50, 0.2]]
        [monthly_parcels]
        walk_in = 2
        [product_mix]
        walk_in = [0.5, 0.3, 0.2]
        [promised_hours]
        "express/same_city" = 6
        [churn]
        wallet = 0
        size_shares = [0.1, 0.2]
        [staff]
        customers_each = 40.0
    """,
    )
    usual = Scenario()
    expected = dataclasses.replace(
        usual, potential=0.2, discounts=((5.0, 0.1), (50.0, 0.2)), monthly_parcels={**usual.monthly_parcels, "walk_in": 2.0},
        product_mix={**usual.product_mix, "walk_in": (0.5, 0.3, 0.2)}, promised_hours={**usual.promised_hours, ("express", "same_city"): 6},
        churn=dataclasses.replace(usual.churn, wallet=0.0, size_shares=(0.1, 0.2)),
        staff=dataclasses.replace(usual.staff, customers_each=40),
    )  # fmt: skip
    assert found == expected
    assert isinstance(found.staff.customers_each, int)


def test_every_parameter_of_the_usual_scenario_can_be_written_down(tmp_path):
    """Each as the table lists it, but for those that only Python can say."""
    for name, value in Scenario.table()["value"].items():
        text = _toml(name.split("."), value)
        if text is not None:
            assert _read(tmp_path, text) == Scenario(), name


def _toml(path, value):
    if isinstance(value, dict):
        lines = [_toml([*path, "/".join(key) if isinstance(key, tuple) else key], part) for key, part in value.items()]
        return "\n".join(lines)
    if isinstance(value, tuple) and dataclasses.is_dataclass(value[0]):
        return None
    spelt = str(value).replace("(", "[").replace(")", "]")
    return ".".join(f'"{part}"' for part in path) + f" = {spelt}"


@pytest.mark.parametrize(("text", "sentence"), [
    ("potentail = 1", "there is no potentail. There are: market_mix"), ("[churn]\nwalet = 1", r"there is no churn\.walet"),
    ("[monthly_parcels]\nmoon = 1", r"there is no monthly_parcels\.moon. There are: e_commerce"),
    ("potential = 'much'", "potential must be a number"),
    ("potential = true", "potential must be a number"), ("potential = nan", "potential must be a number"),
    ("churn = 3", r"Write a section \[churn\]"),
    ("monthly_parcels = 3", r"Write a section \[monthly_parcels\]"), ("discounts = 3", "discounts must be a list like"),
    ("[staff]\ncustomers_each = 1.5", "must be a whole number"), ("[churn]\nsize_shares = [0.1]", "churn.size_shares must be a list like"),
    ("discounts = [[1]]", r"discounts\[1\] must be a list like"), ("[outside]\nprice_wars = []", "cannot be set in a file"),
    ("potential = ", "is no TOML"), ("[market_mix]\nwalk_in = 0.9", "market_mix"),
])  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        _read(tmp_path, text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
