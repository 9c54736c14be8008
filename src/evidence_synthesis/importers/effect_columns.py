"""Columns of printed or entered effects by their names: the effect, its measure, and what tells its standard error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from evidence_synthesis.importers.arms import Rows
from evidence_synthesis.importers.cells import is_missing
from evidence_synthesis.importers.headers import Header
from evidence_synthesis.importers.names import Meaning, meaning_of, plain
from evidence_synthesis.importers.printed import printed
from evidence_synthesis.review.package import DataFaults, Fault

RATIO_MEASURES = ("RR", "OR", "HR", "IRR", "RoM", "Peto OR")


def effect_columns(
    header: Header, rows: Rows, used: Iterable[str], arms: bool, notes: list[str]
) -> tuple[dict[str, str], str, bool]:
    """Columns of a printed or entered effect, its measure where a name tells it, and whether it is adjusted."""
    if (o_e := header.named("o_e")) and (variance := header.named("variance")):
        notes.append(
            f"{o_e!r} and {variance!r} are taken for the log-rank or Peto statistics; say the measure (HR, Peto OR) with --map"
        )
        return {"o_e": o_e, "variance": variance}, "", False
    given = {f: c for f in ("given", "given_se", "given_variance") if (c := header.named(f))}
    if "given" in given and len(given) > 1:
        measure = header.named("effect_measure")
        return given | ({"effect_measure": measure} if measure else {}), "", False
    taken = {*used, *header.beside_effects().values()}
    at = {h: i for i, h in enumerate(header.names)}
    free = [m for m in header.meanings if not m.side and m.time in ("", "change") and m.header not in taken]
    free = _of_one_outcome(free, header.outcome, arms)
    effects = _effects(free, rows, arms)
    found = []
    for effect in effects:
        beside = _beside(effect, free, effects, at)
        if (
            beside
            or (effect.measure and header.named("effect_z"))
            or effect.quantity == "ci"
            or plain(effect.header) in ("effect", "printed")
            or _prints_limits(effect, rows)
            or (effect.measure and arms)
        ):
            found.append((effect, beside))
    if not found:
        return {}, "", False
    found.sort(key=lambda f: ({"yes": 0, "": 1, "no": 2}[f[0].adjusted], bool(f[0].log and len(f[1]) < 1), at[f[0].header]))
    effect, beside = found[0]
    rivals = [f[0] for f in found[1:] if f[0].adjusted == effect.adjusted and _rival(f[0], effect)]
    if rivals:
        told = ", ".join(r.header for r in (effect, *rivals))
        raise DataFaults([Fault("columns", 1, "", told, "one printed effect; say with --map which is to be pooled")])
    passed = [f[0].header for f in found[1:]]
    if passed:
        kind = "adjusted before crude" if effect.adjusted == "yes" else "the first of several"
        notes.append(f"the effect in {effect.header!r} is taken ({kind}); {', '.join(map(repr, passed))} is not used")
    columns = {"effect": effect.header} if not (effect.log or _entered(effect, beside)) else {"given": effect.header}
    if "effect" in columns and effect.measure in RATIO_MEASURES and "se" in beside and not {"ci", "ci_low"} & beside.keys():
        notes.append(f"{beside['se']!r} is taken for the standard error of the logarithm of {effect.header!r}")
    for quantity, column in beside.items():
        columns[_beside_field(quantity, "given" in columns)] = column
    if not beside and not _prints_limits(effect, rows) and (statistic := header.named("effect_z")):
        columns["effect_z"] = statistic
    if (measure := header.named("effect_measure")) and not effect.measure:
        columns["effect_measure"] = measure
    return columns, effect.measure, effect.adjusted == "yes"


def _rival(other: Meaning, effect: Meaning) -> bool:
    """Whether an effect is of another measure, or stands under the very name of the first: of another outcome, it may be."""
    return other.measure not in ("", effect.measure) or meaning_of(other.header) == replace(effect, header=other.header)


def _effects(free: Sequence[Meaning], rows: Rows, arms: bool) -> list[Meaning]:
    """The columns of effects; one of limits (``aHR_95CI``) counts where no column beside it is the effect of its measure."""
    alone = {(m.measure, m.adjusted) for m in free if m.quantity == "effect"}
    return [
        m
        for m in free
        if m.quantity == "effect"
        or (m.quantity == "ci" and m.measure and ((m.measure, m.adjusted) not in alone or _prints_limits(m, rows)))
        or (m.quantity == "ci" and not (m.measure or alone or arms) and _prints_limits(m, rows))
    ]


def _of_one_outcome(free: Sequence[Meaning], outcome: str, arms: bool) -> list[Meaning]:
    """The columns whose names are known to the last word; where these hold no effect, those of the only outcome there is.

    Of several, those of the ``outcome`` that a person says. Raises DataFaults where nobody does and no ``arms`` give an effect.
    """
    known = [m for m in free if not m.rest]
    others = [m for m in free if m.rest and m.measure and m.quantity in ("effect", "ci")]
    others = [m for m in others if m.quantity == "effect" or m.rest not in {o.rest for o in others if o.quantity == "effect"}]
    if not others or any(m.quantity == "effect" or (m.quantity == "ci" and m.measure) for m in known):
        return known
    outcomes, several = {m.rest: " ".join(m.rest) for m in others}, len({m.rest for m in others}) > 1
    if several:
        outcomes = {r: w for r, w in outcomes.items() if bare(w) == bare(outcome)}
        if arms and len(outcomes) != 1:
            return known
        if len(outcomes) != 1:
            told = ", ".join(dict.fromkeys(" ".join(m.rest) for m in others))
            wanted = f"one outcome of {told}: say which with --outcome, or map each with --map"
            raise DataFaults([Fault("columns", 1, "", ", ".join(m.header for m in others), wanted)])
    rest = next(iter(outcomes))
    limits = Counter(m.quantity for m in free if m.quantity in ("ci_low", "ci_high", "ci", "se", "p"))
    chosen = [m for m in others if m.rest == rest]
    end = min((i for i, m in enumerate(free) if m in others and m not in chosen and i > free.index(chosen[0])), default=len(free))
    near = free[free.index(chosen[0]) : end] if several else free
    beside = [m for m in free if m.rest == rest or (m in near and (m.rest == () or (limits[m.quantity] == 1 and not several)))]
    return [replace(m, rest=()) for m in free if m in chosen or (m in beside and m.quantity in limits)]


def bare(name: str) -> str:
    """A name as its letters and digits alone."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _prints_limits(effect: Meaning, rows: Rows) -> bool:
    """Whether most cells of a column print an effect with its limits."""
    cells = [row.get(effect.header) for _, row in rows if not is_missing(row.get(effect.header))]
    found = [p for p in map(printed, cells) if p is not None and p.effect is not None]
    return bool(cells) and len(found) > len(cells) / 2


def _entered(effect: Meaning, beside: Mapping[str, str]) -> bool:
    """An effect of no stated measure with only its standard error is taken as entered, on the scale of pooling."""
    return not effect.measure and "ci_low" not in beside and "ci" not in beside and ("se" in beside or "variance" in beside)


def _beside_field(quantity: str, given: bool) -> str:
    told = {"ci": "effect_ci", "variance": "given_variance", "p": "effect_p", "se": "given_se" if given else "effect_se"}
    return told.get(quantity, quantity)


def _beside(effect: Meaning, free: Sequence[Meaning], effects: Sequence[Meaning], at: Mapping[str, int]) -> dict[str, str]:
    """The columns that go with an effect: limits, standard error, p. Named for it, or the next ones to its right."""
    place = at[effect.header]
    following = [at[e.header] for e in effects if at[e.header] > place]
    end = min(following, default=len(at))
    found: dict[str, str] = {}
    for quantity in ("ci_low", "ci_high", "ci", "se", "variance", "p"):
        fitting = [
            m
            for m in free
            if m.quantity == quantity
            and m.header != effect.header
            and m.measure in ("", effect.measure)
            and (m.adjusted in ("", effect.adjusted) or not effect.adjusted)
            and not (quantity == "ci" and m in effects)
        ]
        named = [m for m in fitting if m.measure == effect.measure != "" and m.adjusted == effect.adjusted]
        near = [m for m in fitting if not m.measure and place < at[m.header] < end]
        others = [m for m in fitting if not m.measure and m.adjusted in ("", effect.adjusted)] if len(effects) == 1 else []
        if not others and not near and place + 1 == end and not following[1:]:  # two effects side by side, limits behind both
            others = []
        best = named or near or others
        if best:
            found[quantity] = best[0].header
    return found
