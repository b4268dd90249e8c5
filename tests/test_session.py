"""What a block sets in the session holds in it, and not after it."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from jobs.session import joined_by_customer, name_work, named_work, short_methods

LIMIT = "spark.sql.codegen.hugeMethodLimit"
KEYS = "spark.sql.requireAllClusterKeysForCoPartition"


def test_what_a_block_sets_ends_with_it_even_by_an_error(spark: SparkSession) -> None:
    before = [spark.conf.get(each) for each in (LIMIT, KEYS)]
    assert before == ["65535", "true"]

    def fails() -> None:
        with joined_by_customer(spark), short_methods(spark):
            assert [spark.conf.get(each) for each in (LIMIT, KEYS)] == ["8000", "false"]
            message = "no more rows"
            raise LookupError(message)

    with pytest.raises(LookupError, match="no more rows"):
        fails()
    assert [spark.conf.get(each) for each in (LIMIT, KEYS)] == before


def test_the_work_that_was_named_last_is_known(spark: SparkSession) -> None:
    name_work(spark, "daily")
    name_work(spark, "table sales")
    assert named_work() == "table sales"
