"""Chance without state: every draw is a hash of the seed, what is drawn, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from pyspark.sql import Column
from pyspark.sql import functions as F

WHOLE = 10_000
"""Shares are given in ten-thousandths."""


@dataclass(frozen=True)
class Draws:
    """What chance decides in a chain with a given seed.

    A draw has a name (``tag``), so that two decisions about the same ticket do not depend on each
    other, and ids that say about whom it decides. The same name and ids always draw the same.
    """

    seed: int

    def below(self, limit: int | Column, tag: str, *ids: Column) -> Column:
        """A whole number from 0 to ``limit`` − 1, each as likely; bigint, null where an id is."""
        known = F.xxhash64(F.lit(self._salt(tag)), *ids)
        return F.pmod(known, F.lit(limit) if isinstance(limit, int) else limit)

    def chance(self, share: int | Column, tag: str, *ids: Column) -> Column:
        """Whether something happens that happens to ``share`` of 10,000."""
        return self.below(WHOLE, tag, *ids) < share

    def one_of(self, texts: Sequence[str], tag: str, *ids: Column) -> Column:
        """One of the texts, each as likely; one given twice is twice as likely."""
        return F.get(text_table(texts), self.below(len(texts), tag, *ids))

    def number(self, limit: int, tag: str, *ids: int) -> int:
        """A whole number from 0 to ``limit`` − 1, drawn in this process and not in Spark."""
        return int.from_bytes(_digest(self.seed, tag, *ids), "big") % limit

    def _salt(self, tag: str) -> int:
        return int.from_bytes(_digest(self.seed, tag), "big", signed=True)


def table(numbers: Sequence[int]) -> Column:
    """Whole numbers to look up with ``F.get``, as ``array<bigint>``.

    Spark folds the text into one constant; a literal for each element would make a large plan.
    """
    return F.split(F.lit(";".join(map(str, numbers))), ";").cast("array<bigint>")


def text_table(texts: Sequence[str]) -> Column:
    """Texts to look up with ``F.get``; none holds a semicolon."""
    return F.split(F.lit(";".join(texts)), ";")


def weighted(weights: Sequence[int]) -> list[int]:
    """Each index as often as its weight says: drawn from evenly, they come by weight."""
    return [index for index, weight in enumerate(weights) for _ in range(weight)]


def divided(dividend: Column, divisor: int | Column) -> Column:
    """Whole-number division; both are zero or more, and the divisor is not zero."""
    by = F.lit(divisor) if isinstance(divisor, int) else divisor
    return F.call_function("div", dividend, by)


def parts(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number cut by weights into whole numbers that add up to it."""
    cuts, sum_so_far = [0], 0
    for weight in weights:
        sum_so_far += weight
        cuts.append(total * sum_so_far // sum(weights))
    return [after - before for before, after in pairwise(cuts)]


def _digest(seed: int, tag: str, *ids: int) -> bytes:
    said = ":".join((str(seed), tag, *(str(each) for each in ids)))
    return blake2b(said.encode(), digest_size=8).digest()
