"""The warm parent: one student's process leaves nothing to the next, several run at once, and nothing outlives whoever asked."""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor

import pytest

from crmlib.classroom.grading import sandbox
from crmlib.classroom.grading.executor import WarmExecutor
from crmlib.classroom.grading.limits import Limits
from crmlib.classroom.grading.warm import CellJob, Job, Outcome, WarmParent

LONG_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def parent():
    with WarmParent() as parent:
        yield parent


def job(*sources: str, **options) -> Job:
    return Job(tuple(map(CellJob, sources)), language="en", **options)


def said(outcome: Outcome, place: int = -1) -> str:
    return "".join(one.get("text") or one.get("evalue") or one["data"]["text/plain"] for one in outcome.outputs[place])


def ended(processes: list[int]) -> bool:
    """Whether all of these have ended, waiting as long as it may take."""
    for process in processes:
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        ready, _out, _err = select.select([handle], [], [], LONG_MILLISECONDS / 1000)
        os.close(handle)
        if not ready:
            return False
    return True


def children_of(process: int) -> list[int]:
    """All processes below this one."""
    found = []
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as children:
            for child in map(int, children.read().split()):
                found += [child, *children_of(child)]
    return found


LEAVES_TRACES = (
    "import random, sys, os, builtins\nimport numpy as np, pandas as pd, matplotlib, matplotlib.pyplot as plt\nimport crmlib as crm\n"
    "from crmlib.classroom import marking as mark\nfrom crmlib.classroom import left_over\n"
    "traces = {'seed': (random.random(), float(np.random.rand())), 'figures': plt.get_fignums(), 'files': sorted(os.listdir('.')), "
    "'threads': len(os.listdir('/proc/self/task')), 'attribute': hasattr(pd, 'trace') or hasattr(builtins, 'trace'), "
    "'options': pd.get_option('display.max_rows'), 'style': matplotlib.rcParams['lines.linewidth'], 'variable': os.environ.get('TRACE'), "
    "'code': mark._typed_code, 'language': crm.i18n.language(), 'history': len(In), 'place': os.getcwd() == os.environ['HOME'], "
    "'left': left_over._watch.left_over, 'modules': 'antigravity' in sys.modules, "
    "'names': sorted(n for n in globals() if n.startswith('x'))}",
    "import json; print(json.dumps(traces))",
    "import threading, time\nrandom.seed(1); np.random.seed(1); plt.figure(); open('left.txt', 'w').write('x')\n"
    "pd.trace = builtins.trace = 1\n"
    "sys.modules['antigravity'] = sys; pd.set_option('display.max_rows', 3); matplotlib.rcParams['lines.linewidth'] = 9\n"
    "os.environ['TRACE'] = '1'\n"
    "mark._typed_code = 'x'; crm.i18n.use_language('zh'); x1 = 1\n"
    "threading.Thread(target=time.sleep, args=(99,)).start()\nos.path.exists('/tmp/trace') or open('/tmp/trace', 'w').write('x')\n"
    "if not os.fork():\n    time.sleep(99)",
    "x1 = 1 / 0",
)  # fmt: skip


def test_nothing_of_one_student_reaches_the_next(parent) -> None:
    first, second = (parent.run(job(*LEAVES_TRACES)) for _student in range(2))
    before, after = (json.loads(said(outcome, 1)) for outcome in (first, second))
    assert [one["output_type"] for one in first.outputs[2]] == ["display_data"]
    assert before.pop("seed") != after.pop("seed")
    assert before == after
    assert (before["figures"], before["files"], before["threads"], before["names"]) == ([], [], 1, [])
    assert said(parent.run(job("import os; os.path.exists('/tmp/trace'), len(os.listdir('/proc/1/task'))"))) == "(False, 1)"


A_TEST_THAT_LEAVES_TRACES = (
    "import os, random, sys, warnings\nimport matplotlib, matplotlib.pyplot as plt\nimport numpy as np, pandas as pd\n"
    "import crmlib as crm\nfrom crmlib.classroom import marking as mark\n"
    "print(random.random(), np.random.rand(), plt.get_fignums(), pd.get_option('display.max_rows'), np.get_printoptions()['precision'],\n"
    "      np.geterr()['divide'], matplotlib.rcParams['lines.linewidth'], os.environ.get('TRACE'), os.getcwd(), sys.path, mark._typed_code,\n"
    "      crm.i18n.language(), len(In), len(Out), sorted(name for name in globals() if name.startswith('x')),\n"
    "      len(warnings.filters), list(mark._firms))",
    "warnings.warn('told to each')\npd.Series([1.0]).values / 0\nwarnings.simplefilter('ignore')\nx1 = 1\nplt.figure()\n"
    "random.seed(1); np.random.seed(1); pd.set_option('display.max_rows', 3); np.set_printoptions(precision=2); np.seterr(divide='ignore')\n"
    "matplotlib.rcParams['lines.linewidth'] = 9; os.environ['TRACE'] = '1'; os.chdir('/usr'); sys.path.append('/x')\n"
    "crm.i18n.use_language('zh'); mark._typed_code = 'x'; mark.firm('').waybills",
)  # fmt: skip


def test_nothing_that_a_test_cell_does_reaches_the_next_submission() -> None:
    cells = tuple(CellJob(source, "test") for source in A_TEST_THAT_LEAVES_TRACES)
    with WarmParent() as parent:
        outcomes = [parent.run(Job(cells, language="en")) for _submission in range(3)]
        assert len(children_of(parent._process.pid)) == 1
    first, *others = ([[one.get("text") for one in shown] for shown in outcome.outputs] for outcome in outcomes)
    assert "told to each" in first[1][0]
    assert others == [first, first]


def test_a_judge_that_had_trouble_judges_no_more_and_the_next_one_is_fresh() -> None:
    endless = Job((CellJob("x = 1"), CellJob("while True: pass", "test")), language="en", cell_seconds=1)
    with WarmParent() as parent:
        parent.run(job("1"))
        before = children_of(parent._process.pid)
        assert "CellTimeoutError" in [one["ename"] for one in parent.run(endless).outputs[1]]
        assert ended(before)
        assert said(parent.run(job("1 + 1"))) == "2"


def test_a_students_process_is_no_child_of_one_that_knows_a_test(parent) -> None:
    secret = "a hidden test: 4711" * 3
    look = ("import re\nfound = 0\nfor line in open('/proc/self/maps'):\n    a, b = (int(x, 16) for x in line.split()[0].split('-'))\n"
            "    if 'rw' in line and b - a < 10**9:\n        with open('/proc/self/mem', 'rb', 0) as memory:\n            memory.seek(a)\n"
            "            found += len(re.findall(b'471[1]a hidden', memory.read(b - a)))\nfound")  # fmt: skip
    told = Job((CellJob("1"), CellJob(f"secret = {secret!r}", "test"), CellJob(look)), language="en")
    parent.run(told)
    assert said(parent.run(told), 2) == "0"


def test_several_run_at_once_each_on_its_own(parent) -> None:
    meet = threading.Barrier(4)
    outcomes: dict[int, Outcome] = {}

    def one(number: int) -> None:
        meet.wait()
        outcomes[number] = parent.run(job(f"number = {number}", "sum(range(10**6)) * 0 + number"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [said(outcomes[number]) for number in range(4)] == ["0", "1", "2", "3"]


def test_the_students_own_firm_is_there_for_the_learner_and_for_the_judge(parent) -> None:
    from crmlib.classroom import marking as mark
    from crmlib.company import firm_code

    code = firm_code("key", "2026001")
    cells = (CellJob("from crmlib.classroom import marking as mark\nown = len(mark.firm('').waybills)"),
             CellJob("mark.equals(mark.number('own'), len(mark.firm().waybills))", "test", ("own",)))  # fmt: skip
    typed = (CellJob(f"from crmlib.classroom import marking as mark\nown = len(mark.firm('{code}').waybills)"), cells[1])
    setup = "from crmlib.classroom import marking as mark"
    for asked in (Job(cells, setup=setup, firm_code=code), Job(typed, setup=setup), Job(cells, setup=setup)):
        assert parent.run(asked).outputs == ([], [])
    other = Job((*typed, CellJob("own, mark.practice_code() == mark._typed_code")), setup=setup)
    assert said(parent.run(other)) == f"({len(mark._simulated(code).waybills)}, False)"


def test_the_warm_parent_knows_no_secret_and_nothing_of_this_environment(monkeypatch) -> None:
    monkeypatch.setenv("CRM_CLASS_KEY", "a secret")
    monkeypatch.setenv("CRM_FIRM_CODE", "another")
    with WarmParent() as parent:
        parent.wait()
        with open(f"/proc/{parent._process.pid}/environ", "rb") as environment:
            assert b"CRM_CLASS_KEY" not in (raw := environment.read())
        assert b"CRM_FIRM_CODE" not in raw
        with open(f"/proc/{parent._process.pid}/status", encoding="ascii") as status:
            assert "Threads:\t1\n" in status.read()


def speak(payload: dict, channels: list[int]) -> None:
    """Called in a child of the warm parent's."""
    for channel in channels:
        os.write(channel, json.dumps(payload).encode())
    sys.exit(payload["code"])


def wait_for_ever(_payload: dict, _channels: list[int]) -> None:
    """Called in a child of the warm parent's."""
    signal.pause()


def test_a_child_is_forked_for_whoever_asks(parent, tmp_path, monkeypatch) -> None:
    end, other = os.pipe()
    with parent.fork("crmlib.classroom.grading.trying:speak", {"code": 0}, [other]) as missing:
        assert missing.wait() == 1
    with parent.fork("posix:_exit", {}, []) as forked:
        assert forked.process > 0
        assert forked.wait() == 1
    with parent.fork("signal:pause", {}, []) as wrong:
        assert wrong.wait() == 1
    os.close(end)
    os.close(other)


OWNER = """
import os, sys, threading
from crmlib.classroom.grading.warm import CellJob, Job, WarmParent
parent = WarmParent()
parent.wait()
for _ in range(2):
    spread = CellJob("import os, time\\nfor _ in range(3):\\n    if not os.fork(): os.setsid(); time.sleep(999)\\nprint(1)")
    cells = (spread, CellJob("import time; time.sleep(999)"))
    threading.Thread(target=parent.run, args=(Job(cells, cell_seconds=300),), daemon=True).start()
print(parent._process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["killed", "closed", "parent killed"])
def test_nothing_outlives_whoever_asked(how) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    warm = int(owner.stdout.readline())
    found: list[int] = []
    while len(found) < 2 * 6:  # two judges with supervisor, first process and its three children
        found = children_of(warm)
    if how == "closed":
        owner.stdin.close()
    else:
        os.kill(owner.pid if how == "killed" else warm, signal.SIGKILL)
    assert ended([warm, *found])
    owner.kill()
    owner.wait()
    owner.stdout.close()


def test_a_warm_parent_that_has_ended_says_so() -> None:
    parent = WarmParent()
    parent.wait()
    parent.close()
    with pytest.raises(ValueError, match="has ended"):
        parent.run(job("1"))


def test_a_missing_package_is_named(tmp_path, monkeypatch) -> None:
    """Where a package is broken, grading says which one instead of grading everybody wrong."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['narwhals'] = None\n", "utf-8")
    command = tmp_path / "python"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n', "utf-8")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(command))
    with WarmParent() as parent, pytest.raises(ValueError, match="Grading needs the package narwhals"):
        parent.run(job("1"))


def test_the_executor_is_one_like_any_other() -> None:
    with WarmExecutor(2) as executor:
        assert isinstance(executor, Executor)
        futures = [executor.submit(job(f"{number} + 1")) for number in range(3)]
        assert [said(future.result()) for future in futures] == ["1", "2", "3"]
        assert executor.submit(pow, 2, 5).result() == 32
        assert list(executor.map(abs, [-1, 2])) == [1, 2]
    with pytest.raises(RuntimeError):
        executor.submit(job("1"))


def test_what_was_handed_in_is_finished_or_given_up_as_asked() -> None:
    executor = WarmExecutor(1)
    futures = [executor.submit(job("import time; time.sleep(999)", cell_seconds=500)), *(executor.submit(job("1")) for _ in range(3))]
    executor.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(ValueError, match="has ended"):
        futures[0].result()
    for future in futures[1:]:
        with pytest.raises(CancelledError):
            future.result()
    executor = WarmExecutor(1)
    futures = [executor.submit(job("6 * 7")) for _ in range(2)]
    executor.shutdown(wait=False)
    assert [said(future.result()) for future in futures] == ["42", "42"]


def test_a_job_and_its_outcome_go_to_another_process_and_back() -> None:
    asked = job("1", firm_code="x", limits=Limits(cpu_seconds=3), files={"a": b"b"})
    assert pickle.loads(pickle.dumps(asked)) == asked
    with ProcessPoolExecutor(1) as pool:
        outcome = pool.submit(run_elsewhere, job("40 + 2")).result()
    assert said(outcome) == "42"


def run_elsewhere(asked: Job) -> Outcome:
    """As a cluster's worker would."""
    with WarmParent() as parent:
        return parent.run(asked)


def test_no_layer_of_the_sandbox_is_missing_here() -> None:
    assert sandbox.missing() == []
