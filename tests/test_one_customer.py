"""Whom a code means, whatever kind of code a source takes it for. All are made up."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.one_customer import ids_of_codes
from transforms.identity import with_customer_id


def test_a_code_means_whoever_bears_it_in_another_spelling(
    spark: SparkSession, key: DataFrame
) -> None:
    texts = [("52998224725",), ("529.982.247-25",), ("123456797",), ("11222333000181",)]
    code = F.col("customer_code")
    known = (
        spark.createDataFrame(texts, "customer_code string")
        .transform(with_customer_id, code=code, kind="text", key=key)
        .unionByName(
            spark.createDataFrame([("12345678900",)], "customer_code string").transform(
                with_customer_id, code=code, kind="cpf", key=key
            )
        )
    )
    given = [
        (1, "529.982.247-25"),
        (2, "52998224725"),
        (3, "001.234.567-97"),
        (4, "11.222.333/0001-81"),
        (5, "123.456.789-00"),  # mistyped, as the till has it
        (6, "111.444.777-35"),
        (7, " "),
    ]
    asked = spark.createDataFrame(given, "position int, code string")
    found = ids_of_codes(key, asked).join(known, on="customer_id", how="inner")
    meant = sorted((row.position, row.customer_code) for row in found.collect())
    assert meant == [
        (1, "529.982.247-25"),
        (1, "52998224725"),
        (2, "529.982.247-25"),
        (2, "52998224725"),
        # Not 3: without its zeros a text may be the code of somebody else.
        (4, "11222333000181"),
        (5, "12345678900"),
    ]
