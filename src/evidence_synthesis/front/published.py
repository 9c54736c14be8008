"""A published review: its tables, and each of its analyses as a result that can be asked further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from evidence_synthesis import wording
from evidence_synthesis.effects.measures import measure_named
from evidence_synthesis.errors import EvidenceError, UnknownName
from evidence_synthesis.front.analysis import MetaAnalysis, analysis_of
from evidence_synthesis.front.columns import read_columns
from evidence_synthesis.front.sizes import sizes_of
from evidence_synthesis.review.settings import Settings, load_settings

_ASKED = ("outcome", "term", "comparator", "population", "measure")


class NoReview(EvidenceError, FileNotFoundError):
    """A folder that holds no review with results; ``folder`` and the file that is ``missing``."""

    def __init__(self, folder: Path, missing: Path) -> None:
        self.folder, self.missing = self.about = folder, missing
        super().__init__(f"{folder} holds no review with results: {missing} is missing (make results, or name another folder)")

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, eq=False, repr=False)
class Review:
    """A review's folder: its published tables as DataFrames, and its analyses."""

    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """A published table (``results/tables``). Raises UnknownName with those that there are."""
        path = self.folder / f"results/tables/{name}.csv"
        if not path.exists():
            raise UnknownName("table", name, self.tables)
        return pd.read_csv(path, low_memory=False)

    @property
    def tables(self) -> list[str]:
        """Names of the published tables."""
        return sorted(p.stem for p in (self.folder / "results/tables").glob("*.csv"))

    @cached_property
    def settings(self) -> Settings:
        """The review's settings."""
        import yaml

        return load_settings(yaml.safe_load((self.folder / "config/config.yaml").read_text(encoding="utf-8")))

    @cached_property
    def _pooled(self) -> pd.DataFrame:
        return self.table("pooled")

    @property
    def pooled(self) -> pd.DataFrame:
        """Every pooled result: a row for each analysis and measure."""
        return self._pooled.copy()

    @cached_property
    def _brought(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.table("analysis_trials"), self.table("trial_effects")

    def trials(self, analysis_id: str, measure: str) -> pd.DataFrame:
        """The trials of an analysis with what they bring to it, oldest first."""
        members, effects = self._brought
        inside = members[(members["analysis_id"] == analysis_id) & (members["measure"] == measure)]
        joined = inside.drop(columns="weight").merge(effects, on=["effect_id", "measure"], validate="many_to_one")
        return joined.sort_values(["year", "study", "row_ids"], kind="stable").reset_index(drop=True)

    def _group(self, treatment: str) -> str:
        """The treatment, family or class of a name: its id, its id without the prefix, or its label."""
        groups = self._pooled[["group", "group_label"]].drop_duplicates()
        wanted = treatment.casefold()
        for prefix in ("", "family-", "class-"):
            if prefix + treatment in set(groups["group"]):
                return prefix + treatment
        by_label = groups[groups["group_label"].str.casefold().isin([wanted, f"{wanted} (all)"])]
        if by_label.empty:
            raise UnknownName("treatment", treatment, sorted(groups["group"]))
        return str(by_label["group"].iloc[0])

    def _chosen(self, found: pd.DataFrame, asked: Mapping[str, str | None]) -> pd.Series:
        """The one row that is asked for; what is not stated is what the review shows first."""
        shown = self.settings.figures
        first = {
            "outcome": [o.outcome for o in self.settings.outcomes],
            "term": [w.term for w in self.settings.windows],
            "comparator": list(shown["comparators"]),
            "population": list(shown["populations"]),
        }
        for name, value in asked.items():
            known = list(dict.fromkeys(found[name]))
            if value is None:
                order = [v for v in first.get(name, []) if v in known] or known
                value = str(order[0])
            elif value not in known:
                raise UnknownName(name, value, known)
            found = found[found[name] == value]
        return found.iloc[0]

    def analysis(
        self,
        treatment: str,
        *,
        outcome: str | None = None,
        term: str | None = None,
        comparator: str | None = None,
        population: str | None = None,
        measure: str | None = None,
    ) -> MetaAnalysis:
        """A published analysis as the object that ``meta_analysis`` gives, with the review's model.

        ``treatment`` is the id or the label of a treatment, a family or a class. What is not stated is what the review shows
        first, of what there is. Raises UnknownName with what is known of the part that is not.
        """
        group = self._group(treatment)
        asked = dict(zip(_ASKED, (outcome, term, comparator, population, measure), strict=True))
        row = self._chosen(self._pooled[self._pooled["group"] == group], asked)
        trials = self.trials(str(row["analysis_id"]), str(row["measure"]))
        columns = read_columns(trials, {"study": "study", "yi": "yi", "vi": "vi"}, ("study", "year", "yi", "vi"))
        words = wording.asked(row, self.settings)
        title = "{}: {outcome}, {term}, against {comparator} ({population})".format(row["group_label"], **words)
        return analysis_of(sizes_of(columns, measure_named(str(row["measure"]))), self.settings.model, title=title)

    def __repr__(self) -> str:
        rows = self._pooled
        asked = rows["analysis_id"].nunique()
        return (
            f"Review: {asked:,} analyses of {rows['group'].nunique()} treatments, families and classes\n"
            f"outcomes {', '.join(dict.fromkeys(rows['outcome']))}; terms {', '.join(dict.fromkeys(rows['term']))}\n"
            ".pooled has them all; .analysis(treatment, outcome=, term=, comparator=, population=) gives one"
        )


def load_review(folder: str | Path = ".") -> Review:
    """The review in a folder (with ``config/`` and ``results/``). Raises NoReview where there is none.

    ``load_review(".").analysis("exercise", outcome="pain", term="short").forest("exercise.svg")`` draws one of its analyses.
    """
    root = Path(folder)
    for needed in ("config/config.yaml", "results/tables/pooled.csv", "results/tables/trial_effects.csv"):
        if not (root / needed).exists():
            raise NoReview(root, root / needed)
    return Review(root)
