"""People of a generated chain of 120,000 lines: found twice, corrected, exported, erased.

The tests go on from each other's lakehouse, in their order. Nobody in it exists.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from pyspark.sql import SparkSession
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from jobs import daily, generate
from jobs.chain.calendar import Chain
from jobs.reading import published
from jobs.report.campaign_reading import read_activation
from jobs.run import cli
from schemas import TABLES
from schemas.person_history import CHANNELS
from tests.lakehouses import everything, settings_for

pytestmark = pytest.mark.slow

CHAIN = Chain(lines=120_000, stores=12, seed=11, until=date(2025, 12, 31))
AS_OF = "2025-12-31"
LISTED = "2025-10-31"
PARTS = ("accounts", "allocation", "life_cycle", "movement", "returns")
"""What lists are drawn from, and what holds customers; the other parts have tests of their own."""
Pair = tuple[int, int]
Row = dict[str, Any]


class Desk:
    """The chain's lakehouse, and the command line before it."""

    def __init__(self, folder: Path, spark: SparkSession) -> None:
        self.spark = spark
        self.folder, self.files = folder, folder / "files"
        self.place = folder / "lakehouse"

    def run(self, *arguments: str, place: Path | None = None) -> tuple[int, str]:
        given = [*arguments, "--lakehouse", str(place or self.place)]
        given += ["--set", "processing_calendar.every=none", "--set", "ingest.max_rejected_share=1"]
        result = CliRunner().invoke(cli, given)
        if result.exception is None:
            return 0, result.output
        return getattr(result.exception, "exit_code", 70), f"{result.output}{result.exception}"

    def done(self, *arguments: str, place: Path | None = None) -> str:
        code, output = self.run(*arguments, place=place)
        assert code == 0, output
        return output

    def night(self, as_of: str = AS_OF) -> None:
        self.done("daily", "--as-of", as_of)

    def read(self, table: str, place: Path | None = None) -> pl.DataFrame:
        at = place or self.place
        runs = pl.read_delta(f"{at}/runs").filter(pl.col("run_id") != "lease").sort("sequence")
        return pl.read_delta(f"{at}/{table}", version=dict(runs["versions"][-1])[table])

    def write(self, name: str, header: str, lines: list[str]) -> str:
        file = self.folder / name
        file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return str(file)

    def views(self) -> list[str]:
        """The temporary views that the session has."""
        return [row.viewName for row in self.spark.sql("SHOW VIEWS").collect()]

    def codes(self) -> dict[int, str]:
        return dict(self.read("customer_codes").select("customer_id", "customer_code").rows())


@pytest.fixture(scope="module")
def desk(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("people"), spark)
    generate.run(CHAIN, str(made.files), "parquet")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(daily, "PARTS", PARTS)
        given = ("--source", "chain_parquet", "--input", str(made.files))
        made.done("daily", "--as-of", AS_OF, *given)
        yield made


def true_pairs(desk: Desk) -> set[Pair]:
    """The pairs of ids that the generator gave to one person."""
    truth = pl.read_parquet(f"{desk.files}/gabarito_clientes_*.parquet")
    ids = {code: each for each, code in desk.codes().items()}
    of_person: dict[str, set[int]] = defaultdict(set)
    for row in truth.select("Pessoa", "CPF").drop_nulls("CPF").rows(named=True):
        code = "".join(filter(str.isdigit, row["CPF"]))
        for form in (code, code.zfill(11)):
            if form in ids:
                of_person[row["Pessoa"]].add(ids[form])
    registered = set(desk.read("persons_received")["customer_id"])
    return {
        (min(pair), max(pair))
        for members in of_person.values()
        for pair in combinations(sorted(members & registered), 2)
    }


def test_exact_passes_find_duplicates_and_hardly_anything_else(desk: Desk) -> None:
    print(desk.done("duplicates", "find"))
    true = true_pairs(desk)
    found = desk.read("duplicates")
    merged = found.filter(pl.col("state") == "merged")
    assert set(merged["decided_by"]) == {"search"}
    told = {}
    for name in ("email_birth_date", "mobile_name"):
        pairs = set(
            merged.filter(pl.col("passes").list.contains(name))
            .select("customer_id", "other_customer_id")
            .rows()
        )
        told[name] = (len(pairs), len(pairs & true) / len(pairs), len(pairs & true) / len(true))
        assert told[name][1] >= 0.99, told
    both = set(merged.select("customer_id", "other_customer_id").rows())
    told["merged"] = (len(both), len(both & true) / len(both), len(both & true) / len(true))
    print(len(true), told)
    assert told["merged"][1] >= 0.99
    assert told["merged"][2] > 0.3, told
    assert desk.done("duplicates", "find").startswith("0 pairs were merged and 0 proposed")


def test_the_model_finds_those_that_the_exact_passes_missed(desk: Desk) -> None:
    before = desk.read("duplicates")
    print(desk.done("duplicates", "find", "--probabilistic"))
    true, found = true_pairs(desk), desk.read("duplicates")
    key = ["customer_id", "other_customer_id"]
    assert (
        found.filter(pl.col("sequence") < found["sequence"].max())
        .sort(key)
        .equals(before.sort(key))
    )
    told = {}
    for name, which in (
        ("new", pl.col("sequence") == found["sequence"].max()),
        ("merged", pl.col("state") == "merged"),
        ("all", pl.lit(value=True)),
    ):
        pairs = set(found.filter(which).select(key).rows())
        told[name] = (len(pairs), len(pairs & true) / len(pairs), len(pairs & true) / len(true))
    print(len(true), told)
    assert told["merged"][1] >= 0.99
    assert told["merged"][2] > 0.9, told
    assert not desk.views()


def cohorts_of(desk: Desk) -> list[Any]:
    """What the network's cohorts are and bought, over all ages."""
    published = desk.read("cohorts").filter(pl.col("level") == "network")
    customers = pl.col("customers").filter(pl.col("age") == 0).sum()
    sums = (customers, pl.sum("purchases"), pl.sum("net_amount").cast(pl.Decimal(38, 4)))
    return sorted(published.group_by("as_of", "cohort").agg(*sums).rows())


def cohorts_of_accounts(accounts: pl.DataFrame) -> list[Any]:
    month = pl.col("first_purchase_on").dt.truncate("1mo").alias("cohort")
    sums = (
        pl.len().cast(pl.Int64),
        pl.sum("purchases"),
        pl.sum("net_amount").cast(pl.Decimal(38, 4)),
    )
    return sorted(accounts.group_by("as_of", month).agg(*sums).rows())


def test_merged_customers_have_one_account_and_nobody_else_changes(desk: Desk) -> None:
    before = desk.read("accounts")
    desk.night()
    merges = dict(desk.read("merges").rows())
    assert merges
    after = desk.read("accounts")
    touched = set(merges) | set(merges.values())
    same = pl.col("customer_id").is_in(list(touched)).not_()
    order = ["as_of", "customer_id"]
    assert before.filter(same).sort(order).equals(after.filter(same).sort(order))
    bought: Counter[int] = Counter()
    for each, purchases in before.select("customer_id", "purchases").rows():
        bought[merges.get(each, each)] += purchases
    assert dict(after.select("customer_id", "purchases").rows()) == dict(bought)
    assert cohorts_of(desk) == cohorts_of_accounts(after)
    assert not set(merges) & set(desk.read("persons")["customer_id"])
    received = desk.read("persons_received")
    assert set(received["customer_id"]) - set(merges) == set(desk.read("persons")["customer_id"])


def test_a_thousand_requests_of_a_file_are_carried_out(desk: Desk) -> None:
    before = {row["customer_id"]: row for row in desk.read("persons").rows(named=True)}
    codes, rng = desk.codes(), Random(3)
    chosen = rng.sample(sorted(before), 1000)
    lines: list[str] = []
    expected: dict[int, tuple[str, Any]] = {}
    for number, each in enumerate(chosen):
        channel = rng.choice(CHANNELS)
        if number % 2:
            expected[each] = ("email", f"nova{number}@example.com")
            lines.append(f"{codes[each]};;correct;email;Nova{number}@Example.com;sac;ligou")
        else:
            refused = before[each]["channels_opted_out"] or []
            expected[each] = ("channels_opted_out", sorted({*refused, channel}))
            lines.append(f"{codes[each]};;opt_out;{channel};;sac;pediu")
    header = "cpf;rg;kind;field;value;by;why"
    file = desk.write("requests.csv", header, lines)
    assert "1,000 requests" in desk.done("person", "requests", "--file", file)
    desk.night(LISTED)
    after = {row["customer_id"]: row for row in desk.read("persons").rows(named=True)}
    assert after.keys() == before.keys()
    for each, row in after.items():
        name, value = expected.get(each, ("name", before[each]["name"]))
        filled = before[each]["filled_from"] or {}
        others = {key: source for key, source in filled.items() if key != name}
        wanted = {**before[each], name: value, "filled_from": others or None}
        assert row == wanted, name
    wrong = desk.write(
        "wrong.csv", header, [*lines[:2], f"{codes[chosen[0]]};;correct;email;x;s;w"]
    )
    code, told = desk.run("person", "requests", "--file", wrong)
    assert (code, "line 4" in told) == (2, True)


def test_a_person_is_shown_by_code_and_by_rg(desk: Desk) -> None:
    persons = desk.read("persons").filter(pl.col("identity_document").is_not_null())
    documents = Counter(persons["identity_document"])
    row = next(
        each for each in persons.rows(named=True) if documents[each["identity_document"]] == 1
    )
    code = desk.codes()[row["customer_id"]]
    for whom in (("--cpf", code), ("--rg", row["identity_document"])):
        shown = json.loads(desk.done("person", "show", *whom, "--by", "sac", "--json"))
        assert [each["registration"]["name"] for each in shown] == [row["name"]]
    held = json.loads(desk.done("person", "history", "--cpf", code, "--by", "sac", "--json"))
    said = [each["kind"] for each in held[0]["history"]]
    assert said.count("look_up") == 3
    received = desk.read("persons_received").drop_nulls("identity_document")
    merges, borne = dict(desk.read("merges").rows()), Counter(received["identity_document"])
    merged, document = next(
        each
        for each in received.select("customer_id", "identity_document").rows()
        if each[0] in merges and borne[each[1]] == 1
    )
    told = json.loads(desk.done("person", "show", "--rg", document, "--by", "sac", "--json"))
    assert [each["customer_id"] for each in told] == [merges[merged]]
    desk.done("person", "block", "--cpf", code, "--feature", "loyalty", "--by", "x", "--why", "y")
    desk.done("person", "consent", "--cpf", code, "--channel", "sms", "--by", "x", "--why", "y")
    shown = json.loads(desk.done("person", "show", "--cpf", code, "--by", "sac", "--json"))[0]
    assert [each["feature"] for each in shown["blocks"]] == ["loyalty"]
    assert "sms" in shown["opt_outs"]


CAMPAIGN = """
campaign:
  code: spring
  title: Spring
  objective: sales
  goals: {value: 1000.00}
  actions:
    - code: spring-mail
      title: By e-mail
      channel: email
      message: Come back
      cost: {per_customer: 0.05}
      margin: 0.4
      valid_from: 2025-11-01
      valid_to: 2025-11-30
      filters: {with_purchases: true}
      columns: [customer_code, name, email]
      control: {share: 0.3, stratify_by: [segment]}
    - code: spring-store
      title: In the store
      channel: in_store
      message: Come in
      valid_from: 2025-11-10
      valid_to: 2025-12-10
      filters: {total_purchases: {from: 2}}
      control: {share: 0.4}
      not_in_running_actions: true
      contacted_within: none
"""
MAIL, STORE = "spring-mail", "spring-store"


def test_lists_are_drawn_once_and_hold_nobody_who_may_not_be_addressed(desk: Desk) -> None:
    file = desk.folder / "spring.yaml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    assert desk.done("campaign", "declare", str(file)) == f"declared: {MAIL}, {STORE}\n"
    out = unregistered_who_refused(desk)
    held_out = ("--set", "campaigns.holdout={share: 0.1, name: h1}")
    for kind in ("preview", "list"):  # the last day of its validity
        ended, message = desk.run("campaign", kind, MAIL, "--as-of", "2025-11-30")
        assert (ended, "a list as of 2025-11-30 comes too late" in message) == (2, True), message
    foretold = desk.done("campaign", "preview", MAIL, "--as-of", LISTED, *held_out)
    for code in (MAIL, STORE):
        print(desk.done("campaign", "list", code, "--as-of", LISTED, *held_out))
    for again, said in (
        (("list", MAIL, "--as-of", LISTED), "is listed and cannot become listed"),
        (("declare", str(file)), "only a draft can be declared anew"),
    ):
        ended, message = desk.run("campaign", *again)
        assert (ended, said in message) == (2, True), message
    lists, persons = desk.read("action_lists"), desk.read("persons")
    mail, store = (set(of_action(lists, each)["customer_id"]) for each in (MAIL, STORE))
    assert len(mail) > 500 < len(store)
    assert not mail & store
    bought = found_on(desk)
    refused = set(persons.filter(pl.col("opted_out"))["customer_id"])
    by_mail = pl.col("channels_opted_out").list.contains("email")
    refused_mail = set(persons.filter(by_mail)["customer_id"])
    blocked = {
        row["customer_id"]
        for row in desk.read("person_history").rows(named=True)
        if (row["kind"], row["field"]) == ("block", "campaign")
    }
    holdout = desk.read("holdout")
    held = set(holdout.filter(pl.col("is_held_out"))["customer_id"])
    assert all((refused, refused_mail, held, blocked))
    assert not (mail | store) & (refused | blocked | held | out)
    assert not mail & refused_mail
    assert mail | store <= set(bought["customer_id"])
    assert set(holdout["customer_id"]) == set(desk.read("customer_codes")["customer_id"])
    told = desk.read("action_exclusions")
    for row in of_action(told, MAIL).rows(named=True):
        what = "would be drawn" if row["reason"] == "none" else "would be left out"
        assert f"{row['customers']:,} {what}" in foretold, row
    assert f"with_purchases: {len(bought):,} are left" in foretold
    assert "found four times in five would be a difference of" in foretold
    assert of_action(told, MAIL)["customers"].sum() == len(bought)
    for stratum, members in of_action(lists, MAIL).group_by("stratum"):
        control = members.filter(pl.col("list_group") == "control").height
        # Three in ten, rounded up or down by lot.
        assert control in {members.height * 3 // 10, -(-members.height * 3 // 10)}, stratum


def unregistered_who_refused(desk: Desk) -> set[int]:
    """Twenty whom the action in the store would address, but for what they say now.

    Ten of those registered are blocked beside them.
    """
    often = set(found_on(desk).filter(pl.col("purchases") >= 2)["customer_id"])
    registered = set(desk.read("persons")["customer_id"])
    unregistered, blocked = sorted(often - registered)[:20], sorted(often & registered)[:10]
    assert (len(unregistered), len(blocked)) == (20, 10)
    codes = desk.codes()
    lines = [f"{codes[each]};;opt_out;all;;sac;pediu" for each in unregistered]
    lines += [f"{codes[each]};;block;campaign;;sac;fraude" for each in blocked]
    file = desk.write("refusals.csv", "cpf;rg;kind;field;value;by;why", lines)
    desk.done("person", "requests", "--file", file)
    return set(unregistered)


def found_on(desk: Desk) -> pl.DataFrame:
    return desk.read("accounts").filter(pl.col("as_of") == date.fromisoformat(LISTED))


def of_action(rows: pl.DataFrame, code: str) -> pl.DataFrame:
    return rows.filter(pl.col("action_code") == code)


def test_a_list_is_exported_for_each_store_and_salesperson(desk: Desk) -> None:
    out = desk.folder / "spring-mail"
    print(desk.done("campaign", "export", MAIL, "--out", str(out)))
    listed = of_action(desk.read("action_lists"), MAIL).filter(pl.col("list_group") == "list")
    found: dict[int, tuple[str, str]] = {}
    for file in out.iterdir():
        rows = pl.read_csv(file, infer_schema=False)
        assert rows.columns == ["customer_id", "is_lent", "customer_code", "name", "email"]
        store, seller = file.stem.removeprefix("store-").split("_salesperson-")
        found |= {int(each): (store, seller) for each in rows["customer_id"]}
        assert rows["customer_id"].to_list() == [*map(str, sorted(map(int, rows["customer_id"])))]
    expected = {
        row["customer_id"]: (row["store_code"] or "none", row["salesperson_code"] or "none")
        for row in listed.rows(named=True)
    }
    assert found == expected
    assert listed.filter(pl.col("is_lent")).height > 0
    code, told = desk.run("campaign", "export", MAIL, "--out", str(out))
    assert (code, "is not empty" in told) == (2, True)


def test_the_return_equals_that_of_another_package(desk: Desk) -> None:
    for each in (MAIL, STORE):
        desk.done("campaign", "start", each)
    desk.night()
    results, lists = desk.read("action_results"), desk.read("action_lists")
    now = results.filter(pl.col("as_of") == date.fromisoformat(AS_OF))
    first, last, listed = date(2025, 11, 10), date(2025, 12, 10), date.fromisoformat(LISTED)
    sold = desk.read("purchases")
    day = pl.col("business_day")
    within = by_customer(sold.filter(day.is_between(first, last)))
    before = by_customer(sold.filter(day.is_between(listed - (last - first), listed)))
    groups: dict[str, list[tuple[float, float]]] = {"list": [], "control": []}
    for row in of_action(lists, STORE).rows(named=True):
        whose = row["customer_id"]
        amounts = (within.get(whose, 0.0), before.get(whose, 0.0))
        groups[row["list_group"]].append(amounts)
    whole = now.filter((pl.col("level") == "action") & (pl.col("measure") == "value"))
    (told,) = of_action(whole, STORE).rows(named=True)
    assert (told["listed"], told["control"]) == tuple(map(len, groups.values()))
    assert float(told["listed_total"]) == pytest.approx(sum(y for y, _ in groups["list"]))
    # CUPED by hand: the pooled slope within groups, then Welch's interval of what is left.
    samples = [np.array(each).T for each in groups.values()]
    covariance = sum(np.cov(each) * (each.shape[1] - 1) for each in samples)
    slope = covariance[0, 1] / covariance[1, 1]
    adjusted = [DescrStatsW(each[0] - slope * each[1]) for each in samples]
    compared = CompareMeans(*adjusted)
    low, high = compared.tconfint_diff(usevar="unequal")
    difference = adjusted[0].mean - adjusted[1].mean
    expected = [each * len(groups["list"]) for each in (difference, low, high)]
    names = ("incremental", "incremental_low", "incremental_high")
    assert [float(told[name]) for name in names] == pytest.approx(expected, rel=1e-9, abs=1e-4)
    assert told["p_value"] == pytest.approx(compared.ttest_ind(usevar="unequal")[1], rel=1e-9)
    campaign = now.filter((pl.col("level") == "campaign") & (pl.col("measure") == "value"))
    parts = whole.filter(pl.col("action_code").is_in([MAIL, STORE]))
    (added,) = campaign["incremental"].to_list()
    # Each is rounded by itself.
    assert abs(added - sum(parts["incremental"])) <= Decimal("0.0001") * parts.height
    assert campaign["goal"].to_list() == [Decimal("1000.0000")]
    assert_all_actions_are_told_by_the_holdout(desk, now)
    assert_pages_show_what_is_published(desk, whole)
    output = desk.done("campaign", "return", STORE, "--as-of", AS_OF, "--bootstrap")
    assert [each[:3] for each in output.splitlines()][2:] == ["By "]
    assert "1,000 draws" in output
    assert desk.read("action_results").sort(now.columns).equals(results.sort(now.columns))


def assert_all_actions_are_told_by_the_holdout(desk: Desk, now: pl.DataFrame) -> None:
    stands = dict(desk.read("merges").rows())
    drawn: dict[int, set[bool]] = defaultdict(set)
    for whose, is_held in desk.read("holdout").select("customer_id", "is_held_out").rows():
        drawn[stands.get(whose, whose)].add(is_held)
    groups = Counter(next(iter(each)) for each in drawn.values() if len(each) == 1)
    (row,) = now.filter((pl.col("level") == "holdout") & (pl.col("measure") == "value")).rows(
        named=True
    )
    assert (row["code"], row["listed"], row["control"]) == ("h1", groups[False], groups[True])
    told = desk.done("campaign", "holdout", "--as-of", AS_OF)
    assert told.startswith(f"holdout h1: {groups[True]:,} customers held out\n")
    code, said = desk.run("campaign", "past", "--as-of", AS_OF)
    assert (code, "no action of another system began by" in said) == (2, True)


def assert_pages_show_what_is_published(desk: Desk, whole: pl.DataFrame) -> None:
    settings = settings_for(desk.place)
    tables, _ = published(settings, "report")
    activation = read_activation(tables, settings, date.fromisoformat(AS_OF))
    (campaign,) = activation.campaigns
    assert set(activation.holdouts) == {"h1"}
    published_rows = {row["action_code"]: row for row in whole.rows(named=True)}
    for action in campaign.actions:
        row = published_rows[action.whole.declared.action.code]
        found = action.whole.result.measures["value"]
        assert found.incremental == pytest.approx(float(row["incremental"]), abs=1e-4)
        day, last = action.over_days[-1]
        assert day == action.whole.declared.action.valid_to
        # The action is over: what was bought until its last day is all there is.
        assert (last.listed_total, last.incremental) == (found.listed_total, found.incremental)
        assert {part.level for part in action.parts} == {"store", "segment"}


def by_customer(sold: pl.DataFrame) -> dict[int, float]:
    whose = sold.filter(pl.col("code_class") == "coded").group_by("customer_id")
    return {key: float(value) for key, value in whose.agg(pl.col("net_amount").sum()).rows()}


def test_all_that_is_held_of_a_person_is_exported(desk: Desk) -> None:
    buyer = desk.read("accounts").sort("purchases", "customer_id")["customer_id"][-1]
    out = desk.folder / "export"
    code = desk.codes()[buyer]
    desk.done("privacy", "export", "--cpf", code, "--by", "dpo", "--out", str(out))
    held: dict[str, list[Row]] = json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))
    tables = everything(desk.place)
    merged = {each for each, into in tables["merges"] if into == buyer}
    for name, table in TABLES.items():
        if "customer_id" in table.column_names:
            at = table.column_names.index("customer_id")
            rows = [row for row in tables[name] if row[at] in {buyer, *merged}]
            assert len(held.get(name, [])) == len(rows), name
    page = Path(f"{out}.html").read_text(encoding="utf-8")
    assert all(f'id="{name}"' in page for name in held)


def test_erased_people_are_gone_and_all_others_are_as_they_were(desk: Desk) -> None:
    before = everything(desk.place)
    codes = desk.codes()
    merges = dict(before["merges"])
    at = TABLES["accounts"].column_names.index("customer_id")
    buyers = sorted({row[at] for row in before["accounts"]})
    chosen = set(Random(5).sample(buyers, 25))
    drawn = {row[1] for row in before["action_lists"]}
    assert chosen & drawn
    sums = desk.read("action_sums")
    gone = chosen | {each for each, into in merges.items() if into in chosen}
    file = desk.write("erase.csv", "cpf;rg", [f"{codes[each]};" for each in sorted(chosen)])
    given = ("--source", "chain_parquet", "--input", str(desk.files))
    told = desk.done("privacy", "erase", "--requests", file, "--by", "dpo", *given)
    assert "25 people were erased" in told
    assert "vendas_01.parquet" in told
    after = everything(desk.place)
    names = ("accounts", "life_cycle", "allocations", "persons", "customer_codes", "holdout")
    for name in (*names, "action_lists"):
        column = TABLES[name].column_names.index("customer_id")
        assert after[name] == [row for row in before[name] if row[column] not in gone], name
    columns = TABLES["sales"].column_names
    whose, kind = columns.index("customer_id"), columns.index("code_class")

    def nobodys(row: tuple[Any, ...]) -> tuple[Any, ...]:
        changed = list(row)
        if row[whose] in gone:
            changed[whose], changed[kind] = None, "none"
        return tuple(changed)

    assert after["sales"] == sorted(map(nobodys, before["sales"]), key=repr)
    # What they bought of actions stays, as sums of nobody.
    order = list(TABLES["action_sums"].key)
    action = pl.col("level") == "action"
    assert (
        desk.read("action_sums").filter(action).sort(order).equals(sums.filter(action).sort(order))
    )
    assert desk.read("action_erased")["customers"].sum() > 0
    sought = [f"{codes[each]};;;;" for each in sorted(gone)]
    people = desk.write("sought.csv", "cpf;rg;name;email;mobile", sought)
    code, found = desk.run("privacy", "verify", "--requests", people)
    assert code == 10, found  # earlier versions hold them until they are too old


def test_a_new_key_gives_everybody_another_id(desk: Desk) -> None:
    before, codes = desk.read("accounts"), desk.codes()
    drawn = dict(desk.read("action_lists").select("customer_id", "list_group").rows())
    desk.done("key", "rotate")
    after, new = desk.read("accounts"), {code: each for each, code in desk.codes().items()}
    renamed = {old: new[code] for old, code in codes.items()}
    assert not set(renamed) & set(renamed.values())
    expected = before.with_columns(pl.col("customer_id").replace_strict(renamed))
    order = ["as_of", "customer_id"]
    assert expected.sort(order).equals(after.sort(order))
    members = dict(desk.read("action_lists").select("customer_id", "list_group").rows())
    assert members == {renamed[each]: group for each, group in drawn.items()}


def test_a_copy_without_people_has_their_purchases_and_nothing_of_them(desk: Desk) -> None:
    copy = desk.folder / "sandbox"
    desk.done("privacy", "sandbox", "--out", str(copy))
    mine, theirs = (desk.read("accounts", place) for place in (desk.place, copy))
    assert not set(mine["customer_id"]) & set(theirs["customer_id"])
    measures = [each for each in mine.columns if each != "customer_id"]
    assert mine.select(measures).sort(measures).equals(theirs.select(measures).sort(measures))
    for name, table in TABLES.items():
        rows = desk.read(name, copy)
        personal = rows.select(table.personal_columns) if table.personal_columns else None
        assert personal is None or personal.null_count().row(0) == (rows.height,) * personal.width
    assert desk.read("customer_codes", copy).is_empty()
    mine, theirs = (desk.read("merges", place) for place in (desk.place, copy))
    assert mine.height == theirs.height > 0
    assert set(theirs["surviving_id"]) <= set(desk.read("persons", copy)["customer_id"])
    pairs = desk.read("duplicates", copy)
    assert pairs.height == desk.read("duplicates").height
    assert (pairs["customer_id"] < pairs["other_customer_id"]).all()
