"""A submission run by the engine: what a kernel would have shown, the same hints, and a learner's process that can do no harm."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute

from crmlib.classroom.grading.limits import Limits
from crmlib.classroom.grading.warm import CellJob, Job, Outcome, WarmParent
from crmlib.classroom.hint_counts import hint_key
from crmlib.classroom.source import Cell, Source, read
from crmlib.company import firm_code

ROOT = Path(__file__).parents[2]
SHEETS = sorted((ROOT / "exercises" / "src").glob("*.md"))
BROKEN = {
    # Two things differ from a kernel, and are kept out of here: what a function prints when a test calls it is not shown; and a figure
    # left to the end of its cell is drawn once less, so that dates under an axis stand a hundredth of a pixel elsewhere.
    "0-1-the-firm": {
        "region-share": "region_share = (1",
        "to-ring": "to_ring = week.merge(people, on='phone')",
        "mend-first": "",
        "late-share": "def late_share(parcels):\n    return parcels.delay.mean()",
        "november": "figure, ax = plt.subplots()\nax.plot(november.index, november)\nplt.show()",
    },
    "1-1-customer-classes": {"sleeping": "sleeping = rfm[rfm.q > 3].index", "lost-share": "lost_share = (1", "dedicated": ""},
}
SETUP = 'import pandas as pd\nimport crmlib as crm\nfrom crmlib.classroom import marking as mark\ncrm.setup("en")'

AS_IN_A_KERNEL = (
    'print("a"); print("b", end="")', 'import sys\nprint("out"); print("err", file=sys.stderr); print("out")', "1/0", "no_such", "x = (1",
    "return 3", SETUP, "1/0", "no_such", "x = (1", "return 3", "def f():\n    return g()\ndef g():\n    raise ValueError('inner')\nf()",
    "print(____)", "import numpy as np\npd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
    "print(pd.DataFrame(np.arange(60).reshape(2, 30)))", "_", "Out[14]", "5;", "None", "In[3]", "_i",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    "fig, ax = plt.subplots(); ax.bar(['a', 'b'], [1, 2]); ax.set_title('标题')\nplt.show()\nprint('after')",
    "%matplotlib inline\nplt.plot([3, 2, 1]); plt.figure(); plt.plot([1, 1]);", "fig",
    "crm.show(pd.DataFrame({'price_yuan': [1.5]}), rows=1);",
    "from IPython.display import HTML, Image, Markdown, clear_output, display\n"
    "display(HTML('<b>x</b>'), Markdown('*y*'))\nprint('p')\ndisplay(3)",
    "shown = display('first', display_id='k')\nprint('between')", "shown.update('second')", "print(1); clear_output(); print(2)",
    "print(1); clear_output(wait=True); print(2)", "print(1); clear_output(wait=True)", "input('name?')",
    "import getpass; getpass.getpass()", "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')\n7", "asyncio.run(None)",
    "await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))", "raise KeyboardInterrupt", "sys.exit(3)", "!echo from the shell",
    "class Odd:\n    def __repr__(self): raise RuntimeError('no repr')\nOdd()",
    "class Rich:\n    def _repr_html_(self): return '<i>r</i>'\n    def __repr__(self): return 'R'\nRich()",
    "e = ValueError('x'); e.add_note('n'); raise e", "class Mine(Exception): pass\nraise Mine('my', 3)", "assert 1 == 2, 'not equal'",
    "%%capture kept\nprint('hidden')", "kept.stdout", "%who_ls int", "get_ipython().__class__.__name__", "print?", "help(abs)",
    "%%html\n<u>h</u>", "%nosuchmagic", "%%bash\necho bash", "print('on', end='\\r'); print('done')",
    "import logging; logging.warning('logged')",
    "from threading import Thread\nt = Thread(target=print, args=('thread',)); t.start(); t.join()", "%tb", "{'a': 1, 'b': [1, 2]}",
    "print('é中文🙂')", "exec('raise KeyError(\"k\")')", "eval('1+')", "open('/no/such')", "pd.Series([1]).foo", "__name__",
    "get_ipython().execution_count", "Image(data=b'\\x89PNG123', format='png')", "%history -n 1-2", "y = ____",
    "raise ExceptionGroup('g', [ValueError(1)])",
    "%precision 2\n", "3.14159", "display({'application/json': {'a': 1}, 'text/plain': 'j'}, raw=True)",
    "df = pd.DataFrame({'a': range(100)}); df", "df.describe()",
    "from sklearn.linear_model import LinearRegression\nLinearRegression().fit(df, df.a).predict(df)[3].round(6)",
    "%config InlineBackend.figure_formats = ['svg']", "crm.setup('en', plain_errors=False)", "1/0", "x = (1", "",
)  # fmt: skip


@pytest.fixture(scope="module")
def parent():
    with WarmParent() as parent:
        yield parent


def run(parent: WarmParent, *cells: str | CellJob, **options) -> Outcome:
    options = {"setup": SETUP, "language": "en", "cell_seconds": 60, **options}
    return parent.run(Job(tuple(cell if isinstance(cell, CellJob) else CellJob(cell) for cell in cells), **options))


def test(source: str, *answers: str) -> CellJob:
    return CellJob(source, "test", answers)


test.__test__ = False


def shown(outcome: Outcome, place: int) -> str:
    """The text of a cell's outputs, one a line."""
    return "\n".join(
        one.get("text") or one.get("evalue") or one["data"]["text/plain"]
        if one["output_type"] != "error"
        else f"{one['ename']}: {one['evalue']}"
        for one in outcome.outputs[place]
    )


def plain(outputs: list) -> list[dict]:
    """Outputs as compared: streams run together, numbers of processes left out."""
    found: list[dict] = []
    for one in nbformat.from_dict(outputs):
        one = dict(one)
        if one["output_type"] == "stream":
            one["text"] = re.sub(r"ipykernel_\d+", "ipykernel", one["text"])
            if found and found[-1]["output_type"] == "stream" and found[-1]["name"] == one["name"]:
                found[-1]["text"] += one["text"]
                continue
        found.append(one)
    return sorted(found, key=lambda one: one.get("name", "")) if all(one["output_type"] == "stream" for one in found) else found


def in_a_kernel(cells: list[str], folder: Path) -> list:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    Execute(timeout=120).preprocess(notebook, {"metadata": {"path": str(folder)}})
    return notebook.cells


def test_cells_show_what_they_show_in_a_kernel(parent, tmp_path) -> None:
    expected = in_a_kernel(AS_IN_A_KERNEL, tmp_path)
    outcome = run(parent, *AS_IN_A_KERNEL)
    assert outcome.died is None
    for cell, outputs, count in zip(expected, outcome.outputs, outcome.counts, strict=True):
        assert (plain(outputs), count) == (plain(cell.outputs), cell.execution_count), cell.source


def test_what_programs_and_c_code_write_is_shown_too(parent) -> None:
    """In a kernel as well, but there it is a matter of luck in which place."""
    outcome = run(
        parent,
        "import os; n = os.write(1, b'raw\\n')",
        "import subprocess; subprocess.run(['echo', 'sub']).returncode",
        "import multiprocessing as mp\np = mp.get_context('fork').Process(target=print, args=('child',)); p.start(); p.join()",
        "print('before')\nn = os.write(2, b'bad')",
    )
    assert [shown(outcome, place) for place in range(4)] == ["raw\n", "sub\n\n0", "child\n", "before\n\nbad"]


def sheet(source: Source, answers: dict[str, str], edition: str = "en") -> list[CellJob]:
    cells = []
    for cell in source.cells:
        if cell.is_test:
            cells.append(test(cell.text, *cell.metadata["answers"]))
        elif cell.is_code and not cell.is_answer:
            cells.append(CellJob(answers.get(cell.grade_id, cell.text) if cell.is_solution else cell.text.replace('"zh"', f'"{edition}"')))
    return cells


def lost(cells: list[CellJob], outputs) -> dict[int, str]:
    """By test cell, the hint that it gave."""
    return {
        place: one["evalue"]
        for place, (cell, shown) in enumerate(zip(cells, outputs, strict=True))
        for one in shown
        if cell.kind == "test" and one["output_type"] == "error"
    }


@pytest.mark.parametrize("path", SHEETS[:2], ids=lambda path: path.stem)
def test_a_sheet_gets_the_outputs_and_points_that_it_gets_in_a_kernel(parent, tmp_path, path) -> None:
    """The solution, the untouched release, and one with a mistake in every item, a cell that fails and one that cannot be read."""
    source = read(path)
    solutions = {cell.grade_id: cell for cell in source.cells if cell.is_solution and cell.is_code}
    wrong = {cell.metadata["of"]: cell.text for cell in source.cells if cell.is_answer and "wrong" in cell.tags}
    blank = {name: str(cell.metadata["scaffold"]) for name, cell in solutions.items()}
    broken = {**wrong, **BROKEN.get(path.stem, {})}
    with ThreadPoolExecutor(2) as threads:
        jobs = [sheet(source, answers) for answers in ({}, blank, broken)]
        kernels = list(threads.map(lambda cells: in_a_kernel([cell.source for cell in cells], tmp_path), jobs))
        outcomes = list(threads.map(lambda cells: run(parent, *cells), jobs))
    for cells, kernel, outcome in zip(jobs, kernels, outcomes, strict=True):
        assert lost(cells, outcome.outputs) == lost(cells, [cell.outputs for cell in kernel])
        for cell, outputs, count in zip(kernel, outcome.outputs, outcome.counts, strict=True):
            assert count == cell.execution_count
            assert strip_address(plain(outputs)) == strip_address(plain(cell.outputs)), cell.source
    assert lost(jobs[0], outcomes[0].outputs) == {}


def strip_address(outputs: list[dict]) -> list[dict]:
    """Styled tables carry a random name, objects their address; of an error it is the message that counts."""
    words = {"T_": r"T_\w{5}", "at": r"at 0x\w+"}
    kept = [{key: value for key, value in one.items() if key != "traceback"} for one in outputs]
    text = json.dumps(kept, sort_keys=True)
    for stays, goes in words.items():
        text = re.sub(goes, stays, text)
    return text


def rounds(source: Source) -> list[dict[str, Cell]]:
    """The right answers of a sheet's source, then its wrong ones, in as few notebooks as carry them all: one to each item at a time."""
    found = []
    for kind in ("right", "wrong"):
        bank: dict[str, list[Cell]] = {}
        for cell in source.cells:
            if cell.is_answer and kind in cell.tags:
                bank.setdefault(cell.metadata["of"], []).append(cell)
        found += [
            {of: cells[number] for of, cells in bank.items() if number < len(cells)} for number in range(max(map(len, bank.values())))
        ]
    return found


@pytest.mark.parametrize(
    ("path", "edition", "firm"),
    [(path, *((("zh", firm_code("judge", "2026001")), ("en", ""))[number % 2])) for number, path in enumerate(SHEETS)],
    ids=[path.stem for path in SHEETS],
)
def test_answers_of_a_sheet_earn_what_its_source_declares(parent, path, edition, firm) -> None:
    """Every answer with its points and its hint, beside one to every other item; on somebody's own firm or on the practice firm."""
    source = read(path)
    untouched = {cell.grade_id: str(cell.metadata["scaffold"]) for cell in source.cells if cell.is_solution and cell.is_code}
    banks = rounds(source)
    answers = [{}, untouched, *({of: cell.text for of, cell in bank.items()} for bank in banks)]
    setup = SETUP.replace('"en"', f'"{edition}"')
    with ThreadPoolExecutor(2) as threads:
        outcomes = list(
            threads.map(
                lambda given: run(parent, *sheet(source, given, edition), language=edition, firm_code=firm, setup=setup), answers
            )
        )
    names = [cell.grade_id for cell in source.cells if cell.is_code and not cell.is_answer]
    tests = sheet(source, {}, edition)
    full, blank, *earned = [
        {names[place]: hint_key(told) for place, told in lost(tests, outcome.outputs).items()} for outcome in outcomes
    ]
    assert full == {}
    assert set(blank) == {cell.grade_id for cell in source.cells if cell.is_test}
    for bank, hints in zip(banks, earned, strict=True):
        assert hints == {
            item: cell.metadata["hint"] for cell in bank.values() if "wrong" in cell.tags for item in cell.metadata["loses"]
        }, [cell.text for cell in bank.values()]


def test_hints_are_the_same_on_what_was_handed_over(parent) -> None:
    outcome = run(
        parent,
        "rate = 3\nleft = 1\ndef total(prices):\n    return prices.sum() * rate\ndef fails(x):\n    return x + totl\n"
        + "def stuck(x):\n    while True: pass",
        "left = 1 / 0",
        "gap = ____",
        test('mark.number("left")', "left"),
        test('mark.number("gap")', "gap"),
        test('mark.number("absent")', "absent"),
        test('mark.equals(mark.function("total", args=["prices"])(pd.Series([1, 2])), 9)', "total"),
        test('mark.function("total")(3)', "total"),
        test('mark.function("fails")(1)', "fails"),
        test('mark.function("fails", args=2)', "fails"),
        test('mark.number("rate", low=5)', "rate"),
    )
    assert [one.partition(". ")[0] for one in (shown(outcome, place) for place in range(3, 11))] == [
        "Lost: The cell for left ended in an error, and left is still what it was before",
        "Lost: The cell for gap still has a gap (____)",
        "Lost: There is no absent yet",
        "",
        shown(outcome, 7).partition(". ")[0],
        shown(outcome, 8).partition(". ")[0],
        shown(outcome, 9).partition(". ")[0],
        shown(outcome, 10).partition(". ")[0],
    ]
    assert "rate" in shown(outcome, 7)
    assert "totl" in shown(outcome, 8)
    assert "2" in shown(outcome, 9)
    assert shown(outcome, 10).startswith("Lost: rate")


def test_a_function_sees_what_it_is_given_and_cannot_keep_it(parent) -> None:
    """What hidden tests put in must not stand in the output of a later cell, and what it prints is dropped."""
    outcome = run(
        parent,
        "seen = []\ndef spy(value):\n    print('given', value)\n    seen.append(value)\n    return len(seen)",
        test('spy = mark.function("spy")\n[spy(41), spy(42)]', "spy"),
        "seen",
        "import os\ndef leave(value):\n    os._exit(0)\ndef slow(value):\n    while True: pass",
        test('leave = mark.function("leave")\nleave(1)', "leave"),
        test('mark.function("slow")(1)', "slow"),
        "len(seen)",
        test('mark.function("spy")(1)', "spy"),
        cell_seconds=3,
    )
    assert outcome.died is None
    assert [shown(outcome, place) for place in (1, 2, 6, 7)] == ["[1, 2]", "[]", "0", "1"]
    assert shown(outcome, 4).startswith("Lost: ")
    assert "TimeoutError" in shown(outcome, 5)


def test_tests_are_out_of_reach(parent) -> None:
    """Neither what the tests say nor what they expect is anywhere in the learner's process."""
    outcome = run(
        parent,
        "import gc, re, sys\ndef secrets():\n    found = []\n    for line in open('/proc/self/maps'):\n"
        "        area = re.match(r'(\\w+)-(\\w+) rw', line)\n"
        "        if area:\n            start, end = (int(one, 16) for one in area.groups())\n"
        "            with open('/proc/self/mem', 'rb') as memory:\n"
        "                try:\n                    memory.seek(start); raw = memory.read(end - start)\n"
        "                except OSError: continue\n"
        "            found += re.findall(rb'the hidden wor[d]|the firm of other[s]', raw)\n    return found\nanswer = 1",
        test('# the hidden word\nexpected = "the firm of others"\nmark.number("answer")', "answer"),
        "secrets()",
        "mark.number = mark.equals = lambda *a, **k: None\nassert_ = None\nimport builtins; builtins.isinstance = lambda *a: True",
        test("mark.equals(mark.number('answer'), 2)", "answer"),
        "[name for name in ('expected', 'given') if name in globals()]",
    )
    assert shown(outcome, 2) == "[]"
    assert shown(outcome, 4).startswith("Lost: ")
    assert shown(outcome, 5) == "[]"


def test_what_is_handed_over_is_a_snapshot_that_cannot_lie(parent) -> None:
    outcome = run(
        parent,
        "class Yes(float):\n    def __eq__(self, other): return True\n    def __float__(self): return 2.0\nanswer = Yes(1)",
        test("mark.equals(mark.number('answer'), 2)", "answer"),
        "import pandas as pd\nclass Frame(pd.DataFrame):\n    def copy(self, *a, **k): raise SystemExit\n"
        "    __getitem__ = set_index = copy\nanswer = Frame({'a': [1]})",
        test("mark.frame('answer', columns=['a'])", "answer"),
        "class Hang:\n    def __iter__(self):\n        while True: pass\nanswer = Hang()",
        test("mark.items('answer')", "answer"),
        "answer = 2",
        test("mark.equals(mark.number('answer'), 2)", "answer"),
        cell_seconds=3,
    )
    assert outcome.died is None
    assert shown(outcome, 1).startswith("Lost: You have 1")
    assert "error" not in [one["output_type"] for one in outcome.outputs[3]]
    assert shown(outcome, 5).startswith("Lost: ")
    assert outcome.outputs[7] == []


DEATHS = {
    "exited": "import os; os._exit(0)",
    "killed": "import os, signal; os.kill(os.getpid(), 9); os.kill(os.getppid(), 9); import ctypes; ctypes.string_at(0)",
    "cpu": "import os, time\nfor _ in range(4):\n    if not os.fork():\n        while True: pass\ntime.sleep(60)",
    "timeout": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "memory": "import os, time\nfor n in range(30):\n    if not os.fork():\n        kept = bytearray(10**8); time.sleep(9)\ntime.sleep(9)",
    "garbage": "import os\nfor number in range(3, 60):\n    try: os.write(number, b'junk' * 100)\n    except OSError: pass",
}


@pytest.mark.parametrize("died", DEATHS)
def test_a_process_that_dies_keeps_the_points_earned_so_far(parent, died) -> None:
    limits = Limits(cpu_seconds=2 if died == "cpu" else 60, memory_bytes=2**30)
    outcome = run(parent, "a = 1", test("mark.number('a')", "a"), DEATHS[died], "b = 1", test("mark.number('b')", "b"),
                  CellJob("prose", "other"), cell_seconds=2 if died == "timeout" else 60, limits=limits)  # fmt: skip
    assert outcome.died == died
    assert outcome.counts == (1, 2, 3, None, None, None)
    assert not lost([CellJob("a"), test("a")], outcome.outputs[:2])
    assert [shown(outcome, place) for place in (3, 4, 5)] == ["DeadKernelError: ", "DeadKernelError: ", ""]


def test_a_cell_that_takes_too_long_ends_as_in_nbgrader_and_the_next_one_runs(parent) -> None:
    outcome = run(parent, "while True: pass", "import time\ntry: time.sleep(60)\nexcept BaseException: pass",
                  "import threading\n"
                  "def spin():\n    while True: pass\nthreading.Thread(target=spin).start()\na = 1", test("mark.number('a')", "a"),
                  test("while True: pass"), "a", cell_seconds=2)  # fmt: skip
    assert outcome.died is None
    assert [one["ename"] for one in outcome.outputs[0]] == ["KeyboardInterrupt", "CellTimeoutError"]
    assert [one["ename"] for one in outcome.outputs[1]] == ["CellTimeoutError"]
    assert not lost([test("a")], outcome.outputs[3:4])
    assert [one["ename"] for one in outcome.outputs[4]] == ["KeyboardInterrupt", "CellTimeoutError"]
    assert shown(outcome, 5) == "1"


def test_a_whole_notebook_has_its_time(parent) -> None:
    outcome = run(parent, *["import time; time.sleep(1)"] * 10, limits=Limits(wall_seconds=3))
    assert outcome.died == "timeout"
    assert outcome.counts[0] == 1
    assert outcome.counts[-1] is None


def test_endless_output_is_cut_with_a_sentence_and_errors_stay(parent) -> None:
    outcome = run(parent, "for _ in range(3000): print('中' * 1000)", "print('more')",
                  "import os\nfor _ in range(30): os.write(1, b'x' * 10**6)", "1/0",
                  limits=Limits(output_bytes=2**20))  # fmt: skip
    assert sum(len(one["text"]) for one in outcome.outputs[0]) < 2**20
    assert "Output was cut here" in shown(outcome, 0)
    assert (outcome.outputs[1], outcome.outputs[2]) == ([], [])
    assert shown(outcome, 3) == "ZeroDivisionError: division by zero"


def test_files_beside_the_notebook_are_there(parent) -> None:
    files = {"prices.csv": b"a,b\n1,2\n", "data/note.txt": "文字".encode()}
    outcome = run(parent, "import pandas as pd\n"
                  "int(pd.read_csv('prices.csv').b.sum()), open('data/note.txt').read()", files=files)  # fmt: skip
    assert shown(outcome, 0) == "(2, '文字')"


def test_partial_credit_is_what_the_test_shows(parent) -> None:
    outcome = run(parent, "a = 3", test("float(mark.number('a')) / 2", "a"))
    assert outcome.outputs[1] == [{"output_type": "execute_result", "data": {"text/plain": "1.5"}, "metadata": {}, "execution_count": 2}]
