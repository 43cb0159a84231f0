"""The message catalogue: what is extracted, merged, compiled, and what is reported as missing."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest

from crmlib.classroom import catalogue

SOURCE = '''
from crmlib.i18n import _
print(_("Good morning"), _("{count} parcels "
        "were lost.").format(count=3), "not for translation")
'''


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "crmlib").mkdir()
    (tmp_path / "crmlib/desk.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def spoken(root: Path) -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO((root / catalogue.CATALOGUE).with_suffix(".mo").read_bytes()))


def test_extract_finds_marked_sentences_alone(root):
    assert catalogue.extract(root) == {
        "Good morning": ("crmlib/desk.py",),
        "{count} parcels were lost.": ("crmlib/desk.py",),
    }


def test_merge_makes_a_catalogue_that_gettext_reads(root):
    report = catalogue.merge({"Good morning": "早上好", "{count} parcels were lost.": "丢了 {count} 件。"}, root=root)
    assert report.ok
    assert spoken(root).gettext("Good morning") == "早上好"
    assert spoken(root).gettext("{count} parcels were lost.") == "丢了 {count} 件。"


def test_untranslated_sentences_are_reported_and_stay_english(root):
    report = catalogue.merge({"Good morning": "早上好"}, root=root)
    assert report.untranslated == ("{count} parcels were lost.",)
    assert not report.ok
    assert "no Chinese yet: {count} parcels were lost." in report.summary()
    assert spoken(root).gettext("{count} parcels were lost.") == "{count} parcels were lost."


def test_a_later_merge_keeps_what_was_there_and_replaces_what_is_given(root):
    catalogue.merge({"Good morning": "早", "{count} parcels were lost.": "丢了 {count} 件。"}, root=root)
    assert catalogue.merge({"Good morning": "早上好"}, root=root).ok
    assert spoken(root).gettext("Good morning") == "早上好"
    assert spoken(root).gettext("{count} parcels were lost.") == "丢了 {count} 件。"


def test_left_over_sentences_are_reported_kept_and_pruned_on_request(root):
    catalogue.merge({"Good evening": "晚上好"}, root=root)
    assert catalogue.report(root).obsolete == ("Good evening",)
    assert "#~ msgid" in (root / catalogue.CATALOGUE).read_text("utf-8")
    (root / "crmlib/night.py").write_text('from crmlib.i18n import _\n_("Good evening")\n', encoding="utf-8")
    assert "Good evening" not in catalogue.merge({}, root=root).untranslated
    (root / "crmlib/night.py").unlink()
    assert catalogue.merge({}, root=root, prune=True).obsolete == ()
    assert catalogue.report(root).obsolete == ()


def test_doubtful_entries_are_reported_and_not_spoken(root):
    catalogue.merge({"Good morning": "早上好"}, root=root)
    path = root / catalogue.CATALOGUE
    text = path.read_text("utf-8").replace('msgid "Good morning"', '#, fuzzy\nmsgid "Good morning"')
    path.write_text(text, encoding="utf-8")
    assert catalogue.merge({}, root=root).fuzzy == ("Good morning",)
    assert spoken(root).gettext("Good morning") == "Good morning"
    assert catalogue.merge({"Good morning": "早上好"}, root=root).fuzzy == ()


def test_other_fields_in_braces_are_reported(root):
    report = catalogue.merge({"Good morning": "早上好", "{count} parcels were lost.": "丢了 {number} 件。"}, root=root)
    assert report.other_fields == ("{count} parcels were lost.",)


def test_the_same_messages_make_the_same_bytes(root, tmp_path):
    words = {"Good morning": "早上好", "{count} parcels were lost.": "丢了 {count} 件。"}
    catalogue.merge(words, root=root)
    made = [path.read_bytes() for path in sorted((root / catalogue.CATALOGUE).parent.iterdir())]
    catalogue.merge(dict(reversed(words.items())), root=root)
    assert [path.read_bytes() for path in sorted((root / catalogue.CATALOGUE).parent.iterdir())] == made
    assert b"Date" not in b"".join(made)


def test_the_command_merges_files(root, tmp_path, capsys):
    (tmp_path / "new.json").write_text('{"Good morning": "早上好", "{count} parcels were lost.": "丢了 {count} 件。"}', encoding="utf-8")
    assert catalogue.main([str(tmp_path / "new.json")], root=root) == 0
    assert "complete" in capsys.readouterr().out


def test_every_sentence_of_the_course_has_its_chinese():
    report = catalogue.report()
    assert report.ok, report.summary()


def test_the_compiled_catalogue_matches_its_source():
    path = (catalogue.repository() / catalogue.CATALOGUE).with_suffix(".mo")
    assert path.read_bytes() == catalogue.compiled()
