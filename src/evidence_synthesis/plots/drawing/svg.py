"""A page as SVG: text stays text, so that it can be read, searched, copied and edited."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from evidence_synthesis.plots.drawing.canvas import Label, Page, drop
from evidence_synthesis.plots.drawing.metrics import ARIAL, HOUSE

_POINTS, _PIXELS = 72, 96  # to the inch; a picture of whole pixels keeps its shape where a page rounds its size
_FAMILIES = {
    HOUSE: "'DejaVu Sans', Verdana, sans-serif",  # Verdana, the model of this font, runs as wide where it is missing
    ARIAL: "Arial, Helvetica, 'Liberation Sans', sans-serif",
}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_DASHES = {"solid": (), "dashed": (3.7, 1.6), "dotted": (1.0, 1.65)}  # in widths of the line, as in the other formats


def _n(inches: float) -> str:
    """A length in points, to the hundredth."""
    return f"{inches * _POINTS:.2f}".rstrip("0").rstrip(".")


def _path(points: Sequence[tuple[float, float]], end: str = "") -> str:
    return '<path d="M' + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + f'{end}"/>'


def _group(attributes: str, elements: Iterable[str]) -> Iterator[str]:
    yield f"<g {attributes}>"
    yield from elements
    yield "</g>"


def _stroke(colour: str, width: float, style: str) -> str:
    dashes = " ".join(f"{part * width:g}" for part in _DASHES[style])
    return f'fill="none" stroke="{colour}" stroke-width="{width:g}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _marks(page: Page) -> Iterator[str]:
    """Boxes, regions, lines and shapes, from the back to the front."""
    for colour, boxes in page.boxes.items():
        rects = (f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"/>' for x, y, w, h in boxes)
        yield from _group(f'fill="{colour}"', rects)
    for colour, polygons in page.regions.items():
        yield from _group(f'fill="{colour}"', (_path(p, "z") for p in polygons))
    for look, segments in page.lines.items():
        yield from _group(_stroke(*look), map(_path, segments))
    for (fill, edge), polygons in page.shapes.items():
        outline = f' stroke="{edge}" stroke-width="0.6"' if edge != "none" else ""
        yield from _group(f'fill="{fill}"{outline}', (_path(p, "z") for p in polygons))


def _look(label: Label) -> str:
    weight = "font-weight: bold; " if label.bold else ""
    return f"font-size: {label.size:g}px; {weight}fill: {label.colour}; text-anchor: {_ANCHORS[label.align]}"


def _texts(labels: Iterable[Label]) -> Iterator[tuple[str, str]]:
    """Places and texts on one line; neighbouring signs are one text of which each character has its place."""
    for single, run in groupby(labels, lambda t: len(t.text) == 1):
        if single:
            signs = list(run)
            yield " ".join(_n(t.x) for t in signs), "".join(t.text for t in signs)
        else:
            yield from ((_n(t.x), t.text) for t in run)


def svg(page: Page, height: float, title: str, description: str) -> bytes:
    """The page as an SVG file with its title and, as description, the text for those who do not see it.

    It holds no font, which would be nine tenths of the time to draw it and half of its size: where its own is missing, the
    next of its family is as wide.
    """
    looks = {look: f"t{i}" for i, look in enumerate(dict.fromkeys(map(_look, page.texts)))}
    sheet = "".join(f".{name} {{font-family: {_FAMILIES[page.face]}; {look}}}\n" for look, name in looks.items())
    width, tall = (_n(math.ceil(side * _PIXELS) / _PIXELS) for side in (page.width, height))
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}pt" height="{tall}pt" viewBox="0 0 {width} {tall}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        f"<style>{sheet}</style>",
        f'<rect width="{width}" height="{tall}" fill="#ffffff"/>',
        *_group('stroke-linejoin="round"', _marks(page)),
    ]
    for (look, y), labels in groupby(page.texts, lambda t: (_look(t), _n(t.y + drop(t.size, t.bold)))):
        lines += [f'<text class="{looks[look]}" x="{x}" y="{y}">{escape(text)}</text>' for x, text in _texts(labels)]
    return "\n".join([*lines, "</svg>\n"]).encode()
