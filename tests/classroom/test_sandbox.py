"""The sandbox keeps each of its promises against code that tries, as root and as an ordinary user."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_booth import LIBRARY, SMALL, Booth, attempt

from crmlib.classroom.grading import sandbox

USERS = ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


@pytest.fixture(scope="module", params=USERS)
def booth(request):
    booth = Booth(ordinary=request.param == "ordinary" and os.geteuid() == 0)
    yield booth
    booth.close()


def open_to_all(path: Path) -> None:
    """The machine itself would let everybody in."""
    for folder in (path, *path.parents[:-2]):
        folder.chmod(0o755)


# Files


@pytest.mark.parametrize(
    "place", ["/home", "/root/.bashrc", "/etc/shadow", "/etc/hostname", "/var", "/boot", "/sys/kernel", "/dev/mem", "/dev/sda"]
)
def test_the_rest_of_the_machine_is_not_there(booth, place):
    assert booth.run(f"import os; print(os.path.lexists({place!r}))").lines == ["False"]


def test_a_file_that_everybody_may_read_is_not_there(booth, tmp_path):
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("grades", "utf-8")
    open_to_all(tmp_path)
    gradebook.chmod(0o666)
    assert booth.run(attempt(f"open({str(gradebook)!r})")).lines == ["FileNotFoundError"]
    assert booth.run(attempt(f"open({str(gradebook)!r}, 'w')")).lines == ["FileNotFoundError"]
    assert gradebook.read_text("utf-8") == "grades"


def test_of_a_checkout_only_the_library_and_its_data_are_there(booth):
    seen = booth.run(f"import os; print(*sorted(os.listdir({str(LIBRARY)!r})))")
    assert set(seen.out.split()) - {Path(sys.prefix).name} == {"crmlib", "datasets"}
    assert [sandbox.shows(LIBRARY / name) for name in ("crmlib", "datasets", "exercises", "tests", ".", "..")] == [True] * 2 + [False] * 4


def test_an_environment_made_in_the_folder_of_the_course_does_not_open_it(tmp_path):
    for name in ("bin", "lib", "source", "submitted"):
        (tmp_path / name).mkdir()
    (tmp_path / "gradebook.db").touch()
    code = f"""
import sys
sys.prefix = sys.exec_prefix = {str(tmp_path)!r}
from crmlib.classroom.grading.sandbox import shows
print([shows(sys.prefix + '/' + name) for name in ('lib', 'source', 'submitted', 'gradebook.db', '')])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, False, False, False, False]"


def test_the_students_own_files_come_along_but_no_link_and_nothing_comes_back(booth, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "data.csv").write_text("重量\n1\n", "utf-8")
    (tmp_path / "way out").symlink_to("/etc/shadow")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    open_to_all(tmp_path)
    code = "import os; print(os.getcwd()); print(sorted(os.listdir()), open('below/data.csv').read().split()); open('below/data.csv', 'w')"
    seen = booth.run(code, scratch=tmp_path)
    assert seen.lines == [str(tmp_path.resolve()), "['below'] ['重量', '1']"]
    assert (tmp_path / "below" / "data.csv").read_text("utf-8") == "重量\n1\n"


def test_files_that_are_too_many_for_the_sandbox_are_refused(booth, tmp_path):
    (tmp_path / "large").write_bytes(bytes(SMALL.scratch_bytes + 1))
    open_to_all(tmp_path)
    seen = booth.run("print('ran')", scratch=tmp_path)
    assert "scratch_bytes" in seen.out and "ran" not in seen.lines and seen.exit


def test_a_folder_named_readable_is_read_and_not_written(booth, tmp_path):
    (tmp_path / "given.txt").write_text("given", "utf-8")
    path = str(tmp_path / "given.txt")
    open_to_all(tmp_path)
    assert booth.run(f"print(open({path!r}).read())", readable=[tmp_path]).lines == ["given"]
    assert booth.run(attempt(f"open({path!r}, 'w')"), readable=[tmp_path]).lines == ["OSError"]


def test_links_made_inside_lead_nowhere_outside(booth):
    assert booth.run(attempt("os.symlink('/etc/shadow', 'x'); open('x')")).lines == ["FileNotFoundError"]
    assert booth.run(attempt("os.symlink('../../../../../../home', 'x'); os.listdir('x')")).lines == ["FileNotFoundError"]


@pytest.mark.parametrize("place", [str(LIBRARY / "crmlib" / "x.py"), f"{sys.prefix}/x", "/usr/x", "/x", "/etc/x", "/dev/x"])
def test_nothing_that_is_shared_can_be_written(booth, place):
    said = booth.run(attempt(f"open({place!r}, 'w')")).lines[0]
    assert said in ("OSError", "PermissionError") or place.startswith("/tmp/")  # below /tmp it writes into a /tmp of its own
    assert not os.path.exists(place)


def test_what_one_wrote_the_next_does_not_find(booth):
    writes = "import os\nfor place in ('/tmp/x', 'x', '/dev/shm/x'):\n    open(place, 'w').write('mine')\nprint(os.path.exists('/tmp/x'))"
    assert booth.run(writes).lines == ["True"]
    assert booth.run("import os; print([os.path.exists(p) for p in ('/tmp/x', 'x', '/dev/shm/x')])").lines == ["[False, False, False]"]


def test_honest_work_is_not_hindered(booth):
    code = """
import os, pty, subprocess, sys, tempfile, threading, multiprocessing
import numpy as np, pandas as pd, matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
from crmlib import company
pd.DataFrame({'a': [1]}).to_csv('a.csv'); plt.plot([1, 2]); plt.savefig('a.png')
tempfile.NamedTemporaryFile().close()
thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()
child, terminal = pty.fork()
if child == 0:
    os.execlp('echo', 'echo', 'terminal')
print(os.read(terminal, 100).decode().strip())
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout.strip())
print(multiprocessing.get_context('fork').Pool(2).map(abs, [-1, -2]), len(company.lark().customers) > 1000)
"""
    seen = booth.run(code, memory_bytes=2**31, file_bytes=2**24, scratch_bytes=2**25)
    assert seen.lines == ["thread", "terminal", "42", "[1, 2] True"]


# Secrets


def test_the_environment_is_empty_of_what_is_not_needed(booth):
    code = "import os\nprint(sorted(os.environ))\nprint(open('/proc/self/environ', 'rb').read().strip(bytes(1)))\nos.system('env')"
    seen = booth.run(code)
    assert "the-class-key" not in seen.out and "CRM_CLASS_KEY" not in seen.out
    assert "HOME" in seen.out and seen.lines[1] == "b''"


def test_only_the_open_files_that_were_to_be_kept_are_open(booth):
    assert booth.run("import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))").lines == ["[0, 1, 2, 3]"]
    assert booth.run("print(open(0).read())").lines == [""]


# Other processes


def test_only_ones_own_processes_are_there(booth):
    code = f"""
import os
print(sorted(name for name in os.listdir('/proc') if name.isdigit()), os.getpid(), os.getppid())
try:
    os.kill({booth.process.pid}, 9)
except ProcessLookupError:
    print('nobody')
try:
    os.kill(-1, 9)
except ProcessLookupError:
    print('nobody')
"""
    assert booth.run(code).lines == ["['1'] 1 0", "nobody", "nobody"]
    assert booth.process.poll() is None


def test_no_right_is_left_and_none_can_be_gained(booth):
    code = "print(*[line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])"
    fields = dict(line.split(":\t") for line in map(str.strip, booth.run(code).lines) if line)
    assert {fields[name] for name in fields if name.startswith("Cap")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert booth.run("import os; print(os.getuid(), os.getgroups())").lines != ["0 []"]


def test_every_root_child_is_a_user_of_its_own(booth):
    asks = "import os; print(os.getuid())"
    first, second = booth.run(asks).lines, booth.run(asks).lines
    assert (first != second) == (booth.uid == 0)
    assert first != ["0"]


def test_a_daemon_ends_with_the_student(booth):
    code = """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        print('daemon', flush=True)
        while True:
            signal.pause()
    os._exit(0)
os.wait()
"""
    assert booth.run(code).exit == 0


def test_all_inside_end_when_the_supervisor_is_killed(booth):
    code = "import os, signal\nos.fork() or os.fork()\nprint(os.getpid(), flush=True)\nwhile True:\n    signal.pause()"
    assert booth.run(code, then="kill").exit == -signal.SIGKILL


def test_the_student_cannot_outlive_the_supervisor(booth):
    code = """
import ctypes, errno, signal
libc = ctypes.CDLL(None, use_errno=True)
refused = libc.prctl(1, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM
print(refused, flush=True)
while True:
    signal.pause()
"""
    assert booth.run(code, then="kill").lines == ["True"]


def test_an_interrupt_of_the_supervisor_reaches_the_student(booth):
    code = "import signal\ntry:\n    print('waits', flush=True)\n    signal.pause()\nexcept KeyboardInterrupt:\n    print('interrupted')"
    assert booth.run(code, then="interrupt").lines == ["waits", "interrupted"]


@pytest.mark.parametrize(
    "code, status", [("import os; os._exit(7)", 7), ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV), ("pass", 0)]
)
def test_the_end_is_passed_on(booth, code, status):
    assert booth.run(code).exit == status


# The network


def test_nothing_listens_and_nothing_is_reached(booth):
    name = f"\0crm-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as local,
    ):
        udp.bind(("127.0.0.1", 0))
        local.bind(name)
        local.listen()
        tries = [
            f"socket.create_connection({tcp.getsockname()})",
            f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', {udp.getsockname()})",
            f"socket.socket(socket.AF_UNIX).connect({name!r})",
            f"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', {name!r})",
            "socket.getaddrinfo('example.org', 80)",
            "socket.create_connection(('1.1.1.1', 53))",
            "socket.socket(socket.AF_INET6)",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "socket.socket(socket.AF_VSOCK)",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)",
            "socket.socket(socket.AF_ALG)",
            "socket.socketpair(socket.AF_INET)",
        ]
        for trying in tries:
            assert booth.run(attempt(trying)).lines[0] in ("OSError", "gaierror", "ConnectionRefusedError", "PermissionError"), trying
        assert select.select([tcp, udp, local], [], [], 0)[0] == []


def test_sockets_within_a_process_work(booth):
    code = "import asyncio, socket; a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1), asyncio.run(asyncio.sleep(0, 'done')))"
    assert booth.run(code).lines == ["b'x' done"]


def test_a_scratch_folder_inside_what_is_shared_is_refused(booth):
    assert "shown read-only" in booth.run("print('ran')", scratch=f"{sys.prefix}/lib/scratch").out
