"""The same seed gives the same firm whatever the machine, its processor, language and time zone, and whatever the libraries' versions."""

import hashlib
import os
import subprocess
import sys

import pandas as pd
import pytest

import crmlib as crm
from crmlib.company.schema import TABLES
from crmlib.company.simulation import simulate

DIGESTS = """
import hashlib
import pandas as pd
from crmlib.company.simulation import simulate

for name, table in simulate(customers=400, months=24, seed=12)[0].tables.items():
    print(name, hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest())
"""
DISPATCHED = """
try:
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
except ImportError:
    from numpy.core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(" ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name)))
"""


def _output(program, **environment):
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def fresh():
    return simulate()[0]


@pytest.fixture(scope="module")
def here():
    tables = simulate(customers=400, months=24, seed=12)[0].tables
    return {name: hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
            for name, table in tables.items()}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_the_shipped_table_is_what_these_libraries_make(fresh, name):
    """Run on the lowest and on the newest versions of the libraries, against files that were written by one of them."""
    pd.testing.assert_frame_equal(fresh.tables[name], crm.company.lark().tables[name], check_exact=True)


@pytest.mark.parametrize("environment", [
    {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai", "OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Prescott", "MKL_NUM_THREADS": "1"},
], ids=["language and time zone", "linear algebra"])  # fmt: skip
def test_the_surroundings_change_nothing(here, environment):
    assert dict(line.split() for line in _output(DIGESTS, **environment).splitlines()) == here


def test_an_older_processor_makes_the_same(here):
    """Without the vector instructions, exp and log differ in their last bit; no value that is shipped may hang on it."""
    plain = _output(DIGESTS, NPY_DISABLE_CPU_FEATURES=_output(DISPATCHED).strip())
    assert dict(line.split() for line in plain.splitlines()) == here
