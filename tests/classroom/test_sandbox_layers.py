"""The filter of system calls, and which walls the sandbox can build on a machine."""

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_booth import Booth

from crmlib.classroom.grading import layers, linux_calls, sandbox, seccomp
from crmlib.classroom.grading.view import view
from crmlib.i18n import use_language

USERS = ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


@pytest.fixture(scope="module", params=USERS)
def booth(request):
    booth = Booth(ordinary=request.param == "ordinary" and os.geteuid() == 0)
    yield booth
    booth.close()


# System calls


def test_every_refused_call_is_refused(booth):
    code = f"""
import ctypes, errno, json
libc = ctypes.CDLL(None, use_errno=True)
column = {("x86_64", "aarch64").index(linux_calls.machine())}
refused = json.loads({json.dumps(json.dumps(seccomp.REFUSED))})
print([name for name, numbers in refused.items() if numbers[column] is not None
       and (libc.syscall(numbers[column], 0, 0, 0, 0, 0, 0), ctypes.get_errno()) != (-1, errno.EPERM)])
"""
    assert booth.run(code).lines == ["[]"]


def test_no_new_namespace(booth):
    code = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
    child = libc.syscall({clone}, flag | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    print(child, ctypes.get_errno() == errno.EPERM)
""".replace("{clone}", str(seccomp.CLONE[("x86_64", "aarch64").index(linux_calls.machine())]))
    assert set(booth.run(code).lines) == {"-1 True"}


def run_filter(program: bytes, *, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer: the filter's few instructions, followed one by one."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    lines = list(struct.iter_unpack("<HBBI", program))
    at, held = 0, 0
    while True:
        code, yes, no, value = lines[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        else:
            holds = {0x15: held == value, 0x25: held > value, 0x45: bool(held & value)}[code]
            at += yes if holds else no


@pytest.mark.parametrize("machine, column", [("x86_64", 0), ("aarch64", 1)])
def test_the_filter_on_either_processor(machine, column):
    program, architecture = seccomp.program(machine), seccomp.ARCHITECTURES[machine][1]

    def answer(number, *arguments):
        return run_filter(program, architecture=architecture, number=number, arguments=arguments)

    refused = {numbers[column] for numbers in seccomp.REFUSED.values()} - {None}
    special = {call[column] for call in (seccomp.CLONE, seccomp.CLONE3, seccomp.SOCKET, seccomp.SOCKETPAIR, seccomp.PRCTL)}
    for number in range(seccomp.LAST_KNOWN_CALL + 1):
        if number not in special:
            assert (answer(number) == seccomp.ALLOW) == (number not in refused), number
    assert answer(seccomp.LAST_KNOWN_CALL + 1) == 0x00050000 | errno.ENOSYS == answer(0x40000000) == answer(seccomp.CLONE3[column])
    other = seccomp.ARCHITECTURES["aarch64" if column == 0 else "x86_64"][1]
    assert run_filter(program, architecture=other, number=0) == seccomp.KILL
    assert answer(seccomp.CLONE[column], 17) == seccomp.ALLOW != answer(seccomp.CLONE[column], 0x10000000 | 17)
    families = {family for family in range(50) if answer(seccomp.SOCKET[column], family, 1, 0) == seccomp.ALLOW}
    assert families == {socket.AF_UNIX, 16}
    assert answer(seccomp.SOCKET[column], 16, 3, 9) != seccomp.ALLOW


def test_a_processor_without_a_table_is_refused():
    with pytest.raises(OSError, match="riscv64"):
        seccomp.program("riscv64")


# Which layers there are


def test_every_layer_is_active_here():
    assert [layer.name for layer in sandbox.layers() if layer.active] == ["namespaces", "files", "landlock", "seccomp", "limits"]
    assert sandbox.missing() == []


def test_inside_a_sandbox_no_second_one_can_be_built_and_that_is_said(booth):
    code = """
from crmlib.classroom.grading import sandbox
for layer in sandbox.missing():
    print(layer.name, layer.told, layer.mend, sep='|')
"""
    seen = booth.run(code)
    found = {line.split("|")[0]: line for line in seen.lines}
    assert set(found) == {"namespaces", "files"}
    assert "unshare: Operation not permitted" in found["namespaces"] and found["files"].split("|")[2]


@pytest.mark.parametrize("platform, word", [("win32", "wsl --install"), ("darwin", "Linux")])
def test_where_there_is_no_linux_every_layer_is_missing_and_the_mend_is_named(monkeypatch, platform, word):
    layers._tried.cache_clear()
    monkeypatch.setattr(sys, "platform", platform)
    try:
        found = sandbox.missing()
        assert len(found) == 5 and all(word in layer.mend for layer in found)
        use_language("zh")
        assert all(any("一" <= sign <= "鿿" for sign in layer.told + layer.mend) for layer in sandbox.missing())
    finally:
        layers._tried.cache_clear()


def test_the_module_can_be_imported_where_there_is_no_linux():
    code = """
import os, signal, sys
for name in ('resource', 'fcntl', 'pwd', 'termios'):
    sys.modules[name] = None
for name in ('fork', 'geteuid', 'setsid', 'pidfd_open', 'sysconf'):
    delattr(os, name)
for name in ('pthread_sigmask', 'SIGKILL'):
    delattr(signal, name)
sys.platform = 'win32'
from crmlib.classroom.grading import sandbox
print(len(sandbox.missing()), sandbox.Limits().processes)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["5", "64"]


def test_a_view_never_shows_the_whole_machine(tmp_path):
    with pytest.raises(ValueError, match="whole machine"):
        view(["/usr", "/"])


def test_a_view_follows_links_to_where_they_lead(tmp_path):
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    shown = view([tmp_path / "link" / "below"])
    assert shown.trees == (str(Path(tmp_path.resolve(), "real", "below")),)
    assert (str(tmp_path / "link"), "real") in shown.links
