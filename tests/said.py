"""What texts say of a pooled result, read as a person does: pages, documents and figures, whoever wrote them.

A text is read for its facts: what was found, how sure it is, effect and interval, trials, people. Nothing here knows a verdict's
name or a table of words.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

Facts = Mapping[str, str]  # kind of fact -> what is said
# what readers take from words, whatever the outcome that they name; the first that fits
_FINDINGS = (
    ("too little", r"too little"),
    ("disagree", r"trials disagree(?!:)"),  # with a colon it opens the effects of two trials
    ("unclear", r"unclear"),
    ("no difference", r"little or no difference"),
    ("worse", r"do(es)? worse"),
    ("slight", r"a little|slightly"),
    ("better", r"helps?\b"),
)
_DIRECTIONS = ("no difference", "worse", "slight", "better")
_LEVELS = ("very low", "low", "moderate", "high")
_NUMBER = r"[<>]?\u2212?\d[\d,]*(?:\.\d+)?"
_MOVED = rf"({_NUMBER}) (lower|higher|better|worse)"


def finding(words: str) -> tuple[str, str]:
    """Which finding a text tells, and how sure it is by its own words (empty where it has no direction)."""
    words = words.lower()
    told = next((name for name, pattern in _FINDINGS if re.search(pattern, words)), "")
    if told not in _DIRECTIONS:
        return told, ""
    if "very uncertain" in words:
        return told, "very low"
    return told, "moderate" if "probably" in words else "low" if "may " in words else "high"


def _signed(text: str) -> str:
    """Differences told without a sign as those of tables: ``MD 8.9 points lower (13.1 lower to 4.6 higher)``."""
    text = re.sub(rf"({_NUMBER}) (?:\S+ )?(lower|better) \(", "\u2212\\1 (", text)
    text = re.sub(rf"({_NUMBER}) (?:\S+ )?(?:higher|worse) \(", r"\1 (", text)
    text = re.sub(_MOVED, lambda m: m[1] if m[2] in ("higher", "worse") else f"\u2212{m[1]}", text)
    return re.sub(r"\u2212(0(?:\.0+)?)(?!\.?\d)", r"\1", text).replace("\u2212>", "<\u2212")


def facts(text: str) -> dict[str, str]:
    """Everything that a text says of the result that it is about."""
    text, found = _signed(" ".join(text.split())), {}
    told, sure = finding(text)
    if told:
        found["finding"] = told
    if sure:
        found["how sure, in the finding"] = sure
    if effect := re.search(rf"({_NUMBER}) (?:\S+ )?\((?:({_NUMBER}) to ({_NUMBER})|off the scale)", text):
        found["effect"] = f"{effect[1]} ({effect[2]} to {effect[3]})" if effect[2] else f"{effect[1]} (off the scale)"
    if two := re.search(r"two trials(?: disagree)?: (\S+) and (\S+)", text):
        found["two trials"] = f"{two[1]} and {two[2]}"
    if circles := re.search(r"[\u2295\u25ef]{4}", text):
        found["certainty"] = _LEVELS[circles[0].count("\u2295") - 1]
    if level := re.search(r"\b(very low|low|moderate|high)( certainty|$|, \d+ trial|[a-z](?:,[a-z])*$)", text, re.IGNORECASE):
        found["certainty, in words"] = level[1].lower()
    if trials := re.search(r"\b(\d+) trials?\b|k=(\d+)", text):
        found["trials"] = trials[1] or trials[2]
    if people := re.search(r"([\d,]+)(\+| or more)? people( and more)?", text):
        found["people"] = people[1] + ("+" if people[2] or people[3] else "")
    return found


@dataclass
class Told:
    """All that is said of each result: by result and kind of fact what is said, with the places that say so."""

    of: dict[str, dict[str, dict[str, set[str]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    )
    places: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, result: str, place: str, told: Facts) -> None:
        """What a place says of a result; ``certainty`` is the same by circles and by words."""
        self.places[place] += 1
        for kind, words in told.items():
            self.of[result][kind.partition(",")[0] if kind.startswith("certainty") else kind][words].add(place)

    def contradictions(self) -> list[str]:
        """Results of which two things are said, with who says which."""
        return [
            f"{result}, {kind}: " + "; ".join(f"{words!r} ({', '.join(sorted(where))})" for words, where in said.items())
            for result, kinds in self.of.items()
            for kind, said in kinds.items()
            if len(said) > 1
        ]


def plain(markup: str) -> str:
    """The words of a piece of a page or of a document, with a space for every change of line or cell."""
    apart = re.sub(r"<(br|/p|/td|/th|w:br|/w:p)\b[^>]*>", " ", markup)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", apart)).split())


def cells(row: str) -> list[str]:
    """The words of each cell of a row of a page."""
    return [plain(cell) for cell in re.findall(r"<t[dh][ >].*?</t[dh]>", row, re.DOTALL)]


def word_tables(document: bytes) -> list[list[list[str]]]:
    """The tables of a Word document: rows of cells."""
    xml = zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml").decode()
    tables = re.findall(r"<w:tbl>.*?</w:tbl>", xml, re.DOTALL)
    rows = (re.findall(r"<w:tr[ >].*?</w:tr>", table, re.DOTALL) for table in tables)
    return [[[plain(c) for c in re.findall(r"<w:tc>.*?</w:tc>", row, re.DOTALL)] for row in table] for table in rows]


def page_tables(text: str) -> list[list[list[str]]]:
    """The tables of a page: rows of cells."""
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    return [[cells(row) for row in re.findall(r"<tr[ >].*?</tr>", table, re.DOTALL)] for table in tables]


_TEX = {
    **{r"$\oplus$": "\u2295", r"$\bigcirc$": "\u25ef", r"$-$": "\u2212", "--": "\u2013", r"\%": "%", r"\&": "and", r"\,": " "},
    **{r"\textless{}": "<", r"\textgreater{}": ">", r"\newline": " ", r"$<$": "<", r"$>$": ">"},
}


def tex_tables(text: str) -> list[list[list[str]]]:
    """The tables of a LaTeX document: rows of cells."""
    for command, sign in _TEX.items():
        text = text.replace(command, sign)
    text = re.sub(r"\\text(?:bf|it|superscript)\{([^{}]*)\}", r"\1", text)
    tables = re.findall(r"\\begin\{longtable\}.*?\\end\{longtable\}", text, re.DOTALL)
    rows = ([row for row in re.split(r"\\\\\n", table) if "&" in row] for table in tables)
    return [[[" ".join(cell.split()) for cell in row.split("&")] for row in table] for table in rows]


def line(says: str = "", effect: str = "", certainty: str = "", trials: str = "", people: str = "") -> str:
    """One text from what columns say; ``certainty`` may have the letters of notes behind it."""
    sure = re.match(r"([\u2295\u25ef]{4}|) ?(very low|low|moderate|high)", certainty, re.IGNORECASE)
    words = [says, effect, f"{sure[1]} {sure[2].lower()} certainty" if sure else ""]
    words += [f"{trials} trials" if trials else "", f"{people} people" if people else ""]
    return " | ".join(filter(None, words))


def size(words: str) -> tuple[str, str]:
    """Trials and people of ``3 (1,141 or more)`` and of ``1,141 or more (3 trials)``."""
    first, _, second = words.rstrip(")").partition(" (")
    return (second.split(" ")[0], first) if "trial" in second else (first, second)


def clauses(sentence: str, terms: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The terms (by what sentences say of them) that a sentence tells, each with the words of its clause."""
    for clause in re.split(r"; |, but |, and ", sentence):
        for term, words in terms.items():
            if words in clause:
                yield term, clause
