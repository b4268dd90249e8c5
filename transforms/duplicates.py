"""Registrations of one person under several codes: found by what they agree in (spec §8).

The same code is the same customer from the start, so these are people who stand in the registry
under a mistyped code, or under codes of two kinds.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.identity import folded, is_valid_code, normalised_code
from transforms.texts import text

CODE, EMAIL_BIRTH_DATE, MOBILE_NAME = "code", "email_birth_date", "mobile_name"
EXACT_PASSES = {
    CODE: ("tax_id",),
    EMAIL_BIRTH_DATE: ("email", "birth_date"),
    MOBILE_NAME: ("mobile", "name"),
}
"""The fields that each exact pass wants to be equal, filled and valid."""

COMPARED = ("tax_id", "email", "birth_date", "mobile", "name")


def comparable(persons: DataFrame, checked: DataFrame, codes: DataFrame) -> DataFrame:
    """What registrations are compared by; an invalid value agrees with nothing, and is null.

    Args:
        persons: The registry as it holds, nobody merged.
        checked: What ``persons_cleaned.checked_persons`` makes of it, birth dates judged.
        codes: The table ``customer_codes``.

    Returns:
        Key customer_id: ``tax_id`` (a valid CPF, of whatever kind the source calls the code),
        ``email``, ``birth_date``, ``mobile``, ``name`` (capitals without accents, words by one
        blank) and ``registered_on``.
    """
    cpf = normalised_code(F.col("customer_code"), "cpf")
    valid_cpf = F.when(
        (F.col("code_kind") != "cnpj") & is_valid_code(cpf, "cpf"),
        cpf,
    )
    words = F.regexp_replace(folded(F.col("name")), r"\s+", " ")
    sound = {
        name: F.when(F.col(f"{name}_reason").isNull(), F.col(f"cleaned.{name}"))
        for name in ("email", "birth_date", "mobile")
    }
    return (
        persons.select("customer_id", "name", "registered_on")
        .join(checked.alias("cleaned").drop("registered_on"), on="customer_id", how="inner")
        .join(codes.select("customer_id", "customer_code", "code_kind"), "customer_id", how="left")
        .select(
            "customer_id",
            valid_cpf.alias("tax_id"),
            *(value.alias(name) for name, value in sound.items()),
            F.when(F.col("name_reason").isNull(), text(words)).alias("name"),
            "registered_on",
        )
    )


def exact_pairs(people: DataFrame, most_sharing: int) -> DataFrame:
    """Pairs that agree in all fields of an exact pass.

    What more than ``most_sharing`` people have is a filler (the store's own e-mail) and says
    nothing. Two people with different valid CPFs are two, whatever else they share: twins, couples.

    Args:
        people: What ``comparable`` returns.
        most_sharing: How many people one value may belong to.

    Returns:
        Key customer_id, other_customer_id (the greater): ``passes`` and ``evidence``, and
        ``is_ambiguous``: whether either of them pairs with people of two different valid CPFs, so
        that nobody but a person can tell whose registration it is.
    """
    found = [
        _agreeing(people, fields, most_sharing).withColumn("pass", F.lit(name))
        for name, fields in EXACT_PASSES.items()
    ]
    alike = reduce(DataFrame.unionByName, found).where(~_are_two())
    return (
        alike.join(_between_two(alike), on="customer_id", how="left")
        .join(
            _between_two(alike).select(
                F.col("customer_id").alias("other_customer_id"),
                F.col("is_between_two").alias("is_other_between_two"),
            ),
            on="other_customer_id",
            how="left",
        )
        .groupBy("customer_id", "other_customer_id")
        .agg(
            F.sort_array(F.collect_set("pass")).alias("passes"),
            F.min("evidence").alias("evidence"),
            F.max(F.col("is_between_two") | F.col("is_other_between_two")).alias("is_ambiguous"),
        )
    )


def _between_two(alike: DataFrame) -> DataFrame:
    """By customer, whether she and those like her bear more than one valid CPF."""
    ends = (
        F.struct("customer_id", F.array("tax_id", "other_tax_id").alias("tax_ids")),
        F.struct(
            F.col("other_customer_id").alias("customer_id"),
            F.array("tax_id", "other_tax_id").alias("tax_ids"),
        ),
    )
    members = alike.select(F.inline(F.array(*ends)))
    return (
        members.select("customer_id", F.explode("tax_ids").alias("tax_id"))
        .groupBy("customer_id")
        .agg((F.count_distinct("tax_id") > 1).alias("is_between_two"))
    )


def _agreeing(people: DataFrame, fields: tuple[str, ...], most_sharing: int) -> DataFrame:
    """Pairs that agree in some fields, with all in which they agree as ``evidence``."""
    sharing = Window.partitionBy(*fields).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    known = reduce(Column.__and__, (F.col(name).isNotNull() for name in fields))
    shared = (
        people.where(known)
        .withColumn("sharing", F.count(F.lit(1)).over(sharing))
        .where(F.col("sharing").between(2, most_sharing))
        .drop("sharing")
    )
    other = shared.select(
        *fields,
        F.col("customer_id").alias("other_customer_id"),
        *(F.col(name).alias(f"other_{name}") for name in COMPARED),
    )
    agree = [F.when(F.col(name) == F.col(f"other_{name}"), F.lit(name)) for name in COMPARED]
    return (
        shared.join(other, on=list(fields), how="inner")
        .where(F.col("customer_id") < F.col("other_customer_id"))
        .select(
            "customer_id",
            "other_customer_id",
            "tax_id",
            "other_tax_id",
            F.array_compact(F.array(*agree)).alias("evidence"),
        )
    )


def _are_two() -> Column:
    """Whether both have a valid CPF, and not the same."""
    return F.coalesce(F.col("tax_id") != F.col("other_tax_id"), F.lit(False))


def with_survivors(rows: DataFrame, merges: DataFrame) -> DataFrame:
    """Rows by customer, each under the customer who stands for her.

    Args:
        rows: Rows with ``customer_id``, null for nobody.
        merges: The table ``merges``.
    """
    names = rows.columns
    return (
        rows.join(F.broadcast(merges), on="customer_id", how="left")
        .withColumn("customer_id", F.coalesce("surviving_id", "customer_id"))
        .select(*names)
    )
