"""A learner's function is called with fresh inputs, and what goes wrong in it becomes a hint."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.classroom import marking as mark
from crmlib.i18n import use_language


def lost(call, /, *arguments, answers, **options):
    with mark.answering(answers), pytest.raises(mark.Lost) as caught:
        call(*arguments, **options)
    return caught.value.hint


def test_a_function_gets_fresh_inputs_and_its_failures_are_hints():
    def spoil(values):
        values.iloc[0] = 99
        return values.sum()

    given_to_it = pd.Series([1.0, 2.0])
    with mark.answering({"f": spoil}):
        assert mark.function("f", args=1)(given_to_it) == 101.0
    assert given_to_it.tolist() == [1.0, 2.0]
    assert lost(mark.function, "f", answers={"f": 3}) == "want-function"
    assert lost(mark.function, "f", answers={"f": lambda: 0}, args=["revenue"]) == "function-arguments"
    failures = {
        "function-raised": lambda values: values["no"],
        "function-nothing": lambda values: None,
        "still-blank": lambda values: ____,  # noqa: F821 - the gap of a scaffold
    }
    for hint, failing in failures.items():
        with mark.answering({"f": failing}):
            answer = mark.function("f", args=1)
            with pytest.raises(mark.Lost) as caught:
                answer(given_to_it)
        assert caught.value.hint == hint
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


FUNCTIONS = {
    "function-capital": "def f(values):\n    return values.sort_values(ascending=false)",
    "function-unknown-name": "def f(values):\n    return valeus.sum()",
    "function-outside": "def f(values):\n    return values['C9'] + year['C9']",
    "function-text-for-number": "def f(values):\n    return values.sort_values(ascending='False').sum()",
    "function-raised": "def f(values):\n    return pd.Series(values)['C9']",
    "still-blank": "def f(values):\n    return values.____()",
}
TEXT_FOR_NUMBER = ["values > '1'", "values.head('2')", "len(values) * '0.2' / 2", "round('0.2')", "sum(values) + '1'", "values * '2'",
                   "values.nlargest('2')", "max(values) > '1'"]  # fmt: skip


def defined(text):
    names = {"pd": pd, "year": pd.Series({"A": 1.0})}
    exec(text, names)
    return names


@pytest.mark.parametrize("hint", FUNCTIONS)
def test_why_a_function_stopped(hint):
    names = defined(FUNCTIONS[hint])
    with mark.answering(names), pytest.raises(mark.Lost) as caught:
        mark.function("f", args=1)(pd.Series({"C1": 1.0, "C2": 2.0}))
    assert caught.value.hint == hint
    assert ("from outside" in str(caught.value)) == (hint == "function-outside")


@pytest.mark.parametrize("expression", TEXT_FOR_NUMBER)
def test_a_number_written_as_text_inside_a_function(expression):
    names = defined(f"def f(values):\n    return {expression}")
    with mark.answering(names), pytest.raises(mark.Lost) as caught:
        mark.function("f", args=1)(pd.Series({"C1": 1.0, "C2": 2.0}))
    assert caught.value.hint == "function-text-for-number"


@pytest.mark.parametrize(("language", "told"), [("zh", "2 个参数（revenue, share）。"), ("en", "2 argument(s) (revenue, share).")])
def test_the_arguments_stand_in_the_brackets_of_the_language(language, told):
    use_language(language)
    with mark.answering({"f": lambda: 0}), pytest.raises(mark.Lost) as caught:
        mark.function("f", args=["revenue", "share"])
    assert str(caught.value).endswith(told)


def test_a_long_error_of_a_function_is_cut():
    def fails(value):
        raise ValueError("x" * 1000 + "\nsecond line")

    with mark.answering({"f": fails}):
        answer = mark.function("f")
        with pytest.raises(mark.Lost) as caught:
            answer(1)
    assert len(str(caught.value)) < 400 and "second line" not in str(caught.value)
