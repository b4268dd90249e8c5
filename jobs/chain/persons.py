"""Made-up people as they are: who stands in the registry, and what is true of each."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.chain.codes import cpf, spread
from jobs.chain.network import Store
from jobs.chain.population import HABITS, Population
from jobs.chain.randomness import Draws, table, text_table
from jobs.chain.tickets import home
from jobs.chain.words import (
    CITIES,
    DISTRICTS,
    LOYALTY_CATEGORIES,
    MARITAL_STATUSES,
    MEN,
    PARTICLES,
    RESERVED_DOMAINS,
    STREETS,
    SURNAMES,
    WOMEN,
)
from transforms.identity import folded

COPY = 10_000_000
"""A person's second entry has the number of the first plus this; there are fewer people."""

# Shares in ten-thousandths.
_REGISTERED = (9800, 9500, 8800, 7000, 4500, 7000, 8000, 7500, 10_000)  # by habit; others last
_AT_ONCE, _SOON = 6000, 2500
_TWICE, _THRICE = 500, 50
_WOMEN, _TWO_GIVEN_NAMES, _TWO_SURNAMES = 6800, 2500, 7500
_LIVES_ELSEWHERE, _FLATS = 800, 3500
_IN_PROGRAMME, _OPTED_OUT, _SAID_NO_OPT_OUT, _CHANNELS_OPTED_OUT = 5500, 600, 6000, 900

_CHANNELS = (
    "email",
    "sms",
    "telefone",
    "whatsapp",
    "correio",
    "email|sms",
    "sms|whatsapp|telefone",
)
_YOUNGEST, _SPREAD_OF_AGES = 16 * 365, 12_500  # days


def entries(
    spark: SparkSession, people: Population, network: Sequence[Store], employees: int, files: int
) -> DataFrame:
    """The entries of the registry on the last day, all of them right.

    Args:
        spark: The session.
        people: Customers and prospects.
        network: The stores by index.
        employees: How many salespeople there ever were.
        files: Partitions; neighbouring people share one.

    Returns:
        One row per entry: ``person`` (number), ``entry`` (number, unique), ``is_copy`` (whether the
        person stands there already), ``registered`` (day), ``store`` and ``updated`` (day and
        second) beside what ``_personal`` adds.
    """
    draws, everyone = people.draws, people.first_employee + employees
    person, entry = F.col("person"), F.col("entry")
    share = F.get(table(_REGISTERED), people.habit_of(person))
    again = draws.below(10_000, "again", person)
    copies = F.when(again < _THRICE, 2).when(again < _TWICE, 1).otherwise(0)
    last = people.chain.days - 1
    later = F.col("copy") * (30 + draws.below(700, "again after", person))
    first = people.came_on(person) + _delay(draws)
    return (
        spark.range(0, everyone, 1, files)
        .withColumnRenamed("id", "person")
        .where(draws.chance(share, "registered", person))
        .withColumn("copy", F.explode(F.sequence(F.lit(0), copies)))
        .withColumns({"entry": F.col("copy") * COPY + person + 1, "registered": first + later})
        .where(F.col("registered") <= last)
        .withColumns(
            {
                "is_copy": F.col("copy") > 0,
                "updated": F.col("registered")
                + draws.below(last - F.col("registered") + 1, "updated on", entry),
                "second": 8 * 3600 + draws.below(12 * 3600, "updated at", entry),
            }
        )
        .transform(_placed, people=people, network=network)
        .transform(_personal, people=people)
        .drop("copy")
    )


def given_name(draws: Draws, person: Column) -> Column:
    """A first name, by sex."""
    women, men = (draws.one_of(each, "given", person) for each in (WOMEN, MEN))
    return F.when(is_woman(draws, person), women).otherwise(men)


def is_woman(draws: Draws, person: Column) -> Column:
    """Whether a person is a woman; the chain has more of them."""
    return draws.chance(_WOMEN, "woman", person)


def last_name(draws: Draws, person: Column) -> Column:
    """The last of a person's surnames."""
    return draws.one_of(SURNAMES, "surname", person)


def person_name(draws: Draws, person: Column) -> Column:
    """A whole name, e.g. Inês Lúcia Gonçalves dos Santos."""
    women, men = (draws.one_of(each, "second given", person) for each in (WOMEN, MEN))
    second = F.when(is_woman(draws, person), women).otherwise(men)
    middle = draws.one_of(SURNAMES, "first surname", person)
    return F.concat_ws(
        " ",
        given_name(draws, person),
        F.when(draws.chance(_TWO_GIVEN_NAMES, "two given", person), second),
        F.when(draws.chance(_TWO_SURNAMES, "two surnames", person), middle),
        F.concat(draws.one_of(PARTICLES, "particle", person), last_name(draws, person)),
    )


def _delay(draws: Draws) -> Column:
    """Days from a person's coming to the registration: none, some, or many."""
    person = F.col("person")
    draw = draws.below(10_000, "registers", person)
    return (
        F.when(draw < _AT_ONCE, 0)
        .when(draw < _AT_ONCE + _SOON, draws.below(30, "registers soon", person))
        .otherwise(draws.below(700, "registers late", person))
    )


def _placed(rows: DataFrame, people: Population, network: Sequence[Store]) -> DataFrame:
    """Adds ``store`` (code) and ``place`` (the index of the city): those of the home, as a rule."""
    draws, person = people.draws, F.col("person")

    def of_home(values: Sequence[int]) -> Column:
        return F.get(table(values), F.col("home"))

    is_early = F.col("registered") < of_home([each.opened for each in network])
    at = F.when(is_early, of_home([each.heir for each in network])).otherwise(F.col("home"))
    elsewhere = draws.chance(_LIVES_ELSEWHERE, "elsewhere", person)
    city = F.when(elsewhere, draws.below(len(CITIES), "city", person)).otherwise(
        of_home([CITIES.index(each.city) for each in network])
    )
    code = F.get(text_table([each.code for each in network]), at)
    return (
        rows.withColumn("home", home(network, people, person, F.col("registered")))
        .withColumns({"store": code, "place": city})
        .drop("home")
    )


def _personal(rows: DataFrame, people: Population) -> DataFrame:
    """Adds what a clerk asks for, as it is.

    ``role``, ``name``, ``short_name`` (first name, initial, last name), ``sex``, ``born`` (date),
    ``marital_status``, ``cpf``, ``rg``, ``email``, ``other_email``, ``mobile`` and ``other_mobile``
    (area code and nine digits), ``street``, ``house`` (number and flat), ``district``, ``city``,
    ``state``, ``cep`` (eight digits), ``opted_out`` (S, N or null), ``channels_opted_out``,
    ``category`` (null: not in the programme).
    """
    draws, person = people.draws, F.col("person")
    given, last = given_name(draws, person), last_name(draws, person)
    number = draws.below(2000, "house", person).cast("string")
    flat = F.concat(F.lit(", ap "), draws.below(150, "flat", person).cast("string"))
    age = draws.below(_SPREAD_OF_AGES, "age", person) + draws.below(
        _SPREAD_OF_AGES, "older", person
    )
    initial = F.substring(draws.one_of(SURNAMES, "first surname", person), 1, 1)
    house = F.when(draws.chance(_FLATS, "in a flat", person), F.concat(number, flat))
    facts = {
        "role": _role(people),
        "name": person_name(draws, person),
        "short_name": F.concat_ws(" ", given, F.concat(initial, F.lit(".")), last),
        "sex": F.when(is_woman(draws, person), "F").otherwise("M"),
        "born": F.date_sub(F.lit(people.chain.until), (_YOUNGEST + age).cast("int")),
        "marital_status": draws.one_of(MARITAL_STATUSES, "marital", person),
        "cpf": cpf(draws, person),
        "rg": _digits(spread(draws, person, "rg"), 9),
        "email": _email(draws, given, last, "email"),
        "other_email": _email(draws, given, last, "other email"),
        "mobile": _mobile(draws, "mobile"),
        "other_mobile": _mobile(draws, "other mobile"),
        "street": draws.one_of(STREETS, "street", person),
        "house": F.coalesce(house, number),
        "district": draws.one_of(DISTRICTS, "district", person),
        "city": F.get(text_table([each.name for each in CITIES]), F.col("place")),
        "state": F.get(text_table([each.state for each in CITIES]), F.col("place")),
        "cep": cep(draws, F.col("place")),
    }
    return rows.withColumns(facts).withColumns(_wishes(people))


def cep(draws: Draws, place: Column) -> Column:
    """A postal code of a city (its index), eight digits."""
    first = F.get(table([each.first_cep for each in CITIES]), place)
    many = F.get(table([each.last_cep - each.first_cep + 1 for each in CITIES]), place)
    return _digits(first + draws.below(many, "cep", F.col("person")), 8)


def _role(people: Population) -> Column:
    person = F.col("person")
    return (
        F.when(person < people.chain.customers, "cliente")
        .when(person < people.first_employee, "prospect")
        .otherwise("vendedor")
    )


def _email(draws: Draws, given: Column, last: Column, tag: str) -> Column:
    """An address in a domain that nobody can have."""
    local = F.lower(F.translate(folded(F.concat_ws(".", given, last)), "’ ", ""))
    number = draws.below(10_000, tag, F.col("person")).cast("string")
    domain = draws.one_of(RESERVED_DOMAINS, f"{tag} domain", F.col("person"))
    return F.concat(local, number, F.lit("@"), domain)


def _mobile(draws: Draws, tag: str) -> Column:
    """Area code and a number of the series 90, which the numbering plan leaves out."""
    area = F.get(table([each.area_code for each in CITIES]), F.col("place")).cast("string")
    return F.concat(area, F.lit("90"), _digits(spread(draws, F.col("person"), tag), 7))


def _wishes(people: Population) -> dict[str, Column]:
    draws, person = people.draws, F.col("person")
    draw = draws.below(10_000, "opt-out", person)
    reached = F.get(table([*(each.category for each in HABITS), 0]), people.habit_of(person))
    takes_part = draws.chance(_IN_PROGRAMME, "programme", person) & (F.col("role") == "cliente")
    return {
        "opted_out": F.when(draw < _OPTED_OUT, "S").when(draw < _OPTED_OUT + _SAID_NO_OPT_OUT, "N"),
        "channels_opted_out": F.when(
            draws.chance(_CHANNELS_OPTED_OUT, "channels", person),
            draws.one_of(_CHANNELS, "which channels", person),
        ),
        "category": F.when(takes_part, F.get(text_table(LOYALTY_CATEGORIES), reached)),
    }


def _digits(number: Column, width: int) -> Column:
    return F.lpad(number.cast("string"), width, "0")
