"""A generated chain: the same for the same seed, consistent in itself, and dirty as said."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs import commands, demo, generate
from jobs.chain import network, population
from jobs.chain.calendar import Chain, day_weight, is_closed
from jobs.chain.codes import GENERIC_CODES, cpf, mistyped
from jobs.chain.files import ChainFolder
from jobs.chain.randomness import Draws, parts, weighted
from jobs.chain.words import CITIES, RESERVED_DOMAINS
from jobs.errors import UsageError
from jobs.run import cli
from jobs.settings import Settings

CHAIN = Chain(lines=12_000, stores=12, seed=7, until=date(2025, 12, 31))
SMALL = Chain(lines=1_500, stores=12, seed=7, until=date(2025, 12, 31))
MANY_PEOPLE = Chain(lines=240_000, stores=12, seed=7, until=date(2025, 12, 31))


@pytest.fixture(scope="module")
def sold(spark: SparkSession) -> list[Row]:
    return generate.sales(spark, CHAIN, tasks=2).collect()


@pytest.fixture(scope="module")
def registries(spark: SparkSession) -> dict[str, list[Row]]:
    made = generate.registries(spark, CHAIN)
    return {name: made[name].collect() for name in ("lojas", "vendedores", "produtos")}


@pytest.fixture(scope="module")
def truth(spark: SparkSession) -> list[Row]:
    return generate.registries(spark, MANY_PEOPLE)["gabarito_clientes"].collect()


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> list[Row]:
    return generate.registries(spark, MANY_PEOPLE)["clientes"].collect()


def fits(code: str) -> bool:
    """Whether eleven digits have the right check digits, by the rule as it is published."""
    if len(code) != 11 or not code.isdigit() or len(set(code)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(code[place]) * (length + 1 - place) for place in range(length))
        if total * 10 % 11 % 10 != int(code[length]):
            return False
    return True


def digits(text: str) -> str:
    """A code as eleven digits."""
    return "".join(each for each in text if each.isdigit()).zfill(11)


# --- The same for the same seed ------------------------------------------------------------------


@pytest.mark.parametrize(("tasks", "shuffles"), [(1, 1), (3, 5), (8, 2)])
def test_rows_and_their_order_do_not_depend_on_how_spark_spreads_them(
    spark: SparkSession, tasks: int, shuffles: int
) -> None:
    before = spark.conf.get("spark.sql.shuffle.partitions")
    usual = generate.sales(spark, SMALL, tasks=2).collect()
    spark.conf.set("spark.sql.shuffle.partitions", shuffles)
    try:
        assert generate.sales(spark, SMALL, tasks=tasks).collect() == usual
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", str(before))


@pytest.mark.slow
def test_another_seed_is_another_chain(spark: SparkSession) -> None:
    first = generate.sales(spark, SMALL, tasks=2).collect()
    other = Chain(SMALL.lines, SMALL.stores, SMALL.seed + 1, SMALL.until)
    assert generate.sales(spark, other, tasks=2).collect() != first


@pytest.mark.parametrize("lines", [1, 23, 24, 25, 1_827])
def test_there_are_exactly_so_many_lines(spark: SparkSession, lines: int) -> None:
    chain = Chain(lines, 2, 3, date(2024, 2, 29))
    assert generate.sales(spark, chain, tasks=1).count() == lines


def test_the_five_years_are_whole() -> None:
    assert (CHAIN.first_day, CHAIN.days) == (date(2021, 1, 1), 1826)
    for until in (date(2024, 2, 28), date(2024, 2, 29), date(2023, 2, 28), date(2020, 6, 1)):
        chain = Chain(1, 2, 1, until)
        assert chain.day(chain.days - 1) == until
        assert 1825 <= chain.days <= 1827


def test_parts_add_up() -> None:
    assert parts(10, [1, 1, 1]) == [3, 3, 4]
    assert sum(parts(1_000_003, [7, 0, 13, 1])) == 1_000_003
    assert weighted([2, 0, 1]) == [0, 0, 2]


# --- Consistent in itself ------------------------------------------------------------------------


def test_ticket_numbers_are_unique_in_store_and_day_and_recur_elsewhere(sold: list[Row]) -> None:
    keys = [(row.Loja, row.Data, row.Cupom, row.Item) for row in sold]
    assert len(set(keys)) == len(keys) == CHAIN.lines
    by_ticket = defaultdict(list)
    for row in sold:
        by_ticket[row.Loja, row.Data, row.Cupom].append(row)
    for lines in by_ticket.values():
        assert [row.Item for row in lines] == list(range(1, len(lines) + 1))
        same = {(row.Hora, row.CPF, row.Vendedor, row.Canal, row.Fila) for row in lines}
        assert len(same) == 1
    # Tills use numbers again: on other days, and in other stores.
    assert len({cupom for _, _, cupom in by_ticket}) < len(by_ticket)


def test_ticket_numbers_and_times_rise_together(sold: list[Row]) -> None:
    by_till = defaultdict(list)
    for row in sold:
        by_till[row.Loja, row.Data].append((row.Cupom, row.Hora))
    for tickets in by_till.values():
        times = [hour for _, hour in sorted(set(tickets))]
        assert times == sorted(times)


def test_no_store_sells_while_it_is_closed(
    sold: list[Row], registries: dict[str, list[Row]]
) -> None:
    stores = {row.Loja: row for row in registries["lojas"]}
    for row in sold:
        store = stores[row.Loja]
        assert store.Abertura <= row.Data
        assert store.Fechamento is None or row.Data < store.Fechamento
        if row.Loja != "WEB":
            assert not is_closed(row.Data)
            opens, closes = (
                ("14:00:00", "20:00:00") if row.Data.weekday() == 6 else ("10:00:00", "22:00:00")
            )
            assert opens <= row.Hora < closes


def test_stores_open_close_and_name_successors(registries: dict[str, list[Row]]) -> None:
    chain = Chain(1, 120, 7, CHAIN.until)
    found = network.stores(chain, Draws(chain.seed))
    assert len(found) == len({each.code for each in found}) == 120
    assert [each.index for each in found if each.places == 0] == [network.ONLINE]
    opens_late = [each for each in found if each.opened >= 0]
    closed = [each for each in found if each.closed is not None]
    assert len(opens_late) > 5
    assert len(closed) > 10
    for each in closed:
        assert each.closed is not None
        assert each.opened < each.closed < chain.days
    for each in found:
        heir = found[each.heir]
        assert heir.opened < 0
        assert heir.closed is None
    assert any(each.successor is None for each in closed)
    chained = [each for each in closed if each.successor and found[each.successor].closed]
    assert chained, "no store closes into one that closes later"
    for each in chained:
        later = found[each.successor or 0].closed
        assert each.closed is not None
        assert later is not None
        assert later > each.closed
    assert sum(row.Virtual == "S" for row in registries["lojas"]) == 1


def test_only_salespeople_present_that_day_attend(
    sold: list[Row], registries: dict[str, list[Row]]
) -> None:
    stints = defaultdict(list)
    for row in registries["vendedores"]:
        stints[row.Vendedor, row.Loja].append((row.Entrada, row["Saída"] or date.max))
    attended = [row for row in sold if row.Vendedor]
    assert 0.6 < len(attended) / len(sold) < 0.95
    for row in attended:
        assert row.Loja != "WEB"
        assert any(start <= row.Data < end for start, end in stints[row.Vendedor, row.Loja])


def test_salespeople_come_move_leave_and_come_back_and_are_in_one_place_at_a_time() -> None:
    chain = Chain(1, 120, 7, CHAIN.until)
    draws = Draws(chain.seed)
    stores = network.stores(chain, draws)
    stints = network.stints(chain, draws, stores)
    at_once = sum(each.start <= 900 and (each.end is None or each.end > 900) for each in stints)
    assert 700 < at_once < 1_300
    careers = defaultdict(list)
    for each in stints:
        careers[each.salesperson].append(each)
        assert stores[each.store].opened <= each.start
        assert each.end is None or each.start < each.end
        closed = stores[each.store].closed
        assert closed is None or (each.end is not None and each.end <= closed)
    moved = left = back = 0
    for career in careers.values():
        for before, after in pairwise(career):
            assert before.end is not None
            assert before.end <= after.start
            moved += before.store != after.store
            back += before.store == after.store
        left += career[-1].end is not None
    assert moved > 100
    assert left > 100
    assert back > 0


def test_kinds_signs_and_money(sold: list[Row], registries: dict[str, list[Row]]) -> None:
    kinds = Counter(row.Tipo for row in sold)
    assert set(kinds) == {"V", "D", "C"}
    assert kinds["V"] > 0.9 * len(sold)
    products = {row.Produto for row in registries["produtos"]}
    for row in sold:
        assert row.Produto in products
        assert isinstance(row["Valor bruto"], Decimal)
        assert (row.Quantidade < 0) == (row.Tipo == "D") == (row["Valor bruto"] < 0)
        assert abs(row.Desconto) < abs(row["Valor bruto"])
        assert row.Desconto * row["Valor bruto"] >= 0
    by_ticket = defaultdict(set)
    for row in sold:
        by_ticket[row.Loja, row.Data, row.Cupom].add(row.Tipo)
    assert {"D"} in by_ticket.values()
    assert {"C"} in by_ticket.values()
    assert any({"D", "V"} <= kinds for kinds in by_ticket.values())


def test_codes_of_sales(sold: list[Row]) -> None:
    codes = [row.CPF for row in sold]
    assert set(GENERIC_CODES) <= set(codes)
    assert 0.08 < codes.count(None) / len(codes) < 0.25
    own = [each for each in codes if each is not None and each not in GENERIC_CODES]
    assert all(digits(each).startswith("00") for each in own)
    assert any("." in each for each in own)
    assert any(len(each) < 11 and "." not in each for each in own)
    wrong = sum(not fits(digits(each)) for each in own)
    assert 0 < wrong < 0.02 * len(own)


def test_feasts_and_weekdays_show() -> None:
    def weight(month: int, day: int) -> int:
        return day_weight(CHAIN, date(2024, month, day))

    assert weight(5, 11) > weight(5, 18) > weight(5, 20)  # the Saturday before Mother's Day
    assert weight(11, 29) > 2 * weight(11, 22)  # Black Friday
    assert weight(12, 21) > 2 * weight(2, 17)
    assert weight(12, 25) < weight(12, 26) // 5


def test_customers_have_a_long_tail_and_gaps_of_every_kind(sold: list[Row]) -> None:
    tickets = {
        (row.Loja, row.Data, row.Cupom, digits(row.CPF))
        for row in sold
        if row.Tipo == "V" and row.CPF and row.CPF not in GENERIC_CODES
    }
    days = defaultdict(list)
    for _, day, _, code in sorted(tickets, key=lambda each: each[1]):
        days[code].append(day)
    counts = sorted((len(each) for each in days.values()), reverse=True)
    top = sum(counts[: -(-len(counts) // 5)]) / sum(counts)
    assert 0.5 < top < 0.8
    assert counts[0] > 100
    assert counts.count(1) > 0.15 * len(counts)
    gaps = [(after - before).days for each in days.values() for before, after in pairwise(each)]
    assert any(366 < gap < 3 * 365 for gap in gaps)  # reactivated
    assert any(gap > 3 * 366 for gap in gaps)  # recovered
    ends = Counter((CHAIN.until - each[-1]).days // 365 for each in days.values())
    assert ends[0]
    assert ends[1]
    assert ends[3] + ends[4]


def test_everybody_came_before_buying(spark: SparkSession) -> None:
    made = population.Population(CHAIN, Draws(CHAIN.seed))
    tickets = spark.range(0, 20_000, 1, 2).withColumn("day", F.col("id") % CHAIN.days)
    customers = tickets.withColumn("who", made.customer_of(F.col("day"), F.col("id")))
    found = customers.agg(
        F.min("who"),
        F.max("who"),
        F.count_if(made.came_on(F.col("who")) > F.col("day")),
        F.count_distinct(made.habit_of(F.col("who"))),
    ).collect()[0]
    assert found[0] >= 0
    assert found[1] < CHAIN.customers
    assert found[2] == 0
    assert found[3] == len(population.HABITS)


def test_habits_add_up() -> None:
    assert sum(each.customers for each in population.HABITS) == 1000
    assert sum(share for each in population.HABITS for _, _, share in each.ages) == 1000


# --- CPFs ----------------------------------------------------------------------------------------


def test_cpfs_are_valid_in_form_marked_and_no_two_alike(spark: SparkSession) -> None:
    draws = Draws(11)
    rows = spark.range(0, 3_000, 1, 1).select(
        cpf(draws, F.col("id")).alias("right"),
        mistyped(draws, cpf(draws, F.col("id")), "slip", F.col("id")).alias("wrong"),
    )
    found = rows.collect()
    assert all(fits(row.right) and row.right.startswith("00") for row in found)
    assert len({row.right for row in found}) == len(found)
    for row in found:
        assert not fits(row.wrong)
        assert sum(a != b for a, b in zip(row.right, row.wrong, strict=True)) == 1
        assert row.wrong.startswith("00")


def test_the_largest_chain_has_room_for_its_people() -> None:
    chain = Chain(10**9, 5_000, 1, CHAIN.until)
    made = population.Population(chain, Draws(1))
    assert made.first_employee + 5_000 * 12 * 10 < 9_999_991


# --- The registry --------------------------------------------------------------------------------

SLIPS = {
    *("cpf_ausente", "cpf_invalido", "cpf_sem_zeros"),
    *("nome_ausente", "nome_em_maiusculas_sem_acento", "nome_abreviado"),
    *("nome_com_letra_dobrada", "nome_sem_uma_letra", "nome_com_espacos_demais"),
    *("nascimento_ausente", "nascimento_generico", "nascimento_futuro", "nascimento_impossivel"),
    *("sexo_ausente", "sexo_por_extenso", "rg_ausente", "cadastro_ausente"),
    *("email_ausente", "email_invalido", "email_outro"),
    *("celular_ausente", "celular_invalido", "celular_outro"),
    *("cep_ausente", "cep_invalido", "cep_de_outro_estado"),
    *("endereco_ausente", "endereco_sem_numero", "bairro_ausente"),
    *("cidade_ausente", "uf_ausente"),
}


def test_every_slip_occurs_and_the_truth_names_it(truth: list[Row]) -> None:
    named = Counter(slip for row in truth for slip in row.Defeitos.split("|") if slip)
    assert set(named) == SLIPS
    for row in truth:
        assert fits(row["CPF certo"])
        slips = row.Defeitos.split("|")
        if "cpf_ausente" in slips:
            assert row.CPF is None
        elif "cpf_invalido" in slips:
            assert not fits(digits(row.CPF))
        else:
            assert digits(row.CPF) == row["CPF certo"]


def test_some_people_stand_there_twice(truth: list[Row]) -> None:
    assert len({row.Ficha for row in truth}) == len(truth)
    entries = Counter(row.Pessoa for row in truth)
    assert set(entries.values()) == {1, 2, 3}
    copies = [row for row in truth if row.Duplicata == "S"]
    assert 0.02 < len(copies) / len(truth) < 0.08
    assert {"cpf_invalido", "nome_abreviado"} <= {
        slip for row in copies for slip in row.Defeitos.split("|")
    }
    codes = defaultdict(set)
    for row in truth:
        codes[row.Pessoa].add(row["CPF certo"])
    assert all(len(each) == 1 for each in codes.values())


def test_made_up_people_are_marked_in_every_row(people: list[Row]) -> None:
    for row in people:
        assert row["Fictício"] == "S"
        address = row["E-mail"] or ""
        if "@" in address:
            assert address.endswith(RESERVED_DOMAINS)
        mobile = "".join(each for each in row.Celular or "" if each.isdigit())
        if mobile != "99999999":
            assert mobile[2:4] in ("90", "")
        assert row.CPF is None or digits(row.CPF).startswith("00")


def test_people_are_varied_and_portuguese(people: list[Row]) -> None:
    names = [row.Nome for row in people if row.Nome]
    assert len(set(names)) > 0.7 * len(names)
    assert sum(any(each in name for each in "áâãçéêíóôõú") for name in names) > 0.4 * len(names)
    assert {row.Papel for row in people} == {"cliente", "prospect", "vendedor"}
    assert {row["Não contatar"] for row in people} == {"S", "N", None}
    assert {row.Categoria for row in people} == {"Bronze", "Prata", "Ouro", "Diamante", None}
    assert any(row["Canais recusados"] for row in people)
    days = [row.Cadastro for row in people if row.Cadastro]
    assert max(days) <= MANY_PEOPLE.until
    assert min(days) < MANY_PEOPLE.first_day - timedelta(days=365)
    states = {each.name: each.state for each in CITIES}
    assert all(states[row.Cidade] == row.UF for row in people if row.Cidade and row.UF is not None)


def test_the_other_state_of_a_wrong_cep_is_another() -> None:
    for place, city in enumerate(CITIES):
        assert CITIES[(place + 7) % len(CITIES)].state != city.state


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_files_of_days_are_the_same_byte_for_byte(spark: SparkSession, tmp_path: Path) -> None:
    first, last = date(2025, 12, 20), date(2025, 12, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    contents = []
    for tasks in (1, 3):
        folder = ChainFolder(spark, str(tmp_path / str(tasks)), "csv")
        assert folder.begin({})
        rows = generate.sales(spark, CHAIN, tasks=tasks).where(F.col("Data") >= F.lit(first))
        rows = rows.where(F.col("Data") != F.lit(date(2025, 12, 26)))
        folder.write_days(rows, "vendas", "Data", ("Loja", "Cupom", "Item"), days)
        folder.finish({"tasks": 1})
        files = sorted((tmp_path / str(tasks)).iterdir())
        contents.append({file.name: file.read_bytes() for file in files})
    assert contents[0] == contents[1]
    assert set(contents[0]) == {*(f"vendas_{day:%Y%m%d}.csv" for day in days), "generated.json"}
    header, *lines = contents[0]["vendas_20251223.csv"].decode().splitlines()
    assert header == (
        "Loja;Data;Hora;Cupom;Item;Tipo;CPF;Vendedor;Canal;Fila;Produto;Quantidade;"
        "Valor bruto;Desconto"
    )
    keys = [(each.split(";")[0], *each.split(";")[3:5]) for each in lines]
    assert keys == sorted(keys, key=lambda key: (key[0], key[1], int(key[2])))
    assert all(each.split(";")[1] == "23/12/2025" for each in lines)
    assert all("," in each.split(";")[12] for each in lines)
    # A day without sales has its header line all the same.
    assert contents[0]["vendas_20251226.csv"].decode() == header + "\n"


def test_a_folder_is_made_once_and_nothing_else_is_overwritten(
    spark: SparkSession, tmp_path: Path
) -> None:
    chain = Chain(200, 3, 5, date(2024, 12, 31))
    out = tmp_path / "chain"
    assert generate.run(chain, str(out), "parquet")
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    assert "vendas_01.parquet" in before
    assert not any(name.endswith(".crc") or name.startswith("_") for name in before)
    assert json.loads((out / "generated.json").read_text())["lines"] == 200
    assert not generate.run(chain, str(out), "parquet")
    assert {file.name: file.stat().st_mtime_ns for file in out.iterdir()} == before
    with pytest.raises(UsageError, match="not empty"):
        generate.run(Chain(201, 3, 5, chain.until), str(out), "parquet")
    (out / "generated.json").unlink()
    with pytest.raises(UsageError, match="not empty"):
        generate.run(chain, str(out), "parquet")
    assert spark.conf.get("spark.sql.codegen.hugeMethodLimit") == "65535"


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "--lines", "0", "--out", "x"],
        ["generate", "--lines", "1", "--stores", "1", "--out", "x"],
        ["generate", "--lines", "1", "--until", "31/12/2025", "--out", "x"],
        ["generate", "--lines", "1", "--format", "xml", "--out", "x"],
        ["generate", "--lines", "1"],
    ],
)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, arguments).exit_code == 2


def test_the_demo_takes_data_or_makes_a_chain(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["demo", "--chain", "--data", str(tmp_path)])
    assert isinstance(result.exception, UsageError)


def test_what_the_demo_writes_lies_beside_its_lakehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    def delivered(settings: Settings, _as_of: date, _source: Path, folders: list[str]) -> None:
        written.append((settings.lakehouse.path, folders))

    def reported(_settings: Settings, _as_of: date, out: str, *, largest: int) -> None:
        written.append((out, largest))

    monkeypatch.setattr(generate, "run", lambda _chain, out, kind: written.append((out, kind)))
    monkeypatch.setattr(commands, "daily", delivered)
    monkeypatch.setattr(demo, "write_report", reported)
    monkeypatch.setattr(demo, "_print_all", lambda _settings, _as_of: None)
    demo.run_chain("lakes/demo//")
    demo.run(Path("data"), "lakes/demo/")
    assert written == [
        ("lakes/demo-files", "parquet"),
        ("lakes/demo", ["lakes/demo-files"]),
        ("lakes/demo-report", 5),
        ("lakes/demo", ["data"]),
        ("lakes/demo-report", 5),
    ]


@pytest.mark.slow
def test_every_file_is_the_same_however_spark_spreads_it(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for name, lines_a_task, shuffles in (("one", 10**9, 1), ("eight", 200, 8)):
        monkeypatch.setattr(generate, "_LINES_A_TASK", lines_a_task)
        spark.conf.set("spark.sql.shuffle.partitions", shuffles)
        generate.run(SMALL, str(tmp_path / name), "csv")
        files = sorted((tmp_path / name).iterdir())
        contents.append({file.name: file.read_bytes() for file in files})
    assert len(contents[0]) == SMALL.days + 6
    assert contents[0] == contents[1]
