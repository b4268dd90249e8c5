"""The dictionary of indicators: whole, without contradictions, and the manual's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.errors import SettingsError
from jobs.indicator_dictionary import Entry, computed, load_dictionary
from jobs.settings import load_settings
from schemas import TABLES
from transforms.indicators import Thresholds

MANUAL = (
    Path(__file__).parent.parent.parent / "shared" / "sources" / "linx-retail-crm-manual.pt.txt"
)
LIST_OPENS = "Descrição das Variáveis e Indicadores"
HEADINGS = ("Indicadores", "Significado no Mundo Real do Varejo")
EDITORS_REMARK = "MUDOU CONCEITO , VERIFICAR"
NAMES = 68


def entries() -> list[Entry]:
    return [entry for of_group in load_dictionary().values() for entry in of_group]


def of_the_manual() -> list[str]:
    return [_spaced(name) for entry in entries() for name in entry.manual]


def _spaced(text: str) -> str:
    return " ".join(text.split())


def test_every_name_of_the_manual_is_that_of_one_entry() -> None:
    assert len(of_the_manual()) == len(set(of_the_manual())) == NAMES


@pytest.mark.skipif(not MANUAL.exists(), reason="the Linx original does not lie beside the project")
def test_the_list_that_closes_the_manual_has_no_name_that_is_missing() -> None:
    lines = [_spaced(line) for line in MANUAL.read_text(encoding="utf-8").splitlines()]
    listed = [line for line in lines[lines.index(LIST_OPENS) + 1 :] if line]
    listed = [line for line in listed if line not in (*HEADINGS, EDITORS_REMARK)]
    names, meanings = listed[::2], listed[1::2]
    assert len(names) == len(meanings) == NAMES
    assert set(names) == set(of_the_manual())


def test_every_indicator_of_a_level_is_worked_out_by_hand_somewhere() -> None:
    examples = (Path(__file__).parent / "oracle" / "test_indicators_oracle.py").read_text()
    asked = {
        entry.code
        for group in computed(load_settings().indicators.limits).values()
        for entry in group
    }
    assert asked - set(asserted_in(examples)) == set()


def asserted_in(source: str) -> Iterator[str]:
    """The keys of which tests assert a figure, such as ``found["key"]``, one by one or in a loop.

    A test that only names a code, in a list of what must not be there, works nothing out.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert):
            yield from (str(each.value) for each in _keys(node) if isinstance(each, ast.Constant))
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            names = {
                each.id
                for inner in ast.walk(node)
                if isinstance(inner, ast.Assert)
                for each in _keys(inner)
                if isinstance(each, ast.Name)
            }
            if isinstance(node.target, ast.Name) and node.target.id in names:
                told = (each for each in node.iter.elts if isinstance(each, ast.Constant))
                yield from (str(each.value) for each in told)


def _keys(asserted: ast.Assert) -> Iterator[ast.expr]:
    return (each.slice for each in ast.walk(asserted) if isinstance(each, ast.Subscript))


def test_what_is_only_named_counts_as_worked_out_nowhere() -> None:
    source = (
        "def test_a() -> None:\n"
        '    assert found["a"] == figures("month")["b"] == 1\n'
        '    for name in ("c", "d"):\n'
        "        assert found[name] == 0\n"
        '    for name in ("e",):\n'
        "        print(found[name])\n"
        '    assert not {"f"} & found.keys()\n'
        '    found["g"]\n'
    )
    assert set(asserted_in(source)) == {"a", "b", "c", "d"}


def test_every_column_that_an_entry_names_is_published() -> None:
    for entry in entries():
        if entry.per_customer:
            table, column = entry.per_customer.split(".")
            assert column in TABLES[table].column_names, entry.code


def test_a_metric_has_thresholds_and_a_direction_and_the_others_have_none_by_default() -> None:
    limits = load_settings().indicators.limits
    assert {entry.code for entry in entries() if entry.kind == "metric"} == set(limits)
    assert all(entry.direction for entry in entries() if entry.kind == "metric")


def test_one_level_may_have_its_own_thresholds_and_less_may_be_better() -> None:
    given = (
        "indicators.thresholds.average_ticket.store={good_above: 300, bad_below: 200}",
        "indicators.thresholds.opt_out={good_below: 0.05, bad_above: 0.2}",
    )
    limits = load_settings([], given).indicators.limits
    assert limits["average_ticket"] == {
        "network": Thresholds(Decimal(400), Decimal(250)),
        "store": Thresholds(Decimal(300), Decimal(200)),
        "salesperson": Thresholds(Decimal(400), Decimal(250)),
    }
    [opt_out] = [each for each in computed(limits)["registrations"] if each.code == "opt_out"]
    assert opt_out.thresholds is not None
    assert opt_out.thresholds["store"].good < opt_out.thresholds["store"].bad


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("average_tickt={good_above: 1, bad_below: 0}", "did you mean 'average_ticket'?"),
        ("opt_in={good_above: 1}", "good_above goes with bad_below"),
        ("opt_in={good_above: 1, bad_below: 2}", "good_above must exceed bad_below"),
        ("opt_in={good_above: 1, bad_below: 1}", "good_above must exceed bad_below"),
        ("opt_out={good_below: 2, bad_above: 1}", "bad_above good_below"),
        ("average_ticket.good_below=1", "good_below with bad_above"),
        ("average_ticket.store={good_above: 1, bad_above: 2}", "good_above goes with bad_below"),
        ("rank_in_store={good_above: 1, bad_below: 0}", "no indicator 'rank_in_store'"),
    ],
)
def test_thresholds_that_mean_nothing_are_refused(given: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"indicators(\.|: )thresholds\.") as refused:
        load_settings([], [f"indicators.thresholds.{given}"])
    assert said in str(refused.value)
