"""Trials and statements made up for tests: what each kind of part is held against."""

from __future__ import annotations

from typing import Any

from conftest import CONTRAST, DATA, EVENTS, Rows, read_csv, trial_row

from evidence_synthesis.conclusions.claims.material import Material, StatementRules
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.claims_file import Claims, load_claims
from evidence_synthesis.review.schema import DECISION_COLUMNS, parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.verdicts import Rules

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
PART: dict[str, Any] = {"says": "Yoga does what is said.", "treatment": {"ids": ["yoga"]}}
PAIN = PART | {"comparator": "untreated", "outcome": "pain"}
EFFECT = PAIN | {"kind": "effect", "term": "short", "region": "any_relief"}
UNPROVEN = PAIN | {"kind": "unproven", "term": "short"}
CONTRADICTORY = PAIN | {"kind": "contradictory", "term": "short"}
ONLY_SHORT = PAIN | {"kind": "only_short"}
AMOUNT = PART | {"kind": "amount", "comparator": "any", "term": "any", "at_most": 2, "quality": "any"}
RARE_HARM = PART | {"kind": "rare_harm", "rate": "rare"}
SHARE = PART | {"kind": "share", "comparator": "untreated", "outcome": "recurrence", "term": "any", "share": 1 / 3}


def trials(*differences: float, sd: float = 10, n: int = 80, first: int = 0, **cells: str) -> Rows:
    """A trial at low risk of bias for each difference in means (negative: less pain with yoga)."""
    given = {"n_t": str(n), "n_c": str(n), "sd_t": str(sd), "sd_c": str(sd), "rob2_overall": "low"}
    return [
        trial_row(
            f"r{i}{cells.get('weeks', '')}", trial=f"t{i}", **{"study": f"Study {i}"} | given | cells, mean_t=str(50 + difference)
        )
        for i, difference in enumerate(differences, first)
    ]


def uncounted(*differences: float, half: float = 3) -> Rows:
    """Trials that print an effect with its interval, and no number of people."""
    return [
        trial_row(f"x{i}", trial=f"x{i}", study=f"Nobody {i}", rob2_overall="low", **CONTRAST | {"n_t": "", "n_c": ""})
        | {"effect": str(d), "effect_ci_low": str(d - half), "effect_ci_high": str(d + half)}
        for i, d in enumerate(differences)
    ]


def events(*pairs: tuple[int, int], n: int = 100, **cells: str) -> Rows:
    """A trial for each pair of people with the event, with yoga and without."""
    given = EVENTS | {"rob2_overall": "low"} | cells | {"n_t": str(n), "n_c": str(n)}
    return [
        trial_row(f"e{i}", trial=f"u{i}", study=f"Count {i}", **given) | {"events_t": str(t), "events_c": str(c)}
        for i, (t, c) in enumerate(pairs)
    ]


def recurrences(*pairs: tuple[int, int], n: int = 100) -> Rows:
    """The same for a bad event."""
    return events(*pairs, n=n, outcome="recurrence", higher_is_worse="yes")


def harms(*pairs: tuple[int, int], n: int = 500, words: str = "serious adverse events") -> Rows:
    """Trials that count serious adverse events."""
    return events(*pairs, n=n, outcome="adverse_event", higher_is_worse="yes", measured_as=words)


def told(name: str, **cells: str) -> dict[str, str]:
    """A result known without usable numbers."""
    row = dict.fromkeys(read_csv(DATA / "unusable_results.csv")[0], "")
    return row | {"unusable_id": name, "study": name, "trial_id": "", "region": "low back", "treatment": "yoga"} | cells


def claims_of(*parts: dict[str, Any], **more: Any) -> Claims:
    """One statement with these parts."""
    entry = {"id": "c", "document": "d", "section": "s", "statement": "Yoga is said to help.", "stated_certainty": "certain"}
    content = {"rules_fixed": "2026-11-30", "documents": {"d": {"title": "D"}}, "claims": [entry | {"parts": list(parts)} | more]}
    return load_claims(content, TAXONOMY)


def material_of(rows: Rows, config: dict, **more: Any) -> Material:
    """What statements are judged by, with these trials."""
    settings = load_settings(config)
    converted = [convert(parse_result(dict.fromkeys(DECISION_COLUMNS, "") | row), settings) for row in rows]
    rules = Rules.of(config["verdicts"]), StatementRules.of(config["statements"]), Limits.of(config["certainty"])
    return Material(converted, settings, TAXONOMY, *rules, config["bayes"], **more)
