"""Pages as SVG, PDF and PNG, the same bytes always; the last two are drawn, everything of a kind as one collection."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.collections import Collection, LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D
from PIL import Image

from evidence_synthesis.plots.drawing.canvas import Label, Page, Pages, drop, extent, font, text_width
from evidence_synthesis.plots.drawing.fonts import families, glyphs
from evidence_synthesis.plots.drawing.metrics import HOUSE, family_of
from evidence_synthesis.plots.drawing.svg import svg
from evidence_synthesis.storage.private_hooks import subset_fonts_by
from evidence_synthesis.storage.same_bytes import png

matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "pdf.fonttype": 42,  # TrueType, which journals ask for
        "text.hinting": "none",  # nothing here is drawn so small that hints help, and they cost a third of the time
        "text.hinting_factor": 1,
        "path.simplify": False,
    }
)

FORMATS = ("svg", "pdf", "png")
PRINT = 300  # dots to the inch
_SHIFTS = {"left": 0.0, "center": 0.5, "right": 1.0}  # of a text's width
_EDGES = (1.0, 0.5)  # shares of a colour in the palette of its edges on white
_DARK = 0.7

subset_fonts_by(glyphs)


class _Texts(Artist):
    """All text of a page, of which every place is known: matplotlib's own texts would be measured and clipped again."""

    zorder = 4

    def __init__(self, labels: Sequence[Label], sheet: Figure, face: str = HOUSE) -> None:
        super().__init__()
        self.labels, self.sheet, self.face = labels, sheet, face

    def draw(self, renderer: RendererBase) -> None:
        inch, top = self.sheet.dpi, renderer.get_canvas_width_height()[1]
        dots = {} if isinstance(renderer, MixedModeRenderer) else {"dpi": inch}  # a PDF has none, and is measured finely
        pen = renderer.new_gc()
        family = family_of(self.face)
        for label in self.labels:
            size, bold = label.size, label.bold
            shift = _SHIFTS[label.align]
            if self.face == HOUSE:
                width = extent(label.text, size, bold, **dots)[0]
            else:
                width = text_width(label.text, size, bold, self.face)
            x = label.x - shift * width
            y = (self.sheet.get_figheight() - label.y - drop(size, bold, self.face)) * inch
            pen.set_foreground(label.colour)
            look = font(bold, size, families(label.text, family))
            renderer.draw_text(pen, x * inch, top - y if renderer.flipy() else y, label.text, look, 0)


def _collections(page: Page) -> Iterator[Collection]:
    """What stands on the page but for text, from the back to the front."""
    for colour, boxes in page.boxes.items():
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in boxes]
        yield PolyCollection(corners, facecolors=colour, edgecolors="none", zorder=0)
    for colour, polygons in page.regions.items():
        yield PolyCollection(polygons, facecolors=colour, edgecolors="none", zorder=1)
    for (colour, width, style), segments in page.lines.items():
        yield LineCollection(segments, colors=colour, linewidths=width, linestyles=style, zorder=2)
    for (fill, edge), polygons in page.shapes.items():
        yield PolyCollection(polygons, facecolors=fill, edgecolors=edge, linewidths=0.6, zorder=3)


def drawn_page(page: Page, height: float) -> Figure:
    """A page as a matplotlib Figure."""
    figure = Figure(figsize=(page.width, height), facecolor="white")
    FigureCanvasAgg(figure)
    downwards = Affine2D().scale(1, -1).translate(0, height) + figure.dpi_scale_trans
    for collection in _collections(page):
        collection.set_transform(downwards)
        figure.add_artist(collection)
    figure.add_artist(_Texts(page.texts, figure, page.face))
    return figure


def _palette(page: Page) -> Image.Image:
    """White, the page's own colours and, for the dark ones, the shades of their edges; usually 16 or fewer."""
    colours = {label.colour for label in page.texts} | {colour for colour, _, _ in page.lines}
    colours |= {*page.boxes, *page.regions, *(c for pair in page.shapes for c in pair)} - {"none"}
    found = {(1.0, 1.0, 1.0)}
    for rgb in map(to_rgb, colours):
        shares = _EDGES if math.fsum(rgb) / 3 < _DARK else (1.0,)
        found |= {(1 - share * (1 - rgb[0]), 1 - share * (1 - rgb[1]), 1 - share * (1 - rgb[2])) for share in shares}
    if page.face != HOUSE:  # smaller print: more greys keep its edges from taking on another colour's shades
        found |= {(grey, grey, grey) for grey in (0.25, 0.4, 0.55, 0.7, 0.85)}
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(255 * part) for rgb in sorted(found) for part in rgb])
    return palette


def _png(figure: Figure, palette: Image.Image, dpi: int, title: str) -> bytes:
    """The drawn figure as a PNG in the colours of a palette, which is a third of the size of full colour."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    image = Image.frombuffer("RGBA", canvas.get_width_height(), pixels).convert("RGB")
    return png(image.quantize(palette=palette, dither=Image.Dither.NONE), dpi, title)


def _packed(pdf: bytes) -> bytes:
    """The PDF with its many small objects packed into compressed streams, and an identifier that follows from its content."""
    import pikepdf

    pikepdf.settings.set_flate_compression_level(9)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True, deterministic_id=True)
    return out.getvalue()


def _pdf(figures: Sequence[Figure], title: str, description: str) -> bytes:
    """Figures as the sheets of one PDF."""
    from matplotlib.backends.backend_pdf import PdfPages

    stream = io.BytesIO()
    entries = {"CreationDate": None, "Creator": None, "Producer": None, "Title": title, "Subject": description}
    with PdfPages(stream, metadata=entries) as sheets:
        for figure in figures:
            sheets.savefig(figure)
    return _packed(stream.getvalue())


def render(pages: Pages, title: str, description: str, dpi: int, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The first page as SVG, PDF and PNG, by file ending. ``description`` is the alternative text inside the SVG, ``dpi`` the
    resolution of the PNG.

    Any further pages are what the PDF holds instead, for figures too long to print on one.
    """
    page, height = pages[0]
    figure = cache(lambda: drawn_page(page, height))
    make = {
        "svg": lambda: svg(page, height, title, description),
        "pdf": lambda: _pdf([drawn_page(*part) for part in pages[1:]] or [figure()], title, description),
        "png": lambda: _png(figure(), _palette(page), dpi, title),
    }
    return {ending: make[ending]() for ending in formats}
