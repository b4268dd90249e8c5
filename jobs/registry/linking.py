"""The probabilistic search for duplicates: a Fellegi-Sunter model, learned and applied by Splink.

Splink writes SQL that Spark runs, so nothing of a person leaves the cluster; only counts and the
model's probabilities come to the driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.packages import require_packages

RECALL_OF_EXACT = Decimal("0.5")
"""The share of duplicates that the exact passes are taken to find; measured: 0.46, on a generated
chain (docs/registry.md). A guess twice too low or too high moves a score of 0.99 by 0.01."""

_CANDIDATES = (
    ("email",),
    ("mobile",),
    ("birth_date", "name_start"),
    ("code_head",),
    ("code_tail",),
)
"""Who agrees in all fields of one of these is compared; nobody else is."""

_LEARNED_FROM = (("birth_date", "name_start"), ("email",))
"""The candidates whose agreements the model learns from; of each it learns all other fields."""

_MOST_PAIRS = 1_000_000
_SEED = 1
_VIEWS = "__splink__*"


def check_packages() -> None:
    """See that what the search needs is installed.

    Raises:
        MissingPackageError: If it is not.
    """
    require_packages(("splink",), "linkage", "duplicates find --probabilistic")


def scored_pairs(
    people: DataFrame, registrations: int, exact_pairs: int, at_least: Decimal
) -> DataFrame:
    """The candidates that the model holds for one person.

    Pairs that are learned from are picked by a hash of their ids, and no score depends on chance.

    Args:
        people: What ``transforms.duplicates.linkable`` returns, kept.
        registrations: How many they are.
        exact_pairs: How many pairs the exact passes found among them.
        at_least: The probability from which a pair is returned.

    Returns:
        ``customer_id``, ``other_customer_id`` (the greater) and ``score``, a double; to be read
        before ``forgetting`` ends.

    Source: spec §8; Fellegi and Sunter 1969.
    """
    from splink import Linker, SparkAPI  # noqa: PLC0415 - its packages may be missing
    from splink.internals.exceptions import EMTrainingException  # noqa: PLC0415 - likewise

    api = SparkAPI(  # type: ignore[no-untyped-call]  # Splink leaves its types out
        spark_session=people.sparkSession,
        break_lineage_method="persist",
        register_udfs_automatically=False,
    )
    model = _model(_prior(registrations, exact_pairs))
    linker = Linker(api.register(people), model, log_level="ERROR")
    # In one piece: by default it takes ten, each with plans of its own, to end early.
    linker.training.estimate_u_using_random_sampling(
        max_pairs=_MOST_PAIRS, seed=_SEED, min_count_per_level=None, num_chunks=1
    )
    for fields in _LEARNED_FROM:
        # Without a candidate there is nothing to learn, and the model stays as it is.
        with suppress(EMTrainingException):
            linker.training.estimate_parameters_using_expectation_maximisation(
                _agreeing(fields), max_pairs=_MOST_PAIRS
            )
    found: Any = linker.inference.predict(threshold_match_probability=float(at_least))
    pairs: DataFrame = found.as_spark_dataframe()
    ids = ("customer_id_l", "customer_id_r")
    return pairs.select(
        F.least(*ids).alias("customer_id"),
        F.greatest(*ids).alias("other_customer_id"),
        F.col("match_probability").alias("score"),
    )


@contextmanager
def forgetting(spark: SparkSession) -> Iterator[None]:
    """Drops at the end what Splink keeps of people in the session."""
    try:
        yield
    finally:
        for row in spark.sql(f"SHOW VIEWS LIKE '{_VIEWS}'").collect():
            spark.catalog.dropTempView(row.viewName)


def _prior(registrations: int, exact_pairs: int) -> float:
    """The probability that two registrations picked at random are one person's."""
    pairs = registrations * (registrations - 1) // 2
    expected = Decimal(max(exact_pairs, 1)) / RECALL_OF_EXACT
    return float(min(expected / max(pairs, 1), Decimal("0.5")))


def _model(prior: float) -> dict[str, Any]:
    """The model before it learned anything: what is compared, and a first guess of how it agrees.

    Guesses stay only where a registry shows nothing of a level.
    """
    from splink import SettingsCreator  # noqa: PLC0415 - its package may be missing

    candidates: list[Any] = [_agreeing(each) for each in _CANDIDATES]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="customer_id",
        probability_two_random_records_match=prior,
        blocking_rules_to_generate_predictions=candidates,
        comparisons=[
            _compared(
                "name",
                (_equal("name"), 0.6, 1e-5),
                (_nearly("name"), 0.25, 1e-5),
                (f"{_equal('given_name')} AND {_equal('surname')}", 0.1, 3e-4),
                otherwise=(0.05, 0.9996),
            ),
            _compared("typed_code", (_nearly("typed_code"), 0.8, 1e-5), otherwise=(0.2, 0.99999)),
            *(
                _compared(name, (_equal(name), agrees, by_chance), otherwise=(1 - agrees, 1.0))
                for name, agrees, by_chance in (
                    ("birth_date", 0.95, 5e-5),
                    ("email", 0.6, 1e-6),
                    ("mobile", 0.7, 1e-6),
                )
            ),
        ],
    ).create_settings_dict("spark")


Level = tuple[str, float, float]
"""When a pair agrees so far, and the probabilities of that if both are one, and if they are two."""


def _compared(name: str, *levels: Level, otherwise: tuple[float, float]) -> dict[str, Any]:
    empty = {
        "sql_condition": f"{name}_l IS NULL OR {name}_r IS NULL",
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    return {
        "output_column_name": name,
        "comparison_levels": [
            empty,
            *(
                {
                    "sql_condition": condition,
                    "label_for_charts": condition,
                    "m_probability": if_one,
                    "u_probability": if_two,
                }
                for condition, if_one, if_two in (*levels, ("ELSE", *otherwise))
            ),
        ],
    }


def _equal(name: str) -> str:
    return f"{name}_l = {name}_r"


def _nearly(name: str) -> str:
    """Two slips at most: a letter or digit too many, too few or another."""
    return f"levenshtein({name}_l, {name}_r) <= 2"


def _agreeing(fields: Sequence[str]) -> str:
    return " AND ".join(f"l.{name} = r.{name}" for name in fields)
