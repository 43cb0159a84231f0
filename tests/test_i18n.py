import subprocess
import sys

import pytest

import crmlib as crm
from crmlib import i18n


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_message_comes_in_the_active_language(language):
    crm.setup(language)
    with pytest.raises(ValueError) as refused:
        crm.setup("fr")
    assert ("版本" in str(refused.value)) == (language == "zh")
    assert "fr" in str(refused.value)
    assert i18n.language() == language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"CRM_LANGUAGE": "zh", "LANG": "en_GB.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"CRM_LANGUAGE": "en", "LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_the_first_language_is_that_of_the_machine_unless_told(environment, language):
    answer = subprocess.run(
        [sys.executable, "-c", "import crmlib; print(crmlib.i18n.language())"], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == language


def test_the_glossary_is_whole_and_each_term_has_one_rendering():
    terms = i18n.glossary().values()
    for term in terms:
        assert all((term.zh, term.en, term.definition_zh, term.definition_en)), term.key
        assert not {word.lower() for word in term.avoid} & {term.en.lower(), *map(str.lower, term.also)}, term.key
    assert len({term.zh for term in terms}) == len({term.en for term in terms}) == len(terms)


def test_importing_the_library_loads_no_part_of_it():
    heavy = "pandas matplotlib sklearn scipy pandera sqlalchemy narwhals typer nbgrader".split()
    code = f"import sys, crmlib; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_face_offers_its_parts_and_nothing_else():
    assert {"setup", "show", "company", "segments", "plotting", "standards"} <= set(dir(crm))
    assert crm.show is crm.tables.show
    with pytest.raises(AttributeError):
        crm.no_such_part
