"""Published figures that crmlib.loyalty must reproduce."""

import pandas as pd
import pytest

from crmlib.loyalty import points_liability


def test_points_of_ifrs_15_example_52():
    """10,000 points of 1 currency unit each, 9,500 expected to be redeemed: worth 9,500, or 0.95 a point (IFRS 15, IE267–IE268)."""
    points = pd.DataFrame({"member_id": ["m1"], "booked_on": ["2026-01-31"], "kind": ["earn"], "points": [10_000]})
    found = points_liability(points, on="2026-01-31", yuan_per_point=1.0, redemption_rate=0.95)
    assert found.yuan == pytest.approx(9_500)
    assert found.yuan / found.outstanding == pytest.approx(0.95)
