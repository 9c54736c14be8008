"""The gallery: each example is run when the documentation is built, so that what it shows is what the library gives."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from evidence_synthesis.front.figures import as_svg

_OPENING = """What the library draws and prints, made from the code beside it when this page was built. `ma.forest()` and
`ma.funnel()` give matplotlib Figures: change them as any other, or write them with a path (`ma.forest("forest.svg")`)."""

_DATA = """import evidence_synthesis as es

trials = {  # BCG vaccine against tuberculosis (Colditz 1994, doi:10.1001/jama.1994.03510330076038)
    "study": ["Aronson 1948", "Ferguson & Simes 1949", "Rosenthal 1960", "Hart & Sutherland 1977", "Frimodt-Moller 1973",
              "Stein & Aronson 1953", "Vandiviere 1973", "TPT Madras 1980", "Coetzee & Berjak 1968", "Rosenthal 1961",
              "Comstock 1974", "Comstock & Webster 1969", "Comstock 1976"],
    "events_t": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "n_t": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
    "events_c": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "n_c": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
    "latitude": [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33],
    "allocation": ["random", "random", "random", "random", "alternate", "alternate", "random", "random", "random",
                   "systematic", "systematic", "systematic", "systematic"],
}
ma = es.meta_analysis(trials, measure="RR", title="BCG vaccine and tuberculosis")
ma"""

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("One call pools a table", _DATA),
    ("Forest plot", "ma.forest()"),
    ("Styled further", 'figure = ma.forest(title="The same, without the right end")\nfigure.axes[0].set_xlim(0.05, 1.2)\nfigure'),
    ("Funnel plot", "ma.funnel()"),
    ("Small-study effects", "ma.small_study()"),
    ("Meta-regression", 'ma.regress("~ latitude + C(allocation)")'),
    ("What the regression expects", 'ma.regress("~ latitude").predict({"latitude": [10, 30, 50]}).round(2)'),
    ("Subgroups", 'ma.subgroups("allocation")'),
    ("Each study left out", 'ma.leave_one_out()[["estimate", "ci_low", "ci_high", "i2"]].round(2).head(4)'),
    (
        "How much lies below a threshold",
        'ma.predict([1.0, 0.8])[["estimate", "prediction_low", "prediction_high", "below_new"]].round(2)',
    ),
    (
        "Proportions",
        'es.meta_analysis(events=[3, 8, 2, 5], n=[40, 60, 55, 38], study=list("ABCD"), measure="PFT", title="Dropouts").forest()',
    ),
    (
        "A network",
        """arms = [("s1", "usual care", 60, 52, 20), ("s1", "exercise", 58, 44, 21), ("s2", "usual care", 40, 50, 18),
        ("s2", "education", 41, 47, 19), ("s3", "exercise", 70, 43, 20), ("s3", "education", 69, 49, 21)]
table = [dict(zip(("study", "treatment", "n", "mean", "sd"), arm)) for arm in arms]
es.network(table, measure="MD")""",
    ),
    ("A network against a reference", 'es.network(table, measure="MD").forest(reference="usual care")'),
    ("A Bayesian answer", "ma.bayes(thresholds=[1.0, 0.8])"),
)


def _run(code: str, known: dict[str, Any]) -> Any:
    """What the last line of an example gives."""
    *before, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(before, []), "gallery", "exec"), known)
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), known)


def gallery_page(folder: Path) -> str:
    """The page, with its figures written beside it."""
    lines, known = ["# Gallery", "", _OPENING], dict[str, Any]()
    for heading, code in EXAMPLES:
        given = _run(code, known)
        lines += ["", f"## {heading}", "", "```python", code, "```", ""]
        if isinstance(given, Figure):
            name = heading.lower().replace(" ", "_").replace(",", "") + ".svg"
            (folder / name).write_text(as_svg(given), encoding="utf-8")
            lines.append(f"![{heading}]({name})")
        else:
            lines += ["```text", str(given), "```"]
    return "\n".join(lines) + "\n"
