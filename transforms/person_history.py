"""What holds of a person, made of what was received and what was said of her since (spec §8).

The sources deliver the registry whole, again and again. So what a person corrected must outlive the
delivery of the value that she corrected, and what she consented to must not end because a source is
silent.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.person_history import CORRECTABLE, LOYALTY, Kind
from transforms.consent import consents_by_id, in_time, said_of_all_ids, with_consents
from transforms.duplicates import with_survivors

_NEVER_FILLED = (
    "customer_id",
    "roles",
    "registered_on",
    "store_code",
    "opted_out",
    "channels_opted_out",
    "delivered_at",
)
_FILLED = tuple(
    name for name in TABLES["persons_received"].column_names if name not in _NEVER_FILLED
)
"""What a survivor gets from those merged into her, where her own registration is empty."""


def persons(received: DataFrame, history: DataFrame, merges: DataFrame) -> DataFrame:
    """The table ``persons``: key customer_id.

    Whoever was merged into another is left out; what the survivor's own registration leaves empty
    is filled from theirs, from the one registered first that has it, and ``filled_from`` names its
    id. What was received is never replaced. ``roles`` are those of all her registrations. Who is
    out under any of her ids, registered or not, is out. Who is blocked from loyalty takes part in
    no programme.

    Args:
        received: The table ``persons_received``.
        history: The table ``person_history``, the registry's own statements included.
        merges: The table ``merges``.

    Source: spec §8; docs/registry.md.
    """
    unregistered = merges.join(received, on="customer_id", how="left_anti").select("customer_id")
    everyone = received.unionByName(unregistered, allowMissingColumns=True)
    told = said_of_all_ids(history, merges)
    blocked = blocks(history.transform(with_survivors, merges))
    said = (
        as_said(everyone, told)
        .join(merges, on="customer_id", how="left")
        .transform(_without_blocked_loyalty, blocked)
    )
    own = said.where(F.col("surviving_id").isNull()).drop("surviving_id")
    others = said.where(F.col("surviving_id").isNotNull())
    filled = own.join(_to_fill_with(others), on="customer_id", how="left")
    given = {name: F.coalesce(name, F.col(f"other_{name}.value")) for name in _FILLED}
    sources = [
        F.struct(
            F.lit(name).alias("key"),
            F.when(F.col(name).isNull(), F.col(f"other_{name}.source")).alias("value"),
        )
        for name in _FILLED
    ]
    used = F.filter(F.array(*sources), lambda each: each["value"].isNotNull())
    return (
        filled.withColumn("filled_from", F.when(F.size(used) > 0, F.map_from_entries(used)))
        .withColumns(given)
        .withColumn("opted_out", _either("opted_out", "any_opted_out"))
        .withColumn("channels_opted_out", _union("channels_opted_out", "all_channels_opted_out"))
        .withColumn("roles", _union("roles", "all_roles"))
        .select(*TABLES["persons"].column_names)
    )


def as_said(received: DataFrame, history: DataFrame) -> DataFrame:
    """Registrations with what people said of them since; nobody merged, key customer_id.

    - A corrected field (``CORRECTABLE``) has its newest correction while the source delivers
      nothing, or a value that was corrected or given as a correction at any time. Another value is
      news, and stands.
    - ``opted_out`` and ``channels_opted_out`` are what was said last of each, by the registry or by
      the person. Of whom nobody ever said anything, they are as received.

    Args:
        received: The table ``persons_received``.
        history: The table ``person_history``, the registry's own statements included.
    """
    names = TABLES["persons_received"].column_names
    corrected = received.transform(_corrected, history)
    return corrected.transform(with_consents, consents_by_id(history)).select(*names)


def _to_fill_with(others: DataFrame) -> DataFrame:
    """By survivor, the first value of each field among those merged into her, and whose it is."""
    first = F.struct(F.isnull("registered_on"), F.col("registered_on"), F.col("customer_id"))
    values = [
        F.min_by(
            F.when(
                F.col(name).isNotNull(),
                F.struct(F.col(name).alias("value"), F.col("customer_id").alias("source")),
            ),
            F.when(F.col(name).isNotNull(), first),
        ).alias(f"other_{name}")
        for name in _FILLED
    ]
    return (
        others.groupBy("surviving_id")
        .agg(
            *values,
            F.max("opted_out").alias("any_opted_out"),
            *(
                F.array_sort(F.array_distinct(F.flatten(F.collect_list(name)))).alias(f"all_{name}")
                for name in ("channels_opted_out", "roles")
            ),
        )
        .withColumnRenamed("surviving_id", "customer_id")
    )


def _either(own: str, other: str) -> Column:
    """Whoever opted out under any of her registrations is out."""
    return F.when(F.col(other), F.lit(True)).otherwise(F.col(own))


def _union(own: str, other: str) -> Column:
    both = F.array_sort(F.array_union(F.coalesce(own, F.array().cast("array<string>")), other))
    return F.when(F.size(other) > 0, both).otherwise(F.col(own))


def blocks(history: DataFrame) -> DataFrame:
    """Who is kept out of which feature now.

    Returns:
        Key customer_id, feature: ``blocked_at``, ``blocked_by`` and ``why``, of the last block.
    """
    said = history.where(F.col("kind").isin(Kind.BLOCK.value, Kind.UNBLOCK.value))
    last = F.max_by(F.struct("kind", "said_at", "said_by", "why"), in_time())
    return (
        said.groupBy("customer_id", F.col("field").alias("feature"))
        .agg(last.alias("last"))
        .where(F.col("last.kind") == Kind.BLOCK.value)
        .select(
            "customer_id",
            "feature",
            F.col("last.said_at").alias("blocked_at"),
            F.col("last.said_by").alias("blocked_by"),
            "last.why",
        )
    )


def _without_blocked_loyalty(said: DataFrame, blocked: DataFrame) -> DataFrame:
    """Registrations without programme, if whoever stands for them is blocked from loyalty."""
    barred = blocked.where(F.col("feature") == LOYALTY).select(F.col("customer_id").alias("barred"))
    stands = F.coalesce("surviving_id", "customer_id")
    held = {
        name: F.when(F.col("barred").isNull(), F.col(name))
        for name in ("loyalty_programme", "loyalty_category")
    }
    return (
        said.join(barred, on=stands == F.col("barred"), how="left").withColumns(held).drop("barred")
    )


def _corrected(received: DataFrame, history: DataFrame) -> DataFrame:
    said = history.where(F.col("kind") == Kind.CORRECT.value)
    of_field = {each: F.col("field") == each for each in CORRECTABLE}
    newest = [
        F.max_by(F.when(is_field, F.col("new_value")), F.when(is_field, in_time())).alias(
            f"corrected_{each}"
        )
        for each, is_field in of_field.items()
    ]
    superseded = [
        F.array_union(
            *(F.collect_set(F.when(is_field, F.col(name))) for name in ("old_value", "new_value"))
        ).alias(f"superseded_{each}")
        for each, is_field in of_field.items()
    ]
    corrections = said.groupBy("customer_id").agg(*newest, *superseded)
    types = {column.name: column.type for column in TABLES["persons"].columns}
    values = {each: _standing(each).cast(types[each]) for each in CORRECTABLE}
    return received.join(corrections, on="customer_id", how="left").withColumns(values)


def _standing(field: str) -> Column:
    given, correction = F.col(field).cast("string"), F.col(f"corrected_{field}")
    is_old = given.isNull() | F.array_contains(f"superseded_{field}", given)
    return F.when(correction.isNotNull() & is_old, correction).otherwise(given)
