"""Every column of the firm has a data class, and a column without one is found."""

from __future__ import annotations

import dataclasses

import pytest

from crmlib import privacy
from crmlib.company.contract import Column
from crmlib.company.privacy_columns import PRIVACY_COLUMNS, group_of
from crmlib.company.schema import DERIVED, TABLES, label
from crmlib.i18n import use_language
from crmlib.privacy.register import data_register


def test_no_column_of_the_firm_is_without_a_class():
    register = data_register()
    assert len(register) == sum(len(table.columns) for table in TABLES.values())
    assert set(register["data_class"]) == {"public", "internal", "personal", "sensitive"}
    assert not register.duplicated(["table", "column"]).any()


def test_every_declared_column_exists():
    every = {(name, column) for name, table in TABLES.items() for column in table.names}
    from crmlib.company.privacy_columns import _GROUPS

    declared = [(table, column) for table, groups in _GROUPS.items() for names in groups.values() for column in names.split()]
    assert set(declared) == every and len(declared) == len(every)


def test_a_new_column_without_a_class_is_refused_by_name():
    table = TABLES["customers"]
    wider = dataclasses.replace(table, columns=(*table.columns, Column("shoe_size", "number", "鞋码", "shoe size", "", "")))
    with pytest.raises(ValueError, match=r"customers\.shoe_size"):
        data_register([wider])


@pytest.mark.parametrize(("column", "data_class", "identifies"), [
    ("contacts.name", "personal", "alone"), ("source_records.id_number", "sensitive", "alone"), ("waybills.customer_id", "personal", "as_key"),
    ("waybills.weight_kg", "internal", "combined"), ("waybills.cost_yuan", "internal", "no"), ("calendar.date", "public", "no"),
    ("shifts.absence", "sensitive", "alone"), ("cases.text", "personal", "alone"),
])  # fmt: skip
def test_classes_that_are_plain(column, data_class, identifies):
    table, name = column.split(".")
    row = data_register().set_index(["table", "column"]).loc[(table, name)]
    assert (row["data_class"], row["identifies"]) == (data_class, identifies)


def test_keys_and_what_refers_to_them_are_never_open():
    """Whatever leads to a customer, parcel, colleague or contact in another table is a key or kept inside."""
    persons = ("customers", "contacts", "waybills", "members", "leads", "agents", "calls", "cases", "source_records")
    groups = group_of(TABLES.values())
    for name, table in TABLES.items():
        for column in table.columns:
            if column.ref.split(".")[0] in persons or (column.key and name in persons):
                assert groups[name, column.name] == "key", (name, column.name)


def test_labels_stand_in_both_languages_and_shadow_no_other():
    assert all(DERIVED[column.name].zh and DERIVED[column.name].en for column in PRIVACY_COLUMNS)
    use_language("zh")
    assert label("privacy_officer", "viewer_role") == "个人信息保护负责人" and label("sensitive", "data_class") == "敏感个人信息"
    assert label("role", table="calls") == TABLES["calls"]["role"].zh


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="customer"):
        privacy.quasi_identifiers("customer")
