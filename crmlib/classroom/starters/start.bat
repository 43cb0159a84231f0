@echo off
rem Sets up a Python environment in this folder the first time, and opens the course.
chcp 65001 >nul
setlocal
set PYTHONUTF8=1
cd /d "%~dp0"
if exist ".venv\course-@MARK@" goto run

set FOUND=
py -3 -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set FOUND=py -3
if not defined FOUND python -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set FOUND=python
if not defined FOUND goto nopython

echo The first time takes a few minutes.
if not exist ".venv\Scripts\python.exe" %FOUND% -m venv .venv
if errorlevel 1 goto failed
".venv\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check -c constraints.txt "./@WHEEL@[classroom]"
if errorlevel 1 goto failed
".venv\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "./@WHEEL@"
if errorlevel 1 goto failed
type nul > ".venv\course-@MARK@"

:run
".venv\Scripts\python.exe" -m crmlib.classroom.cli lab @EDITION@ %*
if errorlevel 1 pause
exit /b

:nopython
echo Python 3.11 or newer is needed. Install it, tick "Add python.exe to PATH", and start this file again.
pause
exit /b 1

:failed
echo The installation did not finish; the reason is above. If it is the network, start this file again.
pause
exit /b 1
