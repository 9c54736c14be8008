"""The table of data rows that the Cochrane Library offers for download with a review (CSV)."""

from __future__ import annotations

import re
from pathlib import Path

from evidence_synthesis.importers.rows import Cells, StudyRow, csv_rows
from evidence_synthesis.review.package import DataFaults, Fault

COLUMNS = {
    **{"analysis_group": "group", "analysis_number": "number", "analysis_name": "name", "subgroup": "subgroup"},
    **{"study": "study", "study_year": "year", "footnotes": "footnote"},
    **{"giv_mean": "given", "giv_se": "given_se", "o_e": "o_e", "variance": "variance", "weight": "weight"},
    **{"experimental_mean": "mean_t", "experimental_sd": "sd_t", "experimental_cases": "events_t", "experimental_n": "n_t"},
    **{"control_mean": "mean_c", "control_sd": "sd_c", "control_cases": "events_c", "control_n": "n_c"},
    **{"mean": "effect", "ci_start": "ci_low", "ci_end": "ci_high"},
}
NEEDED = ("group", "number", "study")
HEADERS = {  # as the Cochrane Library writes them, for export
    **{"group": "Analysis group", "number": "Analysis number", "name": "Analysis name", "subgroup": "Subgroup"},
    **{"study": "Study", "given": "GIV Mean", "given_se": "GIV SE"},
    **{"mean_t": "Experimental mean", "sd_t": "Experimental SD", "events_t": "Experimental cases", "n_t": "Experimental N"},
    **{"mean_c": "Control mean", "sd_c": "Control SD", "events_c": "Control cases", "n_c": "Control N"},
    **{"o_e": "O-E", "variance": "Variance", "weight": "Weight", "effect": "Mean"},
    **{"ci_low": "CI start", "ci_high": "CI end", "footnote": "Footnotes"},
}


def plain(header: str) -> str:
    """A column's name without case, spaces, dots and dashes, as downloads differ in them."""
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")


def read_cochrane(path: Path) -> list[StudyRow]:
    """The study rows of a data-rows table. Raises DataFaults with every fault."""
    header, lines = csv_rows(path)
    names = {COLUMNS[plain(h)]: h for h in header if plain(h) in COLUMNS}
    missing = [HEADERS[n] for n in NEEDED if n not in names]
    if missing:
        raise DataFaults([Fault(path.name, 1, m, "", "this column of the Cochrane Library's data rows") for m in missing])
    cells = Cells(path.name)
    rows = []
    for line, row in lines:
        number = f"{row[names['group']].strip()}.{row[names['number']].strip()}"
        rows.append(cells.row({**row, "analysis": number}, line, {**names, "analysis": "analysis"}))
    return cells.done(rows)
