"""Is this machine ready for the course? One line a check, with the mend."""

from __future__ import annotations

import locale
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from crmlib.i18n import _

GOOD, WARNING, BAD = "✓", "!", "✗"
LONGEST_PATH_IN_COURSE = 100
MEGABYTES_NEEDED, MEGABYTES_COMFORTABLE = 100, 1000
SECONDS_FOR_KERNEL = 60


@dataclass(frozen=True)
class Finding:
    """What one check found: `mark` is ✓, ! (goes on all the same) or ✗ (stops a learner); `mend` says what to do."""

    mark: str
    text: str
    mend: str = ""


def run() -> int:
    """Print one line a check and the mend where one is needed.

    Returns
    -------
    int, exit status
        0 when a learner can work; 1 when something would stop one.
    """
    bad = 0
    for finding in findings():
        bad += finding.mark == BAD
        _say(f"{finding.mark} {finding.text}")
        if finding.mend:
            _say(f"    → {finding.mend}")
    _say(_("Something would stop you: mend the lines marked ✗.") if bad else _("Ready."))
    return 1 if bad else 0


def findings() -> Iterator[Finding]:
    """Each check's finding, as soon as it is known.

    >>> next(findings()).mark
    '✓'
    """
    for check in CHECKS:
        try:
            found = check()
        except Exception as error:  # a check that fails in a way nobody foresaw must not hide the checks after it
            found = Finding(BAD, f"{check.__name__}: {type(error).__name__}: {error}")
        yield from [found] if isinstance(found, Finding) else found


def python() -> Finding:
    """Python is new enough.

    >>> python().mark
    '✓'
    """
    wanted = metadata.metadata("crmlib")["Requires-Python"]
    version = ".".join(map(str, sys.version_info[:3]))
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Finding(GOOD, _("Python {version} in {folder}").format(version=version, folder=sys.prefix))
    return Finding(
        BAD,
        _("Python {version} is too old; {wanted} is needed").format(version=version, wanted=wanted),
        _("Install a newer Python, then make the environment anew."),
    )


def packages() -> list[Finding]:
    """Every package that is needed is there and new enough.

    >>> {finding.mark for finding in packages()} <= {"✓", "✗"}
    True
    """
    requirements = [Requirement(text) for text in metadata.requires("crmlib") or ()]

    def wanted_by(extra: str) -> list[Requirement]:
        return [requirement for requirement in requirements if not requirement.marker or requirement.marker.evaluate({"extra": extra})]

    library, classroom = wanted_by(""), wanted_by("classroom")
    return [
        _packages_of(_("the library"), library),
        _packages_of(_("the classroom"), [requirement for requirement in classroom if requirement not in library]),
    ]


def _packages_of(group: str, wanted: list[Requirement]) -> Finding:
    lacking = []
    for requirement in wanted:
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            lacking.append(_("{package} is missing").format(package=requirement.name))
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            lacking.append(
                _("{package} {version} is too old ({wanted})").format(
                    package=requirement.name, version=version, wanted=requirement.specifier
                )
            )
    if not lacking:
        return Finding(GOOD, _("packages of {group}: all {count} there").format(group=group, count=len(wanted)))
    return Finding(
        BAD,
        _("packages of {group}: {lacking}").format(group=group, lacking="; ".join(lacking)),
        _('In the folder of the course: python -m pip install ".[classroom]"'),
    )


def font() -> Finding:
    """A figure with Chinese text has every character.

    >>> font().mark
    '✓'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from crmlib import theme

    mend = _("Install a Chinese font (Noto Sans CJK SC, for example) or: python -m pip install mplfonts")
    family = theme.cjk_font()
    if family is None:
        return Finding(BAD, _("no Chinese font for figures"), mend)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = Figure()
        figure.text(0.5, 0.5, "快递客户关系管理 −1", fontfamily=[family, "DejaVu Sans"])
        FigureCanvasAgg(figure).draw()
    if any("Glyph" in str(warning.message) or "findfont" in str(warning.message) for warning in caught):
        return Finding(BAD, _("the font {family} lacks Chinese characters").format(family=family), mend)
    return Finding(GOOD, _("Chinese in figures: {family}").format(family=family))


def encoding() -> Finding:
    """Files and the screen take Chinese text.

    >>> encoding().mark in "✓!"
    True
    """
    files = locale.getpreferredencoding(False)
    screen = getattr(sys.stdout, "encoding", None) or "ascii"
    mend = _("Set the environment variable PYTHONUTF8=1. (JupyterLab started by crm lab has it already.)")
    if files.lower().replace("-", "") != "utf8":
        return Finding(WARNING, _("files are read as {encoding}, not as UTF-8").format(encoding=files), mend)
    try:
        "快递 ✓".encode(screen)
    except (UnicodeEncodeError, LookupError):
        return Finding(WARNING, _("this screen ({encoding}) cannot show every character").format(encoding=screen), mend)
    return Finding(GOOD, _("text: UTF-8"))


def folder() -> Finding:
    """Files with long and Chinese names can be written here.

    >>> folder().mark
    '✓'
    """
    here = Path.cwd()
    try:
        with tempfile.TemporaryDirectory(dir=here, prefix=".crm-doctor-") as scratch:
            name = "快递".ljust(LONGEST_PATH_IN_COURSE - len(Path(scratch).name), "x")
            draft, final = Path(scratch) / "a", Path(scratch) / name
            draft.write_text("云雀快递", encoding="utf-8")
            os.replace(draft, final)
            same = final.read_text(encoding="utf-8") == "云雀快递"
    except OSError as error:
        return Finding(
            BAD,
            _("cannot write in {folder}: {reason}").format(folder=here, reason=error.strerror or error),
            _("Move the course to a folder of yours with a shorter path, and work there."),
        )
    if not same:
        return Finding(BAD, _("what is written in {folder} is not what is read").format(folder=here))
    return Finding(GOOD, _("folder can be written: {folder}").format(folder=here))


def disk() -> Finding:
    """There is room to save work.

    >>> disk().mark in "✓!"
    True
    """
    free = shutil.disk_usage(Path.cwd()).free // 2**20
    text = _("free on this disk: {megabytes:,} MB").format(megabytes=free)
    if free >= MEGABYTES_COMFORTABLE:
        return Finding(GOOD, text)
    return Finding(BAD if free < MEGABYTES_NEEDED else WARNING, text, _("Free some space first."))


def jupyter() -> list[Finding]:
    """JupyterLab is there, its kernel starts and answers, and its additions are in place."""
    try:
        version = metadata.version("jupyterlab")
        from jupyter_client.manager import start_new_kernel
        from jupyter_core.paths import jupyter_path
    except (metadata.PackageNotFoundError, ImportError):
        return [
            Finding(BAD, _("JupyterLab is missing"), _('In the folder of the course: python -m pip install ".[classroom]"')),
        ]
    found = [Finding(GOOD, f"JupyterLab {version}"), _kernel(start_new_kernel)]
    if any((Path(place) / "labextensions" / "@jupyter" / "nbgrader").is_dir() for place in jupyter_path()):
        found.append(Finding(GOOD, _("nbgrader {version}: the Validate button is there").format(version=metadata.version("nbgrader"))))
    else:
        mend = _("Install the package {name}.").format(name="nbgrader")
        found.append(Finding(WARNING, _("nbgrader is missing: no Validate button"), mend))
    pack = "jupyterlab-language-pack-zh-CN"
    if "zh_CN" in metadata.entry_points(group="jupyterlab.languagepack").names:
        found.append(Finding(GOOD, _("JupyterLab's Chinese interface: {version}").format(version=metadata.version(pack))))
    else:
        found.append(Finding(WARNING, _("JupyterLab will speak English"), _("Install the package {name}.").format(name=pack)))
    return found


def _kernel(start_new_kernel: Callable) -> Finding:
    mend = _("Look whether a security program blocks it; else make the environment anew.")
    try:
        manager, client = start_new_kernel(startup_timeout=SECONDS_FOR_KERNEL, kernel_name="python3", extra_arguments=["--log-level=ERROR"])
    except Exception as error:  # whatever it is, the learner needs to know that no notebook can run
        return Finding(BAD, _("the Python kernel does not start: {reason}").format(reason=error), mend)
    try:
        asked = {"sum": "1 + 1", "library": "__import__('crmlib').__name__"}
        reply = client.execute("", user_expressions=asked, reply=True, timeout=SECONDS_FOR_KERNEL)
        said = {key: value.get("data", {}).get("text/plain") for key, value in reply["content"]["user_expressions"].items()}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if said["library"] is None:
        mend = _("Remove it: jupyter kernelspec remove python3")
        return Finding(BAD, _("the Python kernel belongs to another Python: it lacks crmlib"), mend)
    return Finding(GOOD, _("the Python kernel starts and calculates: 1 + 1 = {answer}").format(answer=said["sum"]))


def data() -> Finding:
    """The simulated firm that comes with the course can be read.

    >>> data().mark
    '✓'
    """
    from crmlib import company

    try:
        firm = company.lark()
    except (OSError, ValueError) as error:
        return Finding(BAD, _("the course's data cannot be read: {reason}").format(reason=error), _("Download the course again."))
    return Finding(
        GOOD, _("data: {customers:,} customers, {waybills:,} waybills").format(customers=len(firm.customers), waybills=len(firm.waybills))
    )


def grading() -> Finding:
    """Submissions can be graded here without danger. Learners need nothing of it, so its lack is never an error.

    >>> grading().mark in "✓!"
    True
    """
    from crmlib.classroom.grading import sandbox

    lacking = sandbox.missing()
    if not lacking:
        count = len(sandbox.layers())
        return Finding(GOOD, _("grading (instructors only): the sandbox for submissions stands, all {count} layers").format(count=count))
    mend = lacking[0].mend
    if not sys.platform.startswith("linux"):
        return Finding(GOOD, _("ready to learn; to grade submissions, instructors need Linux"), mend)
    named = "; ".join(f"{layer.name} ({layer.told})" for layer in lacking)
    return Finding(WARNING, _("grading (instructors only): the sandbox for submissions lacks {lacking}").format(lacking=named), mend)


CHECKS: tuple[Callable[[], Finding | list[Finding]], ...] = (python, packages, font, encoding, folder, disk, jupyter, data, grading)


def _say(line: str) -> None:
    stream = sys.stdout
    known = stream.encoding or "ascii"
    print(line.encode(known, "replace").decode(known), file=stream, flush=True)
