"""Submissions out of learning platforms' archives: whose each file is, which attempt counts, and what is refused."""

from __future__ import annotations

import os
import stat
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from dateutil.tz import gettz
from nbformat.v4 import new_code_cell, new_notebook
from sheet_course import answer_well, fill, make_course

from crmlib.classroom.archives import UnpackLimits, walk
from crmlib.classroom.collect import collect
from crmlib.classroom.course_config import course as open_course
from crmlib.classroom.roster import import_roster
from crmlib.classroom.submission_names import PATTERNS, SubmissionNames, owner_of
from crmlib.i18n import use_language

pytestmark = pytest.mark.xdist_group("collect")
CHINA = gettz("Asia/Shanghai")
ROSTER = {"2026001": "张伟", "2026002": "欧阳晓梅", "2026003": "Ada Lovelace", "2026004": "李娜", "2026005": "李娜", "2026006": "张伟民"}
MORNING, EVENING = (2026, 11, 20, 8, 0, 0), (2026, 11, 20, 20, 30, 0)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course with the tiny sheet and a class of six."""
    course = make_course(tmp_path_factory.mktemp("收作业") / "exercises", "en")
    names = course.root.parent / "名单.csv"
    names.write_text("学号,姓名\n" + "".join(f"{number},{name}\n" for number, name in ROSTER.items()), "utf-8")
    import_roster(course.root, names)
    return course


@pytest.fixture
def course(template):
    """The same, with nothing handed in."""
    for name in ("submitted", "attempts"):
        folder = template.root / name
        if folder.exists():
            folder.rename(folder.with_name(f"{name}-{len(list(template.root.iterdir()))}"))
    use_language("en")
    return template


def work(course, answer: float = 0.7) -> bytes:
    notebook = nbformat.read(course.release, 4)
    fill(notebook, top_share=f"top_share = {answer}")
    return nbformat.writes(notebook).encode()


class Unmarked(zipfile.ZipInfo):
    """An entry whose name is in another encoding than UTF-8, and that does not say so."""

    __slots__ = ("raw",)

    def __init__(self, name, encoding, *when):
        super().__init__(name, *when)
        self.raw = name.encode(encoding)

    def _encodeFilenameFlags(self):
        return self.raw, 0


def pack(path: Path | None, *entries, encoding: str = "utf-8") -> bytes:
    """A ZIP as platforms make them: names in UTF-8 with their flag, or in another encoding without."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, *when in entries:
            entry = zipfile.ZipInfo(name, *when) if encoding == "utf-8" else Unmarked(name, encoding, *when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    if path is not None:
        path.write_bytes(buffer.getvalue())
    return buffer.getvalue()


def states(report):
    return [(fate.student, fate.state) for fate in report.fates]


def submitted(course, student):
    return (course.root / "submitted" / student / course.sheet / f"{course.sheet}.ipynb").read_bytes()


def stamp(course, student):
    return (course.root / "submitted" / student / course.sheet / "timestamp.txt").read_text("utf-8")


def take(course, *sources, **options):
    report = collect(course.root, sources, zone=CHINA, **options)
    use_language("en")
    return report


@pytest.mark.parametrize(
    ("inside", "student"),
    [
        ("2026001-张伟/0-1-tiny.ipynb", "2026001"),
        ("物流1班_2026001_张伟_作业.ipynb", "2026001"),
        ("张伟(2026001).ipynb", "2026001"),
        ("张伟（２０２６００１）(2).ipynb", "2026001"),
        ("张伟_48213_assignsubmission_file/x.ipynb", "2026001"),
        ("张伟_48213_assignsubmission_file_/x.ipynb", "2026001"),
        ("1班-Ada Lovelace_48213_assignsubmission_file_x.ipynb", "2026003"),
        ("Lovelace Ada_7_assignsubmission_file_x.ipynb", "2026003"),
        ("欧阳 晓梅_7_assignsubmission_file_x.ipynb", "2026002"),
        ("2026级物流/2026003.ipynb", "2026003"),
        ("张伟民.ipynb", "2026006"),
        ("submitted/2026002/0-1-tiny/0-1-tiny.ipynb", "2026002"),
        ("2026002.ipynb", "2026002"),
        ("C:\\作业\\2026004\\答案.ipynb", "2026004"),
        ("张伟/作业 (1).ipynb", "2026001"),
    ],
)
def test_whose_a_file_is(inside, student):
    assert owner_of(inside, "", ROSTER, sheets=["0-1-tiny"]).student == student


@pytest.mark.parametrize(
    ("inside", "word"),
    [
        ("李娜_7_assignsubmission_file_x.ipynb", "2026004, 2026005"),
        ("李娜.ipynb", "2026004, 2026005"),
        ("2026001-李娜.ipynb", "is that of 张伟"),
        ("2099001-王五.ipynb", "2099001 is not on the class list"),
        ("王五_7_assignsubmission_file_x.ipynb", "王五 is not on the class list"),
        ("2026001和2026002.ipynb", "several students"),
        ("张伟和欧阳晓梅.ipynb", "several students"),
        ("作业.ipynb", "no student number"),
    ],
)
def test_why_a_file_is_nobodys(inside, word):
    owner = owner_of(inside, "", ROSTER)
    assert owner.student == "" and word in owner.problem


def test_an_archive_of_one_names_its_owner_itself():
    assert owner_of("作业.ipynb", "2026001.zip", ROSTER).student == "2026001"


def test_the_patterns_serve_nbgraders_own_plugin():
    for name, path in {"moodle": "张伟_48213_assignsubmission_file/0-1-tiny.ipynb", "chaoxing": "2026001-张伟/0-1-tiny.ipynb"}.items():
        found = SubmissionNames(patterns=list(PATTERNS[name])).collect("/extracted/" + path)
        assert found["file_id"] == "0-1-tiny" and found["name"] == "张伟"


def test_moodles_archive_keeps_the_time_of_handing_in(course, tmp_path):
    pack(tmp_path / "课程-作业.zip", ("张伟_48213_assignsubmission_file/0-1-tiny.ipynb", work(course), EVENING))
    report = take(course, tmp_path / "课程-作业.zip")
    assert states(report) == [("2026001", "collected")]
    assert stamp(course, "2026001") == "2026-11-20 12:30:00.000000 UTC"
    assert report.fates[0].origin == "课程-作业.zip/张伟_48213_assignsubmission_file/0-1-tiny.ipynb"
    assert "1 collected" in report.summary()


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_in_gbk_and_utf_8(course, tmp_path, encoding):
    pack(tmp_path / "a.zip", ("物流1班/2026001-张伟/答案.ipynb", work(course), MORNING), encoding=encoding)
    assert states(take(course, tmp_path / "a.zip")) == [("2026001", "collected")]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert (archive.infolist()[0].flag_bits & 0x800 == 0) == (encoding == "gbk")


def test_archives_within_archives_and_folders(course, tmp_path):
    inner = pack(None, ("0-1-tiny.ipynb", work(course), MORNING))
    pack(tmp_path / "全班.zip", ("一组/2026001_张伟.zip", inner, MORNING), ("2026002.ipynb", work(course, 0.6), MORNING))
    folder = tmp_path / "下载"
    (folder / "2026003").mkdir(parents=True)
    (folder / "2026003" / "0-1-tiny.ipynb").write_bytes(work(course, 0.5))
    report = take(course, tmp_path / "全班.zip", folder)
    assert states(report) == [("2026001", "collected"), ("2026002", "collected"), ("2026003", "collected")]
    assert submitted(course, "2026003") == work(course, 0.5)


def test_the_newest_attempt_counts_and_earlier_ones_are_kept(course, tmp_path):
    pack(
        tmp_path / "a.zip",
        ("2026001-张伟(2).ipynb", work(course, 0.3), MORNING), ("2026001-张伟.ipynb", work(course, 0.1), MORNING),
        ("2026001-张伟(1).ipynb", work(course, 0.2), MORNING), ("2026002.ipynb", work(course, 0.9), EVENING),
        ("2026002(1).ipynb", work(course, 0.8), MORNING),
    )  # fmt: skip
    report = take(course, tmp_path / "a.zip")
    assert [fate.state for fate in report.fates] == ["replaced", "earlier", "earlier", "replaced", "earlier"]
    assert submitted(course, "2026001") == work(course, 0.3)
    assert submitted(course, "2026002") == work(course, 0.9)
    kept = sorted(path.read_bytes() for path in (course.root / "attempts" / "2026001").rglob("*.ipynb"))
    assert kept == sorted([work(course, 0.1), work(course, 0.2)])


def test_a_later_archive_replaces_an_older_one_does_not(course, tmp_path):
    pack(tmp_path / "1.zip", ("2026001.ipynb", work(course, 0.2), MORNING))
    pack(tmp_path / "2.zip", ("2026001.ipynb", work(course, 0.4), EVENING))
    pack(tmp_path / "0.zip", ("2026001.ipynb", work(course, 0.1), (2026, 11, 19, 8, 0, 0)))
    assert states(take(course, tmp_path / "1.zip")) == [("2026001", "collected")]
    assert states(take(course, tmp_path / "1.zip")) == [("2026001", "same")]
    assert states(take(course, tmp_path / "2.zip")) == [("2026001", "replaced")]
    assert states(take(course, tmp_path / "0.zip")) == [("2026001", "earlier")]
    assert states(take(course, tmp_path / "1.zip", tmp_path / "0.zip")) == [("2026001", "same")] * 2
    assert submitted(course, "2026001") == work(course, 0.4)
    assert stamp(course, "2026001").startswith("2026-11-20 12:30")
    attempts = sorted(path.parent.name[:16] for path in (course.root / "attempts").rglob("*.ipynb"))
    assert attempts == ["20261119T000000Z", "20261120T000000Z"]


def test_work_put_there_by_hand_is_kept(course, tmp_path):
    folder = course.submit("2026001", answer_well).parent
    (folder / "数据.txt").write_text("x", "utf-8")
    pack(tmp_path / "a.zip", ("2026001.ipynb", work(course), MORNING))
    assert states(take(course, tmp_path / "a.zip")) == [("2026001", "replaced")]
    [kept] = (course.root / "attempts").rglob("数据.txt")
    assert kept.with_name(f"{course.sheet}.ipynb").is_file()


def test_what_is_no_submission_is_told_and_left(course, tmp_path):
    pack(
        tmp_path / "a.zip",
        ("2026001.docx", b"x"), ("__MACOSX/2026001/._0-1-tiny.ipynb", b"x"), ("2026001/.ipynb_checkpoints/0-1-tiny.ipynb", b"{}"),
        ("2026001.rar", b"Rar!"), ("2026002.ipynb.txt", work(course), MORNING), ("2026003.IPYNB", work(course), MORNING),
        ("坏.zip", b"PK nothing"),
    )  # fmt: skip
    report = take(course, tmp_path / "a.zip")
    assert [fate.state for fate in report.fates] == ["ignored"] * 4 + ["collected"] * 2 + ["ignored"]
    assert all(fate.told.endswith(".") for fate in report.fates)


def test_no_path_leads_out_of_the_archive(course, tmp_path):
    link = zipfile.ZipInfo("2026001.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pack(tmp_path / "a.zip", ("../../2026001.ipynb", work(course)), ("/etc/2026001.ipynb", b"x"), ("C:/2026001.ipynb", b"x"),
         ("..\\2026001.ipynb", b"x"))  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr(link, "/etc/passwd")
    before = {path for path in tmp_path.parent.rglob("*") if "2026001" in path.name}
    report = take(course, tmp_path / "a.zip")
    assert [fate.state for fate in report.fates] == ["ignored"] * 5
    assert {path for path in tmp_path.parent.rglob("*") if "2026001" in path.name} == before


def test_a_link_in_a_folder_is_not_followed(course, tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(work(course))
    (tmp_path / "in").mkdir()
    os.symlink(tmp_path / "secret.ipynb", tmp_path / "in" / "2026001.ipynb")
    assert [fate.state for fate in take(course, tmp_path / "in").fates] == ["ignored"]


def test_a_bomb_stops_at_the_limits_and_the_rest_is_collected(course, tmp_path):
    pack(tmp_path / "a.zip", ("2026001.ipynb", b" " * 3_000_000, MORNING), ("2026002.ipynb", work(course), MORNING))
    report = take(course, tmp_path / "a.zip", limits=UnpackLimits(file_bytes=1_000_000))
    assert states(report) == [("", "ignored"), ("2026002", "collected")]
    bomb = pack(None, *[(f"{number}.ipynb", b" " * 900_000) for number in range(20)])
    pack(tmp_path / "b.zip", ("x.zip", bomb))
    found = list(walk(tmp_path / "b.zip", tmp_path, limits=UnpackLimits(file_bytes=1_000_000, total_bytes=2_000_000)))
    assert len(found) == 20 and sum(one.file is not None for one in found) == 2
    deep = pack(None, ("x.ipynb", b"{}"))
    for level in range(6):
        deep = pack(tmp_path / "deep.zip", (f"{level}.zip", deep))
    assert [bool(one.file) for one in walk(tmp_path / "deep.zip", tmp_path)] == [False]
    many = list(walk(tmp_path / "b.zip", tmp_path, limits=UnpackLimits(files=5)))
    assert sum(one.file is not None for one in many) == 4


def test_a_header_that_lies_about_its_size_fools_nobody(course, tmp_path):
    content = bytearray(pack(None, ("2026001.ipynb", b" " * 3_000_000, MORNING)))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (100).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    report = take(course, tmp_path / "a.zip", limits=UnpackLimits(file_bytes=1_000_000))
    assert [fate.state for fate in report.fates] == ["ignored"]


def test_a_password_is_told(course, tmp_path):
    content = bytearray(pack(None, ("2026001.ipynb", work(course), MORNING)))
    central = content.index(b"PK\x01\x02")
    content[6], content[central + 8] = content[6] | 1, content[central + 8] | 1
    (tmp_path / "a.zip").write_bytes(content)
    [fate] = take(course, tmp_path / "a.zip").fates
    assert fate.state == "ignored" and "password" in fate.told


def test_contents_say_which_sheet_it_is(course, tmp_path):
    other = nbformat.writes(new_notebook(cells=[new_code_cell("1")])).encode()
    pack(
        tmp_path / "a.zip",
        ("2026001.ipynb", work(course), MORNING),
        ("2026002.ipynb", other, MORNING),
        ("2026003 0-1.ipynb", other, MORNING),
    )
    report = take(course, tmp_path / "a.zip")
    assert [fate.state for fate in report.fates] == ["collected", "ignored", "collected"]
    assert "--sheet" in report.fates[1].told
    assert states(take(course, tmp_path / "a.zip", sheet="0-1"))[1] == ("2026002", "collected")
    with pytest.raises(ValueError, match="0-1-tiny"):
        take(course, tmp_path / "a.zip", sheet="9-9")


def test_a_pattern_of_ones_own_with_a_time(course, tmp_path):
    pack(tmp_path / "a.zip", ("X2026001@20261121-0830.ipynb", work(course)), ("2026002.ipynb", work(course)))
    report = take(course, tmp_path / "a.zip", pattern=r"X(?P<student_id>\d+)@(?P<timestamp>[\d-]+)")
    assert [fate.state for fate in report.fates] == ["collected", "ignored"]
    assert stamp(course, "2026001").startswith("2026-11-21 00:30")
    for bad in ("(", r"\d+"):
        with pytest.raises(ValueError, match="chaoxing"):
            take(course, tmp_path / "a.zip", pattern=bad)


def test_without_a_class_list_nothing_is_guessed(tmp_path, template, course):
    empty = make_course(tmp_path / "exercises", "en")
    with pytest.raises(ValueError, match="crm roster"):
        collect(empty.root, [tmp_path])
    pack(tmp_path / "a.zip", ("7777/0-1-tiny/0-1-tiny.ipynb", work(empty), MORNING))
    assert [fate.state for fate in collect(empty.root, [tmp_path / "a.zip"], pattern="nbgrader", zone=CHINA).fates] == ["collected"]


def test_a_missing_archive_is_a_sentence(course, tmp_path):
    with pytest.raises(ValueError, match="no file or folder"):
        take(course, tmp_path / "none.zip")


def test_what_was_collected_is_what_nbgrader_grades(course, tmp_path):
    notebook = nbformat.read(course.release, 4)
    answer_well(notebook)
    pack(tmp_path / "a.zip", ("张伟_1_assignsubmission_file/我的 0-1-tiny.ipynb", nbformat.writes(notebook).encode(), EVENING))
    take(course, tmp_path / "a.zip")
    done = course.nbgrader("autograde", course.sheet, "--student", "2026001", CRM_UNSAFE="1")
    assert done.returncode == 0, done.stderr
    with open_course(course.root).gradebook as gradebook:
        submission = gradebook.find_submission(course.sheet, "2026001")
        assert (submission.score, submission.timestamp) == (6, datetime(2026, 11, 20, 12, 30, tzinfo=UTC).replace(tzinfo=None))
