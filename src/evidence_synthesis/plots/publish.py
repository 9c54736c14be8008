"""Write the figures of all groups, and only draw those whose content has changed since they were last drawn.

Each group has a folder with its figures and one file with the numbers drawn, or all groups have one such file together. Of each
figure a fingerprint of everything that the drawing depends on is remembered beside the logs: the records shown, the settings, the
drawing code and matplotlib's version. A folder is put in place in one step, so a run that is killed leaves whole folders only.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import matplotlib

from evidence_synthesis.plots.drawing import rendering
from evidence_synthesis.plots.drawing.canvas import Pages
from evidence_synthesis.plots.drawing.rendering import FORMATS, render
from evidence_synthesis.storage.code import code_behind
from evidence_synthesis.storage.files import cell, csv_text, write_text
from evidence_synthesis.storage.folders import keep_folders, refresh_folder
from evidence_synthesis.synthesis.rows.figures import NARROW, NUMBERS, PublishedFigure

_NUMBER = re.compile(r"\d+\.\d+(?:e[-+]?\d+)?")
KEPT = ("svg",)  # what every run makes, small enough to keep; PDF and PNG follow from the same records on request
DRAWN_COLUMNS = ("block", "section", "kind", "label", "effect", "ci_low", "ci_high", "weight", "value")


class Picture(Protocol):
    """What a figure must be able to do to be published."""

    @property
    def title(self) -> str:
        """Title of the figure."""

    def size(self) -> int:
        """Trials shown; also how long it takes to draw."""

    def describe(self) -> str:
        """Alternative text."""

    def drawn(self) -> Iterable[Mapping[str, object]]:
        """The numbers shown."""

    def lay_out(self) -> Pages:
        """The page with its height; then the pages that are printed instead, if any."""


Pictures = Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Place:
    """Where figures are put and in which formats: file endings, and the resolution of PNG in dots to the inch.

    ``memory`` is a folder for what is remembered of them; ``also`` names figures (``group/name``) that get PNG besides.
    ``numbers`` says which figures have their numbers in one file: those of a group, all, or none.
    """

    root: Path
    memory: Path
    dpi: int
    endings: tuple[str, ...] = KEPT
    also: frozenset[str] = frozenset()
    numbers: Literal["group", "all", "none"] = "group"

    def endings_of(self, name: str) -> tuple[str, ...]:
        """The endings of the files of one figure."""
        return (*self.endings, "png") if name in self.also else self.endings


def draw(picture: Picture, dpi: int, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of a figure, by ending."""
    return render(picture.lay_out(), picture.title, picture.describe(), dpi, formats)


def numbers_drawn(pictures: Pictures) -> str:
    """The numbers in some figures as CSV, each line with the name of its figure; the form for a phone draws no others."""
    shown = ((name, line) for name, p in pictures.items() if not name.endswith(NARROW) for line in p.drawn())
    return csv_text(("figure", *DRAWN_COLUMNS), ({"figure": name, **line} for name, line in shown))


def fingerprint(picture: Picture, dpi: int) -> str:
    """Digest of everything that a figure depends on, of numbers the digits that no processor rounds otherwise."""
    code = code_behind(Path(inspect.getfile(type(picture))), Path(rendering.__file__))
    content = _NUMBER.sub(lambda found: cell(float(found[0])), repr(picture))
    basis = [content, dpi, matplotlib.__version__, code]
    return hashlib.sha256(json.dumps(basis).encode()).hexdigest()[:32]


def publish_group(group: str, pictures: Pictures, place: Place) -> bool:
    """Draw those of a group's figures that are not in its folder already; tells whether any was drawn."""

    def fill(folder: Path, stale: set[str]) -> None:
        for name in sorted(stale & pictures.keys()):
            for ending, content in draw(pictures[name], place.dpi, place.endings_of(f"{group}/{name}")).items():
                (folder / f"{name}.{ending}").write_bytes(content)
        if numbers in stale:
            write_text(folder / NUMBERS, numbers_drawn(pictures))

    numbers = NUMBERS.partition(".")[0]
    marks = {name: "-".join((fingerprint(p, place.dpi), *place.endings_of(f"{group}/{name}"))) for name, p in pictures.items()}
    if place.numbers == "group":
        marks[numbers] = hashlib.sha256(repr(sorted(marks.items())).encode()).hexdigest()[:32]
    return refresh_folder(place.root / group, marks, fill, place.memory / f"{group}.txt")


def _pixels(svg: Path) -> dict[str, Any]:
    """Width and height of a figure on a page, so that a browser keeps the place before it has loaded it."""
    tag = svg.read_text(encoding="utf-8").partition("<svg ")[2].partition(">")[0]
    return {side: round(float(points) * 96 / 72) for side, points in re.findall(r'\b(width|height)="([\d.]+)pt"', tag)}


def index_rows(groups: Mapping[str, Pictures], root: Path) -> list[PublishedFigure]:
    """A line for every figure drawn into a folder of the results: where it is (without its ending) and what it shows."""
    return [
        PublishedFigure(
            group=group,
            outcome=name,
            kind=type(picture).__name__.lower(),
            title=picture.title,
            trials=picture.size(),
            file=f"{root.name}/{group}/{name}",
            **_pixels(root / group / f"{name}.svg"),
            alternative_text=picture.describe(),
        )
        for group, pictures in sorted(groups.items())
        for name, picture in pictures.items()
    ]


def _work(item: tuple[str, Pictures], place: Place) -> bool:
    return publish_group(*item, place)


def publish(groups: Mapping[str, Pictures], place: Place, processes: int, tell: Callable[[str], None]) -> int:
    """Bring a folder of figures up to date: draw what changed, remove what is no longer there. Gives groups drawn."""
    keep_folders(place.root, groups)
    largest_first = sorted(groups.items(), key=lambda item: -sum(p.size() for p in item[1].values()))
    drawn = 0
    with ProcessPoolExecutor(processes) as pool:
        results = pool.map(partial(_work, place=place), largest_first)
        for done, ((group, _), fresh) in enumerate(zip(largest_first, results, strict=True), 1):
            drawn += fresh
            tell(f"{done}/{len(groups)} {group}: {'drawn' if fresh else 'unchanged'}")
    if place.numbers == "all":
        every = {f"{group}/{name}": p for group, pictures in sorted(groups.items()) for name, p in pictures.items()}
        write_text(place.root / NUMBERS, numbers_drawn(every))
    return drawn
