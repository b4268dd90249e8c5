"""Figures of value: RFV, F&V quadrants, Pareto and ABC classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Row

from jobs.report.charts import stacked_bars
from jobs.report.drawing import ACCENT, SKY, Points
from jobs.report.fields import heat_map, pareto, quadrants
from jobs.report.figures import Subject
from jobs.report.parts import Figure, Section, Table, figure, how_to_read, nothing, section, table

_QUADRANTS = {"best": (1, 1), "spenders": (0, 1), "frequent": (1, 0), "occasional": (0, 0)}
"""Whether frequency and ticket are above the network's means."""

_ABC_COLOURS = {"A": ACCENT, "B": SKY, "C": "#a9b2b9"}

_ABC_SHARES = {"customers": "customers", "value": "positive_value"}
"""What has shares by class, and the column that is shared: classes go by value above zero."""


def value(subject: Subject) -> Section:
    """Which customers hold the value."""
    figures = (_quadrants(subject), _matrix(subject), _pareto(subject), _classes(subject))
    return section(subject, "value", figures)


def _quadrants(subject: Subject) -> Figure:
    words = subject.words
    found = {code: subject.now(code) for code in _QUADRANTS}
    rows = {code: row for code, row in found.items() if row is not None and row.value is not None}
    if len(rows) < len(_QUADRANTS):
        return nothing(subject, "quadrants")
    names = {code: subject.indicator_name(code) for code in rows}
    points = [
        {
            "x": _QUADRANTS[code][0],
            "y": _QUADRANTS[code][1],
            "name": names[code],
            "value": float(row.value),
            "share": words.share(row.value),
            "label": words.counted("customers", row.numerator),
        }
        for code, row in rows.items()
    ]
    listed = "; ".join(f"{point['name']} {point['share']}" for point in points)
    cells = [[str(point[name]) for name in ("name", "label", "share")] for point in points]
    spec = quadrants(points, (words.say("axes.frequency"), words.say("axes.fv_value")))
    sentence = words.say("figures.quadrants.sentence", listed=listed)
    return figure(subject, "quadrants", sentence, spec, table(subject, "quadrants", "head", cells))


def _matrix(subject: Subject) -> Figure:
    """Customers by R and F band. Customers only: a cell may be one of them, whose value is hers."""
    words, rows = subject.words, subject.rows("rfv_matrix")
    if not rows:
        return nothing(subject, "matrix")
    bands = subject.figures.bands
    customers = sum(row.customers for row in rows)
    half = bands // 2
    best = sum(row.customers for row in rows if min(row.recency_band, row.frequency_band) > half)
    away = sum(row.customers for row in rows if row.recency_band <= half < row.frequency_band)
    sentence = words.say(
        "figures.matrix.sentence",
        customers=words.counted("customers", customers),
        bands=bands,
        above=half + 1,
        best=words.share(best / customers),
        away=words.share(away / customers),
    )
    titles = words.say("axes.f_band"), words.say("axes.r_band")
    # A cell or two hold far more than the others: by the square root these can be told apart too.
    every = list(range(1, bands + 1))
    spec = heat_map(_cells(subject, rows), every, every[::-1], titles, scale="sqrt")
    return figure(
        subject,
        "matrix",
        sentence,
        spec,
        _matrix_table(subject, rows, bands),
        about=how_to_read(subject, "matrix", bands=bands),
    )


def _cells(subject: Subject, rows: Sequence[Row]) -> Points:
    words = subject.words
    return [
        {
            "x": row.frequency_band,
            "y": row.recency_band,
            "value": row.customers,
            "label": words.say(
                "figures.matrix.cell",
                r=row.recency_band,
                f=row.frequency_band,
                customers=words.counted("customers", row.customers),
            ),
        }
        for row in rows
    ]


def _matrix_table(subject: Subject, rows: Sequence[Row], bands: int) -> Table:
    words = subject.words
    cells = {(row.recency_band, row.frequency_band): words.count(row.customers) for row in rows}
    every = range(1, bands + 1)
    written = [
        [f"R {recency}", *(cells.get((recency, frequency), "") for frequency in every)]
        for recency in reversed(every)
    ]
    head = [words.say("axes.r_and_f"), *(f"F {frequency}" for frequency in every)]
    return Table(words.say("figures.matrix.title"), head, written)


def _pareto(subject: Subject) -> Figure:
    words = subject.words
    summary = next(iter(subject.rows("pareto_summary")), None)
    curve = sorted(subject.rows("pareto_curve"), key=lambda row: row.percent)
    if summary is None or not curve:
        return nothing(subject, "pareto")
    is_spread = summary.gini is not None
    told = {
        "best": words.whole_share(subject.figures.top_share),
        "most": words.whole_share(subject.figures.value_share),
        "top": words.share(summary.top_20_value_share),
        "fewest": words.counted("customers", summary.customers_for_80) if is_spread else "–",
        "fewest_share": words.share(summary.customers_for_80_share),
        "gini": words.number(summary.gini, 3) if is_spread else "–",
        "customers": words.counted("customers", summary.customers),
        "value": words.money(summary.value),
    }
    cells = [[words.say(f"pareto.{name}", **told), told[name]] for name in words.text("pareto")]
    steps = [
        [words.share(row.customer_share), words.count(row.customers), words.share(row.value_share)]
        for row in curve
        if row.percent % 5 == 0 or row.percent == 1
    ]
    titles = words.say("axes.share_of_customers"), words.say("axes.share_of_value")
    return figure(
        subject,
        "pareto",
        words.say(f"figures.pareto.{'sentence' if is_spread else 'nothing_to_spread'}", **told),
        pareto(_curve(subject, curve), titles) if is_spread else None,
        table(subject, "pareto", "head", cells),
        table(subject, "pareto", "head_of_curve", steps),
    )


def _curve(subject: Subject, rows: Sequence[Row]) -> Points:
    """The points of the curve, from nobody and nothing on."""
    words, marked = subject.words, round(subject.figures.top_share * 100)
    points = [
        {
            "customers": row.customer_share,
            "value": row.value_share,
            "label": words.say(
                "figures.pareto.cell",
                customers=words.share(row.customer_share),
                value=words.share(row.value_share),
            ),
            "is_marked": row.percent == marked,
        }
        for row in rows
    ]
    return [{"customers": 0, "value": 0, "label": "", "is_marked": False}, *points]


def _classes(subject: Subject) -> Figure:
    words = subject.words
    rows = {row.abc_class: row for row in subject.rows("abc_classes")}
    if not rows:
        return nothing(subject, "classes")
    sums = {what: sum(row[of] for row in rows.values()) for what, of in _ABC_SHARES.items()}
    shares = {
        (name, what): row[of] / total if (total := sums[what]) > 0 else None
        for name, row in sorted(rows.items())
        for what, of in _ABC_SHARES.items()
    }
    cells = [
        [
            name,
            words.count(row.customers),
            words.share(shares[name, "customers"]),
            words.money(row.value),
            words.share(shares[name, "value"]),
        ]
        for name, row in sorted(rows.items())
    ]
    listed = "; ".join(
        words.say("figures.classes.each", name=cell[0], customers=cell[2], value=cell[4])
        for cell in cells
    )
    return figure(
        subject,
        "classes",
        words.say("figures.classes.sentence", listed=listed),
        stacked_bars(_class_points(subject, shares), _ABC_COLOURS, is_share=True),
        table(subject, "classes", "head", cells),
    )


def _class_points(subject: Subject, shares: Mapping[tuple[str, str], Any]) -> Points:
    return [
        {
            "name": subject.words.say(f"axes.{what}"),
            "series": name,
            "order": list(_ABC_COLOURS).index(name),
            "value": float(share or 0),
            "label": subject.words.share(share),
        }
        for (name, what), share in shares.items()
    ]
