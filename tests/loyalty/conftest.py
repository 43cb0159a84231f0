import pytest

from crmlib import company


@pytest.fixture(scope="package")
def world():
    """A simulated firm and its truth, made once for the tests of loyalty."""
    return company.simulate(customers=1500, months=24, seed=5)


@pytest.fixture(scope="package")
def firm(world):
    return world[0]


@pytest.fixture(scope="package")
def truth(world):
    return world[1]
