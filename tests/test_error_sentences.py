import pandas as pd
import pytest

from crmlib.error_sentences import mend

REVENUE = pd.Series([1.0, 2.0])
DAYS = pd.Series(pd.to_datetime(["2025-11-01", "2025-12-01"]))


def failing(code):
    try:
        exec(code, {"revenue": REVENUE, "days": DAYS, "plt": __import__("matplotlib.figure").figure})  # noqa: S102
    except Exception as error:
        return mend(error, None)
    raise AssertionError(f"{code} did not fail")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("days >= 'year_ago'", "compared with text"),
        ("revenue <= '2'", "compared with text"),
        ("0.05 < '5%'", "compared with text"),
        ("(revenue <= 2) and (revenue >= 1)", "(a >= 1) & (b <= 2)"),
        ("if revenue > 1: pass", "(a >= 1) & (b <= 2)"),
        ("revenue / revenue.sum", "sum() and not sum"),
        ("plt.Figure().subplots().plot([1, 2, 3], [1])", "different numbers of points"),
        ("revenue.rename({0: 'C1', 1: 'C2'})[revenue + 0.5]", "want labels"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_slip_is_named_with_its_mend(code, said):
    assert said in failing(code)
