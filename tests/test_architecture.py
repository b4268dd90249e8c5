"""The rules of the house, read from the source itself. Nothing here starts Spark."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import schemas
from schemas import RUNS, TABLES, Table

ROOT = Path(__file__).resolve().parent.parent
ALL_TABLES = (*TABLES.values(), RUNS)
WRITERS = {Path("jobs/tables.py"), Path("jobs/upkeep.py"), Path("jobs/lease.py")}
FILE_WRITERS = {Path("jobs/chain/files.py"), Path("jobs/lists.py")}
"""May write rows as CSV and Parquet files, never as Delta."""

FORBIDDEN_IN_TRANSFORMS = {
    "collect",
    "toPandas",
    "toArrow",
    "toLocalIterator",
    "foreach",
    "foreachPartition",
    "mapInPandas",
    "mapInArrow",
    "applyInPandas",
    "udf",
    "pandas_udf",
    "arrow_udf",
    "current_date",
    "curdate",
    "current_timestamp",
    "localtimestamp",
    "now",
    "today",
    "unix_timestamp",
    "rand",
    "randn",
    "uuid",
    "_jvm",
    "_jdf",
    "rdd",
    "sparkContext",
    "sparkSession",
    "getOrCreate",
    "writeTo",
}
DELTA_SQL = re.compile(
    r"\b(MERGE INTO|RESTORE TABLE|DESCRIBE HISTORY|DESCRIBE DETAIL|USING DELTA|VERSION AS OF|"
    r"TIMESTAMP AS OF|INSERT (INTO|OVERWRITE)|DELETE FROM|UPDATE .* SET|ALTER TABLE|DROP TABLE|"
    r"CREATE (OR REPLACE )?TABLE|TRUNCATE TABLE|VACUUM|OPTIMIZE|TBLPROPERTIES|replaceWhere)\b",
    re.IGNORECASE,
)
FRAMES = {"rowsBetween", "rangeBetween"}
WITHOUT_FRAME = {"row_number", "rank", "lag", "lead"}
WRITING = {"writeTo", "writeStream", "save", "saveAsTable", "insertInto", "DeltaTable"}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).glob("**/*.py"))
    assert found, folder
    return found


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else (node.module or "").split(".")[0])
    return found


def names(tree: ast.AST) -> set[str]:
    """Every name and attribute that a module's code uses."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return used | {
        alias.name
        for node in ast.walk(tree)
        for alias in getattr(node, "names", [])
        if isinstance(alias, ast.alias)
    }


def texts(tree: ast.AST) -> list[str]:
    """Every string constant but docstrings; the fixed parts of an f-string are joined."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            fixed = [part for part in node.values if isinstance(part, ast.Constant)]
            said |= {id(part) for part in fixed}
            found.append("?".join(str(part.value) for part in fixed))
    alone = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in said
    ]
    return found + [value for value in alone if isinstance(value, str)]


def joins(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of ``join`` on anything but a string, and of ``crossJoin``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        on_text = isinstance(node.func.value, (ast.Constant, ast.JoinedStr))
        waits_for_thread = not node.args and not node.keywords
        if node.func.attr == "join" and not on_text and not waits_for_thread:
            yield node
        if node.func.attr == "crossJoin":
            yield node


def joins_without_how(tree: ast.AST) -> list[int]:
    return [
        node.lineno for node in joins(tree) if "how" not in {word.arg for word in node.keywords}
    ]


def windows_without_frame(tree: ast.AST) -> list[int]:
    """Aggregates over a window whose frame is not said; Spark gives the others one itself."""
    found = []
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef))]
    # A function within a function sees the windows of the outer one.
    for function in (node for body in bodies for node in body if isinstance(node, ast.FunctionDef)):
        framed = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and names(node.value) & FRAMES
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "over" and not names(node.func.value) & WITHOUT_FRAME:
                [window] = node.args
                if not names(window) & (FRAMES | framed):
                    found.append(node.lineno)
    return sorted(set(found))


def dataframe_writers(tree: ast.AST) -> list[str]:
    """The attribute ``write`` of a DataFrame; that of a file is called."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "write" and id(node) not in called
    ]


def words(condition: str) -> set[str]:
    return set(re.findall(r"\w+", condition))


OFFENDER = '''
"""Says collect, MERGE INTO and how= in a docstring, which offends nobody."""
import jobs.tables
from pandas import DataFrame
from pyspark.sql.functions import udf

def f(rows, other, thread):
    thread.join()
    ", ".join(["a"])
    rows.join(other, "id")
    rows.join(other, on="id", how="left")
    rows.crossJoin(other)
    rows.rdd.collect()
    rows.write.parquet("place")
    file.write("line")
    spark.sql(f"MERGE INTO {rows} AS kept USING gone")
    F.expr("current_date()")
    ordered = Window.partitionBy("a").orderBy("b")
    framed = ordered.rowsBetween(-1, 0)
    F.row_number().over(ordered), F.sum("c").over(framed)
    F.sum("c").over(ordered.rowsBetween(0, 1))
    F.sum("c").over(ordered)
'''


def test_the_searches_below_find_what_they_look_for() -> None:
    tree = ast.parse(OFFENDER)
    assert imported(tree) == {"jobs", "pandas", "pyspark"}
    assert {"udf", "rdd", "collect"} <= names(tree)
    assert joins_without_how(tree) == [10, 12]
    assert dataframe_writers(tree) == ["write"]
    assert windows_without_frame(tree) == [22]
    found = texts(tree)
    assert [text for text in found if DELTA_SQL.search(text)] == ["MERGE INTO ? AS kept USING gone"]
    assert "current_date()" in found
    assert not any("docstring" in text for text in found)


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("transforms", {"transforms", "schemas", "pyspark"}),
        ("schemas", {"schemas", "pyspark"}),
    ],
)
def test_imports_run_one_way(folder: str, allowed: set[str]) -> None:
    permitted = allowed | set(sys.stdlib_module_names)
    wrong = {
        str(file.relative_to(ROOT)): imported(parsed(file)) - permitted for file in sources(folder)
    }
    assert {file: packages for file, packages in wrong.items() if packages} == {}


def test_jobs_do_not_import_tests_or_tools() -> None:
    for file in sources("jobs"):
        assert not imported(parsed(file)) & {"tests", "tools", "pytest", "hypothesis"}, file


def test_transforms_have_no_session_no_clock_no_chance_and_gather_nothing() -> None:
    wrong = {}
    for file in sources("transforms"):
        tree = parsed(file)
        in_sql = {word for text in texts(tree) for word in re.findall(r"(\w+)\s*\(", text)}
        wrong[file.name] = (names(tree) | in_sql) & FORBIDDEN_IN_TRANSFORMS
    assert {file: used for file, used in wrong.items() if used} == {}


def test_a_made_up_chain_has_no_clock_no_chance_and_gathers_nothing() -> None:
    wrong = {}
    for file in sources("jobs/chain"):
        tree = parsed(file)
        in_sql = {word for text in texts(tree) for word in re.findall(r"(\w+)\s*\(", text)}
        allowed = {"_jvm"} if file.relative_to(ROOT) in FILE_WRITERS else set()
        wrong[file.name] = (names(tree) | in_sql) & FORBIDDEN_IN_TRANSFORMS - allowed
        wrong[file.name] |= imported(tree) & {"random", "secrets", "time", "uuid"}
    assert {file: used for file, used in wrong.items() if used} == {}


def test_transforms_know_no_settings_object() -> None:
    for file in sources("transforms"):
        assert not {"Settings", "settings", "Tables", "tables"} & names(parsed(file)), file


def test_only_tables_their_upkeep_and_the_lease_speak_to_delta() -> None:
    speakers, wrong = set(), []
    for folder in ("jobs", "transforms", "schemas"):
        for file in sources(folder):
            tree, place = parsed(file), file.relative_to(ROOT)
            found = [text for text in texts(tree) if DELTA_SQL.search(text)]
            found += sorted(names(tree) & WRITING)
            found += [] if place in FILE_WRITERS else dataframe_writers(tree)
            if place in WRITERS:
                speakers |= {place} if found else set()
            else:
                wrong += [f"{place}: {each}" for each in found]
    assert wrong == []
    assert speakers == WRITERS


def test_every_join_says_how() -> None:
    checked, wrong = 0, []
    for folder in ("transforms", "jobs"):
        for file in sources(folder):
            tree = parsed(file)
            checked += len(list(joins(tree)))
            wrong += [f"{file.relative_to(ROOT)}:{line}" for line in joins_without_how(tree)]
    assert wrong == []
    assert checked > 5


def test_every_aggregate_window_says_its_frame() -> None:
    wrong = {
        str(file.relative_to(ROOT)): windows_without_frame(parsed(file))
        for folder in ("transforms", "jobs")
        for file in sources(folder)
    }
    assert {file: lines for file, lines in wrong.items() if lines} == {}


def test_every_declared_table_is_published_under_a_name_of_its_own() -> None:
    modules = [
        importlib.import_module(f"schemas.{each.name}")
        for each in pkgutil.iter_modules(schemas.__path__)
    ]
    declared = [
        table for module in modules for table in vars(module).values() if isinstance(table, Table)
    ]
    assert Counter(table.name for table in declared) == Counter([*TABLES, "runs"])
    assert all(name == table.name for name, table in TABLES.items())


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_a_contract_is_sound(table: Table) -> None:
    columns, personal = set(table.column_names), set(table.personal_columns)
    assert len(columns) == len(table.column_names), "a column stands twice"
    assert table.key, "no key"
    assert set(table.key) <= set(table.required_columns), "a key column may be null"
    assert not set(table.key) & personal, "a key column is personal"
    assert set(table.partitioned_by) <= columns, "a partition column is not there"
    assert not set(table.partitioned_by) & personal, "a partition column is personal"
    assert table.grain.strip()


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_constraints_name_columns_and_none_that_is_personal(table: Table) -> None:
    for name, condition in table.constraints.items():
        assert words(condition) & set(table.column_names), name
        assert not words(condition) & set(table.personal_columns), name


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_tables_and_columns_have_comments_in_both_languages(table: Table) -> None:
    pairs = {column.name: (column.english, column.portuguese) for column in table.columns}
    pairs["the table"] = (table.english, table.portuguese)
    for name, (english, portuguese) in pairs.items():
        assert english.strip(), name
        assert portuguese.strip(), name
        # The comment joins both with a bar.
        assert "|" not in english + portuguese, name


def test_documents_names_and_contacts_are_marked_personal() -> None:
    personal = {table.name: set(table.personal_columns) for table in ALL_TABLES}
    assert {
        "name",
        "identity_document",
        "birth_date",
        "email",
        "mobile",
        "phone",
        "address",
        "cep",
    } <= personal["persons"]
    assert personal["customer_codes"] == {"customer_code"}
    assert personal["salespeople"] == {"name"}
    assert personal["rejected_rows"] == {"raw_row"}
    without = {name for name, columns in personal.items() if not columns}
    assert {"sales", "purchases", "accounts", "registrations_without_account", "runs"} <= without


def test_tables_by_processing_date_are_partitioned_by_it() -> None:
    by_date = {table.name for table in ALL_TABLES if table.key[0] == "as_of"}
    assert {"accounts", "registrations_without_account"} <= by_date
    assert all(TABLES[name].partitioned_by == ("as_of",) for name in by_date)
