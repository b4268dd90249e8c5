"""Who may be contacted: what people and the registry said last of each channel (spec §8, §9).

Consent belongs to a person, registered or not. She may stand under several ids, so what she said
under one of them holds for all; what the registry says concerns the one registration alone.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.person_history import ALL_CHANNELS, CHANNELS, REGISTRY, Kind
from transforms.duplicates import with_survivors

_KINDS = (Kind.OPT_OUT.value, Kind.OPT_IN.value)
_KEY = ["customer_id", "channel"]


def opt_outs(history: DataFrame) -> DataFrame:
    """What was said last of each channel, and of all.

    Args:
        history: The table ``person_history``.

    Returns:
        Key customer_id, channel (``CHANNELS`` or ``all``): ``is_out``, never null.
    """
    return _last(history.where(F.col("kind").isin(*_KINDS)))


def consents(history: DataFrame, merges: DataFrame) -> DataFrame:
    """Who may be contacted, registered or not; who is out under any of her ids is out.

    Args:
        history: The table ``person_history``.
        merges: The table ``merges``.

    Returns:
        Key customer_id, whoever stands for those merged, of whom anybody said anything:
        ``opted_out`` and ``channels_opted_out`` (in order), null where nothing was said.
    """
    refused = F.flatten(F.collect_list("channels_opted_out"))
    spoke = F.count("channels_opted_out") > 0
    return (
        said_of_all_ids(history, merges)
        .transform(consents_by_id)
        .transform(with_survivors, merges)
        .groupBy("customer_id")
        .agg(
            F.max("opted_out").alias("opted_out"),
            F.when(spoke, F.array_sort(F.array_distinct(refused))).alias("channels_opted_out"),
        )
    )


def consents_by_id(history: DataFrame) -> DataFrame:
    """As ``consents``, of each id by itself."""
    is_general = F.col("channel") == ALL_CHANNELS
    refused = F.sort_array(F.collect_list(F.when(~is_general & F.col("is_out"), F.col("channel"))))
    return (
        opt_outs(history)
        .groupBy("customer_id")
        .agg(
            F.max(F.when(is_general, F.col("is_out"))).alias("opted_out"),
            F.when(F.max(~is_general), refused).alias("channels_opted_out"),
        )
    )


def with_consents(customers: DataFrame, said: DataFrame) -> DataFrame:
    """What was said last, registered or not; of whom nobody said anything it stays as it is.

    Args:
        customers: Key customer_id, with ``opted_out`` and ``channels_opted_out``.
        said: What ``consents`` or ``consents_by_id`` returns.
    """
    names = ("opted_out", "channels_opted_out")
    given = said.select("customer_id", *(F.col(name).alias(f"said_{name}") for name in names))
    return (
        customers.join(given, on="customer_id", how="left")
        .withColumns({name: F.coalesce(f"said_{name}", name) for name in names})
        .select(*customers.columns)
    )


def said_of_all_ids(history: DataFrame, merges: DataFrame) -> DataFrame:
    """The history, and what a person said of consent under one id once more under her others.

    So an opt-in said of whoever stands for her ends the refusals of those merged into her.

    Args:
        history: The table ``person_history``.
        merges: The table ``merges``.
    """
    ids = _ids(merges)
    others = ids.select("surviving_id", F.col("customer_id").alias("other_id"))
    is_hers = F.col("kind").isin(*_KINDS) & (F.col("said_by") != REGISTRY)
    repeated = (
        history.where(is_hers)
        .join(F.broadcast(ids), on="customer_id", how="inner")
        .join(F.broadcast(others), on="surviving_id", how="inner")
        .where(F.col("other_id") != F.col("customer_id"))
        .withColumn("customer_id", F.col("other_id"))
    )
    return history.unionByName(repeated.select(*history.columns))


def consent_said_by_registry(received: DataFrame, history: DataFrame, sequence: int) -> DataFrame:
    """What the registry says of opt-outs that it did not say before.

    An opt-out ends only if the registry says so: by a no to ``opted_out``, or by a list of channels
    that lacks one. Null says nothing.

    Args:
        received: The table ``persons_received``.
        history: The table ``person_history`` so far.
        sequence: Of the publication that these statements come with.

    Returns:
        New rows of ``person_history``, key customer_id, field.
    """
    said = _said_of_channels(received)
    before = opt_outs(history.where(F.col("said_by") == REGISTRY))
    is_news = F.col("is_out") != F.coalesce("was_out", F.lit(False))
    kind = F.when(F.col("is_out"), Kind.OPT_OUT.value).otherwise(Kind.OPT_IN.value)
    return (
        said.join(before.withColumnRenamed("is_out", "was_out"), on=_KEY, how="left")
        .where(is_news)
        .select(
            F.lit(sequence).cast("bigint").alias("sequence"),
            F.lit(0).alias("position"),
            kind.alias("kind"),
            "customer_id",
            F.col("channel").alias("field"),
            F.lit(None).cast("string").alias("old_value"),
            F.lit(None).cast("string").alias("new_value"),
            F.col("delivered_at").alias("said_at"),
            F.lit(REGISTRY).alias("said_by"),
            F.lit(None).cast("string").alias("why"),
        )
    )


def in_time() -> Column:
    """Later is greater; what bears no time came before all that does."""
    return F.struct("said_at", "sequence", "position")


def _said_of_channels(received: DataFrame) -> DataFrame:
    """Key customer_id, channel: whether the registry says that she is out of it; never null."""
    refused = F.col("channels_opted_out")
    # A word that is no channel may be another name of one that is not in the list.
    says_no = F.when(F.forall(refused, lambda word: word.isin(*CHANNELS)), F.lit(False))
    answers = F.array(
        F.struct(F.lit(ALL_CHANNELS).alias("channel"), F.col("opted_out").alias("is_out")),
        *(
            F.struct(
                F.lit(each).alias("channel"),
                F.when(F.array_contains(refused, each), F.lit(True))
                .otherwise(says_no)
                .alias("is_out"),
            )
            for each in CHANNELS
        ),
    )
    given = F.filter(answers, lambda each: each["is_out"].isNotNull())
    return received.select("customer_id", "delivered_at", F.inline(given))


def _last(said: DataFrame) -> DataFrame:
    is_out = F.max_by("kind", in_time()) == Kind.OPT_OUT.value
    return said.groupBy("customer_id", F.col("field").alias("channel")).agg(is_out.alias("is_out"))


def _ids(merges: DataFrame) -> DataFrame:
    """All ids of those who have several, with whoever stands for them, herself included."""
    herself = merges.select(F.col("surviving_id").alias("customer_id"), "surviving_id").distinct()
    return merges.select("customer_id", "surviving_id").unionByName(herself)
