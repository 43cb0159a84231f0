"""A firm in a real PostgreSQL server: saved and opened, and data that other programs put there."""

import numpy as np
import pandas as pd
import psycopg
import pytest
from postgres_server import running_postgres

import crmlib as crm
from crmlib import i18n
from crmlib.company.company import Company

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def server():
    with running_postgres() as url:
        yield url


@pytest.fixture
def url(server, request):
    name = request.node.originalname
    with psycopg.connect(server + "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server + name


@pytest.fixture(scope="module")
def firm():
    return crm.company.simulate(customers=25, months=3, seed=11)[0]


def test_a_firm_comes_back_with_its_values_and_types(firm, url):
    firm.save(url)
    back = Company.open(url)
    assert list(back.tables) == list(firm.tables) and dict(back.about) == dict(firm.about)
    for name, table in firm.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table)


def test_texts_of_any_length_and_script_come_back(firm, url):
    odd = Company(customers=firm.customers.head(3).assign(name=["长" * 5000, "a'b\"c;--%s", "🐦 云雀 "]))
    odd.save(url.replace("postgresql", "postgres"))
    assert Company.open(url).customers.name.tolist() == odd.customers.name.tolist()


def test_saving_again_replaces_the_whole_firm_or_nothing(firm, url):
    firm.save(url)
    fewer = Company(customers=firm.customers, about={"name": "fewer"})
    with pytest.raises(ValueError, match="already holds tables"):
        fewer.save(url)
    fewer.save(url, replace=True)
    assert list(Company.open(url).tables) == ["customers"]
    with pytest.raises(ValueError, match="refuses"):
        Company(customers=firm.customers.head(2).assign(name="nul\x00"), about={}).save(url, replace=True)
    assert len(Company.open(url).customers) == len(firm.customers)


def test_tables_made_by_others_are_read_with_their_own_types(firm, url):
    with psycopg.connect(url) as connection:
        firm.save(url)
        connection.execute('ALTER TABLE customers RENAME TO "客户表"')
        connection.execute('ALTER TABLE "客户表" RENAME COLUMN name TO "客户名称"')
        connection.execute('ALTER TABLE "客户表" ALTER opened_on TYPE date, ALTER expected_growth TYPE numeric(9,6)')
        connection.execute("ALTER TABLE waybills ALTER picked_up_at TYPE timestamptz USING picked_up_at AT TIME ZONE 'Asia/Shanghai'")
        connection.execute("CREATE TABLE app_log (line text)")
        connection.execute("CREATE VIEW monthly AS SELECT 1 AS one")
    back = Company.open(url)
    pd.testing.assert_frame_equal(back.customers.drop(columns="expected_growth"), firm.customers.drop(columns="expected_growth"))
    np.testing.assert_allclose(back.customers.expected_growth, firm.customers.expected_growth, atol=1e-6)
    pd.testing.assert_series_equal(back.waybills.picked_up_at, firm.waybills.picked_up_at)
    assert "Not read, because no table is called so: app_log, monthly." in back.validate().summary()


def test_what_breaks_the_contract_is_told_at_once(firm, url):
    firm.save(url)
    with psycopg.connect(url) as connection:
        first = [firm.waybills.waybill_id[0]]
        connection.execute("UPDATE waybills SET price_yuan = -1, customer_id = 'nobody' WHERE waybill_id = %s", first)
        connection.execute("ALTER TABLE customers DROP COLUMN region")
    with pytest.raises(ValueError) as refused:
        Company.open(url)
    for part in ("column region: The column is missing", "price_yuan, 1 row", "Not in the table customers: nobody"):
        assert part in str(refused.value)
    assert len(Company.open(url, check=False).waybills) == len(firm.waybills)


def test_a_server_that_does_not_answer_is_told_without_the_password():
    with pytest.raises(ValueError, match="refuses") as refused:
        Company.open("postgresql://crm:geheim@127.0.0.1:1/firm")
    assert "geheim" not in str(refused.value)
