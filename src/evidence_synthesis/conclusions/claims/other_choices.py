"""Parts that hold no single pooled interval against a region, judged again under every other defensible choice.

The multiverse answers parts about an effect. What these parts ask has choices, too, and each combination of them is a universe:

* trials contradict each other, an effect does not last, a share: the windows of follow-up, and the ways to leave results out
  (high risk of bias by either mapping, imputed, abstract only, doubtful);
* few trials: doubtful results, retracted trials, the mapping of risk of bias, and how many are few (half as many, the rule's
  number, twice as many);
* rare harms: doubtful results, whether an arm without any adverse event has counted its serious ones, the limit (two-sided or
  one-sided 95 per cent), and the word (the rule's rate, or ten times as many).

Estimator, interval and threshold are no choices of these rules, and the results with other correlations of follow-ups stand in
the reason. What is not known (trials that may belong, nobody judged) is no choice either: the rules leave it open. Each
universe has its own certainty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from evidence_synthesis.conclusions.claims.concerning import material_about
from evidence_synthesis.conclusions.claims.harms import harm_verdict, harms_counted
from evidence_synthesis.conclusions.claims.judge import asked_by, judge_part
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import (
    AMOUNT,
    CONTRADICTORY,
    LOW_RISK,
    ONLY_SHORT,
    RARE_HARM,
    RATES,
    SHARE,
    Claims,
    StatementPart,
)
from evidence_synthesis.synthesis.multiverse import DOUBTFUL, RETRACTED, Choices, marks_of
from evidence_synthesis.synthesis.regions import NOT_LOOKED_AT

KINDS = (CONTRADICTORY, ONLY_SHORT, SHARE, AMOUNT, RARE_HARM)
_LEVELS = (95.0, 90.0)  # of the exact interval: its upper limit is the two-sided, or the one-sided one of 95 per cent
_LOOSER = 10.0  # from one word of the convention on frequencies to the next
_FEW = (1.0, 0.5, 2.0)


@dataclass(frozen=True, slots=True)
class ChoiceGrounds:
    """What other choices rest on: the choices of the settings, and the ids of results that the audit doubts."""

    choices: Choices
    doubtful: frozenset[str]


def _marked(items: Sequence[Converted], grounds: ChoiceGrounds) -> list[tuple[Converted, frozenset[str]]]:
    return [(item, marks_of(item, grounds.choices, grounds.doubtful)) for item in items]


def _pooled(part: StatementPart, material: Material, grounds: ChoiceGrounds) -> Iterator[str]:
    """The verdicts on a part that pools trials, one for each universe; alike selections of results are judged once."""
    items = _marked(material.converted, grounds)
    kept: dict[tuple[str, ...], list[Converted]] = {}
    ways = []
    for way in grounds.choices.ways_to_leave_out:
        left = [item for item, marks in items if not marks & set(way)]
        ways.append(tuple(item.result.row_id for item in left))
        kept[ways[-1]] = left
    for window, (way, times) in product(grounds.choices.windows.values(), Counter(ways).items()):
        yield from [judge_part(part, replace(material, converted=kept[way], settings=window)).verdict] * times


def _left(material: Material, grounds: ChoiceGrounds, marks: Sequence[str]) -> Iterator[tuple[Material, int]]:
    """The material without results that have some of these marks, for each set of marks; alike ones once, with their number."""
    items = _marked(material.converted, grounds)
    found: dict[tuple[str, ...], tuple[Material, int]] = {}
    for chosen in product((False, True), repeat=len(marks)):
        dropped = {mark for mark, out in zip(marks, chosen, strict=True) if out}
        left = [item for item, own in items if not own & dropped]
        ids = tuple(item.result.row_id for item in left)
        known = found.get(ids, (replace(material, converted=left), 0))
        found[ids] = (known[0], known[1] + 1)
    yield from found.values()


def _otherwise(material: Material) -> Material:
    """The material with risk of bias by the settings' other mapping of the tools' judgements."""
    items = [replace(i, result=replace(i.result, risk_of_bias=i.result.risk_of_bias_otherwise)) for i in material.converted]
    return replace(material, converted=items)


def _amount(part: StatementPart, material: Material, grounds: ChoiceGrounds) -> Iterator[str]:
    mappings = (False, True) if part.quality == LOW_RISK and grounds.choices.otherwise else (False,)
    few = dict.fromkeys(int(part.at_most * share) for share in _FEW) if part.at_most else (0, 1)
    for left, times in _left(material, grounds, (DOUBTFUL, RETRACTED)):
        for other, most in product(mappings, few):
            changed = _otherwise(left) if other else left
            yield from [judge_part(replace(part, at_most=most), changed).verdict] * times


def _rare_harm(part: StatementPart, material: Material, grounds: ChoiceGrounds) -> Iterator[str]:
    for left, times in _left(material, grounds, (DOUBTFUL,)):
        for none_of_any, level, looser in product((True, False), _LEVELS, (1.0, _LOOSER)):
            events, people = harms_counted(part, left, none_of_any)
            yield from [harm_verdict(events, people, RATES[part.rate] * looser, level) if people else NOT_LOOKED_AT] * times


_UNIVERSES = {AMOUNT: _amount, RARE_HARM: _rare_harm}


def verdicts_otherwise(part: StatementPart, material: Material, grounds: ChoiceGrounds) -> Counter[str]:
    """How many universes have which verdict on a part of one of ``KINDS``; those without data are not looked at.

    What a former run answered about the same results is taken over, where the material has its memo.
    """
    own, judge = material_about(part, material), _UNIVERSES.get(part.kind, _pooled)
    plain = replace(own, beside_each=False, memo=None)
    if own.memo is None:
        return Counter(judge(part, plain, grounds))
    doubted = grounds.doubtful & {item.result.row_id for item in own.converted}
    data, rules = (own.converted, own.unusable), (*own.judged_by, grounds.choices)
    asked = ("otherwise", asked_by(part), doubted)
    return own.memo.answer(asked, data, lambda: Counter(judge(part, plain, grounds)), Counter, rules)


def all_otherwise(claims: Claims, material: Material, grounds: ChoiceGrounds) -> Mapping[tuple[str, int], Counter[str]]:
    """The same of every such part, by statement and number; parts that ask the same are judged once."""
    known: dict[object, Counter[str]] = {}
    found = {}
    for statement in claims.statements:
        for number, part in enumerate(statement.parts, 1):
            if part.kind in KINDS:
                asked = asked_by(part)
                if asked not in known:
                    known[asked] = verdicts_otherwise(part, material, grounds)
                found[statement.statement_id, number] = known[asked]
    return found
