"""Erasures, merges and rotations that are killed: readers see before or after, the next ends it.

A copy of the lakehouse right after a commit is what a process that is killed there would leave.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import daily
from jobs.customer_key import KEY_VARIABLE
from jobs.failpoints import CommitCounter
from jobs.registry import duplicates, erasing, rotating
from jobs.registry.erasing import Asked
from jobs.registry.whom import Whom
from schemas import TABLES
from schemas.contract import CUSTOMER_IDS
from schemas.duplicates import State
from tests import lakehouses
from tests.lakehouses import everything
from tests.test_privacy import ANA, DAYS, RUI, Chain, files_of, settings_of, told_apart

pytestmark = pytest.mark.slow

LONG_AGO = datetime(2000, 1, 1)
NEVER = 10**9


class Photographs(CommitCounter):
    """Copies a lakehouse after every so many of its commits, the first always among them."""

    def __init__(self, place: Path, every: int, series: int) -> None:
        super().__init__()
        self._place, self._every, self._series = place, every, series
        self.taken: list[Path] = []

    def committed(self, table: str, version: int) -> None:
        super().committed(table, version)
        # What publishes is the end, and not a point in the middle.
        if (len(self.commits) - 1) % self._every == 0 and table != "runs":
            number = f"{self._series}_{len(self.commits)}"
            place = self._place.with_name(f"{self._place.name}_{number}")
            shutil.copytree(self._place, place)
            for file in self._place.parent.glob(f"{self._place.name}.*key"):
                ending = file.name.removeprefix(self._place.name)
                shutil.copy2(file, f"{place}{ending}")
            self.taken.append(place)


@pytest.fixture
def photograph(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, int], list[Path]]:
    """Lets the next runs be photographed; returns what fills with the copies."""
    made: list[Photographs] = []
    monkeypatch.setattr("jobs.publication.CommitCounter", lambda: made[-1])

    def start(place: Path, every: int) -> list[Path]:
        made.append(Photographs(place, every, len(made)))
        return made[-1].taken

    return start


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Twenty days of sales, computed on two of them."""
    folder = tmp_path_factory.mktemp("people")
    files_of(folder / "with", with_her=True)
    session = lakehouses.small_session(spark)
    chain = Chain(session, folder, settings_of(folder / "lakehouse"), lakehouses.mapping(folder))
    days = [DAYS[9], DAYS[-1]]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(daily, "PARTS", ("accounts", "life_cycle"))
        patched.delenv(KEY_VARIABLE, raising=False)
        lakehouses.deliver(session, chain.settings, chain.source, folder / "with", dates=days)
        yield chain


@pytest.fixture
def chain(made: Chain, tmp_path: Path) -> Chain:
    """A copy for each test."""
    place = shutil.copytree(made.place, tmp_path / "lakehouse")
    for file in made.place.parent.glob(f"{made.place.name}.*key"):
        shutil.copy2(file, tmp_path / file.name)
    return made.at(place)


def compute(chain: Chain, *, full: bool = False) -> None:
    with lakehouses.started(chain.spark, chain.settings) as run:
        daily.compute(run, chain.settings, [DAYS[-1]], full=full)


def test_an_erasure(chain: Chain, photograph: Callable[[Path, int], list[Path]]) -> None:
    before = told_apart(chain)
    asked = Asked([Whom(cpf=ANA)], "dpo")
    killed = chain.copy("killed")
    taken = photograph(killed.place, 5)
    erasing.erase(killed.settings, asked, None)
    after = told_apart(killed)
    assert after != before
    assert len(taken) > 2
    for place in taken:
        assert told_apart(chain.at(place)) == before, place.name
    left = chain.at(taken[-1])
    photograph(left.place, NEVER)
    lakehouses.end_lease(left.place, LONG_AGO)
    erasing.erase(left.settings, asked, None)
    assert told_apart(left) == after


def test_a_merge(chain: Chain, photograph: Callable[[Path, int], list[Path]]) -> None:
    """The decision and the night that carries it out, each killed."""
    before = undecided(chain)
    codes = {row[1]: row[0] for row in everything(chain.place)["customer_codes"]}
    pair = (codes[ANA], codes[RUI])

    def decide(at: Chain) -> None:
        duplicates.decide(at.settings, [pair], State.MERGED, "desk", "one person")

    merged = chain.copy("merged")
    decided = photograph(merged.place, 1)
    decide(merged)
    assert [undecided(chain.at(each)) for each in decided] == [before]
    computed = photograph(merged.place, 3)
    compute(merged)
    after = undecided(merged)
    assert {row[1] for row in after["accounts"]} < {row[1] for row in before["accounts"]}
    assert len(computed) > 2
    for place in computed:
        assert undecided(chain.at(place)) == before, place.name
    for place in (decided[0], computed[-1]):
        left = chain.at(place)
        photograph(left.place, NEVER)
        lakehouses.end_lease(left.place, LONG_AGO)
        if place in decided:
            decide(left)
        compute(left)
        assert undecided(left) == after, place.name


def undecided(chain: Chain) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but that of pairs, which tells the time of a decision."""
    return {name: rows for name, rows in told_apart(chain).items() if name != "duplicates"}


def test_a_rotation(chain: Chain, photograph: Callable[[Path, int], list[Path]]) -> None:
    before = everything(chain.place)
    codes = {row[1]: row[0] for row in before["customer_codes"]}
    rotated = chain.copy("rotated")
    taken = photograph(rotated.place, 5)
    rotating.rotate(rotated.settings)
    after = everything(rotated.place)
    new = {row[1]: row[0] for row in after["customer_codes"]}
    assert new.keys() == codes.keys()
    assert not set(new.values()) & set(codes.values())
    assert not Path(f"{rotated.place}.new.key").exists()
    to_new = {codes[code]: new[code] for code in codes}
    for name in ("sales", "purchases", "accounts", "life_cycle", "persons"):
        assert before[name], name
        places = [at for at, each in enumerate(TABLES[name].column_names) if each in CUSTOMER_IDS]
        renamed = [
            tuple(to_new.get(each, each) if at in places else each for at, each in enumerate(row))
            for row in before[name]
        ]
        assert sorted(renamed, key=repr) == after[name], name
    assert len(taken) > 2
    for place in taken:
        assert everything(place) == before, place.name
    left = chain.at(taken[-1])
    photograph(left.place, NEVER)
    lakehouses.end_lease(left.place, LONG_AGO)
    rotating.rotate(left.settings)
    assert everything(left.place) == after
    # Whoever goes on with the new key gets what the rotation made.
    photograph(rotated.place, NEVER)
    compute(rotated, full=True)
    assert everything(rotated.place) == after
