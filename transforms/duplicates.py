"""Registrations of one person under several codes: found by what they agree in (spec §8).

The same code is the same customer from the start, so these are people who stand in the registry
under a mistyped code, or under codes of two kinds.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.identity import bare_code, folded, is_valid_code
from transforms.texts import text

CODE, EMAIL_BIRTH_DATE, MOBILE_NAME = "code", "email_birth_date", "mobile_name"
PROBABILISTIC = "probabilistic"
EXACT_PASSES = {
    CODE: ("tax_id",),
    EMAIL_BIRTH_DATE: ("email", "birth_date"),
    MOBILE_NAME: ("mobile", "name"),
}
"""The fields that each exact pass wants to be equal, filled and valid."""

COMPARED = ("tax_id", "email", "birth_date", "mobile", "name")
PAIR = ("customer_id", "other_customer_id", "tax_id", "other_tax_id")
SCORE = "decimal(18,6)"


def comparable(persons: DataFrame, checked: DataFrame, codes: DataFrame) -> DataFrame:
    """What registrations are compared by; an invalid value agrees with nothing, and is null.

    Args:
        persons: The registry as it holds, nobody merged.
        checked: What ``persons_cleaned.checked_persons`` makes of it, birth dates judged.
        codes: The table ``customer_codes``.

    Returns:
        Key customer_id: ``tax_id`` (a valid CPF, of whatever kind the source calls the code),
        ``email``, ``birth_date``, ``mobile``, ``name`` (capitals without accents, words by one
        blank), ``typed_code`` (the CPF as typed, with wrong check digits too) and
        ``registered_on``.
    """
    typed = _typed_code()
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
            F.when(is_valid_code(typed, "cpf"), typed).alias("tax_id"),
            *(value.alias(name) for name, value in sound.items()),
            F.when(F.col("name_reason").isNull(), text(words)).alias("name"),
            typed.alias("typed_code"),
            "registered_on",
        )
    )


def bearers(codes: DataFrame) -> DataFrame:
    """Who stands for each valid CPF: of those who bear it, the smallest id.

    Args:
        codes: Rows of the table ``customer_codes``.

    Returns:
        Key customer_id, bearer; whoever has no valid CPF is missing.
    """
    typed = _typed_code()
    of_cpf = Window.partitionBy("tax_id").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    return (
        codes.where(is_valid_code(typed, "cpf"))
        .select("customer_id", typed.alias("tax_id"))
        .withColumn("bearer", F.min("customer_id").over(of_cpf))
        .select("customer_id", "bearer")
        .distinct()
    )


def alike_exactly(people: DataFrame, most_sharing: int) -> DataFrame:
    """Pairs that agree in all fields of an exact pass.

    What more than ``most_sharing`` people have is a filler (the store's own e-mail) and says
    nothing.

    Args:
        people: What ``comparable`` returns.
        most_sharing: How many people one value may belong to.

    Returns:
        What ``pairs_found`` takes; a pair comes once for each pass.
    """
    found = [
        _agreeing(people, fields, most_sharing).withColumn("pass", F.lit(name))
        for name, fields in EXACT_PASSES.items()
    ]
    exact = F.lit(1).cast(SCORE)
    return reduce(DataFrame.unionByName, found).withColumn("score", exact)


def pairs_found(alike: DataFrame) -> DataFrame:
    """Pairs of registrations that may be one person's, with who found them and how sure that is.

    Two people with different valid CPFs are two, whatever else they share: twins, couples.

    Args:
        alike: Pairs as the passes find them: ``customer_id``, ``other_customer_id`` (the greater),
            ``tax_id``, ``other_tax_id``, ``evidence``, ``pass`` and ``score``.

    Returns:
        Key customer_id, other_customer_id: ``passes`` and ``evidence``, the greatest ``score``,
        and ``is_ambiguous``: whether either of them pairs with people of two different valid CPFs,
        so that nobody but a person can tell whose registration it is.
    """
    one = alike.where(~_are_two())
    return (
        one.join(_between_two(one), on="customer_id", how="left")
        .join(
            _between_two(one).select(
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
            F.max("score").alias("score"),
            F.max(F.col("is_between_two") | F.col("is_other_between_two")).alias("is_ambiguous"),
        )
    )


def linkable(people: DataFrame, most_sharing: int) -> DataFrame:
    """What a model of linkage compares, and the keys by which it looks for candidates.

    Args:
        people: What ``comparable`` returns.
        most_sharing: How many people one e-mail or mobile may belong to, as in ``alike_exactly``.

    Returns:
        Key customer_id: ``name`` with its first and last word (``given_name``, ``surname``),
        ``typed_code``, ``birth_date``, ``email`` and ``mobile``; and, for candidates,
        ``name_start`` and the two ends of the code, ``code_head`` and ``code_tail``. Null where
        there is nothing, or an e-mail or mobile that too many have.
    """
    words = F.split("name", " ")
    telling = reduce(
        lambda rows, name: _without_fillers(rows, name, most_sharing), ("email", "mobile"), people
    )
    return telling.select(
        "customer_id",
        *("name", "typed_code", "birth_date", "email", "mobile"),
        F.get(words, F.lit(0)).alias("given_name"),
        F.get(words, F.size(words) - 1).alias("surname"),
        F.substring("name", 1, 2).alias("name_start"),
        F.substring("typed_code", 1, 6).alias("code_head"),
        F.substring("typed_code", 6, 6).alias("code_tail"),
    )


def alike_probably(people: DataFrame, scored: DataFrame) -> DataFrame:
    """Pairs that a model of linkage holds for one person.

    Args:
        people: What ``comparable`` returns.
        scored: ``customer_id``, ``other_customer_id`` (the greater), once each, and ``score``, the
            probability that they are one.

    Returns:
        What ``pairs_found`` takes.
    """
    return (
        scored.join(people, on="customer_id", how="inner")
        .join(_as_other(people), on="other_customer_id", how="inner")
        .select(
            *PAIR,
            _evidence(),
            F.lit(PROBABILISTIC).alias("pass"),
            F.col("score").cast(SCORE).alias("score"),
        )
    )


def _typed_code() -> Column:
    """A CPF as typed, with wrong check digits too, of whatever kind the source calls the code."""
    # Not with zeros put before it: ``191`` as text is a number of the chain's own, and a CPF has
    # them in ``customer_codes`` already.
    bare = bare_code(F.col("customer_code"), "cpf")
    return F.when((F.col("code_kind") != "cnpj") & bare.rlike(r"^\d{11}$"), bare)


def _without_fillers(people: DataFrame, name: str, most_sharing: int) -> DataFrame:
    """People with a field that is null where more than ``most_sharing`` have the same value."""
    # Counted apart and not over a window, where all who have none would be in one partition.
    fillers = (
        people.groupBy(name)
        .agg(F.count(F.lit(1)).alias("sharing"))
        .where(F.col("sharing") > most_sharing)
        .select(name, F.lit(True).alias("is_filler"))
    )
    return (
        people.join(F.broadcast(fillers), on=name, how="left")
        .withColumn(name, F.when(F.col("is_filler").isNull(), F.col(name)))
        .drop("is_filler")
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
    return (
        shared.join(_as_other(shared, fields), on=list(fields), how="inner")
        .where(F.col("customer_id") < F.col("other_customer_id"))
        .select(*PAIR, _evidence())
    )


def _are_two() -> Column:
    """Whether both have a valid CPF, and not the same."""
    return F.coalesce(F.col("tax_id") != F.col("other_tax_id"), F.lit(False))


def _as_other(people: DataFrame, fields: tuple[str, ...] = ()) -> DataFrame:
    """People as the second of a pair, with the fields by which they are joined."""
    return people.select(
        *fields,
        F.col("customer_id").alias("other_customer_id"),
        *(F.col(name).alias(f"other_{name}") for name in COMPARED),
    )


def _evidence() -> Column:
    """The fields in which both of a pair agree."""
    agree = [F.when(F.col(name) == F.col(f"other_{name}"), F.lit(name)) for name in COMPARED]
    return F.array_compact(F.array(*agree)).alias("evidence")


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
