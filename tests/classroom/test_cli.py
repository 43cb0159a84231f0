import os
import subprocess
import sys

import pytest
from crm_command import crm

from crmlib.classroom.cli import app
from crmlib.company import firm_code


@pytest.mark.parametrize(("language", "word"), [("en", "Check this machine"), ("zh", "检查")])
def test_help_names_every_command_in_the_language_of_the_machine(language, word):
    environment = {**os.environ, "CRM_LANGUAGE": language}
    shown = subprocess.run([sys.executable, "-m", "crmlib.classroom.cli", "--help"], env=environment, capture_output=True, encoding="utf-8", check=False)
    assert shown.returncode == 0
    assert word in shown.stdout
    commands = {command.name or command.callback.__name__ for command in app.registered_commands} | {"company"}
    assert commands <= set(shown.stdout.replace("│", " ").split())


def test_a_class_key_gives_each_student_a_code_and_no_key_is_refused(tmp_path):
    shown = crm("firm", "code", "2026001", "2026002", "--class-key", "first class")
    assert shown.stdout.splitlines() == [f"{number}\t{firm_code('first class', number)}" for number in ("2026001", "2026002")]
    assert crm("firm", "code", "2026001", cwd=tmp_path).returncode != 0


@pytest.mark.parametrize(
    "arguments", [("export", "zh"), ("nbgrader", "en", "list"), ("lab", "fr"), ("bundle", "fr"), ("rehearse", "nowhere.md")]
)
def test_a_wrong_place_or_edition_is_a_sentence_not_a_traceback(tmp_path, arguments):
    shown = crm(*arguments, cwd=tmp_path)
    assert shown.returncode != 0
    assert "Traceback" not in shown.stdout + shown.stderr


def test_nbgrader_runs_in_the_course_root():
    shown = crm("nbgrader", "zh", "--version")
    assert shown.returncode == 0
    assert "nbgrader version" in shown.stdout
