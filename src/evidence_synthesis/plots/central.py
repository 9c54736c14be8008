"""The central message as one figure, and the forest plots of the classes behind it."""

from __future__ import annotations

from collections.abc import Sequence

from evidence_synthesis import wording
from evidence_synthesis.plots.forest import Block, Forest, Record
from evidence_synthesis.plots.from_tables import section_of
from evidence_synthesis.plots.overview import Overview
from evidence_synthesis.review.settings import Settings

_ROOM = 1.85  # beside each panel, in inches
CHANGE, OPEN = "change", "open"


def _change(row: Record) -> dict[str, str]:
    """The change within trials as a record of its own."""
    low, high = float(row["change_low"]), float(row["change_high"])
    side = "treatment" if high < 0 else "comparator" if low > 0 else "neither"
    side = side if int(row["change_trials"]) > 1 else "neither"  # one trial settles nothing
    values = {"estimate": row["change"], "ci_low": row["change_low"], "ci_high": row["change_high"]}
    return {**values, "trials": row["change_trials"], "favours": side}


def gather(rows: Sequence[Record], settings: Settings) -> Overview:
    """The figure: a block for each comparison, a line for each outcome, the terms and the change within trials side by side.

    Outcomes on the measure of the first one; comparisons without any trial have their line, too.
    """
    choice = settings.central
    first = settings.outcome(choice["outcomes"][0])
    measure = first.measures[0]
    lines: dict[str, dict[str, dict[str, Record]]] = {}
    for row in rows:
        label = wording.running(settings.outcome(row["outcome"]).label).capitalize()
        by_term = lines.setdefault(row["comparison"], {}).setdefault(label, {})
        if row["measure"] == measure:
            judged = {} if row["effect_in_favour"] != OPEN else {"favours": "neither"}  # open is no side, and has no colour
            by_term[row["term"]] = {**row, "said": row["certainty"], **judged}
            if row["change_trials"] and measure in ("MD", "SMD"):
                by_term[CHANGE] = _change(row)
    sections = [(comparison, list(groups.items())) for comparison, groups in lines.items()]
    terms = [(w.term, w.label) for w in settings.terms] + [(CHANGE, "Change from the first to the last, within trials")]
    people = next(p.label for p in settings.populations if p.population == choice["population"])
    threshold, unit = first.thresholds[measure], f" in {first.unit}" if measure == "MD" else ""
    subtitle = (
        f"{people}. {wording.MEASURES[measure]}{unit} with 95% CI; k trials; certainty (GRADE, proposed by rule). "
        f"Shaded: effects smaller than {threshold:g}."
    )
    note = "Change: of the trials that measured both terms in the same arms; to the right the effect is lost."
    title = "Short beside long: what is compared with what"
    return Overview(title, subtitle, terms, sections, threshold, measure, first.event_is_good, _ROOM, note)


def forests(
    pooled_rows: Sequence[Record],
    trials: Sequence[Record],
    settings: Settings,
) -> dict[str, Forest]:
    """A forest plot of all trials behind each comparison and outcome, the terms one above the other."""
    choice, pooled = settings.central, {(r["analysis_id"], r["measure"]): r for r in pooled_rows}
    found = {}
    for entry in choice["comparisons"]:
        ((level, name),) = entry["treatment"].items()
        group = f"{level}-{name}"
        for outcome in map(settings.outcome, choice["outcomes"]):
            ids = {
                w.term: "__".join((group, entry["comparator"], outcome.outcome, w.term, choice["population"]))
                for w in settings.terms
            }
            for measure in outcome.measures:
                sections = [section_of(ids[w.term], measure, w.label, pooled, trials) for w in settings.terms]
                there = [s for s in sections if s is not None]
                if there:
                    found[f"{group}__{entry['comparator']}__{outcome.outcome}"] = Forest(
                        title=f"{entry['says']}: {outcome.label.lower()}",
                        measure=measure,
                        unit=outcome.unit if measure == outcome.measures[0] else "",
                        threshold=outcome.thresholds.get(measure),
                        event_is_good=outcome.event_is_good,
                        blocks=[Block(entry["says"], there)],
                        model=wording.model_words(settings.model),
                        not_poolable=[],
                        layout=settings.figures["layout"],
                        extra=(),
                    )
                    break
    return found
