"""The LaTeX form of summaries of findings: no text in it is a command, tables have their columns, pdfLaTeX accepts it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import ROOT

from evidence_synthesis.conclusions.findings_table import FindingsTable
from evidence_synthesis.exports.findings import findings_in
from evidence_synthesis.exports.latex_text import PRINTED, tex
from evidence_synthesis.exports.printed_tables import PrintedCell, PrintedTable, summary_table
from evidence_synthesis.exports.sof_documents import latex

HOSTILE = (
    "50 % of A_1 & B #2, $x^2$ ~ {y} \\input{z} <3> \u2265 2 \u00b5g, \u03c4\u00b2 = 0, CO\u2082; "
    "\u0141ukasz, M\u00fcller \u201cx\u201d\u2026\n"
    "e\u0301; \u65e5\u672c \u0416 \u05d0\u200f \U0001f600\u2009[1] ``quoted''"
)
PDFLATEX = shutil.which("pdflatex")
_COMMAND = re.compile(r"\\[A-Za-z]+|\\[&%$#_{}, \\]")


def faults(document: str) -> list[str]:
    """What would stop pdfLaTeX: braces and mathematics that do not close, characters it does not know, rows of other widths."""
    found = [f"character {c!r}" for c in sorted(set(document) - PRINTED - {"\n"})]
    depth, bare = 0, _COMMAND.sub(" ", document.partition(r"\begin{document}")[2])
    for c in _COMMAND.sub(" ", document):
        depth += (c == "{") - (c == "}")
        if depth < 0:
            found.append("a brace closes that is not open")
            depth = 0
    found += ["a brace is not closed"] * (depth > 0)
    found += ["mathematics is not closed"] * (bare.count("$") % 2)
    found += [f"a bare {c}" for c in "%#~" if c in bare]
    found += ["a bare _ or ^ outside of mathematics"] * bool(re.search(r"[_^]", re.sub(r"\$[^$]*\$", "", bare)))
    for table in re.findall(r"\\begin\{longtable\}\{(.*?)\}\n\\toprule(.*?)\\end\{longtable\}", document, re.DOTALL):
        columns = len(re.findall(r"P\{", table[0]))
        rows = [row for row in re.split(r" \\\\\n", table[1]) if "&" in re.sub(r"\\&", "", row)]
        found += [f"a row of other than {columns} cells" for row in rows if len(re.findall(r"(?<!\\)&", row)) != columns - 1]
        found += [] if rows else ["no row"]
    return found


def document(words: str) -> str:
    cell = PrintedCell(words, lead=words, italic=True, marks="a")
    table = PrintedTable(
        title=words,
        head=((words, words),),
        columns=(words, "B"),
        shares=(0.5, 0.5),
        rows=((cell, cell), (cell, cell)),
        notes=(("a", words),),
        closing=(words,),
    )
    return latex(words, [table])


def compiled(text: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    (folder / "sof.tex").write_text(text, encoding="utf-8")
    command = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sof.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)


def test_no_text_is_a_command() -> None:
    text = tex(HOSTILE)
    assert r"50 \% of A\_1 \& B \#2, \$x\textasciicircum{}2\$ \textasciitilde{} \{y\} \textbackslash{}input\{z\}" in text
    assert r"$\geq$ 2 µg, $\tau$\textsuperscript{2} = 0, CO\textsubscript{2}; Łukasz, Müller “x”… \newline é;" in text
    assert r"[U+65E5][U+672C] [U+0416] [U+05D0] [U+1F600]\,[1]" in text
    kept = r"\textasciicircum \textasciitilde \textbackslash \textless \textgreater \newline \geq \tau"
    kept += r" \textsuperscript \textsubscript \% \_ \& \# \$ \{ \} \,"
    assert set(_COMMAND.findall(text)) <= set(kept.split())
    assert tex(r"\input{z}") == r"\textbackslash{}input\{z\}"


def test_a_document_of_hostile_words_is_whole() -> None:
    assert faults(document(HOSTILE)) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (("\\%", "%"), "a bare %"),
        (("\\_", "_"), "a bare _ or ^ outside of mathematics"),
        (("\\textbf{B}", "\\textbf{B"), "a brace is not closed"),
        (("\\textbf{B}", "B} & C"), "a brace closes that is not open"),
        (("\\textbf{B}", "\\textbf{B} & C"), "a row of other than 2 cells"),
        (("$\\geq$", "\u2265"), "character '\u2265'"),
        (("\\$x", "$x"), "mathematics is not closed"),
    ],
)
def test_the_check_sees_faults(spoil: tuple[str, str], fault: str) -> None:
    text = document(HOSTILE)
    assert spoil[0] in text
    assert fault in faults(text.replace(*spoil, 1))


def printed(tables: Sequence[FindingsTable]) -> str:
    return latex(tables[0].treatment, [summary_table(table, "Random effects.") for table in tables])


def test_the_published_documents_are_whole(config: dict) -> None:
    found = findings_in(ROOT / "results", config)
    assert len(found) > 50
    assert {group: some for group, tables in found.items() if (some := faults(printed(tables)))} == {}


@pytest.mark.skipif(PDFLATEX is None, reason="needs pdflatex")
def test_pdflatex_prints_them(tmp_path: Path, config: dict) -> None:
    massage = findings_in(ROOT / "results", config)["family-massage"]
    for text in (document(HOSTILE), printed(massage)):
        done = compiled(text, tmp_path)
        assert done.returncode == 0, done.stdout[-1500:]
        assert b"Overfull" not in done.stdout or text == document(HOSTILE)
