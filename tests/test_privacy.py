"""An erased person is in no file any more, of any version; all others are as if she never was.

Everybody is made up. Files are made older by hand, as after the days that the docs promise.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs import daily
from jobs import maintain as maintain_job
from jobs.files import Files
from jobs.ingest import ingest
from jobs.registry import erasing
from jobs.registry.erasing import Asked
from jobs.registry.requests import Request, carry_out
from jobs.registry.verifying import find_traces, sought_of
from jobs.registry.whom import Whom
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from schemas.person_history import Kind
from tests import lakehouses
from tests.lakehouses import everything, line, write
from tests.test_maintain import older_copy

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"
HER = {
    "cpf": ANA,
    "rg": "",
    "name": "Ana Açucena de Lima",
    "email": "ana.acucena@example.com",
    "mobile": "(11) 98765-4321",
}
HEADER = "cpf;nome;email;celular;nascimento"
FIRST = date(2024, 3, 1)
DAYS = [FIRST + timedelta(days=each) for each in range(20)]
ABOUT_PEOPLE = {"erasures", "suppressions", "ingested_files", "rejected_rows"}
"""Tables that tell of files and erasures; those differ without her."""


@dataclass
class Chain:
    """A lakehouse of twenty published days, and what made it."""

    spark: SparkSession
    folder: Path
    settings: Settings
    source: SourceMapping

    def at(self, place: Path) -> Chain:
        return Chain(self.spark, self.folder, settings_of(place), self.source)

    @property
    def place(self) -> Path:
        return Path(self.settings.lakehouse.path)

    def copy(self, name: str) -> Chain:
        place = self.place.with_name(name)
        shutil.copytree(self.place, place)
        for ending in ("key", "suppression.key"):
            key = Path(f"{self.place}.{ending}")
            if key.exists():
                shutil.copy2(key, f"{place}.{ending}")
        return self.at(place)

    def traces(self) -> dict[str, set[str]]:
        """What of her stands in which kinds of files."""
        paths = Files(self.spark).paths_under(str(self.place))
        found = find_traces(self.spark, paths, self.sought)
        kinds: dict[str, set[str]] = {}
        for row in found:
            ending = row.file.rpartition(".")[2]
            kinds.setdefault(row.what, set()).add(ending)
        return kinds

    @property
    def sought(self) -> DataFrame:
        key = bytes.fromhex(Path(f"{self.place}.key").read_text().strip())
        return sought_of(self.spark, key, [HER])


def settings_of(place: Path) -> Settings:
    return lakehouses.settings_for(
        place,
        "processing_calendar.every=day",
        "processing_calendar.start_before_first_run=1 days",
        "lakehouse.publications_kept_days=3",
        "lakehouse.lease_seconds=120",
    )


def files_of(folder: Path, *, with_her: bool) -> None:
    """Twenty days of sales and three deliveries of the registry, with her or without a code."""
    her = ANA if with_her else ""
    for number, day in enumerate(DAYS):
        shown = f"{day:%d/%m/%Y}"
        lines = [
            line("1", cpf="529.982.247-25" if with_her and number % 3 else her, day=shown),
            line("2", cpf=RUI if number % 2 else EVA, day=shown, amount=f"{number + 1},00"),
            line("3", day=shown, cpf=EVA if number > 10 else "", store="02"),
        ]
        if with_her and number == 4:
            lines.append(line("4", cpf=ANA, day=shown, quantity="x"))
            lines.append(f"01;{shown};5;1;529982247-25")  # cut off: malformed
        write(folder / f"vendas_{day:%Y%m%d}.csv", lines)
    everybody = [f"{RUI};Rui Souza;rui@example.com;11912345678;", f"{EVA};Eva Reis;;;"]
    hers = f"{ANA};{HER['name']};{HER['email']};{HER['mobile']};31/01/1980"
    write(folder / "clientes_1.csv", [*everybody, *([hers] if with_her else [])], HEADER)


def published_days(chain: Chain, files: Path, said: Sequence[Request]) -> None:
    """All days but the last in one pass, since each night costs as much as all of them.

    What people said is told between, so that the last night has it.
    """
    one_by_one = DAYS[-1:]
    first = [
        file
        for file in files.iterdir()
        if not any(f"{day:%Y%m%d}" in file.name for day in one_by_one)
    ]
    lakehouses.deliver(chain.spark, chain.settings, chain.source, *first, dates=DAYS[:-1])
    carry_out(chain.settings, said)
    for day in one_by_one:
        file = files / f"vendas_{day:%Y%m%d}.csv"
        lakehouses.deliver(chain.spark, chain.settings, chain.source, file, dates=[day])


@pytest.fixture(scope="module", autouse=True)
def parts() -> Iterator[None]:
    """The parts that hold customers; a night costs half of one with all parts."""
    with pytest.MonkeyPatch.context() as patched:
        parts = ("accounts", "allocation", "life_cycle", "pareto", "movement")
        patched.setattr(daily, "PARTS", parts)
        yield


@pytest.fixture(scope="module")
def chain(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, parts: None) -> Chain:
    del parts
    folder = tmp_path_factory.mktemp("privacy")
    files_of(folder / "with", with_her=True)
    files_of(folder / "without", with_her=False)
    session = lakehouses.small_session(spark)
    made = Chain(session, folder, settings_of(folder / "lakehouse"), lakehouses.mapping(folder))
    asked = [
        Request(Whom(cpf=ANA), Kind.CORRECT, "email", "ana.acucena@example.org", "sac", "called"),
        Request(Whom(cpf=RUI), Kind.BLOCK, "loyalty", None, "desk", "fraud"),
    ]
    published_days(made, folder / "with", asked)
    return made


@pytest.fixture(scope="module")
def erased(chain: Chain) -> Chain:
    after = chain.copy("erased")
    asked = Asked([Whom(cpf="529.982.247-25")], "dpo")
    delivered = erasing.Delivered(chain.source, [str(chain.folder / "with")])
    erasing.erase(after.settings, asked, delivered)
    return after


@pytest.fixture(scope="module")
def without(chain: Chain) -> Chain:
    """The same chain, had she never given a code; its ids are made by the same key."""
    never = chain.at(chain.folder / "never")
    shutil.copy2(f"{chain.place}.key", f"{never.place}.key")
    files = chain.folder / "without"
    with lakehouses.started(never.spark, never.settings) as run:
        ingest(run, never.settings, never.source, [str(files)])
        daily.compute(run, never.settings, DAYS)
    asked = [Request(Whom(cpf=RUI), Kind.BLOCK, "loyalty", None, "desk", "fraud")]
    carry_out(never.settings, asked)
    return never


def told_apart(chain: Chain) -> dict[str, list[tuple[object, ...]]]:
    """Every table but those about erasures; of what was said of people, what no clock says."""
    tables = everything(chain.place)
    history = lakehouses.rows(
        chain.spark, chain.settings, "person_history", "kind", "customer_id", "field", "said_by"
    )
    kept = {name: rows for name, rows in tables.items() if name not in ABOUT_PEOPLE}
    return {**kept, "person_history": history}


def test_before_she_is_found_wherever_she_is(chain: Chain) -> None:
    assert chain.traces() == {
        "cpf": {"parquet"},
        "id": {"parquet"},
        "name": {"parquet"},
        "email": {"parquet"},
        "mobile": {"parquet"},
    }


def test_every_kept_day_is_as_if_she_never_gave_a_code(erased: Chain, without: Chain) -> None:
    assert told_apart(erased) == told_apart(without)


def test_the_proof_says_what_was_removed_and_names_nobody(erased: Chain) -> None:
    columns = ("persons", "not_found", "removed", "source_files", "requested_by")
    (proof,) = lakehouses.rows(erased.spark, erased.settings, "erasures", *columns)
    assert proof[:2] == (1, 0)
    removed = dict(proof[2])
    assert removed["sales"] == 20
    assert removed["rejected_rows"] == 2
    assert removed["persons_received"] == removed["customer_codes"] == 1
    expected = {f"vendas_{day:%Y%m%d}.csv" for day in DAYS} | {"clientes_1.csv"}
    assert set(proof[3]) == expected
    assert proof[4] == "dpo"


def test_after_the_deadline_no_file_of_any_version_holds_her(erased: Chain) -> None:
    assert erased.traces()  # earlier versions do, until they are too old
    aged = erased.at(older_copy(erased.place, "aged"))
    shutil.copy2(f"{erased.place}.key", f"{aged.place}.key")
    with lakehouses.started(aged.spark, aged.settings, "maintain") as run:
        assert run.before is not None
        maintain_job.maintain(run, run.before, aged.settings)
    assert aged.traces() == {}
    assert told_apart(aged) == told_apart(erased)


def test_all_files_once_more_leave_her_out_and_full_agrees(erased: Chain) -> None:
    again = erased.copy("again")
    files = again.folder / "once_more"
    shutil.copytree(again.folder / "with", files)
    for file in files.iterdir():
        file.write_bytes(file.read_bytes() + b"\n")  # another file by its content
    lakehouses.deliver(again.spark, again.settings, again.source, files, dates=[DAYS[-1]])
    assert told_apart(again) == told_apart(erased)
    rejected = lakehouses.rows(again.spark, again.settings, "rejected_rows", "raw_row")
    assert {row[0] for row in rejected} == {"{}"}
    with lakehouses.started(again.spark, again.settings) as run:
        daily.compute(run, again.settings, [DAYS[-1]], full=True)
    assert told_apart(again) == told_apart(erased)
