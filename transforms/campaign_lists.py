"""Whom an action addresses: who is left out and why, who is held back, who lends her salesperson.

Spec §9; Linx manual §9. Everything is drawn by keyed hashes, so a list comes out the same however
often, on however many machines and in whatever company of customers it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.allocation_salespeople import TRANSITION, own_salesperson
from transforms.identity import with_keyed_digest
from transforms.periods import Period, after
from transforms.validity import is_filled, words_reason
from transforms.validity_contacts import (
    cleaned_email,
    cleaned_phone,
    email_reason,
    landline_reason,
    mobile_reason,
)

REASONS = (
    "opted_out",
    "channel_opted_out",
    "blocked",
    "held_out",
    "contacted_recently",
    "in_other_action",
    "unreachable",
)
"""Why somebody whom the filter finds is not drawn; of several the first is told first."""

DRAWN = "none"
LIST, CONTROL = "list", "control"

_DIGITS, _BITS = 15, 60
"""Hexadecimal digits of a digest, and their bits: as many as a bigint holds without its sign."""

_LOT_SCALE = 6
"""The decimals of the lot that rounds a stratum's control: as many as a share has."""


@dataclass(frozen=True)
class Limit:
    """At most so many contacts in a period; ``channel`` None: by whatever channel."""

    contacts: int
    within: Period
    channel: str | None = None


@dataclass(frozen=True)
class Addressing:
    """How an action contacts people, and what keeps them from it.

    Attributes:
        channel: By which it contacts them.
        opt_out: The channel whose refusal bars it; None if only a general one does.
        blocks: The features whose block bars it.
        limits: How often a customer may be contacted.
        silence_is_consent: Whether who never said yes or no may be contacted.
    """

    channel: str
    opt_out: str | None
    blocks: Sequence[str]
    limits: Sequence[Limit]
    silence_is_consent: bool = True


def with_reasons(
    found: DataFrame,
    addressing: Addressing,
    as_of: date,
    *,
    blocks: DataFrame,
    held_out: DataFrame,
    contacts: DataFrame,
    in_other_action: DataFrame,
) -> DataFrame:
    """Adds ``reasons_against``: why each found customer is not to be contacted, in order.

    Args:
        found: Key customer_id, with the registration's columns, null for who is not registered.
        addressing: How the action contacts people.
        as_of: The date of the list.
        blocks: ``customer_id`` and ``feature`` of those blocked now.
        held_out: ``customer_id`` of the network's holdout.
        contacts: ``customer_id``, ``channel`` and ``contacted_on`` of lists already made.
        in_other_action: ``customer_id`` of those who must not be addressed twice; empty: nobody.

    Source: spec §8 and §9.
    """
    barred = blocks.where(F.col("feature").isin(*addressing.blocks))
    flagged = found
    for name, members in (
        ("blocked", barred),
        ("held_out", held_out),
        ("contacted_recently", over_limits(contacts, addressing.limits, as_of)),
        ("in_other_action", in_other_action),
    ):
        flag = members.select("customer_id").distinct().withColumn(f"_{name}", F.lit(True))
        flagged = flagged.join(flag, on="customer_id", how="left")
    against = {
        "opted_out": F.coalesce("opted_out", F.lit(not addressing.silence_is_consent)),
        "channel_opted_out": F.array_contains("channels_opted_out", addressing.opt_out or ""),
        **{
            name: F.col(f"_{name}")
            for name in ("blocked", "held_out", "contacted_recently", "in_other_action")
        },
        "unreachable": ~_can_be_reached(addressing.channel),
    }
    told = [F.when(F.coalesce(against[name], F.lit(False)), F.lit(name)) for name in REASONS]
    return flagged.select(*found.columns, F.array_compact(F.array(*told)).alias("reasons_against"))


def over_limits(contacts: DataFrame, limits: Sequence[Limit], as_of: date) -> DataFrame:
    """Whoever another contact would be too many for: ``customer_id``, distinct.

    A contact counts while less than the period has passed since, and one that lies ahead counts.

    Args:
        contacts: ``customer_id``, ``channel`` and ``contacted_on``.
        limits: Each by itself; none: nobody is over them.
        as_of: The date of the list.
    """
    day = F.lit(as_of)
    counted = {
        f"_{number}": F.count_if(
            (after(F.col("contacted_on"), each.within) > day)
            & (F.lit(each.channel is None) | (F.col("channel") == F.lit(each.channel)))
        )
        for number, each in enumerate(limits)
    }
    nobody = contacts.select("customer_id").where(F.lit(False))
    if not counted:
        return nobody
    sums = contacts.groupBy("customer_id").agg(
        *(each.alias(name) for name, each in counted.items())
    )
    is_over = [F.col(f"_{number}") >= each.contacts for number, each in enumerate(limits)]
    return sums.where(reduce(Column.__or__, is_over)).select("customer_id")


def exclusions(judged: DataFrame) -> DataFrame:
    """How many customers each reason keeps off a list.

    Args:
        judged: What ``with_reasons`` returns.

    Returns:
        Key reason, of those that keep anybody off, and ``none`` for the others: ``customers``, for
        whom it is the first, and ``customers_in_all``.
    """
    told = judged.select(
        F.posexplode(
            F.when(F.size("reasons_against") == 0, F.array(F.lit(DRAWN))).otherwise(
                F.col("reasons_against")
            )
        ).alias("place", "reason")
    )
    return told.groupBy("reason").agg(
        F.count_if(F.col("place") == 0).alias("customers"),
        F.count(F.lit(1)).alias("customers_in_all"),
    )


def with_draw(rows: DataFrame, name: str, key: DataFrame) -> DataFrame:
    """Adds ``_draw``: a number from 0 to 2⁶⁰ − 1 that the key, a name and the customer make.

    Args:
        rows: Rows with ``customer_id``.
        name: What is drawn; another name draws independently.
        key: As ``jobs.customer_key.key_row`` gives it.
    """
    message = F.concat(F.lit(f"{name}|"), F.col("customer_id").cast("string"))
    leading = F.substring("_digest", 1, _DIGITS)
    return (
        rows.transform(with_keyed_digest, message=message, key=key, name="_digest")
        .withColumn("_draw", F.conv(leading, 16, 10).cast("bigint"))
        .drop("_digest")
    )


def is_within(share: Decimal) -> Column:
    """Whether ``_draw`` falls into a share of all draws."""
    return F.col("_draw") < F.lit(int(share * 2**_BITS))


def new_draws(customers: DataFrame, holdout: DataFrame, share: Decimal) -> DataFrame:
    """Who of the customers not drawn before is in the holdout.

    Args:
        customers: ``customer_id`` and ``_draw``.
        holdout: The draws so far: ``customer_id``, of this holdout.
        share: The share that is held out.

    Returns:
        Key customer_id: ``is_held_out``.
    """
    return customers.join(holdout.select("customer_id"), on="customer_id", how="left_anti").select(
        "customer_id", is_within(share).alias("is_held_out")
    )


def drawn(customers: DataFrame, share: Decimal, strata: Sequence[str]) -> DataFrame:
    """Adds ``stratum`` and ``list_group``: the list, or the control that is held back.

    Without strata whoever draws a number within the share is in the control: that stays so however
    the base grows. With strata those of each stratum with the lowest numbers are, of equal ones
    those with the lower ids, as many as the share of it comes to, rounded up or down by lot: with a
    share of 0.05 a stratum of nine has one in 45 of 100 cases, and else nobody. So each customer's
    chance is the share, however small the strata.

    Args:
        customers: Key customer_id, with ``_draw`` and the columns of strata, null being a value.
        share: The share of the control, to the millionth.
        strata: The columns that are laid together to a stratum.

    Source: spec §9.
    """
    named = customers.withColumn(
        "stratum", F.concat_ws("|", *(F.coalesce(F.col(each), F.lit("")) for each in strata))
    )
    if not strata:
        return named.withColumn(
            "list_group", F.when(is_within(share), CONTROL).otherwise(F.lit(LIST))
        )
    in_order = Window.partitionBy("stratum").orderBy("_draw", "customer_id")
    whole = Window.partitionBy("stratum").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    # The low digits of a draw say nothing of its place, so the lot is drawn apart from the order.
    lot = F.min("_draw").over(whole) % F.lit(10**_LOT_SCALE)
    offset = lot.cast(f"decimal({_LOT_SCALE},0)") * F.lit(Decimal(1).scaleb(-_LOT_SCALE))
    many = F.floor(F.count(F.lit(1)).over(whole) * F.lit(share) + offset)
    return (
        named.withColumn("_place", F.row_number().over(so_far))
        .withColumn("_many", many)
        .withColumn(
            "list_group", F.when(F.col("_place") <= F.col("_many"), CONTROL).otherwise(F.lit(LIST))
        )
        .drop("_place", "_many")
    )


def lent(customers: DataFrame, present: DataFrame) -> DataFrame:
    """Adds ``is_lent``, and gives customers of portfolios in transition a salesperson for a while.

    Those of a store and group go round its salespeople, in the order of their draws: each gets as
    many as any other, or one more. Where a store has nobody, nobody is lent.

    Args:
        customers: Key customer_id, with ``_draw``, ``list_group``, ``store_code``,
            ``salesperson_code`` and ``portfolio``.
        present: ``store_code`` and ``salesperson_code`` of who works there on the date, distinct.

    Returns:
        The rows; ``salesperson_code`` is null unless somebody has or lends the customer.

    Source: spec §9, "Customers in a transition portfolio are lent".
    """
    teams = present.groupBy("store_code").agg(
        F.array_sort(F.collect_set("salesperson_code")).alias("_team")
    )
    of_store = Window.partitionBy("store_code", "list_group", "portfolio").orderBy(
        "_draw", "customer_id"
    )
    place = F.row_number().over(of_store.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    is_lent = (F.col("portfolio") == TRANSITION) & F.col("_team").isNotNull()
    turn = ((F.col("_place") - 1) % F.size("_team")).cast("int")
    return (
        customers.withColumn("_place", place)
        .join(F.broadcast(teams), on="store_code", how="left")
        .withColumn("is_lent", F.coalesce(is_lent, F.lit(False)))
        .withColumn(
            "salesperson_code",
            F.when(F.col("is_lent"), F.get("_team", turn)).otherwise(own_salesperson()),
        )
        .drop("_place", "_team")
    )


def _can_be_reached(channel: str) -> Column:
    """Whether the registration has what the channel needs; Reshop's media and stores need none."""
    email, mobile, phone, address = map(F.col, ("email", "mobile", "phone", "address"))
    has_mobile = _is_valid(mobile, mobile_reason(mobile, cleaned_phone(mobile)))
    ways: Mapping[str, Column] = {
        "email": _is_valid(email, email_reason(email, cleaned_email(email))),
        "sms": has_mobile,
        "whatsapp": has_mobile,
        "phone": has_mobile | _is_valid(phone, landline_reason(phone, cleaned_phone(phone))),
        "mail": is_filled(address) & words_reason(address).isNull(),
    }
    return ways.get(channel, F.lit(True))


def _is_valid(received: Column, reason: Column) -> Column:
    return is_filled(received) & reason.isNull()
