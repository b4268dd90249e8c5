"""The registries of stores and of salespeople, with the column names of their files."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.chain.calendar import Chain
from jobs.chain.network import ONLINE, Stint, Store, salesperson_code
from jobs.chain.persons import person_name
from jobs.chain.population import Population
from jobs.session import local_rows


def store_rows(spark: SparkSession, chain: Chain, network: Sequence[Store]) -> DataFrame:
    """One row per store; ``Fechamento`` is the first day closed, empty while it is open."""
    rows = [
        {
            "Loja": each.code,
            "Nome": "Loja virtual" if each.index == ONLINE else f"{each.city.name} {each.code}",
            "Cidade": each.city.name,
            "UF": each.city.state,
            "Abertura": chain.day(each.opened),
            "Fechamento": None if each.closed is None else chain.day(each.closed),
            "Virtual": "S" if each.index == ONLINE else "N",
            "Sucessora": None if each.successor is None else network[each.successor].code,
        }
        for each in network
    ]
    columns = (
        "Loja string, Nome string, Cidade string, UF string, Abertura date, Fechamento date, "
        "Virtual string, Sucessora string"
    )
    return local_rows(spark, rows, columns).coalesce(1)


def salesperson_rows(
    spark: SparkSession, people: Population, network: Sequence[Store], stints: Sequence[Stint]
) -> DataFrame:
    """One row per stint; ``Saída`` is the first day absent, empty for those still there."""
    chain = people.chain
    rows = [
        {
            "person": people.first_employee + each.salesperson,
            "Vendedor": salesperson_code(each.salesperson),
            "Loja": network[each.store].code,
            "Entrada": chain.day(each.start),
            "Saída": None if each.end is None else chain.day(each.end),
        }
        for each in stints
    ]
    columns = "person bigint, Vendedor string, Loja string, Entrada date, `Saída` date"
    return (
        local_rows(spark, rows, columns)
        .coalesce(1)
        .select(
            "Vendedor",
            person_name(people.draws, F.col("person")).alias("Nome"),
            "Loja",
            "Entrada",
            "Saída",
        )
    )
