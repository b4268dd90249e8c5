"""Spark's rows of sums, laid together by what they are of."""

from __future__ import annotations

from pyspark.sql import Row

from jobs.campaigns.sums import by_place, read_sums


def test_rows_of_a_place_are_its_groups_and_strata() -> None:
    nothing = {"before": 0, "before_squares": 0, "cross_value": 0}
    sold = Row(
        *(
            Row(
                code=code,
                stratum="",
                list_group=group,
                customers=2,
                total_value=units,
                squares_value=units**2,
                **nothing,
            )
            for code, group, units in (("b", "list", 1), ("a", "control", 2), ("a", "list", 30_000))
        )
    )
    made = by_place(sold, "code")
    assert list(made) == [("a",), ("b",)]
    groups = read_sums(made["a",])["value"][""]
    assert groups.listed.total == 3
    assert groups.control.customers == 2
    assert by_place([], "code") == {}
