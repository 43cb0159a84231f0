"""The course without nbgrader's exchange: no warning, and a plain word where a button would need it."""

from __future__ import annotations

import shutil

import pytest
from sheet_course import REPOSITORY

from crmlib.classroom.course_config import course as nbgrader_api
from crmlib.i18n import LANGUAGES, use_language

INSTEAD = {"release_assignment": "crm bundle", "collect": "crm collect", "release_feedback": "feedback"}
PLAINLY = {"zh": "不用 nbgrader 的交换文件夹", "en": "works without nbgrader's exchange"}


@pytest.fixture(params=LANGUAGES)
def api(request, tmp_path):
    for name in ("nbgrader_config.py", f"{request.param}/nbgrader_config.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / "exercises" / name, tmp_path / name)
    made = nbgrader_api(tmp_path / request.param)
    use_language(request.param)
    made.language = request.param
    return made


def test_nothing_is_missing_and_nothing_is_released(api):
    assert not api.exchange_missing
    assert api.course_id
    assert api.get_released_assignments() == set()


@pytest.mark.parametrize("button", INSTEAD)
def test_a_button_that_needs_the_exchange_says_what_to_do_instead(api, button):
    outcome = getattr(api, button)("1-1-customer-classes")
    assert not outcome["success"]
    assert INSTEAD[button] in outcome["log"]
    assert PLAINLY[api.language] in outcome["log"]
