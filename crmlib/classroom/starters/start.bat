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

%FOUND% -X utf8 -c "print('\u7b2c\u4e00\u6b21\u8981\u88c5\u51e0\u5206\u949f\uff0c\u5c4f\u5e55\u4e0a\u4f1a\u4e00\u884c\u4e00\u884c\u5730\u51fa\u5b57\uff0c\u8bf7\u7b49\u5b83\u88c5\u5b8c\u3002 / The first time takes a few minutes.')"
if not exist ".venv\Scripts\python.exe" %FOUND% -m venv .venv
if errorlevel 1 goto failed
".venv\Scripts\python.exe" -m pip install --disable-pip-version-check -c constraints.txt "./@WHEEL@[classroom]"
if errorlevel 1 goto failed
".venv\Scripts\python.exe" -m pip install --disable-pip-version-check --force-reinstall --no-deps "./@WHEEL@"
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
if defined FOUND %FOUND% -X utf8 -c "print('\u6ca1\u6709\u88c5\u5b8c\uff0c\u539f\u56e0\u89c1\u4e0a\u3002\u5982\u679c\u662f\u7f51\u7edc\u65ad\u4e86\uff0c\u518d\u53cc\u51fb\u4e00\u6b21\uff0c\u4f1a\u63a5\u7740\u88c5\u3002')"
echo The installation did not finish; the reason is above. If it is the network, start this file again.
pause
exit /b 1
