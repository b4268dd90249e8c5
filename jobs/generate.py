"""Generates a made-up chain: the files that its tills and registries would export."""

from __future__ import annotations

import structlog
from pyspark.sql import DataFrame, SparkSession

from jobs.chain import dirt, network, persons, products, registry
from jobs.chain.calendar import Chain, sales_days
from jobs.chain.files import ChainFolder, FileFormat
from jobs.chain.lines import lines
from jobs.chain.population import Population
from jobs.chain.randomness import Draws
from jobs.chain.tickets import tickets
from jobs.session import short_methods, start_session

VERSION = 1
"""Raised when the same options come to make other rows, so that old files are not taken for new."""

_ROWS_A_FILE = 500_000
_LINES_A_TASK = 200_000

log = structlog.get_logger()


def run(chain: Chain, out: str, file_format: FileFormat) -> bool:
    """Write the files of a chain, unless the same options made them already.

    Args:
        chain: What to make.
        out: The folder, which is empty, does not exist, or holds the same chain.
        file_format: For ``csv`` the sales come in a file for each day.

    Returns:
        Whether anything was written.

    Raises:
        UsageError: If the folder holds anything else.
    """
    spark = start_session("generate")
    folder = ChainFolder(spark, out, file_format)
    parameters = {
        "version": VERSION,
        "format": file_format,
        "lines": chain.lines,
        "stores": chain.stores,
        "seed": chain.seed,
        "until": chain.until,
    }
    if chain.lines_per_customer != Chain.lines_per_customer:
        parameters["lines_per_customer"] = chain.lines_per_customer
    if not folder.begin(parameters):
        log.info("already generated", folder=out)
        return False
    with short_methods(spark):
        _write(spark, chain, folder, file_format)
    folder.finish(parameters)
    return True


def _write(spark: SparkSession, chain: Chain, folder: ChainFolder, file_format: FileFormat) -> None:
    for name, rows in registries(spark, chain).items():
        log.info("writing", name=name)
        folder.write(rows, name)
    log.info("writing", name="vendas")
    if file_format == "csv":
        days = [chain.day(number) for number in range(chain.days)]
        rows = sales(spark, chain, tasks=_whole(chain.lines, _LINES_A_TASK))
        folder.write_days(rows, "vendas", "Data", ("Loja", "Cupom", "Item"), days)
    else:
        folder.write(sales(spark, chain, tasks=_whole(chain.lines, _ROWS_A_FILE)), "vendas")


def sales(spark: SparkSession, chain: Chain, tasks: int) -> DataFrame:
    """All sale lines of a chain, as ``lines.lines`` describes them.

    Args:
        spark: The session.
        chain: The chain.
        tasks: Partitions; each holds whole days, in order. The rows do not depend on it.
    """
    people, stores, stints = _people_and_places(chain)
    return (
        sales_days(spark, chain, min(tasks, chain.days))
        .transform(
            tickets,
            stints=network.stint_rows(spark, chain, stints),
            network=stores,
            people=people,
        )
        .transform(lines, network=stores, chain=chain, draws=people.draws)
    )


def registries(spark: SparkSession, chain: Chain) -> dict[str, DataFrame]:
    """The registries by the names of their files, and what is wrong in that of the persons."""
    people, stores, stints = _people_and_places(chain)
    employees = 1 + max(each.salesperson for each in stints)
    files = _whole(people.first_employee, _ROWS_A_FILE)
    entries = persons.entries(spark, people, stores, employees, files)
    entered = entries.transform(dirt.registry, chain=chain, draws=people.draws)
    return {
        "lojas": registry.store_rows(spark, chain, stores),
        "vendedores": registry.salesperson_rows(spark, people, stores, stints),
        "produtos": products.product_rows(spark, chain, people.draws),
        "clientes": entered.select(*dirt.FIELDS),
        "gabarito_clientes": entered.select(*dirt.TRUTH),
    }


def _people_and_places(chain: Chain) -> tuple[Population, list[network.Store], list[network.Stint]]:
    draws = Draws(chain.seed)
    stores = network.stores(chain, draws)
    return Population(chain, draws), stores, network.stints(chain, draws, stores)


def _whole(rows: int, share: int) -> int:
    """How many shares hold so many rows; at least one."""
    return max(1, -(-rows // share))
