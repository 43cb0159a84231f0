"""No submission uses more than the sandbox allows: memory, processor, time, processes, files."""

from __future__ import annotations

import os
import signal

import pytest
from hostile_booth import SMALL, Booth, attempt

from crmlib.classroom.grading import sandbox
from crmlib.classroom.grading.limits import Limits

USERS = ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


@pytest.fixture(scope="module", params=USERS)
def booth(request):
    booth = Booth(ordinary=request.param == "ordinary" and os.geteuid() == 0)
    yield booth
    booth.close()


def test_memory_of_one_process(booth):
    assert booth.run(attempt("bytearray(100 * 2**30)")).lines == ["MemoryError"]
    assert booth.run(attempt("[bytearray(2**26) for _ in range(20)]")).lines == ["MemoryError"]


def test_memory_of_all_processes_together(booth):
    code = """
import os, signal
for _ in range(4):
    if os.fork() == 0:
        kept = bytearray(b'x') * (150 * 2**20)
        while True:
            signal.pause()
while True:
    signal.pause()
"""
    assert sandbox.why_stopped(booth.run(code).exit) == "memory"


def test_shared_memory_counts_too(booth):
    code = """
import mmap, os, signal
for _ in range(4):
    if os.fork() == 0:
        kept = mmap.mmap(-1, 150 * 2**20)
        kept.write(b'x' * 2**20 * 150)
        while True:
            signal.pause()
while True:
    signal.pause()
"""
    assert sandbox.why_stopped(booth.run(code).exit) == "memory"


def test_memory_that_no_process_shows_cannot_be_had(booth):
    assert booth.run(attempt("os.memfd_create('x')")).lines == ["PermissionError"]


def test_children_that_only_inherit_are_not_charged(booth):
    code = """
import os
kept = bytearray(b'x') * (200 * 2**20)
for _ in range(8):
    if os.fork() == 0:
        sum(range(10**6))
        os._exit(0)
for _ in range(8):
    os.wait()
print('all')
"""
    assert booth.run(code).lines == ["all"]


def test_a_spin_in_c(booth):
    seen = booth.run("import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN); sum(range(10**13))", cpu_seconds=1)
    assert sandbox.why_stopped(seen.exit) == "cpu" or seen.exit == -signal.SIGKILL


def test_processor_time_is_counted_together(booth):
    code = "import os\nfor _ in range(3):\n    os.fork() or sum(range(10**13))\nwhile True:\n    os.wait()"
    assert sandbox.why_stopped(booth.run(code, cpu_seconds=1).exit) == "cpu"


def test_time_by_the_clock(booth):
    code = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    signal.pause()"
    assert sandbox.why_stopped(booth.run(code, wall_seconds=0.2).exit) == "timeout"


def test_a_fork_bomb(booth):
    code = """
import os, signal
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            while True:
                signal.pause()
        made += 1
except BlockingIOError:
    print(made)
"""
    assert int(booth.run(code).lines[0]) < SMALL.processes


def test_threads_count_as_processes(booth):
    code = """
import threading
gate, made = threading.Event(), 0
try:
    for _ in range(200):
        threading.Thread(target=gate.wait, daemon=True).start()
        made += 1
except RuntimeError:
    print(made)
"""
    assert int(booth.run(code, memory_bytes=2**33).lines[0]) < SMALL.processes


def test_files_are_bounded_one_by_one_and_together(booth):
    assert booth.run(attempt("open('x', 'wb').truncate(100 * 2**30)")).lines == ["OSError"]
    code = """
import errno, os
sizes = {}
for place in ('.', '/tmp', '/dev/shm'):
    for number in range(8):
        try:
            with open(f'{place}/{number}', 'wb', buffering=0) as file:
                while True:
                    file.write(bytes(2**18))
        except OSError as error:
            sizes[place, number] = os.path.getsize(f'{place}/{number}') if os.path.exists(f'{place}/{number}') else 0
print(max(sizes.values()), sum(sizes.values()))
"""
    largest, together = map(int, booth.run(code).out.split())
    assert largest <= SMALL.file_bytes and 0 < together <= SMALL.scratch_bytes


def test_small_files_are_bounded_too(booth):
    code = """
import errno
try:
    for number in range(10**6):
        open(f'{number}', 'x').close()
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    assert booth.run(code).lines == ["ENOSPC"]


def test_open_files_are_bounded(booth):
    code = "kept = []\ntry:\n    while len(kept) < 1000:\n        kept.append(open('/dev/null'))\nexcept OSError:\n    print(len(kept))"
    assert int(booth.run(code).lines[0]) < SMALL.open_files


def test_a_limit_is_a_number_above_0():
    with pytest.raises(ValueError, match="processes = 0"):
        Limits(processes=0)
