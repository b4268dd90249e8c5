"""The other engines of ``bench nights`` make what the oracle makes, on a chain full of odd cases.

Clientela is compared with the oracle elsewhere; here it is what Clientela is measured against that
must be right. A few customers, stores and amounts give many ties, and every kind of line, code and
registration comes up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from pyspark.sql import SparkSession

from tests.benchmark.measured import Measured, Stage, stages
from tests.benchmark.nights import in_duckdb, in_polars, in_spark
from tests.benchmark.nights.clientela import DAY, FIRST, FULL, Night
from tests.benchmark.nights.figures import Figures, differences, figures, of_files
from tests.benchmark.nights.made import AS_OF
from tests.benchmark.nights.report import Engine, Found, print_found
from tests.benchmark.nights.split import Chain, split
from tests.benchmark.nights.steps import Spent, Step, by_part, by_table, steps
from tests.oracle import accounts as oracle_accounts
from tests.oracle import allocation as oracle_allocation
from tests.oracle import life_cycle as oracle_life_cycle
from tests.oracle import rfv as oracle_rfv

Maker = Callable[[str, str], object]

LINES_SQL = Path(in_duckdb.__file__).parent.parent / "chain.sql"
STORES = ("001", "002", "003", "004", "005", "WEB")
SALESPEOPLE = tuple(f"V{number}" for number in range(9))
OPENING = date(2021, 1, 1)
MONEY = pl.Decimal(18, 2)
SALES = pl.Schema(
    {
        **dict.fromkeys(("Loja", "Hora", "Cupom", "Tipo", "CPF"), pl.String()),
        **dict.fromkeys(("Vendedor", "Canal", "Fila", "Produto"), pl.String()),
        "Data": pl.Date(),
        "Item": pl.Int32(),
        "Quantidade": pl.Int32(),
        "Valor bruto": MONEY,
        "Desconto": MONEY,
    }
)
REGISTRATIONS = """
    SELECT DISTINCT ON (customer_code) customer_code, Cadastro AS registered_on, Loja AS store_code
    FROM (
        SELECT *, lpad(regexp_replace(CPF, '[^0-9]', '', 'g'), 11, '0') AS customer_code
        FROM read_parquet(getvariable('source') || '/clientes_*.parquet')
        WHERE CPF IS NOT NULL
    )
    ORDER BY customer_code, "Atualizado em" DESC
"""
REGISTRIES = f"""
    INSERT INTO persons SELECT customer_code, registered_on FROM ({REGISTRATIONS});
    INSERT INTO registrations {REGISTRATIONS};
    INSERT INTO stores
    SELECT Loja, Abertura, Fechamento, Virtual = 'S', Sucessora
    FROM read_parquet(getvariable('source') || '/lojas_*.parquet');
    INSERT INTO stints
    SELECT Vendedor, Loja, Entrada, "Saída"
    FROM read_parquet(getvariable('source') || '/vendedores_*.parquet');
    -- the oracle's tickets do not know the queue
    CREATE OR REPLACE TABLE purchases AS
    FROM purchases
    LEFT JOIN (
        SELECT Loja AS store_code, Data AS business_day, Cupom AS sale_number,
               bool_or(Fila = 'S') AS by_queue
        FROM read_parquet(getvariable('source') || '/vendas_*.parquet')
        WHERE Tipo <> 'C' AND (Tipo = 'D' OR Quantidade > 0)
        GROUP BY ALL
    ) USING (store_code, business_day, sale_number)
"""


def code(draw: random.Random, number: int) -> str:
    """A customer's code as some till writes it."""
    digits = f"{70_000_000 + number:011}"
    return draw.choice(
        (digits, digits.lstrip("0"), f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}")
    )


def ticket(draw: random.Random, number: int) -> list[dict[str, Any]]:
    """One ticket of one to three lines, mostly plain."""
    customer = int(draw.triangular(0, 80, 0))
    whose = draw.choices(
        (code(draw, customer), None, "  ", "CONSUMIDOR", "0", "99999999999"), (12, 1, 1, 1, 1, 1)
    )[0]
    head = {
        "Loja": STORES[customer % 6] if draw.random() < 0.8 else draw.choice(STORES),
        "Data": OPENING + timedelta(days=draw.randrange((AS_OF - OPENING).days + 1)),
        "Hora": f"1{draw.randrange(2)}:00:00",
        # Numbers recur in other stores, in the same second too.
        "Cupom": f"{number % 5:06}",
        "Canal": draw.choice(("Loja", "Site", None)),
        "Fila": draw.choice(("S", "N", None)),
        "Produto": "P1",
    }
    seller = draw.choice((*SALESPEOPLE, None))
    return [
        head
        | {
            "Item": item,
            "CPF": whose if draw.random() < 0.9 else code(draw, draw.randrange(80)),
            "Vendedor": seller if draw.random() < 0.9 else draw.choice(SALESPEOPLE),
            "Tipo": (kind := draw.choices(("V", "D", "C"), (12, 2, 1))[0]),
            "Quantidade": -1 if kind == "D" else draw.choices((1, 2, 0, -1), (9, 3, 1, 1))[0],
            "Valor bruto": Decimal(
                draw.choice((10, 20, 50)) * (-1 if kind == "D" or draw.random() < 0.05 else 1)
            ),
            "Desconto": Decimal(draw.choice(("0", "0", "0.55"))),
        }
        for item in range(1, draw.randint(1, 3) + 1)
    ]


def chain(draw: random.Random, folder: Path) -> None:
    """Write the files of a chain."""
    sales = {}
    for number in range(1200):
        lines = ticket(draw, number)
        sales[tuple(lines[0][name] for name in ("Loja", "Data", "Cupom"))] = lines
    rows = [line for lines in sales.values() for line in lines]
    half = len(rows) // 2
    for name, part in (("vendas_01", rows[:half]), ("vendas_02", rows[half:])):
        pl.DataFrame(part, schema=SALES).write_parquet(folder / f"{name}.parquet")
    opened, closed = date(2020, 1, 1), date(2024, 6, 1)
    of_stores = {
        "Loja": STORES[:5],
        "Abertura": [None, opened, opened, opened, AS_OF + timedelta(days=1)],
        "Fechamento": [None, closed, closed, None, None],
        "Virtual": ["N"] * 5,
        "Sucessora": ["002", "003", "004", None, "001"],
    }
    pl.DataFrame(of_stores).write_parquet(folder / "lojas_01.parquet")
    pl.DataFrame([stint(draw) for _ in range(60)]).write_parquet(folder / "vendedores_01.parquet")
    entries = [entry(draw, number) for number in range(90)]
    pl.DataFrame(entries).write_parquet(folder / "clientes_01.parquet")


def stint(draw: random.Random) -> dict[str, Any]:
    begun = date(2020, 1, 1) + timedelta(days=draw.randrange(2200))
    return {
        "Vendedor": draw.choice(SALESPEOPLE[:8]),
        "Loja": draw.choice(STORES),
        "Entrada": begun,
        "Saída": draw.choice((None, begun + timedelta(days=draw.randint(1, 900)))),
    }


def entry(draw: random.Random, number: int) -> dict[str, Any]:
    """An entry of the registry; of several with one code the one changed last stands."""
    return {
        "CPF": draw.choice((code(draw, draw.randrange(100)), None)),
        "Cadastro": draw.choice((None, date(2022, 5, 1), AS_OF + timedelta(days=1))),
        "Loja": draw.choice(("001", "004", "002", None)),
        "Atualizado em": datetime(2023, 1, 1) + timedelta(hours=number),
    }


def by_oracle(files: Path) -> Figures:
    con = oracle_accounts.connect()
    con.execute("SET VARIABLE source = ?", [str(files)])
    con.execute("INSERT INTO dates VALUES (?)", [AS_OF])
    con.execute(LINES_SQL.read_text(encoding="utf-8").split("INSERT INTO persons")[0])
    oracle_accounts.purchases(con)
    con.execute(REGISTRIES)
    oracle_accounts.accounts(con)
    oracle_life_cycle.purchase_days(con)
    oracle_life_cycle.life_cycle(con)
    oracle_allocation.allocation(con)
    oracle_rfv.number_customers(con)
    oracle_rfv.rfv(con)
    oracle_rfv.pareto(con)
    con.execute("DELETE FROM pareto_curve WHERE scope <> 'network'")
    return figures(con)


def assert_alike(folder: Path, seed: int, makers: Mapping[str, Maker]) -> None:
    """Whatever makes the tables makes what the oracle makes."""
    files = folder / "files"
    files.mkdir()
    chain(random.Random(seed), files)
    found = {"oracle": by_oracle(files)}
    for name, make in makers.items():
        (folder / name).mkdir()
        make(str(files), str(folder / name))
        found[name] = of_files(folder / name, "1gib", folder / "spilled")
    assert not differences(found)
    routines = {row[0] for row in found["oracle"]["allocations"]["by routine"]}
    assert routines == {"sales", "registry", "store", "none"}


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_duckdb_and_polars_make_what_the_oracle_makes(seed: int, tmp_path: Path) -> None:
    by_duckdb = partial(in_duckdb.make, duckdb.connect())
    assert_alike(tmp_path, seed, {"duckdb": by_duckdb, "polars": in_polars.make})


@pytest.mark.slow
def test_sql_on_spark_makes_what_the_oracle_makes(spark: SparkSession, tmp_path: Path) -> None:
    assert_alike(tmp_path, 4, {"spark": partial(in_spark.make, spark.newSession())})


def test_a_chain_is_split_before_its_last_day(tmp_path: Path) -> None:
    made = Chain(tmp_path / "chain", tmp_path / "before", tmp_path / "day")
    made.files.mkdir()
    rows = {name: [None, None] for name in SALES} | {"Cupom": ["1", "2"]}
    early = [AS_OF - timedelta(days=2), AS_OF - timedelta(days=1)]
    for name, days in (("vendas_01", early), ("vendas_02", [early[1], AS_OF])):
        table = pl.DataFrame(rows | {"Data": days}, schema=SALES)
        table.write_parquet(made.files / f"{name}.parquet")
    pl.DataFrame({"Loja": ["001"]}).write_parquet(made.files / "lojas_01.parquet")
    split(made)
    before = pl.read_parquet(f"{made.before}/vendas_*.parquet")
    assert before["Data"].to_list() == [*early, early[1]]
    assert before.schema == SALES
    assert pl.read_parquet(f"{made.day}/vendas_*.parquet")["Cupom"].to_list() == ["2"]
    for name in ("vendas_01.parquet", "lojas_01.parquet"):
        assert (made.before / name).samefile(made.files / name)
    assert not (made.day / "lojas_01.parquet").exists()


def test_an_event_log_tells_what_the_tasks_of_a_stage_took(tmp_path: Path) -> None:
    sums = {
        "internal.metrics.executorRunTime": 8736,
        "internal.metrics.shuffle.write.bytesWritten": 61_039_417,
        "number of output rows": 5,
    }
    shuffles = {
        "Stage Name": "clientela: table accounts",
        "Number of Tasks": 16,
        "Submission Time": 1_000,
        "Completion Time": 6_500,
        "Accumulables": [{"Name": name, "Value": value} for name, value in sums.items()],
    }
    does_not = shuffles | {"Accumulables": [{"ID": 1}]}
    events = [
        {"Event": "SparkListenerStageSubmitted", "Stage Info": shuffles},
        {"Event": "SparkListenerStageCompleted", "Stage Info": shuffles},
        {"Event": "SparkListenerStageCompleted", "Stage Info": does_not},
    ]
    lines = (json.dumps(event, separators=(",", ":")) for event in events)
    (tmp_path / "events_1").write_text("\n".join(lines))
    name = "clientela: table accounts"
    assert stages(tmp_path) == [
        Stage(5.5, 16, name, ended=6.5, core_seconds=8.736, shuffled_mb=61.039417),
        Stage(5.5, 16, name, ended=6.5),
    ]


def test_the_steps_of_a_run_add_up_to_it(tmp_path: Path) -> None:
    begun = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()

    def logged(second: int, event: str, name: str) -> str:
        at = f"2026-01-01T00:00:{second:02}.000000Z"
        return json.dumps({"input": name, "event": event, "timestamp": at})

    def committed(second: int, table: str, operation: str = "WRITE") -> None:
        log = tmp_path / table / "_delta_log"
        log.mkdir(parents=True, exist_ok=True)
        info = {"timestamp": int((begun + second) * 1000), "operation": operation}
        (log / f"{second:020}.json").write_text(json.dumps({"commitInfo": info}))

    for second, table in ((9, "sales"), (15, "purchases"), (20, "accounts"), (23, "rfv_bands")):
        committed(second, table)
    committed(5, "rfv_bands", "CREATE TABLE")
    committed(24, "runs")
    log = [logged(6, "reading", "sales"), "of no interest", logged(10, "ingested", "sales")]
    errors = "\n".join([*log, logged(12, "computing", "")])
    took = Measured(seconds=25, peak_mib=1, output="", errors=errors, begun=begun)
    ran = [Stage(3, 1, "one", begun + 16, 4, 100), Stage(2, 1, "another", begun + 16, 1, 20)]
    found = steps(took, tmp_path, ran)
    assert by_part(found) == {
        "start": Spent(6),
        "ingest sales": Spent(4),
        "plan": Spent(2),
        "purchases": Spent(3, 2),
        "accounts": Spent(5, 1, 5, 120),
        "rfv": Spent(3),
        "publish and stop": Spent(2),
    }
    assert by_table(found) == {"purchases": 3, "accounts": 5, "rfv_bands": 3}


def test_the_report_tells_what_is_aimed_at(capsys: pytest.CaptureFixture[str]) -> None:
    def night(seconds: float, peak_mib: float) -> Night:
        took = Measured(seconds, peak_mib, output="a word\n", errors="", begun=0)
        step = Step("accounts", "accounts", Spent(seconds, 1, 1234, 5.4))
        return Night(took, [Stage(1, 2, "clientela: table accounts", 1)], [step])

    found = Found(1_000_000, 12, {"cores": "2"}, figures={"clientela": {}, "duckdb": {}})
    found.nights |= {FIRST: night(60, 100), FULL: night(30, 7000), DAY: night(9, 100)}
    found.engines["duckdb"] = Engine(10, 50, {"accounts": 4.0})
    found.failed["polars"] = "no memory"
    ratios = {each.name: (each.is_now, each.reaches(each.is_now)) for each in found.ratios}
    assert ratios == {
        "full rebuild / DuckDB": (3, True),
        "day / full rebuild": (0.3, False),
        "day / DuckDB": (0.9, True),
        "peak memory of Clientela, GB": (pytest.approx(7.34, abs=0.001), True),
    }
    assert found.per_line == {FIRST: 60, FULL: 30, "DuckDB": 10}
    assert json.loads(json.dumps(found.as_json()))["clientela"][DAY]["tables"] == {"accounts": 9}
    print_found(found)
    said = capsys.readouterr().out
    for line in (
        "| Clientela, day | 9.0 | 100 | – | 9.0 | – | – | – | – |",
        "| DuckDB | 10.0 | 50 | – | 4.0 | – | – | – | – |",
        "| accounts | 60.0 (1.0) | 30.0 (1.0) | 9.0 (1.0) |",
        "| all | 1,234 (5) | 1,234 (5) | 1,234 (5) |",
        "| 1.0 | 2 | clientela: table accounts |",
        "Polars did not come to its end: no memory",
        "All made the same (Clientela, DuckDB): True",
        "| day / full rebuild | 0.30 | at most 1/4 | no |",
    ):
        assert line in said.splitlines()
