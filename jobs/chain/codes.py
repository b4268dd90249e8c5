"""CPFs of made-up people, and the ways in which tills and clerks write them.

The nine digits before the check digits begin with 00 and are spread by the seed. That marks them,
and proves nothing: a CPF has no range set apart for examples (docs/generator.md).
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.chain.randomness import Draws, divided, table

_PRIME = 9_999_991
"""The largest prime under ten million: multiplying modulo a prime gives no number twice."""

GENERIC_CODES = (
    "CONSUMIDOR",
    "CONSUMIDOR",
    "Consumidor Final",
    "00000000000",
    "000.000.000-00",
    "PADRÃO",
    "padrao",
    "0",
    "CLIENTE LOJA",
    "99999999999",
)
"""What tills record for nobody; the last two stand in the mapping, the others in conf/base.yaml."""


def cpf(draws: Draws, person: Column) -> Column:
    """The CPF of a person: eleven digits, the first two zero, with right check digits.

    Args:
        draws: The chain's draws.
        person: The person's number, under ten million; no two share a CPF.
    """
    body = spread(draws, person, "cpf")
    digits = [F.lit(0), F.lit(0), *(divided(body, 10**place) % 10 for place in range(6, -1, -1))]
    first = _check_digit(digits)
    second = _check_digit([*digits, first])
    return F.lpad((body * 100 + first * 10 + second).cast("string"), 11, "0")


def spread(draws: Draws, person: Column, tag: str) -> Column:
    """A number from 1 to 9,999,991 that no other person has, in no visible order."""
    factor = 1 + draws.number(_PRIME - 1, f"{tag} factor")
    shift = draws.number(_PRIME, f"{tag} shift")
    return F.pmod(person * factor + shift, F.lit(_PRIME)) + 1


def punctuated(code: Column) -> Column:
    """``001.234.567-89``."""
    groups = (F.substring(code, start, 3) for start in (1, 4, 7))
    return F.concat(F.concat_ws(".", *groups), F.lit("-"), F.substring(code, 10, 2))


def without_zeros(code: Column) -> Column:
    """As a spreadsheet leaves it: ``123456789``."""
    return F.regexp_replace(code, "^0+", "")


def mistyped(draws: Draws, code: Column, tag: str, occasion: Column) -> Column:
    """A CPF with one digit after the zeros wrong, and so with wrong check digits, always.

    Args:
        draws: The chain's draws.
        code: Eleven digits, rightly checked.
        tag: What the draw is called.
        occasion: Who mistyped it, and when: the same occasion mistypes the same.
    """
    slip = draws.below(len(_SLIPS), tag, occasion)
    place, step = (F.get(table(each), slip).cast("int") for each in zip(*_SLIPS, strict=True))
    another = (F.substr(code, place, F.lit(1)).cast("int") + step) % 10
    return F.overlay(code, another.cast("string"), place)


def _slips() -> list[tuple[int, int]]:
    """Places, and what is added there modulo 10, that never leave the check digits right.

    One wrong digit may go unnoticed by a check digit, since that is 0 for two remainders of its
    sum, 0 and 1. So a step that could change the first sum by 1 modulo 11 is left out: modulo 10 it
    adds ``step`` or takes away ``10 - step``, which modulo 11 is adding ``step + 1``.
    """
    found = [(place, step) for place in (10, 11) for step in range(1, 10)]
    for place in range(3, 10):
        weight = 11 - place
        found += [
            (place, step)
            for step in range(1, 10)
            if not {weight * step % 11, weight * (step + 1) % 11} & {1, 10}
        ]
    return found


_SLIPS = _slips()


def _check_digit(digits: list[Column]) -> Column:
    """What follows the digits: 11 less their weighted sum modulo 11, or zero for 10 and 11."""
    total = F.lit(0)
    for weight, digit in zip(range(len(digits) + 1, 1, -1), digits, strict=True):
        total = total + digit * weight
    return F.pmod(F.lit(11) - total % 11, F.lit(11)) % 10
