"""Charts of estimates with their intervals."""

from __future__ import annotations

from jobs.report.drawing import ACCENT, GREY, Points, Spec, chart, figures, names, on_lines, tooltip

_ZERO: Spec = {"mark": {"type": "rule", "color": GREY, "strokeDash": [4, 3]}}


def interval_over_days(points: Points) -> Spec:
    """A line in its band; points: day, value, low and high (null where none), label."""
    axis = {
        "title": None,
        "labelAngle": 0,
        "labelOverlap": "greedy",
        "grid": False,
        "labelExpr": "slice(datum.label, 0, -5)",  # without the year, for which there is no room
    }
    days = {
        "field": "day",
        "type": "ordinal",
        "sort": [point["day"] for point in points],
        "axis": axis,
        "scale": {"type": "point", "padding": 0.2},
    }
    value = {"field": "value", "type": "quantitative", "axis": figures()}
    band = {"y": {**value, "field": "low"}, "y2": {"field": "high"}}
    return chart(
        points,
        260,
        encoding={"x": days, "tooltip": tooltip("day", "label")},
        layer=[
            *_if_told(
                points,
                {"mark": {"type": "area", "color": ACCENT, "opacity": 0.18}, "encoding": band},
            ),
            _ZERO | {"encoding": {"y": {"datum": 0}, "x": None, "tooltip": None}},
            {
                "mark": {"type": "line", "color": ACCENT, "point": {"size": 28}},
                "encoding": {"y": value},
            },
        ],
    )


def intervals_by_name(points: Points) -> Spec:
    """Points with their intervals, one below the other: name, value, low, high (null), label."""
    points = on_lines(points)
    value = {"field": "value", "type": "quantitative", "axis": figures()}
    ends = {"x": {**value, "field": "low"}, "x2": {"field": "high"}}
    return chart(
        points,
        max(80, 40 + 26 * len(points)),
        encoding={"y": names(points), "tooltip": tooltip("name", "label")},
        layer=[
            _ZERO | {"encoding": {"x": {"datum": 0}, "y": None, "tooltip": None}},
            *_if_told(
                points,
                {"mark": {"type": "rule", "color": ACCENT, "strokeWidth": 2}, "encoding": ends},
            ),
            {
                "mark": {"type": "point", "filled": True, "size": 55, "color": ACCENT},
                "encoding": {"x": value},
            },
        ],
    )


def _if_told(points: Points, layer: Spec) -> list[Spec]:
    """A layer of intervals, if there is any: Vega warns of a field that holds nothing."""
    return [layer] if any(point["low"] is not None for point in points) else []
