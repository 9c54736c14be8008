"""Forest plots as journals print them: columns, tests, widths in Arial, lone trials, names, axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import DATA, ROOT, read_csv
from matplotlib import font_manager
from scipy.stats import chi2

from evidence_synthesis.cli.shared import inches
from evidence_synthesis.plots.drawing.axis import LOG_ENDS, EffectAxis
from evidence_synthesis.plots.drawing.canvas import Page, fit_middle, text_width
from evidence_synthesis.plots.drawing.fonts import families
from evidence_synthesis.plots.drawing.metrics import ARIAL, HOUSE, arial_width, family_of
from evidence_synthesis.plots.drawing.rendering import render
from evidence_synthesis.plots.forest import Forest
from evidence_synthesis.plots.forest_parts import WITHIN_SUBGROUPS, Block, DrawnTrial, Section
from evidence_synthesis.plots.from_tables import forest_of, marked, techniques
from evidence_synthesis.plots.journal_forest import JournalDrawing
from evidence_synthesis.plots.journals import LAYOUTS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.trials_in_analyses import trials_of

RESULTS = ROOT / "results"
TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
FAMILY = "family-manual_therapy__inactive__pain__short__low_back"
EVENTS = "events"
SIGNS = "+~?\u2212"  # in the discs of risk of bias
JOURNALS = ("revman", "bmj", "jama")


def of_counts(row: PooledResult, trials: Sequence[DrawnTrial]) -> bool:
    """Whether an analysis pools events that all its trials print, judged with RoB 2 alone."""
    counted = all(t.trial.events_t is not None and t.trial.events_c is not None for t in trials)
    judged = {t.domains.partition(":")[0] for t in trials if t.domains}
    return row.measure == "RR" and len(trials) > 3 and counted and judged == {"RoB 2"}


@pytest.fixture(scope="module")
def forests(settings: Settings) -> dict[str, Forest]:
    """A family by its treatments, and an analysis of events."""
    pooled = PooledResult.of(RESULTS)
    drawn = marked(trials_of(RESULTS), frozenset(), read_checked(RESULTS / "checked/trials.csv"))
    found = {}
    family = next(r for r in pooled if r.key == (FAMILY, "MD"))
    for name, row in ((FAMILY, family), (EVENTS, next(r for r in pooled if of_counts(r, drawn.get(r.key, ()))))):
        sections = techniques(row, pooled, drawn, TAXONOMY) if name == FAMILY else ()
        found[name] = forest_of(row, drawn[row.key], settings, "Random effects, REML.", "revman", sections)
    return found


def words(forest: Forest) -> list[str]:
    page, _ = forest.lay_out()[0]
    return [label.text for label in page.texts]


@pytest.mark.parametrize("layout", JOURNALS)
@pytest.mark.parametrize("name", [FAMILY, EVENTS])
@pytest.mark.parametrize("width", [None, 180 / 25.4])
def test_texts_of_a_row_do_not_overlap_and_stay_on_the_page(
    forests: dict[str, Forest], layout: str, name: str, width: float | None
) -> None:
    page, height = replace(forests[name], layout=layout, width=width).lay_out()[0]
    if width is not None:
        assert page.width == pytest.approx(width)
    rows: dict[float, list[tuple[float, float, str]]] = {}
    for label in page.texts:
        wide = text_width(label.text, label.size, label.bold, ARIAL)
        left = label.x - {"left": 0.0, "center": 0.5, "right": 1.0}[label.align] * wide
        assert left > -0.01, label.text
        assert left + wide < page.width + 0.01, label.text
        assert 0 < label.y < height
        assert label.size >= 7 or label.text in SIGNS, label.text  # what journals ask for
        rows.setdefault(round(label.y, 4), []).append((left, left + wide, label.text))
    for row in rows.values():
        row.sort()
        for (_, end, one), (start, _, other) in pairwise(row):
            assert end <= start + 0.01, (one, other)


def test_revman_has_means_totals_tests_and_letters(forests: dict[str, Forest]) -> None:
    shown = words(forests[FAMILY])
    assert {"Mean", "SD", "Total", "Weight", "Experimental", "Control", "Study or subgroup"} <= set(shown)
    assert shown.count("Subtotal (95% CI)") == 3
    assert shown.count("Total (95% CI)") == 1
    assert sum(text.startswith("Test for overall effect: T = ") for text in shown) == 4
    events = words(forests[EVENTS])
    assert {"Events", "Total events:", "A", "B", "C", "D", "E"} <= set(events)
    assert "F" not in events  # five domains, as RoB 2 has
    trials = [t.trial for b in forests[EVENTS].blocks for s in b.sections for t in s.trials]
    assert f"{sum(t.events_t or 0 for t in trials):.0f}" in events
    assert f"{sum(t.n_t or 0 for t in trials):.0f}" in events


def test_the_order_of_columns_is_each_journals(forests: dict[str, Forest]) -> None:
    """RevMan has the effect left of the plot, The BMJ at the right end, JAMA the weight."""
    places = {}
    for layout in JOURNALS:
        forest = replace(forests[FAMILY], layout=layout)
        page, _ = forest.lay_out()[0]
        trial = forest.blocks[0].sections[0].trials[0].trial
        effect = next(t.x for t in page.texts if t.text == forest.style.effect("MD", *trial.interval))
        tick = next(t.x for t in page.texts if t.text == "0" and t.align == "center")
        weight = next(t.x for t in page.texts if t.text.startswith("Weight"))
        places[layout] = [name for _, name in sorted(((effect, "effect"), (tick, "plot"), (weight, "weight")))]
    assert places == {
        "revman": ["weight", "effect", "plot"],
        "bmj": ["plot", "weight", "effect"],
        "jama": ["effect", "plot", "weight"],
    }
    above = list(words(replace(forests[FAMILY], layout="jama")))
    assert above[above.index("Favors") + 1] == "treatment"


def test_a_given_width_leaves_out_columns_before_print_gets_small(forests: dict[str, Forest]) -> None:
    """What reports show beside each trial goes first; means, weights and effects stay, and print is 6.5 points or more."""
    forest = replace(forests[FAMILY], layout="house", width=180 / 25.4)
    wide, _ = replace(forest, width=None).lay_out()[0]
    page, _ = forest.lay_out()[0]
    names = {label.text for label in page.texts}
    assert {"Against", "Weeks"} <= {label.text for label in wide.texts}
    assert "Against" not in names
    assert {"Trial [reference]", "Weight %", "MD (95% CI)"} <= names
    trial = forest.blocks[0].sections[0].trials[0].trial
    printed = next(label for label in page.texts if label.text == forest.printed(*trial.interval))
    assert printed.size >= 6.5


def test_the_test_for_subgroup_differences(forests: dict[str, Forest]) -> None:
    """Q of the subgroups' estimates about their weighted mean (Handbook 10.11.3.1), written out here."""
    forest = forests[FAMILY]
    found = [s.pooled for s in forest.blocks[0].sections if s.trials]
    y, w = np.array([p.estimate for p in found]), np.array([p.se**-2 for p in found])
    q = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    assert forest.compared is not None
    assert forest.compared[:3] == pytest.approx((q, len(found) - 1, chi2.sf(q, len(found) - 1)), rel=1e-6)
    assert any(text.startswith("Test for subgroup differences: Chi\u00b2") for text in words(forest))
    assert forests[EVENTS].compared is None


def test_a_lone_trial_is_no_whole(forests: dict[str, Forest], settings: Settings) -> None:
    pooled = next(r for r in PooledResult.of(RESULTS) if r.trials == 1 and r.measure == "MD" and r.population == "low_back")
    (trial,) = (DrawnTrial(t) for t in trials_of(RESULTS) if t.key == pooled.key)
    for layout in LAYOUTS:
        forest = forest_of(pooled, [trial], settings, "Random effects.", layout)
        page, _ = forest.lay_out()[0]
        shown = words(forest)
        assert not any("100" in text and "points" not in text for text in shown)
        assert any("own interval" in text for text in shown)
        assert any(fill == "white" for fill, _ in page.shapes)


def test_a_title_can_be_left_out_and_the_comparison_stays(forests: dict[str, Forest]) -> None:
    for layout in LAYOUTS:
        forest = replace(forests[FAMILY], layout=layout)
        assert forest.title in words(forest)
        bare = words(replace(forest, titled=False))
        assert forest.title not in bare
        assert any(text.startswith("Low back pain, against no active care") for text in bare)


def test_columns_that_hardly_any_trial_fills_go(forests: dict[str, Forest]) -> None:
    forest = forests[FAMILY]
    section = forest.blocks[0].sections[0]
    bare = [DrawnTrial(replace(t.trial, mean_t=None, sd_t=None, mean_c=None, sd_c=None)) for t in section.trials]
    few = replace(forest, blocks=[Block("b", [Section("s", bare, section.pooled)])])
    for layout in LAYOUTS:
        assert not {"Mean", "SD", "Mean (SD)", "mean (SD)"} & set(words(replace(few, layout=layout)))


def test_arial_is_measured_as_its_font_is() -> None:
    """Against the outlines of the font that draws it, which comes along."""
    name = family_of(ARIAL)
    from fontTools.ttLib import TTFont

    for bold in (False, True):
        properties = font_manager.FontProperties(family=name, weight="bold" if bold else "normal")
        file = Path(font_manager.findfont(properties))
        assert file == ROOT / f"src/evidence_synthesis/plots/drawing/faces/LiberationSans-{'Bold' if bold else 'Regular'}.ttf"
        face = TTFont(file, fontNumber=0)
        advance, cmap, em = face["hmtx"], face.getBestCmap(), face["head"].unitsPerEm
        text = "Mean difference, 95% CI \u221212.3 [P < 0.001] (M\u00fcller 2019)"
        wide = sum(advance[cmap[ord(c)]][0] for c in text) / em * 8 / 72
        assert arial_width(text, 8, bold) == pytest.approx(wide, rel=0.01)
    assert text_width("iii", face=ARIAL) < text_width("WWW", face=ARIAL)


def test_a_long_name_keeps_its_year() -> None:
    for face in (HOUSE, ARIAL):
        for name in ("Neck sensitive acupoints trial 2024 (PMID 39222507)", "Shandong-Hospital manual therapy group 2019a"):
            short = fit_middle(name, 1.2, face=face)
            year = re.search(r"\d{4}a?", name)
            assert year is not None
            assert short.endswith(year[0])
            assert "\u2026" in short
            assert text_width(short, face=face) <= 1.2
    assert fit_middle("Li 2019", 1.2) == "Li 2019"
    assert fit_middle("Goren 2010 (lumbar stenosis)", 1.2) == "Goren 2010\u2026"
    assert fit_middle("A trial without any year in its long name", 1.0).endswith("\u2026")


def test_names_in_any_script_are_measured_and_drawn(recwarn: pytest.WarningsRecorder) -> None:
    texts = ("Иванов 2019", "Γιάννης 2020", "王 2021")
    for face in (HOUSE, ARIAL):
        page = Page(3, face=face)
        for i, text in enumerate(texts):
            page.text(0.1, 0.2 * (i + 1), text)
            assert text_width(text, face=face) > 0
            shown = families(text, family_of(face))
            if text == texts[2] and not isinstance(shown, str):
                assert len(shown) > 1
        made = render([(page, 0.8)], "t", "d", 100)
        assert texts[2] in made["svg"].decode()
    assert not [w for w in recwarn if "Glyph" in str(w.message) and len(families(texts[2], HOUSE)) > 1]


def test_ticks_of_ratios_are_those_that_readers_know() -> None:
    assert EffectAxis(0, 1, 0.01, 100, True).ticks() == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert EffectAxis(0, 1, 0.1, 10, True).ticks() == [0.1, 0.2, 0.5, 1, 2, 5, 10]
    for end in LOG_ENDS:
        ticks = EffectAxis(0, 1, 1 / end, end, True).ticks()
        assert 1.0 in ticks
        assert (ticks[0], ticks[-1]) == pytest.approx((1 / end, end))


def test_a_narrow_page_drops_columns_before_letters_shrink(forests: dict[str, Forest]) -> None:
    """At 150 mm RevMan's layout keeps its columns, at 145 mm it prints no weights, at 110 mm no means."""

    def columns(width: float) -> list[str]:
        return JournalDrawing(replace(forests[FAMILY], layout="revman", width=width / 25.4)).names

    whole = columns(1000)
    assert columns(180) == columns(150) == whole
    assert columns(145) == [name for name in whole if name != "weight"]
    assert not {"mean_t", "sd_t", "mean_c", "sd_c", "weight"} & set(columns(110))


@pytest.fixture(scope="module")
def by_treatment(settings: Settings) -> list[Forest]:
    """Exercise by its treatments, in low back pain: each comparison, outcome and term, some with lone trials alone."""
    pooled = PooledResult.of(RESULTS)
    drawn = marked(trials_of(RESULTS), frozenset(), read_checked(RESULTS / "checked/trials.csv"))
    return [
        forest_of(row, drawn[row.key], settings, "Random effects, REML.", "house", techniques(row, pooled, drawn, TAXONOMY))
        for row in pooled
        if row.group == "family-exercise" and row.population == "low_back"
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("width", [None, 180, 150])
def test_subgroups_have_their_weights_or_no_note_on_them(by_treatment: list[Forest], layout: str, width: float | None) -> None:
    """At 180 mm weights are left out of no layout; wherever no weight is printed, nothing is said of weights."""
    found = set()
    for plain in by_treatment:
        forest = replace(plain, layout=layout, width=width and width / 25.4)
        shown = words(forest)
        weighed = any(text.startswith("Weight") and text != WITHIN_SUBGROUPS for text in shown)
        assert (WITHIN_SUBGROUPS in shown) == weighed, forest.title
        if width != 150:
            assert weighed == any(s.trials and s.pooled.trials > 1 for b in forest.blocks for s in b.sections)
        found.add(weighed)
    assert found == {True, False}


def test_a_width_has_its_unit() -> None:
    import click

    assert [inches(w) for w in ("180mm", "18 cm", "7in", "504pt")] == pytest.approx([7.08661, 7.08661, 7, 7], rel=1e-5)
    for wrong in ("180", "wide", "5mm", "-3in"):
        with pytest.raises(click.BadParameter):
            inches(wrong)


def test_tests_of_the_overall_effect_have_the_pooled_p() -> None:
    """t of the estimate over its standard error gives back the p of the table (two-sided)."""
    from scipy.stats import t

    row = next(r for r in PooledResult.of(RESULTS) if r.trials > 5 and r.measure == "MD" and r.p and r.p > 1e-4)
    statistic = row.estimate / row.se
    assert 2 * t.sf(abs(statistic), row.trials - 1) == pytest.approx(row.p, rel=1e-6)
    assert LAYOUTS["bmj"].overall(statistic, row.trials - 1, 0.0312).endswith(f"df={row.trials - 1}, P=0.03")
    assert LAYOUTS["jama"].overall(-2.3, None, 0.0312) == "Test for overall effect: z = 2.30; P = .03"


def test_limits_off_the_scale_are_said_in_words_in_a_reviews_figures(forests: dict[str, Forest]) -> None:
    forest = replace(forests[FAMILY], layout="house")
    section = forest.blocks[0].sections[0]
    wide = replace(section.pooled, estimate=-14.0, ci_low=-150.1, ci_high=122.1)
    far = replace(forest, blocks=[Block("b", [replace(section, pooled=wide)])])
    assert "\u221214.0 (off the scale)" in words(far)
    assert not any("150.1" in text for text in words(far))
    own = words(replace(far, decimals=1))  # of one's own analysis, whose scale is not known
    assert "\u221214.0 (\u2212150.1 to 122.1)" in own
    printed = words(replace(far, layout="revman"))
    assert "\u221214.00 [<\u2212100, >100]" in printed
    assert "\u221214.00 [\u2212150.10, 122.10]" in words(replace(far, layout="revman", decimals=1))
    in_days = words(replace(far, layout="bmj", unit="days"))
    assert any("\u2212150" in text for text in in_days)  # a unit of its own has no end
    numbers = [line["ci_low"] for line in far.drawn() if line["kind"] == "pooled"]
    assert numbers == [-150.1]
