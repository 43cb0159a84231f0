"""Parcels are scanned in order, cut where the data end, and add up to their waybills; packed files bring back what was written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.compact import read_compact, write_compact
from crmlib.company.contract import Column, Table, conform
from crmlib.company.schema import TABLES
from crmlib.company.tracking import NODES

INSIDE = tuple(node for node in NODES if node != "clearance")
SMALL = Table("things", "物品表", "things", (
    Column("thing_id", "text", "编号", "number", "编号", "number", key=True),
    Column("made_at", "datetime", "时刻", "moment", "时刻", "moment", unit="datetime", nullable=True),
    Column("sold_on", "date", "日期", "day", "日期", "day", unit="date", nullable=True),
    Column("price", "number", "价", "price", "价", "price", unit="yuan", nullable=True),
    Column("open", "yes_no", "开着", "open", "开着", "open"),
))  # fmt: skip


@pytest.fixture(scope="module")
def firm():
    return crm.company.simulate(customers=400, seed=5)[0]


@pytest.fixture(scope="module")
def wide(firm):
    return firm.tracking.pivot(index="waybill_id", columns="node", values="scanned_at")[list(NODES)].reindex(firm.waybills.waybill_id)


def test_every_parcel_is_picked_up_and_scanned_in_order(firm, wide):
    waybills = firm.waybills.set_index("waybill_id")
    assert wide.picked_up.equals(waybills.picked_up_at.rename("picked_up"))
    times = wide.to_numpy().astype("datetime64[m]").astype(float)
    times[wide.isna().to_numpy()] = np.nan
    filled = pd.DataFrame(times).ffill(axis=1).to_numpy()
    steps = np.diff(filled, axis=1)
    assert (steps[~np.isnan(times[:, 1:])] >= 1).all()
    assert firm.tracking.scan_id.is_unique and firm.tracking.scanned_at.max() < pd.Timestamp(firm.about["end"])


def test_the_signature_is_the_delivery(firm, wide):
    delivered = firm.waybills.set_index("waybill_id").delivered_at
    assert wide.signed.equals(delivered.rename("signed"))
    assert wide.out_for_delivery[wide.signed.notna()].dt.normalize().eq(wide.signed.dropna().dt.normalize()).all()


def test_only_cross_border_parcels_are_cleared(firm, wide):
    waybills = firm.waybills.set_index("waybill_id")
    abroad = waybills.scope == "cross_border"
    assert wide.clearance[~abroad].isna().all()
    assert wide.clearance[abroad & waybills.delivered_at.notna()].notna().all()


def test_parcels_under_way_have_a_beginning_and_lost_ones_stop(firm, wide):
    status = firm.waybills.set_index("waybill_id").status
    for rows in (wide[status == "under_way"], wide[status == "lost"]):
        inside = rows.loc[rows.clearance.isna(), list(INSIDE)].notna().to_numpy()
        assert len(inside) and (np.diff(inside.astype(int), axis=1) <= 0).all()
    assert wide.out_for_delivery[status == "lost"].isna().all()
    assert wide[list(INSIDE)][status.isin(["signed", "returned"])].notna().all(axis=None)


def test_packed_tables_come_back_the_same(firm, tmp_path):
    for name, frame in firm.tables.items():
        write_compact(frame, TABLES[name], tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(conform(read_compact(tmp_path / f"{name}.parquet"), TABLES[name]), frame)


def test_packing_saves_room(firm, tmp_path):
    firm.waybills.to_parquet(tmp_path / "plain.parquet", compression="zstd")
    write_compact(firm.waybills, TABLES["waybills"], tmp_path / "packed.parquet")
    assert (tmp_path / "packed.parquet").stat().st_size < 0.5 * (tmp_path / "plain.parquet").stat().st_size


def test_a_plain_file_is_read_as_it_is(firm, tmp_path):
    firm.customers.to_parquet(tmp_path / "customers.parquet", index=False)
    pd.testing.assert_frame_equal(conform(read_compact(tmp_path / "customers.parquet"), TABLES["customers"]), firm.customers)


moments = st.one_of(st.none(), st.datetimes(pd.Timestamp("1900-01-01").to_pydatetime(), pd.Timestamp("2200-01-01").to_pydatetime()))
rows = st.tuples(
    st.one_of(st.none(), st.text("AB01239-é", max_size=6), st.integers(0, 10**6).map(lambda number: f"T{number:04d}")),
    moments, st.one_of(st.none(), st.dates(pd.Timestamp("1900-01-01").date(), pd.Timestamp("2200-01-01").date())),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-10**9, 10**9).map(lambda cents: cents / 100)),
    st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=12), st.booleans())
def test_any_values_come_back(tmp_path_factory, values, whole_minutes):
    frame = pd.DataFrame(values, columns=SMALL.names).astype({"open": bool})
    frame["made_at"] = pd.to_datetime(frame["made_at"]).astype("datetime64[us]")
    if whole_minutes:
        frame["made_at"] = frame["made_at"].dt.floor("min")
    frame["sold_on"] = pd.to_datetime(frame["sold_on"]).astype("datetime64[us]")
    frame = conform(frame, SMALL)
    path = tmp_path_factory.mktemp("packed") / "things.parquet"
    write_compact(frame, SMALL, path)
    back = conform(read_compact(path), SMALL)
    pd.testing.assert_frame_equal(back, frame)
    assert (np.signbit(back.price) == np.signbit(frame.price)).all()
