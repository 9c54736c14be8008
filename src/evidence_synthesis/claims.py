"""A document's statement against the pooled results: agrees, partly, disagrees, or cannot be tested; and how firmly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import betaincinv

from evidence_synthesis import wording
from evidence_synthesis.batch import make_batch
from evidence_synthesis.bias import MINIMUM, egger
from evidence_synthesis.certainty import Body, Limits, Part, Rating, rate, unpoolable_trials
from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.conversions import Converted
from evidence_synthesis.influence import leave_one_out
from evidence_synthesis.multiarm import Entry, people
from evidence_synthesis.pooling import pool, weights
from evidence_synthesis.questions import Question, Trials, eligible, entries_of, question_of
from evidence_synthesis.schema import Result
from evidence_synthesis.settings import Settings
from evidence_synthesis.statements import COMPARE, EFFECT, EVIDENCE_BASE, RISK, Claim, Claims, Test
from evidence_synthesis.verdicts import INSUFFICIENT, NO_DATA, Judged, Rules, answer, bound, judge, sides, sign

Record = dict[str, object]
AGREES, PARTLY, DISAGREES, UNTESTABLE = "agrees", "partly", "disagrees", "cannot be tested"
OPINIONS = (AGREES, PARTLY, DISAGREES, UNTESTABLE)
_MEANS = {AGREES: "would agree", PARTLY: "would agree in part", DISAGREES: "would disagree"}
_WORST_FIRST = (DISAGREES, PARTLY, AGREES)


@dataclass(frozen=True)
class Material:
    """What claims are judged by: results, settings, rules, the network's league table, and what cannot be pooled."""

    converted: Sequence[Converted]
    settings: Settings
    taxonomy: Taxonomy
    rules: Rules
    limits: Limits
    league: Mapping[tuple[str, str, str], tuple[float, float, float]]
    unusable: Sequence[Mapping[str, str]]
    level: float = 95.0
    floor: bool = True


@dataclass
class Answer:
    """The answer to one test. Effects are turned so that negative favours the treatment; ``smallest`` is a distance."""

    opinion: str
    verdict: str
    reason: str
    measure: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    i2: float = math.nan
    trials: int = 0
    participants: float | None = None
    smallest: float = math.nan
    turn: float = 1.0
    certainty: str = ""
    basis: str = ""
    direct: str = ""
    network: str = ""
    nearest: str = ""
    distance: float = math.nan
    flipped_by: list[str] = field(default_factory=list)
    row_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """A pooled question: its entries, the pooled values with negative favouring the treatment, and its verdict."""

    entries: Sequence[Entry]
    measure: str
    values: Mapping[str, float]
    verdict: str
    smallest: float
    turn: float
    participants: float | None
    without: Mapping[str, tuple[str, float]]


def opinion_of(word: str, agree: Iterable[str], partly: Iterable[str]) -> str:
    """What a verdict means for a statement; a verdict that it does not list disagrees, and no data is no test."""
    if word == NO_DATA:
        return UNTESTABLE
    return AGREES if word in agree else PARTLY if word in partly else DISAGREES


def overall(opinions: Iterable[str]) -> str:
    """The worst of the tests that could be made; a statement without any cannot be tested."""
    made = set(opinions)
    return next((o for o in _WORST_FIRST if o in made), UNTESTABLE)


def _verdict(yi: np.ndarray[Any, Any], vi: np.ndarray[Any, Any], values: Mapping[str, float], s: _Scale, rules: Rules) -> str:
    for_it, against = sides(yi.tolist(), vi.tolist())
    arrays = {n: np.array([values[n]]) for n in ("estimate", "ci_low", "ci_high", "i2")}
    judged = Judged(
        arrays["estimate"],
        arrays["ci_low"],
        arrays["ci_high"],
        arrays["i2"],
        np.array([s.trials]),
        np.array([math.inf if s.people is None else s.people]),
        np.array([for_it]),
        np.array([against]),
    )
    return str(judge(judged, s.smallest, rules)[0])


@dataclass(frozen=True, slots=True)
class _Scale:
    trials: int
    people: float | None
    smallest: float


def _participants(entries: Sequence[Entry]) -> float | None:
    total, unknown = people(entries)
    return None if unknown else total


def pool_question(question: Question, trials: Trials, measure: str, material: Material, rules: Rules) -> Summary | None:
    """Pool a question on one measure, with its verdict and that without each trial; None when it has no trial."""
    entries = entries_of(trials, question, measure, material.settings)
    if not entries:
        return None
    turn, smallest = sign(question.outcome), bound(question.outcome, measure)
    yi = turn * np.array([e.estimate.yi for e in entries])
    vi = np.array([e.estimate.vi for e in entries])
    values = pool(make_batch([(yi, vi)]), floor=material.floor, level=material.level).at(0)
    ids = {e.trial_id for e in entries}
    participants = _participants(entries)
    verdict = _verdict(yi, vi, values, _Scale(len(ids), participants, smallest), rules)
    without: dict[str, tuple[str, float]] = {}
    if len(entries) > 1:
        left = leave_one_out(yi, vi)
        for i, entry in enumerate(entries):
            rest = [e for j, e in enumerate(entries) if j != i]
            scale = _Scale(len({e.trial_id for e in rest}), _participants(rest), smallest)
            at = left.at(i)
            without[entry.result.study] = _verdict(np.delete(yi, i), np.delete(vi, i), at, scale, rules), at["estimate"]
    return Summary(entries, measure, values, verdict, smallest, turn, participants, without)


def rating_of(question: Question, summary: Summary, material: Material) -> Rating:
    """The certainty of a pooled question by the rules."""
    entries, values = summary.entries, summary.values
    yi = summary.turn * np.array([e.estimate.yi for e in entries])
    vi = np.array([e.estimate.vi for e in entries])
    shares = weights(make_batch([(yi, vi)]), np.array([values["tau2"]]))
    parts = [
        Part(e.result, share.item(), e.result.treatment if e.turned else e.result.comparator)
        for e, share in zip(entries, shares, strict=True)
    ]
    risks = [e.arm_c.events / e.arm_c.n for e in entries if e.arm_c is not None and e.arm_c.events is not None]
    body = Body(
        parts,
        summary.measure,
        values["estimate"],
        values["ci_low"],
        values["ci_high"],
        None if len(entries) < 2 else (values["prediction_low"], values["prediction_high"]),
        0.0 if math.isnan(values["i2"]) else values["i2"],
        people(entries)[0],
        summary.participants is not None,
        summary.smallest,
        float(np.median(risks)) if risks else None,
        egger(yi, vi).slope_p if len(entries) >= MINIMUM else None,
        unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions),
    )
    return rate(body, material.limits, material.taxonomy)


def nearest_flip(summary: Summary) -> tuple[str, float]:
    """Which threshold lies nearest to where the verdict would change, and how far away it is (scale of pooling)."""
    values, smallest = summary.values, summary.smallest
    low, high, estimate = values["ci_low"], values["ci_high"], values["estimate"]
    if low <= 0 <= high:
        places = {"upper limit to no effect": high, "lower limit to no effect": -low}
        if low > -smallest and high < smallest:
            places |= {"lower limit to a worthwhile benefit": low + smallest, "upper limit to a worthwhile harm": smallest - high}
        else:
            places |= {"lower limit to within the threshold": abs(low + smallest)} if low <= -smallest else {}
            places |= {"upper limit to within the threshold": abs(high - smallest)} if high >= smallest else {}
    else:
        side = ("upper", -high) if high < 0 else ("lower", low)
        places = {f"{side[0]} limit to no effect": side[1]}
        if high < 0:
            places["estimate to the smallest worthwhile effect"] = abs(estimate + smallest)
    name = min(places, key=lambda n: (places[n], n))
    return name, places[name]


def _fill(found: Answer, summary: Summary) -> Answer:
    values = summary.values
    name, distance = nearest_flip(summary)
    return replace(
        found,
        measure=summary.measure,
        estimate=values["estimate"],
        low=values["ci_low"],
        high=values["ci_high"],
        i2=values["i2"],
        trials=len({e.trial_id for e in summary.entries}),
        participants=summary.participants,
        smallest=summary.smallest,
        turn=summary.turn,
        nearest=name,
        distance=distance,
        row_ids=tuple(i for e in summary.entries for i in e.row_ids),
    )


def _first_measure(question: Question, material: Material, rules: Rules, only: str = "") -> Summary | None:
    """The pooled question on the outcome's first measure that has trials."""
    trials = eligible(question, material.converted, material.settings, material.taxonomy)
    for measure in [only] if only else question.outcome.measures:
        summary = pool_question(question, trials, measure, material, rules)
        if summary is not None:
            return summary
    return None


def _none(question: Question, material: Material) -> Answer:
    known = unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions)
    reason = "no trial in the data answers this"
    return Answer(
        UNTESTABLE, NO_DATA, reason + (f"; known without poolable results: {wording.count(known, 'trial')}" if known else "")
    )


def _face_value(summary: Summary, question: Question, test: Test, material: Material) -> str:
    """Where there is too little to judge: what the trials say taken as they are, if that means something else to the claim."""
    if summary.verdict != INSUFFICIENT:
        return ""
    anything = replace(material.rules, least_trials=1, least_participants=-math.inf)
    taken = _first_measure(question, material, anything, summary.measure)
    word = summary.verdict if taken is None else taken.verdict
    opinion = opinion_of(word, test.agree, test.partly)
    if opinion == opinion_of(summary.verdict, test.agree, test.partly):
        return ""
    return f", too little to judge; at face value {word.replace('_', ' ')}, which {_MEANS[opinion]}"


def _effect(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    summary = _first_measure(question, material, material.rules)
    if summary is None:
        return _none(question, material)
    opinion = opinion_of(summary.verdict, test.agree, test.partly)
    reason = "pooled trials" + _face_value(summary, question, test, material)
    found = _fill(Answer(opinion, summary.verdict, reason, basis="pooled"), summary)
    found.certainty = rating_of(question, summary, material).certainty
    found.flipped_by = sorted(
        study for study, (word, _) in summary.without.items() if opinion_of(word, test.agree, test.partly) != opinion
    )
    return found


def _network_answer(
    test: Test, claim: Claim, material: Material, smallest: float
) -> tuple[str, str, tuple[float, float, float]] | None:
    """The network's answer on a comparison: the word, the words for it, and the effect of a against b."""
    a, b = test.treatment, test.versus
    people_of = {(p.regions, p.chronicities): p.population for p in material.settings.populations}
    population = people_of.get((claim.population.regions, claim.population.chronicities))
    if b is None or not a.node or not b.node or a.level != b.level or population is None:
        return None
    network = "__".join((test.outcome, test.term, a.level, population))
    values = material.league.get((network, a.node, b.node))
    if values is None:
        turned = material.league.get((network, b.node, a.node))
        if turned is None:
            return None
        values = (-turned[0], -turned[2], -turned[1])
    estimate, low, high = values
    word = "not_shown" if low <= 0 <= high else "harm" if estimate > 0 else "benefit"
    return answer(word, estimate, smallest), wording.effect_with_interval("MD", estimate, low, high), values


def _compare(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    enough = replace(material.rules, least_participants=0.0)
    summary = _first_measure(question, material, enough)
    measure = question.outcome.measures[0]
    smallest = bound(question.outcome, measure)
    network = _network_answer(test, claim, material, smallest)
    direct = ""
    if summary is not None:
        shown = (summary.turn * summary.values[n] for n in ("estimate", "ci_low", "ci_high"))
        natural = [wording.natural(summary.measure, v) for v in shown]
        trials = len({e.trial_id for e in summary.entries})
        direct = f"{wording.effect_with_interval(summary.measure, *natural)}, {wording.count(trials, 'trial')}"
    if summary is not None and summary.verdict != INSUFFICIENT:
        word = answer(summary.verdict, summary.values["estimate"], summary.smallest)
        opinion = opinion_of(word, test.agree, test.partly)
        found = _fill(Answer(opinion, word, "trials that compare both directly", basis="direct"), summary)
        found.certainty = rating_of(question, summary, material).certainty
        found.flipped_by = sorted(
            study
            for study, (other, estimate) in summary.without.items()
            if opinion_of(answer(other, estimate, summary.smallest), test.agree, test.partly) != opinion
        )
    elif network is not None:
        word, _, (estimate, low, high) = network
        found = Answer(opinion_of(word, test.agree, test.partly), word, "network: fewer than two direct trials", basis="network")
        found = replace(found, measure=measure, estimate=estimate, low=low, high=high, smallest=smallest)
        if summary is not None:
            found.trials = len({e.trial_id for e in summary.entries})
    elif summary is not None:
        reason = "one direct trial, and no network holds both"
        found = _fill(Answer(UNTESTABLE, INSUFFICIENT, reason, basis="direct"), summary)
    else:
        found = _none(question, material)
        found.reason += "; no network holds both" if test.versus else ""
    return replace(found, direct=direct, network=network[1] if network else "")


def _holds(limits: Mapping[str, float], low: float, high: float) -> bool:
    conditions = {
        "upper_limit_below": lambda v: high < v,
        "interval_holds": lambda v: low <= v <= high,
    }
    return bool(limits) and all(conditions[name](value) for name, value in limits.items())


def _risk(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    question = question_of(claim, number, test, material.settings)
    summary = _first_measure(question, material, material.rules, test.measure)
    if summary is None:
        return _none(question, material)
    shown = {n: wording.natural(test.measure, summary.turn * summary.values[n]) for n in ("ci_low", "ci_high")}
    low, high = sorted(shown.values())
    opinion = AGREES if _holds(test.agree, low, high) else PARTLY if _holds(test.partly or {}, low, high) else DISAGREES
    reason = f"the interval is {wording.interval(test.measure, low, high)}; asked: " + ", ".join(
        f"{name.replace('_', ' ')} {value:g}" for name, value in test.agree.items()
    )
    found = _fill(Answer(opinion, summary.verdict, reason, basis="pooled"), summary)
    found.certainty = rating_of(question, summary, material).certainty
    return found


def _evidence_base(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    """How much evidence there is. Trials whose risk of bias nobody has assessed may be at low risk, or not."""
    question = question_of(claim, number, test, material.settings)
    trials = eligible(question, material.converted, material.settings, material.taxonomy)
    usable = {t: [c for c in cs if c.converted.estimates] for t, cs in trials.items()}
    usable = {t: cs for t, cs in usable.items() if cs}
    ratings = {t: {c.result.rob2_overall for c in cs} for t, cs in usable.items()}
    low = sum("low" in r for r in ratings.values())
    unknown = sum(r == {""} for r in ratings.values())
    known = unpoolable_trials(material.unusable, question.subject, question.outcome.domain, question.population.regions)

    def holds(limits: Mapping[str, int]) -> bool | None:
        answers: list[bool | None] = []
        for name, most in limits.items():
            if name == "trials_at_most":
                answers.append(len(usable) <= most)
            else:
                answers.append(True if low + unknown <= most else False if low > most else None)
        return False if False in answers or not answers else None if None in answers else True

    agree, partly = holds(test.agree), holds(test.partly or {})
    if agree:
        opinion = AGREES
    elif partly:
        opinion = PARTLY
    else:
        opinion = UNTESTABLE if agree is None else DISAGREES
    reason = f"{wording.count(len(usable), 'trial')} with a usable result, {low} at low risk of bias, {unknown} not assessed"
    reason += f"; known without poolable results: {known} more" if known else ""
    rows = tuple(sorted({c.result.row_id for cs in usable.values() for c in cs}))
    return Answer(opinion, "", reason, trials=len(usable), basis="count", row_ids=rows)


def exact_interval(events: float, n: float, level: float = 95.0) -> tuple[float, float]:
    """Exact limits of a proportion (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    alpha = (1 - level / 100) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, alpha))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - alpha))
    return low, high


def _serious(result: Result) -> bool:
    words = result.measured_as.lower()
    return "serious" in words and "non-serious" not in words and "not serious" not in words


def _harm_arms(converted: Iterable[Converted], members: frozenset[str]) -> dict[tuple[str, str, str], tuple[float, float, str]]:
    """Arms of some treatments with their serious events and people: counted as such, or none of any kind."""
    arms: dict[tuple[str, str, str], tuple[float, float, str]] = {}
    for item in converted:
        r = item.result
        if r.outcome != "adverse_event" or r.decision == "exclude":
            continue
        for arm, treatment, detail in ((r.arm_t, r.treatment, r.treatment_detail), (r.arm_c, r.comparator, r.comparator_detail)):
            if treatment not in members or arm.events is None or not arm.n:
                continue
            if _serious(r) or (arm.events == 0 and "any adverse event" in r.measured_as.lower()):
                key = (r.trial_id, treatment, detail)
                before = arms.get(key)
                if before is None or arm.events > before[0]:
                    arms[key] = (arm.events, arm.n, r.row_id)
    return arms


def _serious_harms(test: Test, material: Material) -> Answer:
    arms = _harm_arms(material.converted, test.treatment.members)
    if not arms:
        return Answer(UNTESTABLE, NO_DATA, "no trial in the data counts serious adverse events of this treatment")
    events, n = sum(a[0] for a in arms.values()), sum(a[1] for a in arms.values())
    low, high = (1000 * v for v in exact_interval(events, n))
    most = test.at_most_per_1000 or 0.0
    opinion = AGREES if high <= most else PARTLY if 1000 * events / n <= most else DISAGREES
    trials = len({key[0] for key in arms})
    reason = (
        f"{events:.0f} serious events in {n:.0f} treated people of {wording.count(trials, 'trial')}: "
        f"{1000 * events / n:.1f} per 1,000 "
        f"(exact 95% limits {low:.1f} to {high:.1f}); asked: upper limit at most {most:g}"
    )
    rows = tuple(sorted(a[2] for a in arms.values()))
    return Answer(opinion, "", reason, trials=trials, participants=n, basis="count", row_ids=rows)


def judge_test(claim: Claim, number: int, test: Test, material: Material) -> Answer:
    """Put one test of a claim to the data."""
    if test.kind == EFFECT:
        return _effect(claim, number, test, material)
    if test.kind == COMPARE:
        return _compare(claim, number, test, material)
    if test.kind == RISK:
        return _risk(claim, number, test, material)
    if test.kind == EVIDENCE_BASE:
        return _evidence_base(claim, number, test, material)
    return _serious_harms(test, material)


Judged_claims = list[tuple[Claim, list[Answer]]]


def judge_claims(claims: Claims, material: Material) -> Judged_claims:
    """Every statement with the answers to its tests."""
    return [(c, [judge_test(c, i, t, material) for i, t in enumerate(c.tests, 1)]) for c in claims.claims]


DETAIL_COLUMNS = (
    *("claim", "test", "kind", "question", "opinion", "verdict", "agree", "partly", "measure", "estimate", "ci_low", "ci_high"),
    *("i2", "trials", "participants", "threshold", "certainty", "basis", "direct", "network", "same_verdict", "same_when_judged"),
    *("nearest_flip", "distance", "flipped_by", "reason", "rows"),
)
CLAIM_COLUMNS = (
    *("claim", "document", "section", "statement", "population", "opinion", "agrees", "partly", "disagrees", "not_tested"),
    *("decided_by", "certainty", "same_verdict", "flipped_by", "reason"),
)


def question_words(claim: Claim, test: Test, settings: Settings) -> str:
    """What a test asks, in words."""
    outcome = settings.outcome(test.outcome).label.lower()
    term = "any time" if test.term == "any" else f"{test.term} term"
    if test.kind == COMPARE and test.versus is not None:
        return f"{test.treatment.label} against {test.versus.label}: {outcome}, {term} ({claim.population.label})"
    if test.kind == EVIDENCE_BASE:
        return f"Trials of {test.treatment.label}: {outcome}, {term} ({claim.population.label})"
    if test.kind in (EFFECT, RISK):
        group = next(g.label for g in settings.comparators if g.comparator == test.comparator)
        return f"{test.treatment.label} against {group}: {outcome}, {term} ({claim.population.label})"
    return f"Serious adverse events of {test.treatment.label}"


def _words(values: Any) -> str:
    if isinstance(values, Mapping):
        return "; ".join(f"{k} {v:g}" for k, v in values.items())
    return ";".join(values or [])


def _shown(found: Answer) -> Record:
    """The pooled values of an answer as they are read."""
    if math.isnan(found.estimate):
        return {}
    limits = sorted((found.turn * found.low, found.turn * found.high))
    return {
        "estimate": wording.natural(found.measure, found.turn * found.estimate),
        "ci_low": wording.natural(found.measure, limits[0]),
        "ci_high": wording.natural(found.measure, limits[1]),
    }


def _share(claim: Claim, number: int, found: Answer, universes: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """What the multiverse says of a test; nothing for one that it does not answer."""
    return universes.get(f"{claim.claim_id}__{number}", {}) if found.basis in ("pooled", "direct") else {}


def detail_rows(judged: Judged_claims, settings: Settings, universes: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    """A line for every test of every claim. ``universes`` holds the multiverse's summary by question."""
    for claim, answers in judged:
        for number, (test, found) in enumerate(zip(claim.tests, answers, strict=True), 1):
            share = _share(claim, number, found, universes)
            yield {
                "claim": claim.claim_id,
                "test": number,
                "kind": test.kind,
                "question": question_words(claim, test, settings),
                "opinion": found.opinion,
                "verdict": found.verdict,
                "agree": _words(test.agree) or (f"at most {test.at_most_per_1000:g} per 1,000" if test.at_most_per_1000 else ""),
                "partly": _words(test.partly),
                "measure": found.measure,
                **_shown(found),
                **{n: getattr(found, n) for n in ("i2", "trials", "participants", "certainty", "basis", "direct", "network")},
                "threshold": found.smallest,
                "same_verdict": share.get("same_verdict", ""),
                "same_when_judged": share.get("same_when_judged", ""),
                "nearest_flip": found.nearest,
                "distance": found.distance,
                "flipped_by": "; ".join(found.flipped_by),
                "reason": found.reason,
                "rows": ";".join(found.row_ids),
            }


def claim_rows(judged: Judged_claims, claims: Claims, universes: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    """A line for every statement: the overall opinion, the test that decided it, and how many universes share its verdict."""
    for claim, answers in judged:
        opinions = [a.opinion for a in answers]
        whole = overall(opinions)
        deciding = opinions.index(whole)
        found = answers[deciding]
        value = ""
        if not math.isnan(found.estimate):
            shown = _shown(found)
            value = wording.effect_with_interval(
                found.measure, *(float(str(shown[n])) for n in ("estimate", "ci_low", "ci_high"))
            )
            value = f"{found.measure} {value}, {wording.count(found.trials, 'trial')}; "
        yield {
            "claim": claim.claim_id,
            "document": claims.documents[claim.document]["title"],
            "section": claim.section,
            "statement": claim.statement,
            "population": claim.population.label,
            "opinion": whole,
            "agrees": opinions.count(AGREES),
            "partly": opinions.count(PARTLY),
            "disagrees": opinions.count(DISAGREES),
            "not_tested": opinions.count(UNTESTABLE),
            "decided_by": deciding + 1,
            "certainty": found.certainty,
            "same_verdict": _share(claim, deciding + 1, found, universes).get("same_verdict", ""),
            "flipped_by": "; ".join(found.flipped_by),
            "reason": value + (found.verdict.replace("_", " ") + ": " if found.verdict else "") + found.reason,
        }


READING_COLUMNS = ("family", "document", "claims", "agrees", "partly", "disagrees", "not_tested", "supported")


def _families(claim: Claim, taxonomy: Taxonomy) -> set[str]:
    families = [{taxonomy[m].family for m in t.treatment.members} for t in claim.tests if t.treatment.level != "class"]
    return {next(iter(f)) for f in families if len(f) == 1}


def reading_rows(judged: Judged_claims, claims: Claims, taxonomy: Taxonomy) -> Iterator[Record]:
    """Where several documents speak of one family of treatments: whose statements the data bear out.

    A document is supported where more of its statements agree than disagree, and no other document does better.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for claim, answers in judged:
        for family in _families(claim, taxonomy):
            found.setdefault(family, {}).setdefault(claim.document, []).append(overall(a.opinion for a in answers))
    for family, documents in sorted(found.items()):
        if len(documents) < 2:
            continue
        score = {d: opinions.count(AGREES) - opinions.count(DISAGREES) for d, opinions in documents.items()}
        best = max(score.values())
        for document, opinions in documents.items():
            yield {
                "family": taxonomy.label(f"family-{family}"),
                "document": claims.documents[document]["title"],
                "claims": len(opinions),
                "agrees": opinions.count(AGREES),
                "partly": opinions.count(PARTLY),
                "disagrees": opinions.count(DISAGREES),
                "not_tested": opinions.count(UNTESTABLE),
                "supported": score[document] == best and best > 0,
            }
