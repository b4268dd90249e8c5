"""What all charts share: colours, style, axes. Charts are Vega-Lite specifications as dictionaries.

Points hold texts as people read them: ``label`` is what a tooltip shows. Widths follow the page.
The page itself writes the legend, from ``usermeta``, so that it wraps on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

Spec = dict[str, Any]
Points = Sequence[Mapping[str, Any]]

ACCENT, WARM, GREY = "#0b5c8a", "#c2571a", "#7c8790"
INK, _FAINT = "#1d2a33", "#d9dfe3"

AMBER, SKY = "#bf8214", "#3d95c6"

STAGE_COLOURS = {"active": ACCENT, "inactive": AMBER, "lost": GREY}
SEGMENT_COLOURS = {
    "new": "#7cc4e8",
    "in_loyalty_process": "#4ba3d3",
    "recovered": "#2a86ba",
    "reactivated": "#1a6f9f",
    "inactivation_risk": "#083f60",
    "normal_active": ACCENT,
    "recently_inactivated": "#ecc06a",
    "loss_risk": "#7a4f06",
    "normal_inactive": AMBER,
    "recently_lost": "#b4bcc2",
    "normal_lost": GREY,
}
"""Shades of one hue within a stage: blue, amber, grey, which the colour-blind tell apart too."""

SERIES_COLOURS = (ACCENT, WARM, "#5f6b73", SKY)
BLUES = ["#eef5f9", "#b9dcee", "#6db3d9", "#2a86ba", "#0b5c8a", "#06324d"]

HALO: Spec = {"stroke": "#ffffff", "strokeWidth": 3, "strokeOpacity": 0.85, "strokeJoin": "round"}
"""What keeps a text apart from what it stands on."""

CONFIG: Spec = {
    "font": "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#4a5761",
        "titleColor": "#4a5761",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": "#e8ecef",
        "domainColor": _FAINT,
        "tickColor": _FAINT,
        "labelLimit": 150,
        "labelPadding": 5,
        "labelSeparation": 8,
        "labelLineHeight": 12,
    },
    "text": {"color": INK, "fontSize": 11},
}
"""What all charts of a page share."""


_LINE = 22
"""How many letters of a name stand on one line."""

DASHES = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2))
"""Of lines, so that who sees no colours tells them apart."""


def chart(points: Points, height: int, **parts: object) -> Spec:
    """A chart as wide as its place, so many pixels high."""
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": points},
        **parts,
    }


def months(points: Points) -> Spec:
    """The axis of months, in the order of the points."""
    order = list(dict.fromkeys(point["month"] for point in points))
    axis = {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "grid": False}
    return {"field": "month", "type": "ordinal", "sort": order, "axis": axis}


def in_order(colours: Mapping[str, str]) -> Spec:
    """Colours by series, in the order in which they are given."""
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def legend(colours: Mapping[str, str], dashes: Iterable[Sequence[int]] = ()) -> Spec:
    """What the page's legend shows: of each series its name, colour and, for a line, dashes."""
    drawn = [" ".join(map(str, dash)) for dash in dashes] or [""] * len(colours)
    entries = zip(colours.items(), drawn, strict=True)
    return {
        "legend": [
            {"name": name, "colour": colour, "dash": dash} for (name, colour), dash in entries
        ]
    }


def names(points: Points) -> Spec:
    """The axis of names, from the top in the order of the points; long ones on two lines."""
    axis = {
        "title": None,
        "ticks": False,
        "domain": False,
        "labelExpr": "split(datum.label, '\\n')",
    }
    order = list(dict.fromkeys(point["name"] for point in points))
    return {"field": "name", "type": "nominal", "sort": order, "axis": axis}


def on_lines(points: Points) -> Points:
    """The points with names broken into lines, for ``names``."""
    return [{**point, "name": fill(str(point["name"]), _LINE)} for point in points]


def tooltip(*fields: str) -> list[Spec]:
    """Fields that a tooltip shows as they are."""
    return [{"field": field, "type": "nominal", "title": " "} for field in fields]


def figures(title: str | None = None, form: str = ",.2~f") -> Spec:
    """An axis of figures."""
    return {"title": title, "format": form, "tickCount": 5}
