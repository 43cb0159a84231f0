import pytest

from crmlib import standards
from crmlib.i18n import use_language


@pytest.fixture(autouse=True)
def english_and_shipped_standards():
    """What one test chooses must not reach the next."""
    use_language("en")
    standards.use(None)
    yield
