"""The flow of customers from segment to segment, as bands between two columns of blocks.

Vega-Lite has no such chart: the edges are computed here and drawn as areas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobs.report.drawing import HALO, Points, Spec

_STEPS = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)
_GAP = 17
"""Pixels between blocks, so that their labels have room."""

_FLOW = 260
"""Pixels that all customers together are high."""

_WIDTH = 0.012
"""The width of a block, where that of the chart is 1."""


@dataclass(frozen=True)
class Link:
    """Customers who went from one block to another.

    Attributes:
        source: The block on the left.
        target: The block on the right.
        customers: How many; above 0.
        label: What a tooltip says.
    """

    source: str
    target: str
    customers: int
    label: str


@dataclass(frozen=True)
class Block:
    """A block of one column.

    Attributes:
        name: What its label says.
        colour: As CSS writes it.
        customers: How many are in it.
        top: Pixels from the top of the chart.
        bottom: Likewise.
    """

    name: str
    colour: str
    customers: int
    top: float
    bottom: float


def flow(
    links: Sequence[Link],
    left: Mapping[str, str],
    right: Mapping[str, str],
    written: Callable[[int], str],
) -> Spec:
    """The chart of a flow.

    Args:
        links: At least one.
        left: The colours of the blocks on the left by their names, from the top.
        right: Those on the right.
        written: How the language writes a number of customers.
    """
    total = sum(link.customers for link in links)
    sources = _column(left, _sums((link.source, link.customers) for link in links), total)
    targets = _column(right, _sums((link.target, link.customers) for link in links), total)
    height = max(column[-1].bottom for column in (sources, targets)) + _GAP / 2
    down = {"domain": [height, 0], "nice": False, "zero": False}
    return {
        "width": "container",
        "height": round(height),
        "autosize": {"type": "fit", "contains": "padding"},
        "encoding": {
            "x": _position("x", {"domain": [0, 1], "nice": False}),
            "y": _position("y", down),
        },
        "layer": [
            _bands(_edges(links, sources, targets, total), left),
            _blocks(sources, written, 0.0, "left"),
            _blocks(targets, written, 1 - _WIDTH, "right"),
        ],
    }


def _sums(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, customers in counts:
        sums[name] = sums.get(name, 0) + customers
    return sums


def _column(colours: Mapping[str, str], customers: Mapping[str, int], total: int) -> list[Block]:
    """The blocks that have customers, from the top."""
    blocks, top = [], _GAP / 2
    for name, colour in colours.items():
        if name in customers:
            bottom = top + _FLOW * customers[name] / total
            blocks.append(Block(name, colour, customers[name], top, bottom))
            top = bottom + _GAP
    return blocks


def _edges(
    links: Sequence[Link], sources: Sequence[Block], targets: Sequence[Block], total: int
) -> Points:
    """The upper and lower edge of each band, at some steps from left to right."""
    from_at = {block.name: block.top for block in sources}
    to_at = {block.name: block.top for block in targets}
    lefts, rights = list(from_at), list(to_at)
    points = []
    in_order = sorted(links, key=lambda one: (lefts.index(one.source), rights.index(one.target)))
    for number, link in enumerate(in_order):
        start, end = from_at[link.source], to_at[link.target]
        thick = _FLOW * link.customers / total
        from_at[link.source] += thick
        to_at[link.target] += thick
        for step in _STEPS:
            top = start + (end - start) * step * step * (3 - 2 * step)
            points.append(
                {
                    "link": number,
                    "source": link.source,
                    "x": round(_WIDTH + step * (1 - 2 * _WIDTH), 4),
                    "y": round(top, 2),
                    "y2": round(top + thick, 2),
                    "label": link.label,
                }
            )
    return points


def _bands(points: Points, colours: Mapping[str, str]) -> Spec:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {
        "data": {"values": points},
        "mark": {"type": "area", "opacity": 0.42, "interpolate": "monotone"},
        "encoding": {
            "y2": {"field": "y2"},
            "detail": {"field": "link", "type": "nominal"},
            "color": {"field": "source", "type": "nominal", "scale": scale, "legend": None},
            "tooltip": [{"field": "label", "type": "nominal", "title": " "}],
        },
    }


def _blocks(
    blocks: Sequence[Block], written: Callable[[int], str], left: float, align: str
) -> Spec:
    """One column with its labels, which stand inside the chart."""
    points = [
        {
            "x": left,
            "x2": left + _WIDTH,
            "y": block.top,
            "y2": block.bottom,
            "middle": (block.top + block.bottom) / 2,
            "colour": block.colour,
            "text": f"{block.name} {written(block.customers)}",
        }
        for block in blocks
    ]
    label = {"type": "text", "align": align, "baseline": "middle", "fontSize": 11}
    text = {
        "x": {"datum": left + (2 * _WIDTH if align == "left" else -_WIDTH)},
        "y": {"field": "middle", "type": "quantitative"},
        "text": {"field": "text"},
    }
    return {
        "data": {"values": points},
        "layer": [
            {
                "mark": {"type": "rect"},
                "encoding": {
                    "x2": {"field": "x2"},
                    "y2": {"field": "y2"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
            {"mark": label | HALO, "encoding": text},
            {"mark": label, "encoding": text},
        ],
    }


def _position(field: str, scale: Spec) -> Spec:
    return {"field": field, "type": "quantitative", "axis": None, "scale": scale}
