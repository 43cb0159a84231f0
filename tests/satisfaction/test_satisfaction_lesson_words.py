"""What a lesson reads out: the headline and advice of the priorities, and the sentences that agents say."""

import pandas as pd
import pytest

from crmlib import satisfaction
from crmlib.i18n import use_language


def priorities(performance_at):
    table = pd.DataFrame({"speed": [2, 3, 2, 3] * 9, "care": [9, 8, 9, 9] * 9, "satisfaction_1": [5, 6, 5, 7] * 9})
    return satisfaction.importance_performance(
        table, ["speed", "care"], importance={"speed": 9, "care": 4}, performance_at=performance_at, resamples=200, rng=1
    )


@pytest.mark.parametrize(("line", "headline"), [(6, "Mend first: speed"), (2.55, "Perhaps"), (1, "Nothing that matters")])
def test_the_headline_says_how_sure_it_is(line, headline):
    use_language("en")
    assert priorities(line).headline().startswith(headline)


def test_the_advice_names_each_driver_once():
    use_language("en")
    for line in (1, 2.55, 6, 8.8):
        words = priorities(line).advice()
        assert words.count("speed") == words.count("care") == 1


def test_every_sentence_is_judged_alike_in_both_languages():
    verdicts = {}
    for language in ("zh", "en"):
        use_language(language)
        said = satisfaction.promise_samples()
        verdicts[language] = said.map(lambda words: satisfaction.promise_check(words).verdict)
    assert verdicts["zh"].to_dict() == verdicts["en"].to_dict()
    assert set(verdicts["zh"]) == {"allowed", "with_condition", "never"}
