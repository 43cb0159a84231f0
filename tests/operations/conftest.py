import pytest

import crmlib as crm


@pytest.fixture(scope="session")
def lark():
    return crm.company.lark()
