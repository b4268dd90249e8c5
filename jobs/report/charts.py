"""Charts of bars and lines, as Vega-Lite specifications made of points that are ready to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.report.drawing import (
    ACCENT,
    DASHES,
    GREY,
    SERIES_COLOURS,
    WARM,
    Points,
    Spec,
    chart,
    figures,
    in_order,
    legend,
    months,
    names,
    on_lines,
    tooltip,
)


def stacked_months(points: Points, colours: Mapping[str, str], title: str) -> Spec:
    """Bars by month of what adds up; points: month, series, order, value, label."""
    return chart(
        points,
        300,
        usermeta=legend(colours),
        mark={"type": "bar"},
        encoding={
            "x": months(points) | {"scale": {"paddingInner": 0.15}},
            "y": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "axis": figures(title),
            },
            "color": in_order(colours),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": tooltip("month", "series", "label"),
        },
    )


def lines(points: Points, series: Sequence[str], form: str = ".0%") -> Spec:
    """Lines by month; points: month, series, value (null where none), label."""
    colours = dict(zip(series, SERIES_COLOURS, strict=False))
    dashes = DASHES[: len(colours)]
    return chart(
        points,
        260,
        usermeta=legend(colours, dashes),
        mark={"type": "line", "point": {"size": 28}, "strokeWidth": 2},
        encoding={
            "x": months(points),
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": False, "nice": True},
                "axis": figures(form=form),
            },
            "color": in_order(colours),
            "strokeDash": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": list(colours), "range": dashes},
                "legend": None,
            },
            "tooltip": tooltip("month", "series", "label"),
        },
    )


def bars(points: Points) -> Spec:
    """Bars one below the other, in the order of the points: name, value, label."""
    points, end = on_lines(points), {"align": "left", "dx": 5}
    return chart(
        points,
        max(60, 26 * len(points)),
        encoding={
            "y": names(points),
            "x": {
                "field": "value",
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": [0, _room(points)]},
            },
            "tooltip": tooltip("name", "label"),
        },
        layer=[
            {"mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.7}}},
            {"mark": {"type": "text", **end}, "encoding": {"text": {"field": "label"}}},
        ],
    )


def stacked_bars(points: Points, colours: Mapping[str, str], *, is_share: bool) -> Spec:
    """The same of what adds up; points: name, series, order, value, label."""
    points = on_lines(points)
    return chart(
        points,
        60 + 26 * len({point["name"] for point in points}),
        usermeta=legend(colours),
        mark={"type": "bar", "height": {"band": 0.7}},
        encoding={
            "y": names(points),
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "normalize" if is_share else "zero",
                "axis": figures(form=".0%" if is_share else ",.2~f"),
            },
            "color": in_order(colours),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": tooltip("name", "series", "label"),
        },
    )


def waterfall(points: Points) -> Spec:
    """From one total to another by what changed; points: name, start, end, kind, label, at."""
    points = on_lines(points)
    colours = {"total": GREY, "up": ACCENT, "down": WARM}
    kinds = {"domain": list(colours), "range": list(colours.values())}
    lowest = min(min(point["start"], point["end"], 0) for point in points)
    widest = max(max(point["start"], point["end"]) for point in points) - lowest
    # Room for the labels behind the bars.
    along = {"domain": [lowest, lowest + (1.5 * widest or 1)]}
    bar = {
        "x": {"field": "start", "type": "quantitative", "axis": None, "scale": along},
        "x2": {"field": "end"},
        "color": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None},
    }
    label = {"x": {"field": "at", "type": "quantitative"}, "text": {"field": "label"}}
    return chart(
        points,
        32 * len(points),
        encoding={"y": names(points), "tooltip": tooltip("name", "label")},
        layer=[
            {"mark": {"type": "bar", "height": {"band": 0.66}}, "encoding": bar},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": label},
        ],
    )


def _room(points: Points) -> float:
    """Where an axis ends that leaves room for labels behind the bars."""
    return max((point["value"] for point in points), default=0) * 1.55 or 1
