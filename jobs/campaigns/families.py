"""Several actions judged together: the more there are, the more look good by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from scipy.stats import false_discovery_control

Method = Literal["holm", "benjamini_hochberg"]


@dataclass(frozen=True)
class Family:
    """Actions judged together.

    Attributes:
        name: What they have in common, e.g. the campaign or the month.
        method: ``holm`` bounds the probability that any is called an effect wrongly;
            ``benjamini_hochberg`` the share of wrong ones among those that are.
        tests: How many of them have a p-value.
        p_values: The corrected p-value of each action; None where it has none.
    """

    name: str
    method: Method
    tests: int
    p_values: Mapping[str, float | None]


def corrected(name: str, method: Method, p_values: Mapping[str, float | None]) -> Family:
    """Correct the p-values of a family.

    Args:
        name: What to call the family.
        method: How to correct.
        p_values: That of each action; one without is no test, and does not count.

    Source: Holm 1979; Benjamini and Hochberg 1995.
    """
    given = {code: p for code, p in p_values.items() if p is not None}
    by_size = sorted(given, key=lambda code: (given[code], code))
    in_order = [given[code] for code in by_size]
    if method == "holm":
        raised = [min(1.0, p * (len(given) - place)) for place, p in enumerate(in_order)]
        found = list(accumulate(raised, max))
    else:
        found = [float(p) for p in false_discovery_control(in_order, method="bh")] if given else []
    by_code = dict(zip(by_size, found, strict=True))
    return Family(name, method, len(given), {code: by_code.get(code) for code in p_values})
