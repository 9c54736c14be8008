"""The page of one trial: every result as its source prints it, what became of it, and where it was read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor, page_of, page_of_trial, place_of
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.report.treatment import shown_rows, source_views
from evidence_synthesis.report.trial_findings import bias_in_words, comparisons, facts, in_points, lead, people_in, time_of
from evidence_synthesis.report.views.trial import ReadView, ResultView, TrialLine, TrialPage, UseView
from evidence_synthesis.review import risk_of_bias
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import number_of
from evidence_synthesis.synthesis.rows.results import ResultEffect, RowAccount

_SIDES = (("treatment", "t"), ("comparator", "c"))


def uses(shelf: Shelf) -> dict[str, list[UseView]]:
    """For each result the analyses on pages of treatments and families that it counts in."""
    found: dict[str, list[UseView]] = defaultdict(list)
    for group in shelf.pooled:
        for row in shown_rows(group, shelf):
            if row.level == "class":
                continue
            words = "{} against {comparator}, {term}, {population}".format(row.group_label, **wording.asked(row, shelf.settings))
            href = place_of(row.analysis_id)
            for trial in shelf.trials.get(row.key, ()):
                for row_id in trial.row_ids:
                    found[row_id].append(UseView(words, href))
    return found


def _spread(row: Cells, side: str) -> str:
    """What is printed beside a mean."""
    if row[f"sd_{side}"]:
        return f"SD {row[f'sd_{side}']}"
    if row[f"se_{side}"]:
        return f"SE {row[f'se_{side}']}"
    if row[f"ci_low_{side}"]:
        return f"{row['ci_level'] or 95}% CI {row[f'ci_low_{side}']} to {row[f'ci_high_{side}']}"
    return ""


def _arm(row: Cells, side: str) -> str:
    """An arm as printed: mean, median or events, and people."""
    words = []
    if row[f"mean_{side}"]:
        spread = _spread(row, side)
        words.append(f"mean {row[f'mean_{side}']}" + (f" ({spread})" if spread else ""))
    if row[f"median_{side}"]:
        words.append(f"median {row[f'median_{side}']} ({row[f'q1_{side}']} to {row[f'q3_{side}']})")
    if row[f"events_{side}"]:
        words.append(f"{row[f'events_{side}']} with the event")
    words.append(f"n {row[f'n_{side}'] or 'not printed'}")
    return wording.as_printed("; ".join(words))


def _contrast(row: Cells) -> str:
    """The effect that a source prints between arms."""
    low, high = row["effect_ci_low"], row["effect_ci_high"]
    parts = [
        f"{row['effect_measure']} {row['effect']}" if row["effect"] else "",
        f"interval {low or '?'} to {high or '?'}" if low or high else "",
        f"SE {row['effect_se']}" if row["effect_se"] else "",
        f"p {row['effect_p']}" if row["effect_p"] else "",
    ]
    return wording.as_printed(", ".join(part for part in parts if part))


def _effects(rows: Iterable[ResultEffect], units: Mapping[str, str]) -> list[str]:
    """The effects of a result in words; ``units`` are those of outcome domains that are not on 0 to 100 points."""

    def words(r: ResultEffect, effect: float) -> str:
        unit = units.get(r.outcome, "") if r.measure == "MD" else ""
        shown = wording.fit_to_print(r.measure, effect, number_of(r.ci_low), number_of(r.ci_high), unit=unit)
        return f"{r.measure} {shown}{wording.in_unit(r.measure, unit)}"

    return [words(r, r.effect) for r in rows if r.effect is not None]


def _steps(rows: Sequence[ResultEffect]) -> list[str]:
    """What was done to the printed values, in words."""
    return [wording.STEPS[name] for name in dict.fromkeys(s for r in rows for s in r.steps)]


def _read(row: Cells, shelf: Shelf) -> ReadView:
    """Where a result was read: kind of source, the review it was read in, the place, and an address if it is one."""
    review = shelf.sources.get(row["read_in"])
    kind, place = row["source_kind"], row["source_location"]
    first, _, rest = place.partition(", ")
    inside = rest if first.casefold() == kind.casefold() else place  # "abstract, results" of an abstract
    words = [kind, *([f"read in [{review['ref']}] {review['label']}"] if review else []), inside]
    return ReadView(
        ", ".join(dict.fromkeys(w for w in words if w)), row["read_at"] if re.match(r"https?://", row["read_at"]) else ""
    )


def _changes(corrections: Iterable[Cells]) -> list[str]:
    """What was decided about printed values, with the reason."""
    found = []
    for c in corrections:
        if c["column"]:
            printed, used = c["expected_printed"] or "nothing", c["value_used"] or "nothing"
            values = wording.as_printed(f"printed {printed}, used {used}")
            found.append(f"{c['column'].replace('_', ' ')}: {values}. {c['reason']}")
    return found


def _fate(account: RowAccount) -> str:
    """What became of a result that no page's analysis counts."""
    if account.status == "excluded":
        return "left out"
    return f"counts in {wording.count(account.analyses, 'analysis', 'analyses')} without a page (tables/pooled.csv)"


def _result(row: Cells, shelf: Shelf, used: Mapping[str, Sequence[UseView]]) -> ResultView:
    effects, account = shelf.effects.get(row["row_id"], ()), shelf.accounts[row["row_id"]]
    problems = dict.fromkeys(p for r in effects for p in r.problem.split("; ") if p)
    findings = [f for f in shelf.findings.get(row["row_id"], ()) if f.severity != "note"]
    return ResultView(
        anchor=anchor(row["row_id"]),
        outcome=row["outcome"].replace("_", " "),
        measured=row["measured_as"],
        time=time_of(row),
        arms=[(shelf.taxonomy[row[name]].label, row[f"{name}_detail"], _arm(row, side)) for name, side in _SIDES],
        printed=_contrast(row),
        effects=(shown := _effects(effects, {o.domain: o.unit for o in shelf.settings.outcomes if o.natural})),
        steps=_steps(effects),
        problems=[] if shown else list(problems),
        changes=_changes(shelf.corrections.get(row["row_id"], ())),
        decision=f"{row['decision']}: {row['decision_reason']}" if row["decision"] else "",
        fate=_fate(account),
        reason=account.reason,
        uses=used.get(row["row_id"], ()),
        read=_read(row, shelf),
        findings=[f"{f.severity}: {f.evidence}" for f in findings],
    )


def _bias(row: Cells) -> list[tuple[str, list[tuple[str, str]]]]:
    """The ratings of a trial by each tool that somebody used."""
    found = []
    for tool in risk_of_bias.TOOLS:
        ratings = [(label.lower(), row[d]) for d, label in tool.domains.items() if row[d]]
        if tool.overall and row[tool.overall]:
            ratings.append(("overall", row[tool.overall]))
        if ratings:
            found.append((tool.name[0].upper() + tool.name[1:], ratings))
    return found


def trial_line(trial_id: str, shelf: Shelf) -> TrialLine:
    """A trial in the list of all trials."""
    rows = shelf.results[trial_id]
    return TrialLine(
        study=rows[0]["study"],
        page=page_of_trial(trial_id),
        year=rows[0]["year"],
        treatments=list(dict.fromkeys(shelf.taxonomy[r[name]].label for r in rows for name, _ in _SIDES)),
        people="; ".join(dict.fromkeys(f"{r['region']}, {r['chronicity']}" for r in rows)),
        outcomes=list(dict.fromkeys(r["outcome"].replace("_", " ") for r in rows)),
        results=len(rows),
        taken=sum(shelf.accounts[r["row_id"]].status != "excluded" for r in rows),
        bias=risk_of_bias.overall(rows),
        read=list(dict.fromkeys(r["source_kind"] for r in rows)),
    )


def trial_page(trial_id: str, shelf: Shelf, used: Mapping[str, Sequence[UseView]], site: str) -> TrialPage:
    """Everything that the page of a trial shows; ``site`` is the title of the report."""
    rows = shelf.results[trial_id]
    rated = max(rows, key=lambda r: sum(bool(v) for k, v in r.items() if k.startswith("rob")))
    groups = dict.fromkeys(r[n] for r in rows for n, _ in _SIDES)
    found = comparisons(rows, shelf)
    told = len({at.place for c in found for on in c.outcomes for at in on.times})
    return TrialPage(
        site=site,
        up="../",
        study=rows[0]["study"],
        lead=lead(rows, shelf),
        people=people_in(rows),
        found=found,
        in_points=in_points(found),
        others=len(rows) - told,
        rated=bias_in_words(rows),
        status=("", "") if rows[0].get("status", "") in ("", "published") else (rows[0]["status"], rows[0]["status_source"]),
        facts=facts(rows),
        groups=[(shelf.taxonomy.label(g), page_of(g)) for g in groups if shown_rows(g, shelf)],
        sources=source_views(rows, shelf),
        bias=_bias(rated),
        results=[_result(r, shelf, used) for r in rows],
    )
