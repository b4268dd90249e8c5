"""Strata in which there is somebody to compare."""

from __future__ import annotations

from jobs.campaigns.sums import Groups, Strata

FEWEST = 2
"""The fewest customers of a group that have a variance."""


def comparable(strata: Strata) -> list[Groups]:
    """The strata, those with fewer than two customers in a group laid together.

    Since all strata hold back the same share, customers of several may be compared as of one. Who
    is laid together is decided by numbers of customers alone, never by what they bought. If even
    the small ones together have too few, the stratum with the smallest control joins them (of
    equals, the one with the smaller list, then by name), and so on; what is left at the end may be
    one stratum with too few.

    Args:
        strata: The groups of each stratum.

    Returns:
        At least one stratum, unless none was given; strata of nobody are left out.
    """
    whole = {name: each for name, each in strata.items() if not _is_small(each)}
    small = [each for name, each in sorted(strata.items()) if name not in whole and _has(each)]
    by_size = sorted(whole, key=lambda name: (*_sizes(whole[name]), name))
    rest: Groups | None = None
    for each in small:
        rest = each if rest is None else rest + each
    while rest is not None and _is_small(rest) and by_size:
        rest += whole.pop(by_size.pop(0))
    return [whole[name] for name in sorted(whole)] + ([rest] if rest else [])


def _sizes(groups: Groups) -> tuple[int, int]:
    return groups.control.customers, groups.listed.customers


def _is_small(groups: Groups) -> bool:
    return min(_sizes(groups)) < FEWEST


def _has(groups: Groups) -> bool:
    return max(_sizes(groups)) > 0
