"""``maintain``: what is pruned and what stays, who can still read what, and runs beside it.

Files and log entries are made older by hand, since Delta tells by their times what may go.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from jobs import allocation_views, commands, search
from jobs import maintain as maintain_job
from jobs.errors import LakehouseError, LeaseError
from jobs.failpoints import CommitCounter
from jobs.past_runs import dates_computed, dates_kept
from jobs.place import Place
from jobs.plan import planned
from jobs.reading import published
from jobs.report.reading import read_overview
from jobs.search_settings import load_search
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.upkeep import Upkeep
from schemas import RUNS, TABLES
from tests import lakehouses
from tests.lakehouses import everything

pytestmark = pytest.mark.slow

NO_END, MONTH_END, NEWEST = date(2024, 1, 10), date(2024, 1, 31), date(2024, 2, 15)
DATES = [NO_END, MONTH_END, NEWEST]
AMOUNTS = {"quantity": 1, "list_amount": 5, "discount_amount": 1, "amount": 4}
SUMS = dict.fromkeys(("items", "gross_amount", "net_amount"), 1)
TICKET = {"store_code": "01", "business_day": NO_END, "code_class": "none"}
COHORT = {"cohort": NO_END, "customers": 4, "buyers": 2, "purchases": 3, "retention": 0.5}
FILLED: dict[str, dict[str, Any]] = {
    "sales": {"line_number": 0, "sale_number": "1", **TICKET, "kind": "sold", **AMOUNTS},
    "purchases": {
        "sale_number": "",
        **TICKET,
        **SUMS,
        "is_purchase": True,
        "items_returned": 0,
        "returned_amount": 0,
    },
    "stores": {"store_code": ""},
    "registrations_without_account": {"customer_id": 0},
    "allocations": {"customer_id": 0, "routine": "none", "allocated_since": NO_END},
    "indicators": {"level_code": "", "level": "store", "period": "month", "indicator": "items"},
    "cohorts": {
        "age": 0,
        **COHORT,
        "level": "network",
        "level_code": "",
        "net_amount": 1,
        "net_amount_so_far": 1,
    },
}
"""A valid row of each table; in the first column it has the number of the row."""

ERASURE = {
    "sequence": 3,
    "persons": 1,
    "not_found": 0,
    "removed": {},
    "gone_by": NEWEST,
    "source_files": [],
    "requested_by": "dpo",
}

REWRITTEN = ("purchases", "allocations")
OLDER_DAYS = 40
TIME_TRAVEL_CHECKED = (
    "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration"
)


class Photograph(CommitCounter):
    """Copies a lakehouse after a commit to one table: what a process killed there would leave."""

    def __init__(self, place: Path, table: str) -> None:
        super().__init__()
        self._place, self._table = place, table

    def committed(self, table: str, version: int) -> None:
        super().committed(table, version)
        if table == self._table:
            shutil.copytree(self._place, self._place.with_name("killed"), dirs_exist_ok=True)


def settings_for(lakehouse: Path, *assignments: str) -> Settings:
    kept = (
        "retention.days_kept=7",
        "lakehouse.publications_kept_days=3",
        "lakehouse.lease_seconds=20",
    )
    return lakehouses.settings_for(lakehouse, *kept, *assignments)


def older_copy(lakehouse: Path, name: str) -> Path:
    """A copy in which everything was written, and removed from tables, so many days before."""
    copy = Path(shutil.copytree(lakehouse, lakehouse.with_name(name)))
    milliseconds = OLDER_DAYS * 86_400_000
    for entry in copy.rglob("_delta_log/*.json"):
        text = re.sub(
            r'("(?:deletionTimestamp|modificationTime|timestamp)":)(\d+)',
            lambda found: f"{found[1]}{int(found[2]) - milliseconds}",
            entry.read_text(),
        )
        entry.write_text(text)
        entry.with_name(f".{entry.name}.crc").unlink()
    for file in copy.rglob("*"):
        then = file.stat().st_mtime - OLDER_DAYS * 86_400
        os.utime(file, (then, then))
    return copy


def slices(rows: Sequence[tuple[Any, ...]], name: str, *dates: date) -> list[tuple[Any, ...]]:
    """Those of the rows that are of the dates; all, if the table has no slices."""
    columns = TABLES[name].column_names
    if "as_of" not in columns:
        return list(rows)
    return [row for row in rows if row[columns.index("as_of")] in dates]


def published_versions(lakehouse: Path) -> list[dict[str, int]]:
    """The versions that each publication names, in order."""
    runs = pl.read_delta(f"{lakehouse}/runs").filter(pl.col("run_id") != "lease")
    return list(runs.sort("sequence")["versions"])


def latest_versions(lakehouse: Path) -> dict[str, int]:
    return {name: DeltaTable(f"{lakehouse}/{name}").version() for name in TABLES}


def filled(spark: SparkSession, name: str) -> DataFrame:
    """Four rows of a table, or of each of its slices, in two files."""
    given = FILLED[name]
    dates = DATES if "as_of" in TABLES[name].column_names else [None]
    rows = [
        {"as_of": day, **given, next(iter(given)): each} for day in dates for each in range(1, 5)
    ]
    return local_rows(spark, rows, TABLES[name].ddl).repartition(2)


@pytest.fixture(scope="module")
def delivered(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lakehouse of two publications; the second wrote anew what is in ``REWRITTEN``."""
    lakehouse = tmp_path_factory.mktemp("maintain") / "lakehouse"
    for names in (tuple(FILLED), REWRITTEN):
        with lakehouses.started(spark, settings_for(lakehouse), "backfill") as run:
            run.outcome.as_of = DATES
            for name in names:
                rows = filled(spark, name)
                if TABLES[name].partitioned_by:
                    run.tables.replace_slices(name, rows, DATES)
                else:
                    run.tables.overwrite(name, rows)
    return lakehouse


@dataclass
class Maintained:
    """A lakehouse on which the job ran, and what it was before."""

    lakehouse: Path
    before: dict[str, list[tuple[Any, ...]]]
    commits: Sequence[tuple[str, int]]


@pytest.fixture(scope="module")
def maintained(spark: SparkSession, delivered: Path) -> Maintained:
    lakehouse = older_copy(delivered, "maintained")
    settings, before = settings_for(lakehouse), everything(lakehouse)
    run = lakehouses.started(spark, settings, "maintain")
    run._commits = Photograph(lakehouse, "registrations_without_account")
    with run:
        assert run.before is not None
        maintain_job.maintain(run, run.before, settings)
    return Maintained(lakehouse, before, run.commits)


def test_pruned_slices_are_gone_and_every_other_row_is_as_it_was(
    spark: SparkSession, maintained: Maintained
) -> None:
    before, after = maintained.before, everything(maintained.lakehouse)
    for name in TABLES:
        assert after[name] == slices(before[name], name, *DATES[1:]), name
        files = len(DeltaTable(f"{maintained.lakehouse}/{name}").file_uris())
        assert files <= (len(DATES) - 1 if TABLES[name].partitioned_by else 1), name
        assert len(before[name]) == (len(filled(spark, name).collect()) if name in FILLED else 0)
    place = Place.of(settings_for(maintained.lakehouse).lakehouse)
    assert dates_kept(spark, place) == set(DATES[1:])
    assert dates_computed(spark, place) == set(DATES)
    last = spark.table(place.identifier(RUNS.name)).where("job = 'maintain'").collect()
    assert [(row.as_of, row.pruned) for row in last] == [([], [NO_END])]
    assert last[0].counts["files"] < last[0].counts["files_before"]


def test_what_readers_must_understand_stays_the_same(
    delivered: Path, maintained: Maintained
) -> None:
    for name in TABLES:
        was, now = (
            DeltaTable(f"{each}/{name}").protocol() for each in (delivered, maintained.lakehouse)
        )
        assert now.min_reader_version == 1, name
        assert (now.writer_features, now.min_writer_version) == (
            was.writer_features,
            was.min_writer_version,
        )


def test_the_publication_of_before_is_readable_and_one_that_is_too_old_is_gone(
    spark: SparkSession, maintained: Maintained
) -> None:
    lakehouse = maintained.lakehouse
    first, second, third = published_versions(lakehouse)
    # Though it was written long ago, it was the latest when the job began.
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    packages = Path(duckdb.__file__).parent.parent / "duckdb_ext"
    connection.load_extension(str(next(packages.rglob("delta.duckdb_extension"))))
    for name in TABLES:
        path, version = f"{lakehouse}/{name}", second[name]
        assert third[name] > version, name
        rows = pl.read_delta(path, version=version).rows()
        assert sorted(rows, key=repr) == maintained.before[name], name
    # Other people's Spark has Delta's own settings.
    session = spark.newSession()
    session.conf.set(TIME_TRAVEL_CHECKED, "true")
    for name in REWRITTEN:
        path, version = f"{lakehouse}/{name}", second[name]
        connection.execute(f"ATTACH '{path}' AS {name}_at (TYPE delta, VERSION {version})")
        by_duckdb = connection.sql(f"SELECT count(*) FROM {name}_at").fetchone()
        by_spark = session.read.option("versionAsOf", version).format("delta").load(path)
        assert by_duckdb == (by_spark.count(),) == (len(maintained.before[name]),), name

        assert first[name] < version
        with pytest.raises(OSError, match=r"No such file|not found"):
            pl.read_delta(path, version=first[name])
        with pytest.raises(Py4JJavaError, match="FAILED_READ_FILE"):
            session.read.option("versionAsOf", first[name]).format("delta").load(path).collect()


def test_killed_between_commits_it_is_invisible_and_the_next_run_repairs(
    spark: SparkSession, maintained: Maintained
) -> None:
    killed = maintained.lakehouse.with_name("killed")
    assert everything(killed) == maintained.before
    assert latest_versions(killed) != published_versions(killed)[-1]
    # By then the lease of whoever was killed has ended.
    settings = settings_for(killed, "lakehouse.lease_wait_seconds=60")
    with lakehouses.started(spark, settings):
        pass
    assert everything(killed) == maintained.before
    assert latest_versions(killed) == published_versions(killed)[-1]


def test_whoever_asks_for_a_pruned_date_is_told_so(maintained: Maintained, tmp_path: Path) -> None:
    settings, told = settings_for(maintained.lakehouse), r"slices of 2024-01-10 were pruned .*daily"
    tables, publication = published(settings, "report")
    everybody, period = load_search(None), (NO_END, NO_END)
    for ask in (
        lambda: search.write_found(settings, NO_END, everybody, f"{tmp_path}/a.csv"),
        lambda: search.write_rfv_report(settings, NO_END, everybody, period, f"{tmp_path}/b.csv"),
        lambda: allocation_views.dry_run(settings, NO_END),
        lambda: read_overview(tables, publication, NO_END, settings),
    ):
        with pytest.raises(LakehouseError, match=told):
            ask()
    with pytest.raises(LakehouseError, match=r"2024-01-10 .*pruned: run daily"):
        commands.pareto(settings, NO_END)
    assert list(tmp_path.iterdir()) == []
    assert read_overview(tables, publication, NEWEST, settings).dates == tuple(DATES[1:])


def test_what_a_run_rebuilt_is_pruned_again_and_so_is_what_one_job_computed(
    spark: SparkSession,
    maintained: Maintained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, name = settings_for(maintained.lakehouse), "registrations_without_account"
    place = Place.of(settings.lakehouse)
    monkeypatch.setattr(maintain_job, "TABLES", {name: TABLES[name]})
    for job, day in (("daily", NO_END), ("accounts", date(2024, 1, 11))):
        with lakehouses.started(spark, settings, job) as run:
            rows = local_rows(spark, [{"as_of": day, "customer_id": 1}], TABLES[name].ddl)
            run.tables.replace_slices(name, rows, [day])
            run.outcome.as_of = [day]
    assert dates_kept(spark, place) == set(DATES)
    kept = slices(maintained.before[name], name, *DATES[1:])
    assert lakehouses.read(spark, settings, name).count() == len(kept) + 2
    versions = latest_versions(maintained.lakehouse)

    commands.maintain(settings, is_dry=True)
    assert capsys.readouterr().out.splitlines() == [
        "would prune 2 dates, 2024-01-10 to 2024-01-11; nothing was written",
        "2024-01-10",
        "2024-01-11",
    ]
    assert latest_versions(maintained.lakehouse) == versions
    with lakehouses.started(spark, settings), pytest.raises(LeaseError, match="another run"):
        commands.maintain(settings)

    commands.maintain(settings)
    said = capsys.readouterr().out
    assert "pruned 2 dates, 2024-01-10 to 2024-01-11; 4 data files became 2" in said
    assert lakehouses.rows(spark, settings, name) == kept
    assert dates_kept(spark, place) == set(DATES[1:])
    versions = latest_versions(maintained.lakehouse)
    commands.maintain(settings)
    assert "pruned no date; 2 data files became 2" in capsys.readouterr().out
    assert latest_versions(maintained.lakehouse) == versions


def test_versions_that_the_next_daily_run_compares_with_are_kept_for_it(
    spark: SparkSession, delivered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lakehouse, name = older_copy(delivered, "idle"), "purchases"
    settings = settings_for(lakehouse)
    runs = Place.of(settings.lakehouse).identifier(RUNS.name)
    spark.sql(f"UPDATE {runs} SET published_at = published_at - INTERVAL {OLDER_DAYS} DAYS")
    monkeypatch.setattr(maintain_job, "TABLES", {name: TABLES[name]})
    commands.maintain(settings)
    first, second, _ = published_versions(lakehouse)
    for versions in (first, second):
        assert pl.read_delta(f"{lakehouse}/{name}", version=versions[name]).height == 4


@pytest.mark.parametrize("removed", [{}, {"rejected_rows": 1}])
def test_of_somebody_erased_no_version_is_kept_for_the_next_daily_run(
    spark: SparkSession,
    delivered: Path,
    monkeypatch: pytest.MonkeyPatch,
    removed: dict[str, int],
) -> None:
    lakehouse, name = older_copy(delivered, f"idle_and_erased_{len(removed)}"), "purchases"
    settings = settings_for(lakehouse)
    runs = Place.of(settings.lakehouse).identifier(RUNS.name)
    spark.sql(f"UPDATE {runs} SET published_at = published_at - INTERVAL {OLDER_DAYS} DAYS")
    with lakehouses.started(spark, settings, "privacy") as run:
        erased_at = datetime.now(timezone.utc) - timedelta(days=OLDER_DAYS - 1)
        # Of whom nothing else is held, rejected rows may be removed.
        persons = 0 if removed else 1
        proof = {**ERASURE, "erased_at": erased_at, "persons": persons, "removed": removed}
        run.tables.append("erasures", local_rows(spark, [proof], TABLES["erasures"].ddl))
    monkeypatch.setattr(maintain_job, "TABLES", {name: TABLES[name]})
    commands.maintain(settings)
    first, second, *_ = published_versions(lakehouse)
    with pytest.raises(OSError, match=r"No such file|not found"):
        pl.read_delta(f"{lakehouse}/{name}", version=first[name])
    assert pl.read_delta(f"{lakehouse}/{name}", version=second[name]).height == 4
    with lakehouses.started(spark, settings) as run:
        plan = planned(run, settings, [NEWEST], DataFrame.cache, full=False)
    assert plan.reason is not None
    assert plan.reason.endswith("because somebody was erased")


def test_without_a_publication_there_is_nothing_to_maintain(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match="has no publication"):
        commands.maintain(settings_for(tmp_path / "nothing"))
    assert list(tmp_path.iterdir()) == []


def test_this_suite_reads_a_version_whatever_its_age(spark: SparkSession, tmp_path: Path) -> None:
    name, day = "registrations_without_account", date(2024, 1, 1)
    place = Place(str(tmp_path), None)
    tables = Tables(spark, place, {})
    for who in (1, 2):
        made = local_rows(spark, [{"as_of": day, "customer_id": who}], TABLES[name].ddl)
        tables.replace_slices(name, made, [day])
    spark.sql(
        f"ALTER TABLE {place.identifier(name)} SET TBLPROPERTIES "
        "('delta.deletedFileRetentionDuration' = 'interval 0 hours')"
    )
    read = Tables(spark, place, {name: 1}).read(name)
    assert [row.customer_id for row in read.collect()] == [1]


def test_tables_of_a_catalog_are_maintained_like_those_of_a_folder(
    spark: SparkSession, tmp_path: Path
) -> None:
    name, days = "registrations_without_account", [date(2024, 1, 1), date(2024, 1, 2)]
    spark.sql(f"CREATE SCHEMA maintained LOCATION '{tmp_path}/schema'")
    try:
        tables = Tables(spark, Place(None, "maintained"), {})
        for first in (10, 20):
            rows = [{"as_of": day, "customer_id": first + n} for day in days for n in range(4)]
            made = local_rows(spark, rows, TABLES[name].ddl).repartition(2)
            tables.replace_slices(name, made, days)
        upkeep = Upkeep(tables)
        loose = upkeep.stored(name)
        assert loose.files == 4
        assert loose.all_files == 8
        upkeep.compact(name)
        assert upkeep.stored(name).files == 2
        tables.delete_slices(name, days[:1])
        assert upkeep.stored(name).files == 1
        version = tables.versions[name]
        upkeep.keep_versions(name, 7)
        assert tables.versions[name] == version + 1
        upkeep.keep_versions(name, 7)
        tables.delete_slices(name, days[:1])
        upkeep.vacuum([name], 1)
        # What came out of the table today stays for a day, and so does the version.
        assert tables.versions[name] == tables.latest_version(name) == version + 1
        assert upkeep.stored(name).all_files == 10
        kept = tables.read(name).select("as_of", "customer_id").collect()
        assert sorted(kept) == [(days[1], 20 + n) for n in range(4)]
    finally:
        spark.sql("DROP SCHEMA maintained CASCADE")
