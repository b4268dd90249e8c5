"""Charts of places: heat maps, quadrants and the Pareto curve, as Vega-Lite specifications."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.report.drawing import ACCENT, BLUES, GREY, INK, WARM, Points, Spec, chart, tooltip


def heat_map(
    points: Points,
    columns: Sequence[int],
    rows: Sequence[int | str],
    titles: tuple[str, str],
    scale: str = "linear",
) -> Spec:
    """Cells, darker the more; points: x (of columns), y (of rows, from the top), value, label."""
    axis = {"labelAngle": 0, "labelOverlap": "greedy", "ticks": False, "domain": False}
    return chart(
        points,
        max(80, min(320, 24 * len(rows))),
        mark={"type": "rect", "stroke": "#ffffff", "strokeWidth": 1},
        encoding={
            "x": _cells("x", columns, axis | {"title": titles[0]}),
            "y": _cells("y", rows, axis | {"title": titles[1]}),
            "color": {
                "field": "value",
                "type": "quantitative",
                "scale": {"type": scale, "range": BLUES, "interpolate": "lab", "domainMin": 0},
                "legend": None,
            },
            "tooltip": tooltip("label"),
        },
    )


def _cells(field: str, order: Sequence[int | str], axis: Spec) -> Spec:
    return {"field": field, "type": "ordinal", "scale": {"domain": order}, "axis": axis}


def pareto(points: Points, titles: tuple[str, str]) -> Spec:
    """The curve above the diagonal of equal shares; points: customers, value, label, is_marked."""
    scale = {"domain": [0, 1]}
    axis = {"format": ".0%", "tickCount": 5}
    diagonal = [{"customers": each, "value": each} for each in (0, 1)]
    pointed = {"tooltip": tooltip("label")}
    marked = {"transform": [{"filter": "datum.is_marked"}]}
    return chart(
        points,
        300,
        encoding={
            name: {
                "field": field,
                "type": "quantitative",
                "scale": scale,
                "axis": axis | {"title": title},
            }
            for name, field, title in zip("xy", ("customers", "value"), titles, strict=True)
        },
        layer=[
            {
                "data": {"values": diagonal},
                "mark": {"type": "line", "strokeDash": [4, 4], "color": GREY},
            },
            {"mark": {"type": "area", "color": ACCENT, "opacity": 0.08}},
            {"mark": {"type": "line", "color": ACCENT, "strokeWidth": 2.5}},
            # Nobody sees these, but they carry the tooltips.
            {"mark": {"type": "point", "filled": True, "opacity": 0}, "encoding": pointed},
            {**marked, "mark": {"type": "point", "filled": True, "color": WARM, "size": 80}},
            {
                **marked,
                "mark": {"type": "text", "align": "left", "dx": 8, "dy": 12},
                "encoding": {"text": {"field": "label"}},
            },
        ],
    )


def quadrants(points: Points, titles: tuple[str, str]) -> Spec:
    """Four fields; points: x and y (1 if above, else 0), name, value, share and label as texts."""
    axis = {"labels": False, "ticks": False, "domain": False}
    # No darker, so that the dark text on it can be read.
    colours = {"domain": [0, 1], "range": ["#eef5f9", "#6db3d9"]}
    value = {"field": "value", "type": "quantitative", "scale": colours, "legend": None}
    return chart(
        points,
        240,
        encoding={
            "x": _half("x", [0, 1], axis | {"title": titles[0]}),
            "y": _half("y", [1, 0], axis | {"title": titles[1]}),
            "tooltip": tooltip("name", "label"),
        },
        layer=[
            {"mark": {"type": "rect", "cornerRadius": 4}, "encoding": {"color": value}},
            _text("name", 13, -16, "bold"),
            _text("share", 18, 5),
            _text("label", 11, 25),
        ],
    )


def _half(field: str, order: Sequence[int], axis: Spec) -> Spec:
    return _cells(field, order, axis) | {"scale": {"domain": order, "padding": 0.03}}


def _text(field: str, size: int, down: int, weight: str = "normal") -> Spec:
    mark = {"type": "text", "color": INK, "fontSize": size, "fontWeight": weight, "dy": down}
    return {"mark": mark, "encoding": {"text": {"field": field}}}
