"""Some tables of a firm go to another place by the command, also to a real PostgreSQL, and nothing tells the password."""

from functools import partial

import pandas as pd
import pytest
from crm_command import crm
from postgres_server import running_postgres

from crmlib.company import TABLES, Company, lark
from crmlib.company.exporting import export, shown_place

_crm = partial(crm, "company")


def test_the_command_reaches_a_real_postgresql_and_checks_what_lies_there(tmp_path):
    with running_postgres() as server:
        url = f"{server}postgres".replace("crm@", "crm:geheim@")
        done = _crm("export", url, "--tables", "agents,shifts")
        assert done.returncode == 0, done.stderr
        assert "crm:***@" in done.stdout and "geheim" not in done.stdout + done.stderr
        back = Company.open(url)
        for name in ("customers", "agents", "shifts"):
            key = TABLES[name].key
            in_order = back.tables[name].sort_values(key, ignore_index=True)
            pd.testing.assert_frame_equal(in_order, lark().tables[name].sort_values(key, ignore_index=True))
        checked = _crm("check", url)
        assert checked.returncode == 0 and "agents (7)" in checked.stdout
        again = _crm("export", url, "--tables", "agents")
        assert again.returncode == 1 and "--replace" in again.stderr and "geheim" not in again.stderr
        home = _crm("export", str(tmp_path / "home"), "--from", url)
        assert home.returncode == 0 and list(Company.open(tmp_path / "home").tables) == ["customers", "agents", "shifts"]


def test_the_bar_ends_at_the_last_row_in_every_place(tmp_path, capsys):
    for place in (tmp_path / "firm", tmp_path / "firm.xlsx", tmp_path / "firm.db", tmp_path / "firm.duckdb"):
        result = export(lark(), place, tables=["agents"], progress=True)
        assert "100%" in capsys.readouterr().err
        assert dict(result.rows) == {"customers": 2000, "agents": 7} and result.synthetic
        assert "2,007 rows in 2 tables" in result.summary() and "simulated" in result.summary()
    export(lark(), tmp_path / "firm", tables=["agents"], replace=True)
    assert capsys.readouterr().err == ""


def test_a_broken_firm_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="column region"):
        export(Company(customers=lark().customers.assign(region="moon")), tmp_path / "firm")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("place", "shown"), [("firm.xlsx", "firm.xlsx"), ("mysql://a:b@c/d", "mysql://a:***@c/d"), ("no url://x", "no url://x")]
)
def test_a_place_is_shown_without_its_password(place, shown):
    assert shown_place(place) == shown
