#!/bin/sh
# Sets up a Python environment in this folder the first time, and opens the course.
cd "$(dirname "$0")" || exit 1
export PYTHONUTF8=1
python=.venv/bin/python
stamp=.venv/course-@MARK@

if [ ! -f "$stamp" ]; then
    found=
    for name in python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            found=$name
            break
        fi
    done
    if [ -z "$found" ]; then
        echo '没有找到 Python 3.11 或更新的版本。请先安装，再运行一次。'
        echo 'There is no Python 3.11 or newer on this computer. Install it and run this again.'
        exit 1
    fi
    [ -x "$python" ] || "$found" -m venv .venv || exit 1
    echo '第一次要装几分钟，屏幕上会一行一行地出字，请等它装完。 / The first time takes a few minutes.'
    "$python" -m pip install --disable-pip-version-check -c constraints.txt "./@WHEEL@[classroom]" &&
        "$python" -m pip install --disable-pip-version-check --force-reinstall --no-deps "./@WHEEL@" || exit 1
    : > "$stamp"
fi
exec "$python" -m crmlib.classroom.cli lab @EDITION@ "$@"
