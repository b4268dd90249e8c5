"""People served at the command line: looked up, corrected, blocked, erased. All are made up."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import daily
from jobs.errors import ClientelaError, LeaseError, UsageError
from jobs.lease import Lease
from jobs.registry import exporting, rotating
from jobs.registry.requests import COLUMNS
from jobs.run import cli
from jobs.settings import Settings
from jobs.source_mapping import CustomerCode, SourceMapping, load_mapping
from schemas import TABLES
from tests import lakehouses
from tests.lakehouses import line, read, rows, write
from transforms.rotation import new_ids

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"
PERSONS = "cpf;nome;email;celular;nascimento"
JANUARY = date(2024, 1, 31)
PARTS = ("accounts", "allocation", "life_cycle")
"""What the commands show rests on these alone."""


class Desk:
    """A lakehouse of three people, and the command line before it."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder
        self.source = lakehouses.mapping(folder)
        self.settings: Settings = lakehouses.settings_for(folder / "lakehouse")

    def open(self) -> None:
        registry = [
            f"{ANA};Ana Lima;ana@exmaple.example;(11) 98765-4321;31/01/1980",
            f"{RUI};Rui Souza;rui@example.com;11 3456-7890;",
        ]
        write(self.folder / "clientes_1.csv", registry, PERSONS)
        sales = [line("1", cpf=ANA), line("2", cpf=RUI), line("3", cpf=EVA), line("4", cpf=ANA)]
        write(self.folder / "vendas_1.csv", [*sales, line("5", cpf=ANA, quantity="x")])
        self.deliver("clientes_1.csv", "vendas_1.csv")

    def deliver(self, *names: str) -> dict[str, int]:
        files = [self.folder / name for name in names]
        return lakehouses.deliver(self.spark, self.settings, self.source, *files, dates=[JANUARY])

    def run(self, *arguments: str, given: str | None = None) -> Result:
        place = f"--lakehouse={self.folder / 'lakehouse'}"
        return CliRunner().invoke(
            cli,
            [*arguments, place, "--set", "processing_calendar.every=none"],
            input=given,
            catch_exceptions=True,
        )

    def done(self, *arguments: str, given: str | None = None) -> str:
        result = self.run(*arguments, given=given)
        assert result.exception is None, result.exception
        return result.output

    def refused(self, *arguments: str, given: str | None = None) -> str:
        error = self.run(*arguments, given=given).exception
        assert isinstance(error, ClientelaError), error
        return str(error)

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return rows(self.spark, self.settings, table, *columns)

    def shown(self, code: str) -> dict[str, Any]:
        output = self.done("person", "show", "--cpf", "-", "--by", "sac", "--json", given=code)
        found: list[dict[str, Any]] = json.loads(output)
        assert len(found) == 1
        return found[0]

    def id_of(self, code: str) -> int:
        codes = dict(self.rows("customer_codes", "customer_code", "customer_id"))
        return int(codes[code])


def documented(folder: Path, kind: str = "cpf") -> SourceMapping:
    """The till's mapping with RGs in the registry, and a kind of code of its own."""
    content = yaml.safe_load(yaml.safe_dump(lakehouses.TILL))
    content["source"], content["customer_code"]["kind"] = f"by_{kind}", kind
    content["inputs"]["persons"]["columns"]["identity_document"] = "rg"
    file = folder / f"{kind}.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(file)


@pytest.fixture(scope="module")
def session(spark: SparkSession) -> SparkSession:
    return lakehouses.small_session(spark)


@pytest.fixture(scope="module")
def first_day(session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(daily, "PARTS", PARTS)
        folder = tmp_path_factory.mktemp("desk")
        Desk(session, folder).open()
    return folder


@pytest.fixture
def desk(
    session: SparkSession, first_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr(daily, "PARTS", PARTS)
    folder = Path(shutil.copytree(first_day, tmp_path / "desk"))
    return Desk(session, folder)


def test_who_is_looked_up_is_shown_and_the_look_up_is_kept(desk: Desk) -> None:
    shown = desk.shown("529.982.247-25")
    assert shown["registration"]["name"] == "Ana Lima"
    assert [each["customer_code"] for each in shown["codes"]] == [ANA]
    assert shown["account"]["purchases"] == 2
    assert shown["blocks"] == []
    assert desk.shown(EVA)["registration"] is None
    assert desk.shown(RUI)["invalid"] == {"mobile": "not_a_mobile"}
    message = desk.refused("person", "show", "--cpf", "12345678909", "--by", "sac")
    assert "nobody" in message
    assert "12345678909" not in message
    kept = desk.rows("person_history", "sequence", "kind", "field", "customer_id", "said_by")
    ids = [desk.id_of(code) for code in (ANA, EVA, RUI)]
    assert sorted(row[1:] for row in kept) == [
        ("look_up", "show", each, "sac") for each in sorted((*ids, 0))
    ]


def test_a_correction_counts_from_the_next_run_and_outlives_the_old_value(desk: Desk) -> None:
    given = " ANA@Example.com "
    value = desk.folder / "value.txt"
    value.write_text(given, encoding="utf-8")
    desk.done(
        *("person", "correct", "--cpf", ANA, "--field", "email", "--value", f"@{value}"),
        *("--by", "sac 7", "--why", "she called"),
    )
    assert desk.shown(ANA)["registration"]["email"] == "ana@exmaple.example"
    desk.deliver("clientes_1.csv")  # nothing new
    assert desk.shown(ANA)["registration"]["email"] == "ana@example.com"
    kept = desk.rows("person_history", "kind", "old_value", "new_value", "said_by", "why")
    assert [row for row in kept if row[0] == "correct"] == [
        ("correct", "ana@exmaple.example", "ana@example.com", "sac 7", "she called")
    ]
    told = desk.done("person", "history", "--cpf", ANA, "--by", "audit")
    assert "she called" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["correct", "--field", "email", "--value", "ana.example.com"], "not_one_at_sign"),
        (["correct", "--field", "mobile", "--value", "1134567890"], "not_a_mobile"),
        (["correct", "--field", "birth_date", "--value", "31/02/1980"], "nothing_usable"),
        (["correct", "--field", "birth_date", "--value", "2999-01-01"], "in_the_future"),
        (["correct", "--field", "mobile", "--value", " "], "empty value"),
    ],
)
def test_an_invalid_value_is_refused_and_not_told(
    desk: Desk, arguments: list[str], said: str
) -> None:
    before = desk.rows("person_history")
    message = desk.refused("person", *arguments, "--cpf", ANA, "--by", "sac", "--why", "x")
    assert said in message
    assert arguments[-1] not in message.replace("empty value", "") or not arguments[-1].strip()
    assert desk.rows("person_history") == before


def test_who_is_not_registered_has_nothing_to_correct(desk: Desk) -> None:
    message = desk.refused(
        *("person", "correct", "--cpf", EVA, "--field", "email", "--value", "e@example.com"),
        *("--by", "sac", "--why", "x"),
    )
    assert "not registered" in message


def test_blocks_and_consent_hold_until_taken_back(desk: Desk) -> None:
    who = ("--cpf", EVA, "--by", "sac", "--why", "asked")
    desk.done("person", "block", "--feature", "campaign", *who)
    desk.done("person", "consent", "--channel", "email", *who)
    shown = desk.shown(EVA)
    assert [each["feature"] for each in shown["blocks"]] == ["campaign"]
    assert shown["opt_outs"] == ["email"]
    desk.done("person", "block", "--feature", "campaign", "--undo", *who)
    desk.done("person", "consent", "--channel", "email", "--given", *who)
    shown = desk.shown(EVA)
    assert shown["blocks"] == []
    assert shown["opt_outs"] == []


def test_consent_reaches_the_registry_with_the_next_run(desk: Desk) -> None:
    who = ("--cpf", ANA, "--by", "sac", "--why", "asked")
    desk.done("person", "consent", "--channel", "all", *who)
    desk.done("person", "consent", "--channel", "sms", *who)
    desk.deliver("clientes_1.csv")
    columns = ("name", "opted_out", "channels_opted_out")
    found = {row[0]: row[1:] for row in desk.rows("persons", *columns)}
    assert found == {"Ana Lima": (True, ["sms"]), "Rui Souza": (None, None)}


def test_a_file_of_requests_is_carried_out_whole_or_not_at_all(desk: Desk) -> None:
    header = ";".join(COLUMNS)
    good = [
        f"{ANA};;correct;email;ana@example.com;sac;called",
        f"{RUI};;block;loyalty;;desk;fraud",
        f"{EVA};;opt_out;all;;sac;asked",
    ]
    bad = [f"{ANA};;correct;mobile;123;sac;x", "12345678909;;block;campaign;;sac;x"]
    file = write(desk.folder / "requests.csv", [*good, *bad], header)
    message = desk.refused("person", "requests", "--file", str(file))
    assert "line 5: its value is no valid mobile" in message
    assert "line 6: nobody" in message
    assert desk.rows("person_history") == []
    wrong = [";;block;campaign;;sac;x", f"{ANA};;praise;email;;;"]
    wrong.append(f"{ANA};;opt_out;all;; Registry ;asked")
    file = write(desk.folder / "wrong.csv", wrong, header)
    message = desk.refused("person", "requests", "--file", str(file))
    for each in ("line 2: give either", "line 3: kind must be", "line 3: by is", "line 3: why is"):
        assert each in message
    assert "line 4: by registry is what the registry itself says" in message
    file = write(desk.folder / "good.csv", good, header)
    desk.done("person", "requests", "--file", str(file))
    kept = desk.rows("person_history", "position", "kind", "field", "customer_id")
    ids = [desk.id_of(code) for code in (ANA, RUI, EVA)]
    assert kept == [
        (1, "correct", "email", ids[0]),
        (2, "block", "loyalty", ids[1]),
        (3, "opt_out", "all", ids[2]),
    ]


def test_whom_a_command_is_about_is_said_once(desk: Desk) -> None:
    for arguments in ([], ["--cpf", "1", "--rg", "2"]):
        message = desk.refused("person", "show", "--by", "x", *arguments)
        assert message == "give either --cpf or --rg"
    error = desk.run("person", "show", "--by", "x", "--cpf", "@/nowhere/file").exception
    assert isinstance(error, UsageError)


@pytest.fixture
def _held_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one table alone, since to look into all costs a test seconds."""
    monkeypatch.setattr(exporting, "TABLES", {"persons": TABLES["persons"]})


@pytest.mark.usefixtures("_held_briefly")
def test_nothing_is_exported_of_which_no_look_up_is_published(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        message = "another run took the lease"
        raise LeaseError(message)

    monkeypatch.setattr(Lease, "_insert_and_release", taken)
    out = desk.folder / "held"
    desk.refused("privacy", "export", "--cpf", ANA, "--by", "dpo", "--out", str(out))
    assert list(desk.folder.glob("held*")) == []
    assert desk.rows("person_history") == []


@pytest.mark.usefixtures("_held_briefly")
def test_an_export_that_cannot_be_written_is_told_and_its_look_up_stays(desk: Desk) -> None:
    asked = ("privacy", "export", "--cpf", ANA, "--by", "dpo", "--out")
    out = desk.folder / "vendas_1.csv" / "held"
    error = desk.run(*asked, str(out)).exception
    assert isinstance(error, UsageError), error
    assert f"--out {out}: cannot be written to" in str(error)
    kept = desk.rows("person_history", "kind", "field", "customer_id")
    assert kept == [("look_up", "export", desk.id_of(ANA))]
    out = desk.folder / "held"
    desk.done(*asked, str(out))
    held = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert [row["name"] for row in held["persons"]] == ["Ana Lima"]
    assert "Ana Lima" in out.with_suffix(".html").read_text(encoding="utf-8")


def test_who_stands_in_a_rejected_row_alone_is_exported_erased_and_stays_out(desk: Desk) -> None:
    code, file = "001.234.567-97", desk.folder / "clientes_2.csv"
    # A separator too many, and a code that lost its zeros.
    write(file, ["123456797;Lia Prova;lia@example.com;;;"], PERSONS)
    lakehouses.deliver(desk.spark, desk.settings, desk.source, file)
    before = desk.rows("rejected_rows", "raw_row")
    out = desk.folder / "held"
    desk.done("privacy", "export", "--cpf", code, "--by", "dpo", "--out", str(out))
    held = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert list(held) == ["rejected_rows"]
    hers = [(row["raw_row"],) for row in held["rejected_rows"]]
    assert [row for row in before if "lia@example.com" in row[0]] == hers
    assert len(hers) == 1 < len(before)
    asked = write(desk.folder / "erase.csv", [f"{code};"], "cpf;rg")
    said = desk.done("privacy", "erase", "--requests", str(asked), "--by", "dpo")
    assert "0 people were erased, 1 were not held" in said
    assert "rows removed, or made anonymous in sales: rejected_rows 1\n" in said
    left = [row for row in before if row not in hers]
    assert desk.rows("rejected_rows", "raw_row") == left
    proof = desk.rows("erasures", "persons", "not_found", "removed")
    assert proof == [(0, 1, {"rejected_rows": 1})]
    message = desk.refused("privacy", "export", "--cpf", code, "--by", "dpo", "--out", str(out))
    assert "nobody in this lakehouse bears that code or RG" in message
    file.write_bytes(file.read_bytes() + b"\n")  # another file by its content
    lakehouses.deliver(desk.spark, desk.settings, desk.source, file)
    assert desk.rows("rejected_rows", "raw_row") == sorted([*left, ("{}",)], key=repr)


def test_whoever_asks_may_spell_a_code_in_another_way_than_its_source(desk: Desk) -> None:
    of_text = {"source": "shop", "customer_code": CustomerCode(kind="text")}
    shop = desk.source.model_copy(update=of_text)
    punctuated, bare = "123.456.788-10", "12345678810"
    file = write(desk.folder / "vendas_8.csv", [line("8", cpf=punctuated)])
    lakehouses.deliver(desk.spark, desk.settings, shop, file)
    assert [each["customer_code"] for each in desk.shown(bare)["codes"]] == [punctuated]
    # Of two spellings such a source makes two customers.
    file = write(desk.folder / "vendas_9.csv", [line("9", cpf=bare)])
    lakehouses.deliver(desk.spark, desk.settings, shop, file)
    who = ("--cpf", punctuated, "--by", "sac", "--why", "asked")
    message = desk.refused("person", "block", "--feature", "campaign", *who)
    assert "several people bear that code or RG" in message


def test_a_copy_without_people_keeps_who_is_registered_whatever_runs_on_it(desk: Desk) -> None:
    folder = desk.folder / "sandbox"
    desk.done("privacy", "sandbox", "--out", str(folder / "lakehouse"))
    copy = Desk(desk.spark, folder)
    before = copy.rows("persons")
    assert len(before) == 2
    copy.done("maintain")  # it commits to every table
    copy.done("daily", "--as-of", str(JANUARY))
    assert copy.rows("persons") == before
    assert sum(is_registered for (is_registered,) in copy.rows("accounts", "registered")) == 2


def test_merged_people_are_one_until_they_are_kept_apart(desk: Desk) -> None:
    ana, rui = desk.id_of(ANA), desk.id_of(RUI)
    before = desk.rows("accounts")
    decided = ("--by", "desk", "--why", "one person")
    desk.done("duplicates", "merge", "--pair", str(ana), str(rui), *decided)
    assert desk.rows("accounts") == before
    desk.deliver("vendas_1.csv")
    survivor = min(ana, rui)  # neither says when she was registered
    accounts = dict(desk.rows("accounts", "customer_id", "purchases"))
    assert accounts == {survivor: 3, desk.id_of(EVA): 1}
    assert desk.rows("persons", "customer_id") == [(survivor,)]
    assert desk.shown(RUI)["customer_id"] == desk.shown(ANA)["customer_id"] == survivor
    for asked in (("allocation", "--as-of", str(JANUARY)), ("life-cycle",)):
        told = desk.done(*asked, "--explain", RUI)
        assert told == desk.done(*asked, "--explain", ANA)
        assert told.count(": 1.000  10.00") == 3  # her tickets
    desk.done("duplicates", "keep-apart", "--pair", str(rui), str(ana), *decided)
    desk.deliver("vendas_1.csv")
    assert desk.rows("accounts") == before
    message = desk.refused("duplicates", "merge", "--pair", str(ana), "1", *decided)
    assert "no customer" in message
    # Ana and Rui are two, so nobody can be one with both.
    eva = desk.id_of(EVA)
    desk.done("duplicates", "merge", "--pair", str(ana), str(eva), *decided)
    message = desk.refused("duplicates", "merge", "--pair", str(eva), str(rui), *decided)
    assert f"{min(ana, rui)} and {max(ana, rui)} are kept apart" in message
    for other in (ana, rui):
        assert f"{min(eva, other)} and {max(eva, other)}" in message


def test_an_erased_person_is_gone_her_sales_stay_and_she_does_not_come_back(desk: Desk) -> None:
    file = write(desk.folder / "erase.csv", [f"{ANA};", "123.456.789-09;"], "cpf;rg")
    ana = desk.id_of(ANA)
    sales = read(desk.spark, desk.settings, "sales")
    total = sales.agg({"amount": "sum"}).collect()
    desk.done("privacy", "erase", "--requests", str(file), "--by", "dpo")
    assert read(desk.spark, desk.settings, "sales").agg({"amount": "sum"}).collect() == total
    assert desk.rows("sales", "sale_number", "code_class", "customer_id")[0] == ("1", "none", None)
    left = {desk.id_of(RUI), desk.id_of(EVA)}
    assert {row[0] for row in desk.rows("accounts", "customer_id")} == left
    assert {row[0] for row in desk.rows("customer_codes", "customer_code")} == {RUI, EVA}
    assert desk.rows("rejected_rows") == []
    proof = desk.rows("erasures", "persons", "not_found", "removed", "source_files")
    assert [row[:2] for row in proof] == [(1, 1)]
    assert proof[0][2]["sales"] == 2
    assert proof[0][2]["persons_received"] == 1
    # The same files once more, and one that tells more of her, and of whom nothing was held.
    never = line("7", cpf="12345678909")
    more = [line("9", cpf=ANA), line("8", cpf=ANA, quantity="?"), never]
    write(desk.folder / "vendas_2.csv", more)
    for name in ("vendas_1.csv", "clientes_1.csv"):
        (desk.folder / name).write_bytes((desk.folder / name).read_bytes() + b"\n")
    desk.deliver("vendas_1.csv", "clientes_1.csv", "vendas_2.csv")
    assert {row[0] for row in desk.rows("accounts", "customer_id")} == left
    assert {row[0] for row in desk.rows("customer_codes", "customer_code")} == {RUI, EVA}
    assert ana not in {row[0] for row in desk.rows("sales", "customer_id")}
    assert {row[0] for row in desk.rows("persons", "name")} == {"Rui Souza"}
    held = desk.rows("rejected_rows", "raw_row", "reasons")
    assert held == [
        ("{}", ["erased"]),
        ("{}", ["unreadable_number"]),
        ("{}", ["unreadable_number"]),
    ]


def test_an_rg_of_several_people_erases_nobody(desk: Desk) -> None:
    lia = "12345678909"
    registry = [f"{EVA};Eva Reis;;;;MG-12.345.678", f"{lia};Lia Prova;;;;12.345.678 SSP/SP"]
    file = write(desk.folder / "clientes_2.csv", registry, f"{PERSONS};rg")
    lakehouses.deliver(desk.spark, desk.settings, documented(desk.folder), file)
    before = desk.rows("persons_received")
    asked = write(desk.folder / "erase.csv", [f"{RUI};", ";12345678", ";12.345.678"], "cpf;rg")
    erase = ("privacy", "erase", "--requests", str(asked), "--by", "dpo")
    message = desk.refused(*erase)
    assert message == "line 3, 4: several people bear that RG: name each by her code"
    assert desk.rows("persons_received") == before
    assert desk.rows("erasures") == []
    # Merged they are one.
    pair = (str(desk.id_of(EVA)), str(desk.id_of(lia)))
    desk.done("duplicates", "merge", "--pair", *pair, "--by", "desk", "--why", "one person")
    assert "2 people were erased, 0 were not held" in desk.done(*erase)
    assert desk.rows("customer_codes", "customer_code") == [(ANA,)]


def test_whoever_is_named_by_rg_goes_under_every_kind_of_her_code(desk: Desk) -> None:
    header = f"{PERSONS};rg"
    file = write(desk.folder / "clientes_2.csv", [f"{EVA};Eva Reis;;;;12.345.678-9"], header)
    lakehouses.deliver(desk.spark, desk.settings, documented(desk.folder), file)
    # A shop calls her CPF free text, and others by numbers of its own, which are no CPFs.
    shop = desk.folder / "shop"
    write(shop / "clientes_3.csv", ["17850;Lia Prova;;;;98.765.432-1"], header)
    write(shop / "vendas_8.csv", [line("8", cpf="390.533.447-05"), line("9", cpf="17850")])
    lakehouses.deliver(desk.spark, desk.settings, documented(desk.folder, "text"), shop)
    file = write(desk.folder / "vendas_10.csv", [line("10", cpf="17850")])
    lakehouses.deliver(desk.spark, desk.settings, desk.source, file)
    kinds = desk.rows("customer_codes", "code_kind", "customer_code")
    left = [("cpf", "00000017850"), ("cpf", RUI), ("cpf", ANA)]
    hers = [("cpf", EVA), ("text", "390.533.447-05"), ("text", "17850")]
    assert sorted(kinds) == sorted([*left, *hers])
    out = str(desk.folder / "held")
    message = desk.refused("privacy", "export", "--rg", "123456789", "--by", "dpo", "--out", out)
    assert "several people bear that code or RG" in message
    asked = write(desk.folder / "erase.csv", [";12.345.678-9", ";987654321"], "cpf;rg")
    said = desk.done("privacy", "erase", "--requests", str(asked), "--by", "dpo")
    assert "3 people were erased, 0 were not held" in said
    assert sorted(desk.rows("customer_codes", "code_kind", "customer_code")) == sorted(left)
    assert dict(desk.rows("sales", "sale_number", "code_class")) == {
        **dict.fromkeys(("1", "2", "4", "10"), "coded"),
        **dict.fromkeys(("3", "8", "9"), "none"),
    }


def test_files_are_named_in_the_proof_whoever_is_held_and_whatever_they_call_a_code(
    desk: Desk,
) -> None:
    never, shop = "123.456.789-09", desk.folder / "shop"
    documented(desk.folder, "text")
    write(shop / "vendas_7.csv", [line("7", cpf=never)])
    write(shop / "vendas_8.csv", [line("8", cpf="529.982.247-25")])
    write(shop / "vendas_9.csv", [line("9", cpf=RUI)])
    given = ("--source", str(desk.folder / "text.yaml"), "--input", str(shop))
    for code in ("12345678909", ANA):
        asked = write(desk.folder / "erase.csv", [f"{code};"], "cpf;rg")
        desk.done("privacy", "erase", "--requests", str(asked), "--by", "dpo", *given)
    assert desk.rows("erasures", "persons", "source_files") == [
        (0, ["vendas_7.csv"]),
        (1, ["vendas_1.csv", "vendas_8.csv"]),  # of the first a row was rejected
    ]


def test_rejected_rows_are_hers_by_whole_values_corrected_ones_too(desk: Desk) -> None:
    desk.done(
        *("person", "correct", "--cpf", ANA, "--field", "email", "--value", "ana@example.com"),
        *("--by", "sac", "--why", "she called"),
    )
    others = [";J. L.;juliana@example.com;;", ";Juliana Lima;;;"]
    hers = [";A. L.;ana@example.com;;", ";A. L.;ana@exmaple.example;;"]
    file = write(desk.folder / "clientes_2.csv", [*hers, *others], PERSONS)
    lakehouses.deliver(desk.spark, desk.settings, desk.source, file)
    rejected = desk.rows("rejected_rows", "raw_row")
    left = [row for row in rejected if "uliana" in row[0]]
    assert (len(rejected), len(left)) == (5, 2)  # one of her sales is among them
    out = desk.folder / "held"
    desk.done("privacy", "export", "--cpf", ANA, "--by", "dpo", "--out", str(out))
    held = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    shown = sorted((row["raw_row"] for row in held["rejected_rows"]), key=repr)
    assert shown == sorted((row[0] for row in rejected if row not in left), key=repr)
    asked = write(desk.folder / "erase.csv", [f"{ANA};"], "cpf;rg")
    desk.done("privacy", "erase", "--requests", str(asked), "--by", "dpo")
    assert desk.rows("rejected_rows", "raw_row") == left


def test_a_new_key_under_which_two_codes_are_one_customer_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_for_all(codes: DataFrame, key: DataFrame) -> DataFrame:
        return new_ids(codes, key).withColumn("new_id", F.lit(1).cast("bigint"))

    monkeypatch.setattr(rotating, "new_ids", one_for_all)
    before = desk.rows("customer_codes")
    assert "two customer codes share one customer id" in desk.refused("key", "rotate")
    assert desk.rows("customer_codes") == before
