"""Tickets: when, where, by whom and for whom something was sold (spec §1, §2)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.chain.codes import GENERIC_CODES, cpf, mistyped, punctuated, without_zeros
from jobs.chain.network import ONLINE, Store, place_at
from jobs.chain.population import Population
from jobs.chain.randomness import WHOLE, Draws, divided, table, text_table, weighted

BLOCK = 24
"""Lines are cut into blocks of so many, and a block into tickets by one of some layouts."""

_LAYOUTS = 64
_SIZES = (38, 28, 16, 9, 4, 2, 2, 1)  # of 100 tickets, those of 1, 2, … lines
_TICKETS_A_DAY = 1 << 32  # more than any day has: tells tickets of different days apart

# Shares in ten-thousandths.
_ANONYMOUS = (2000, 1800, 1600, 1300, 1000)  # by year: the tills learn to ask
_GENERIC = 700
_MISTYPED, _PUNCTUATED, _LOST_ZEROS = 60, 2500, 1200
_ATTENDED, _BY_FAVOURITE, _BY_QUEUE = 9000, 6000, 4500
_ONLINE_FANS, _ONLINE_BY_FANS = 1200, 7000
_ONLINE_BY_OTHERS = (300, 450, 600, 750, 900)  # by year
_TRAVELS, _MOVES, _FOLLOWS = 1000, 700, 7500

_BUSY = (0, 700, 1400, 2200, 2900, 3600, 4400, 5200, 6000, 6800, 7700, 8700, 10_000)
_BUSY_ONLINE = (0, 3000, 4000, 4600, 5200, 5800, 6500, 7200, 7800, 8300, 8800, 9300, 10_000)
"""The time of day, in ten-thousandths of the opening hours, by which each twelfth has been sold."""

_NEVER = 1 << 40


def tickets(
    days: DataFrame, stints: DataFrame, network: Sequence[Store], people: Population
) -> DataFrame:
    """All tickets of the chain.

    Args:
        days: What ``calendar.sales_days`` returns.
        stints: What ``network.stint_rows`` returns.
        network: The stores by index.
        people: The customers.

    Returns:
        One row per ticket, in order of day and time: the columns of ``days``, ``ticket`` (a number
        of its own), ``size`` (lines), ``number`` (unique within store and day), ``second`` (since
        midnight), ``store`` (index), ``customer`` (null: nobody's), ``code`` (as the till wrote it;
        null: none), ``salesperson``, ``by_queue`` (both null where nobody attended).
    """
    draws = people.draws
    return (
        days.transform(_cut, draws=draws)
        .transform(_with_store, network=network, people=people)
        .withColumns({"number": _number(draws), "second": _second()})
        .transform(_with_salesperson, stints=stints, network=network, draws=draws)
        .transform(_with_code, draws=draws)
    )


def _cut(days: DataFrame, draws: Draws) -> DataFrame:
    """Cuts the lines of each day into tickets; the last block of a day ends where the day does."""
    ends = F.array(*(table(each) for each in _layouts(draws)))
    blocks = F.sequence(F.lit(0).cast("bigint"), F.col("day_lines") - 1, F.lit(BLOCK))
    layout = F.get(ends, draws.below(_LAYOUTS, "layout", F.col("day"), F.col("block")))
    start = F.col("block") + F.coalesce(F.get(F.col("layout"), F.col("place") - 1), F.lit(0))
    end = F.least(F.col("block") + F.col("end"), F.col("day_lines"))
    return (
        days.where(F.col("day_lines") > 0)
        .withColumn("block", F.explode(blocks))
        .withColumn("layout", layout)
        .select("*", F.posexplode("layout").alias("place", "end"))
        .withColumn("start", start)
        .where(F.col("start") < F.col("day_lines"))
        .withColumn("size", end - F.col("start"))
        .withColumn("ticket", F.col("day") * _TICKETS_A_DAY + F.col("start"))
        .drop("block", "layout", "place", "end")
    )


def _layouts(draws: Draws) -> list[list[int]]:
    """Ways to cut a block into tickets, each as the places in it before which its tickets end."""
    sizes = weighted(_SIZES)
    found = []
    for layout in range(_LAYOUTS):
        ends: list[int] = []
        while (last := ends[-1] if ends else 0) < BLOCK:
            size = 1 + sizes[draws.number(len(sizes), "size", layout, last)]
            ends.append(min(BLOCK, last + size))
        found.append(ends)
    return found


def _with_store(rows: DataFrame, network: Sequence[Store], people: Population) -> DataFrame:
    """Adds ``customer`` and ``store``: her home, another on a journey, or the online store.

    A home that is not open yet, or no longer, sends her to its heir; some of a closed store's
    customers buy online instead.
    """
    draws, ticket, customer = people.draws, F.col("ticket"), F.col("customer")
    fan = draws.chance(_ONLINE_FANS, "online fan", customer)
    by_others = F.get(table(_ONLINE_BY_OTHERS), F.col("year"))
    share = F.when(fan, F.lit(_ONLINE_BY_FANS)).otherwise(by_others)
    buys_online = F.col("is_closed") | draws.chance(share, "online", ticket)
    near = table(weighted([each.weight for each in network]))
    many = sum(each.weight for each in network)
    other = F.get(near, draws.below(many, "journey", ticket))
    wanted = (
        F.when(buys_online, F.lit(ONLINE))
        .when(draws.chance(_TRAVELS, "travels", ticket), other)
        .otherwise(home(network, people, customer, F.col("day")))
    )

    def of_wanted(values: list[int]) -> Column:
        return F.get(table(values), F.col("wanted"))

    is_early = F.col("day") < of_wanted([each.opened for each in network])
    closed = of_wanted([_NEVER if each.closed is None else each.closed for each in network])
    is_open = ~is_early & (F.col("day") < closed)
    follows = is_early | draws.chance(_FOLLOWS, "follows", ticket)
    store = (
        F.when(is_open, F.col("wanted"))
        .when(follows, of_wanted([each.heir for each in network]))
        .otherwise(ONLINE)
    )
    return (
        rows.withColumn("customer", people.customer_of(F.col("day"), ticket))
        .withColumn("wanted", wanted)
        .withColumn("store", store)
        .drop("wanted")
    )


def home(network: Sequence[Store], people: Population, person: Column, day: Column) -> Column:
    """The index of the store near which a person lives on a day; some move once."""
    draws, many = people.draws, sum(each.weight for each in network)
    near = table(weighted([each.weight for each in network]))
    moves = draws.chance(_MOVES, "moves", person)
    moved = moves & (day >= draws.below(people.chain.days, "moving day", person))
    first, then = (draws.below(many, tag, person) for tag in ("home", "new home"))
    return F.get(near, F.when(moved, then).otherwise(first))


def _number(draws: Draws) -> Column:
    """The ticket's number: it rises through the day, from where the store's tills stand.

    So no store has a number twice on one day, and stores and days have numbers in common.
    """
    return F.col("start") + 1 + draws.below(5000, "till", F.col("store"))


def _second() -> Column:
    """The time of sale, which rises with the ticket's place in the day."""
    is_online = F.col("store") == ONLINE
    opens = F.when(is_online, F.lit(0)).otherwise(F.col("opens"))
    closes = F.when(is_online, F.lit(24 * 3600)).otherwise(F.col("closes"))
    place = F.col("start") * 12 * WHOLE
    twelfth = divided(place, F.col("day_lines") * WHOLE)
    beyond = divided(place, F.col("day_lines")) - twelfth * WHOLE

    def by_then(busy: Sequence[int]) -> Column:
        before, after = F.get(table(busy), twelfth), F.get(table(busy), twelfth + 1)
        return before * WHOLE + (after - before) * beyond

    done = F.when(is_online, by_then(_BUSY_ONLINE)).otherwise(by_then(_BUSY))
    return opens + divided((closes - opens) * done, WHOLE * WHOLE)


def _with_salesperson(
    rows: DataFrame, stints: DataFrame, network: Sequence[Store], draws: Draws
) -> DataFrame:
    """Adds who attended: most often whoever holds the place that this customer goes to."""
    ticket, customer, store = F.col("ticket"), F.col("customer"), F.col("store")
    places = F.get(table([max(1, each.places) for each in network]), store)
    favourite = draws.below(places, "favourite", customer, store)
    anyone = draws.below(places, "attended by", ticket)
    by_favourite = draws.chance(_BY_FAVOURITE, "by favourite", ticket)
    is_attended = (store != ONLINE) & draws.chance(_ATTENDED, "attended", ticket)
    place = F.when(is_attended, F.when(by_favourite, favourite).otherwise(anyone))
    present = stints.withColumnsRenamed({"start": "comes", "end": "leaves"})
    day = F.col("day")
    was_there = (
        (F.col("attending") == F.col("at")) & (day >= F.col("comes")) & (day < F.col("leaves"))
    )
    by_queue = ~by_favourite & draws.chance(_BY_QUEUE, "by queue", ticket)
    return (
        rows.withColumn("attending", place_at(store, place))
        .join(F.broadcast(present), on=was_there, how="left")
        .withColumn("by_queue", F.when(F.col("salesperson").isNotNull(), by_queue))
        .drop("attending", "at", "comes", "leaves")
    )


def _with_code(rows: DataFrame, draws: Draws) -> DataFrame:
    """Adds the code as the till wrote it, and takes the customer off what is nobody's."""
    ticket = F.col("ticket")
    anonymous = F.get(table(_ANONYMOUS), F.col("year"))
    draw = draws.below(WHOLE, "code", ticket)
    is_coded = draw >= anonymous + _GENERIC
    is_generic = ~is_coded & (draw >= anonymous)
    written = draws.below(WHOLE, "writing", ticket)
    right = F.col("right")
    as_written = (
        F.when(written < _MISTYPED, mistyped(draws, right, "till mistypes", ticket))
        .when(written < _MISTYPED + _PUNCTUATED, punctuated(right))
        .when(written < _MISTYPED + _PUNCTUATED + _LOST_ZEROS, without_zeros(right))
        .otherwise(right)
    )
    generic = F.get(
        text_table(GENERIC_CODES), draws.below(len(GENERIC_CODES), "generic code", ticket)
    )
    return (
        rows.withColumn("customer", F.when(is_coded, F.col("customer")))
        .withColumn("right", cpf(draws, F.col("customer")))
        .withColumn("code", F.when(is_generic, generic).otherwise(as_written))
        .drop("right")
    )
