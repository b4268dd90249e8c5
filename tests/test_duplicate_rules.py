"""Which pairs a search merges at once and which it only proposes, by the settings."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.registry.duplicates import _is_merged
from jobs.settings import load_settings
from transforms.duplicates import CODE, EMAIL_BIRTH_DATE, PROBABILISTIC

SETTINGS = (
    (),
    ("duplicates.merge_exact=false",),
    ("duplicates.merge_from=null",),
)
PAIRS = {
    # Passes, score, whether it would make one of two people; merged under each of the settings.
    "exact": ([CODE], "1", False, (True, False, True)),
    "exact and ambiguous": ([EMAIL_BIRTH_DATE], "1", True, (False, False, False)),
    # merge_from is 0.9999: from there on a pair is sure, and a millionth less is not.
    "sure": ([PROBABILISTIC], "0.9999", False, (True, True, False)),
    "unsure": ([PROBABILISTIC], "0.999899", False, (False, False, False)),
    "sure and ambiguous": ([PROBABILISTIC], "1", True, (False, False, False)),
    # What an exact pass found goes by merge_exact alone, however sure the model is of it too.
    "by both passes": ([CODE, PROBABILISTIC], "1", False, (True, False, True)),
}


def test_a_pair_is_merged_at_once_as_the_settings_say_and_never_if_it_is_ambiguous(
    spark: SparkSession,
) -> None:
    pairs = spark.createDataFrame(
        [
            (name, passes, Decimal(score), is_ambiguous)
            for name, (passes, score, is_ambiguous, _) in PAIRS.items()
        ],
        "name string, passes array<string>, score decimal(18,6), is_ambiguous boolean",
    )
    merged = [
        _is_merged(load_settings((), given).duplicates).alias(f"merged_{number}")
        for number, given in enumerate(SETTINGS)
    ]
    found = {name: tuple(flags) for name, *flags in pairs.select("name", *merged).collect()}
    assert found == {name: expected for name, (*_, expected) in PAIRS.items()}
