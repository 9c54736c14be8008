"""Forest plots and overviews: the same bytes every time, nothing overlapping, only what changed drawn again."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import DATA, ROOT, outside, read_csv

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.plots import central, claims, flow, forest, forest_parts, harvest, published
from evidence_synthesis.plots.drawing import canvas, lights, rendering
from evidence_synthesis.plots.drawing.axis import EffectAxis
from evidence_synthesis.plots.drawing.canvas import Page
from evidence_synthesis.plots.from_tables import all_forests, all_overviews, all_questions, marked
from evidence_synthesis.plots.publish import Place, draw, publish, publish_group
from evidence_synthesis.plots.published import _interval
from evidence_synthesis.plots.risk_of_bias import gather as gather_judgements
from evidence_synthesis.review.risk_of_bias import ROB1, ROB2, from_words
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import check_package
from evidence_synthesis.selection.analyses import select
from evidence_synthesis.synthesis.pooled import pooled_tables
from evidence_synthesis.synthesis.rows.analyses import Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.conclusions import Certainty, PublishedComparison
from evidence_synthesis.synthesis.rows.figures import NUMBERS
from evidence_synthesis.synthesis.rows.results import RowAccount
from evidence_synthesis.synthesis.rows.statements import CentralLine, JudgedClaim
from evidence_synthesis.synthesis.trials_in_analyses import join
from evidence_synthesis.wording import STATEMENT_WORDS

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
RESULTS = ROOT / "results"


@pytest.fixture(scope="module")
def figures(settings, config):
    rows = check_package(DATA)["trials"]
    wanted = [r for r in rows if r["treatment"] in ("massage_classic", "yoga", "massage_thai")]
    converted = [convert(parse_result(r), settings) for r in wanted]
    refs = {s["source_id"]: s["ref"] for s in read_csv(DATA / "sources.csv")}
    tables = pooled_tables(select(converted, settings, TAXONOMY), settings, TAXONOMY, refs, config["pooling"]["models"])
    unusable = read_csv(DATA / "unusable_results.csv")
    trials = marked(join(tables.members, tables.brought), frozenset(), rows)
    forests = all_forests(tables.pooled, trials, unusable, settings, TAXONOMY)
    return forests, all_overviews(tables.pooled, Certainty.of(RESULTS), settings, TAXONOMY)


def test_the_same_bytes_every_time(figures, other_zlib) -> None:
    picture = figures[0]["massage_classic"]["pain"]
    first = draw(picture, 60)
    other_zlib()
    second = draw(picture, 60)
    assert set(first) == {"svg", "pdf", "png"}
    assert first == second
    assert draw(figures[1]["pain"], 60) == draw(figures[1]["pain"], 60)


def test_no_clock_host_or_version_in_a_file(figures) -> None:
    files = draw(figures[0]["massage_thai"]["pain"], 60)
    svg = files["svg"].decode()
    assert "<dc:date>" not in svg
    assert "Matplotlib v" not in svg
    assert b"CreationDate" not in files["pdf"]


def test_the_svg_describes_itself(figures) -> None:
    picture = figures[0]["massage_classic"]["pain"]
    svg = draw(picture, 60)["svg"].decode()
    assert "Forest plot. Classic (Swedish) massage: pain." in svg
    assert "Cherkin 2011 [" in svg
    families = set(re.findall(r"^\..*font-family: ([^;}\"]*)", svg, re.M))
    assert families == {"'DejaVu Sans', Verdana, sans-serif"}  # readable where the font is not installed


def test_an_svg_holds_no_font(figures) -> None:
    """One of the same widths is named instead: fonts were half of all pictures and nine tenths of the time to draw them."""
    held = draw(figures[0]["massage_classic"]["pain"], 60, ["svg"])["svg"].decode()
    assert "@font-face" not in held
    assert "base64" not in held


def test_a_figure_is_of_one_comparison_population_and_outcome(settings) -> None:
    """Those of the overviews' comparison, and of others those that pool; every one of them, with each analysis once."""
    trials = marked(join(Membership.of(RESULTS), TrialEffect.of(RESULTS)), frozenset(), read_csv(RESULTS / "checked/trials.csv"))
    pooled = PooledResult.of(RESULTS)
    found = all_questions(pooled, trials, settings, TAXONOMY)
    shown: dict[str, set[str]] = {}
    for group, pictures in found.items():
        for name, picture in pictures.items():
            (block,) = picture.blocks
            keys = {section.pooled.asks.question for section in block.sections}
            assert {(key.group, key.within_group) for key in keys} == {(group, name)}
            most = max(section.pooled.trials for section in block.sections)
            assert most > 1 or name.startswith("inactive__")
            shown.setdefault(group, set()).add(name)
    choice = settings.figures
    several = {
        r.asks.question.within_group
        for r in pooled
        if r.trials > 1 and r.measure == "MD" and r.group == "acupuncture"
        if r.comparator in choice["comparators"] and r.population in choice["populations"]
    }
    assert len(several) > 5
    assert several <= shown["acupuncture"]
    assert sum(map(len, shown.values())) > 400


def test_more_than_sixty_trials_are_printed_on_several_sheets(figures) -> None:
    import io

    import pikepdf

    picture = figures[0]["family-massage"]["pain"]
    section = picture.blocks[0].sections[0]
    one = section.trials[0]
    many = [replace(one, trial=replace(one.trial, study=f"Trial {i}")) for i in range(130)]
    long = replace(picture, blocks=[replace(picture.blocks[0], sections=[replace(section, trials=many)]), *picture.blocks[1:]])
    parts = forest_parts.sheets(long)
    shown = [[t for b in part.blocks for s in b.sections for t in s.trials] for part in parts]
    assert all(len(trials) <= forest_parts.ON_A_SHEET for trials in shown)
    assert all(len(part.blocks) == 1 for part in parts)
    for page, height in long.lay_out()[1:]:  # A4
        assert page.width == pytest.approx(190 / 25.4)
        assert height < 277 / 25.4
    assert [t for trials in shown for t in trials][:130] == many
    assert [s.last for part in parts for b in part.blocks for s in b.sections][:3] == [False, False, True]
    files = draw(long, 60)
    with pikepdf.open(io.BytesIO(files["pdf"])) as pdf:
        assert len(pdf.pages) == len(parts) > 2
    assert draw(long, 60) == files
    with pikepdf.open(io.BytesIO(draw(figures[0]["massage_thai"]["pain"], 60)["pdf"])) as pdf:
        assert len(pdf.pages) == 1


def test_a_pdf_embeds_truetype_outlines_only(figures) -> None:
    import io

    import pikepdf
    from fontTools.ttLib import TTFont

    files = draw(figures[0]["massage_thai"]["pain"], 60, ["pdf"])
    assert set(files) == {"pdf"}
    with pikepdf.open(io.BytesIO(files["pdf"])) as pdf:
        fonts = [o.FontFile2 for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        assert len(fonts) == 2  # plain and bold
        for font in fonts:
            tables = set(TTFont(io.BytesIO(font.read_bytes())).keys())
            assert {"glyf", "hmtx", "cmap"} <= tables
            assert not tables & {"fpgm", "prep", "GSUB", "GPOS"}


def test_a_pdf_embeds_rare_letters_too(tmp_path: Path) -> None:
    import io

    import pikepdf
    from fontTools.ttLib import TTFont

    page = canvas.Page(3.0)
    page.text(0.2, 0.5, "\u0416 a")
    (made,) = rendering.render([(page, 1.0)], "t", "d", 60, ["pdf"]).values()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (font,) = [o.FontFile2 for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        assert 0x416 in TTFont(io.BytesIO(font.read_bytes())).getBestCmap()


def test_a_png_has_the_colours_of_the_page(figures) -> None:
    import io

    from matplotlib.colors import to_rgb
    from PIL import Image

    made = draw(figures[0]["massage_classic"]["pain"], 96, ["png"])["png"]
    image = Image.open(io.BytesIO(made))
    assert image.mode == "P"
    assert image.info["dpi"] == pytest.approx((96, 96), abs=0.1)
    colours = {colour for _, colour in image.convert("RGB").getcolors(256)}
    house = (canvas.INK, canvas.GREY, canvas.PALE, canvas.BAND, canvas.BLUE, "#ffffff")
    assert colours >= {tuple(round(255 * part) for part in to_rgb(c)) for c in house}
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_the_svg_is_slim_and_whole(figures) -> None:
    from xml.etree import ElementTree

    picture = figures[0]["massage_classic"]["pain"]
    svg = draw(picture, 60, ["svg"])["svg"]
    (page, _), *_ = picture.lay_out()
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    assert [e.text for e in root.iter(f"{space}text")] == [label.text for label in page.texts]
    drawn = sum(map(len, (*page.lines.values(), *page.regions.values(), *page.shapes.values())))
    paths = [e.get("d") for e in root.iter(f"{space}path")]
    assert len(paths) == drawn
    assert len(list(root.iter(f"{space}rect"))) == sum(map(len, page.boxes.values())) + 1  # and the white page
    assert not any(re.search(r"\.\d{3}|\n", place) for place in paths)


def test_further_columns_by_config(figures) -> None:
    picture = replace(figures[0]["massage_classic"]["pain"], extra=("year", "source_kind"))
    svg = draw(picture, 60)["svg"].decode()
    assert ">Read in<" in svg
    assert ">2011<" in svg
    assert {"year", "source_kind"} <= set(forest._Drawing(picture).columns.edges)


def boxes(drawing: forest._Drawing) -> list[tuple[float, float, float, float, str]]:
    found = []
    for label in drawing.page.texts:
        width, x, half = canvas.text_width(label.text, label.size, label.bold), label.x, label.size / 144
        left = {"left": x, "right": x - width, "center": x - width / 2}[label.align]
        found.append((left, left + width, label.y - half, label.y + half, label.text))
    return found


@pytest.mark.parametrize("name", ["massage_classic", "yoga", "family-massage"])
def test_no_text_overlaps_another_or_leaves_the_page(figures, name: str) -> None:
    for picture in figures[0][name].values():
        drawing = forest._Drawing(picture)
        height = drawing.finish()
        placed = boxes(drawing)
        for left, right, top, bottom, text in placed:
            assert left >= 0, text
            assert right <= drawing.page.width, text
            assert 0 <= top < bottom <= height, text
        for i, a in enumerate(placed):
            for b in placed[i + 1 :]:
                apart = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] + 0.005 or b[3] <= a[2] + 0.005
                assert apart, (picture.title, a[4], b[4])


def test_no_line_runs_into_the_plot(config) -> None:
    from evidence_synthesis.exports.archive import published_figures

    forests = [p for group in published_figures(RESULTS, config).values() for p in group.values() if isinstance(p, forest.Forest)]
    assert len(forests) > 200
    for picture in forests:
        drawing = forest._Drawing(picture)
        drawing.title()
        for block in picture.blocks:
            drawing.block(block)
        lines = [t for t in drawing.page.texts if t.align == "left" and t.x < drawing.columns.plot and t.size != 11]
        lines = lines[1:]  # the model stands above the plot
        ends = {t.text: t.x + canvas.text_width(t.text, t.size, t.bold) for t in lines}
        assert max(ends.values()) <= drawing.columns.plot, (picture.title, max(ends, key=lambda text: ends[text]))


@pytest.mark.parametrize("half", [4.0, 0.0])
def test_a_trial_that_found_exactly_no_effect_is_drawn(figures, half: float) -> None:
    whole = figures[0]["massage_classic"]["pain"]
    block = whole.blocks[0]
    none = {"effect": 0.0, "ci_low": -half, "ci_high": half}
    sections = [replace(s, trials=[replace(t, trial=replace(t.trial, **none)) for t in s.trials[:1]]) for s in block.sections[:1]]
    picture = replace(whole, blocks=[replace(block, sections=sections)], threshold=0.0)
    assert len(draw(picture, 60)) == 3
    assert forest.make_axis(picture, 0.0).high >= half


def test_the_interval_of_a_lone_trial_stays_on_the_axis(config) -> None:
    """Within what its scale can mean anything by; among several trials arrows say that one goes on."""
    from evidence_synthesis.exports.archive import published_figures
    from evidence_synthesis.wording import printing

    lone = [
        (p, trials[0].trial)
        for group in published_figures(RESULTS, config).values()
        for p in group.values()
        if isinstance(p, forest.Forest) and len(trials := [t for b in p.blocks for s in b.sections for t in s.trials]) == 1
    ]
    assert len(lone) > 50
    for picture, trial in lone:
        axis, end = forest.make_axis(picture, 0.0), printing(picture.measure, picture.unit).furthest
        for limit in trial.interval[1:]:
            beyond = limit > end or limit < (1 / end if axis.log else -end)
            assert axis.holds(limit) or beyond, (picture.title, limit)


def test_height_follows_the_number_of_trials(figures) -> None:
    small = forest._Drawing(figures[0]["massage_thai"]["pain"]).finish()
    large = forest._Drawing(figures[0]["family-massage"]["pain"]).finish()
    assert large > small


def test_the_numbers_beside_a_figure_are_the_drawn_ones(figures) -> None:
    picture = figures[0]["massage_classic"]["pain"]
    svg = draw(picture, 60)["svg"].decode()
    shown = set(re.findall(r">([−\d][^<]* \([^<]* to [^<]*\))<", svg))
    from evidence_synthesis.wording import fit_to_print

    for row in picture.drawn():
        if row["kind"] != "prediction interval":
            values = (float(row[c]) for c in ("effect", "ci_low", "ci_high"))
            assert fit_to_print("MD", *values) in shown


def test_only_what_changed_is_drawn(figures, tmp_path: Path) -> None:
    groups = {name: figures[0][name] for name in ("massage_classic", "massage_thai")}
    said: list[str] = []
    place = Place(tmp_path / "figures", tmp_path / "memory", 50, also=frozenset({"massage_thai/pain"}))
    (place.root / "gone").mkdir(parents=True)
    assert publish(groups, place, 2, said.append) == 2
    assert not (place.root / "gone").exists()
    assert publish(groups, place, 2, said.append) == 0
    assert sorted(said)[-1].endswith(("drawn", "unchanged"))
    (place.memory / "massage_thai.txt").write_text("other\n")
    assert publish(groups, place, 2, said.append) == 1
    assert {"pain.svg", "pain.png", NUMBERS} <= {p.name for p in (place.root / "massage_thai").iterdir()}
    assert {p.suffix for p in (place.root / "massage_classic").iterdir()} == {".svg", ".csv"}


def test_a_figure_that_somebody_edited_is_drawn_again(figures, tmp_path: Path) -> None:
    groups = {"massage_thai": figures[0]["massage_thai"]}
    place = Place(tmp_path / "figures", tmp_path / "memory", 50)
    publish(groups, place, 1, lambda _: None)
    path = place.root / "massage_thai/pain.svg"
    drawn = path.read_bytes()
    path.write_bytes(drawn.replace(b"<svg", b"<svg ", 1))
    assert publish(groups, place, 1, lambda _: None) == 1
    assert path.read_bytes() == drawn
    (path.parent / NUMBERS).unlink()
    (path.parent / "stray.svg").write_bytes(b"")
    assert publish(groups, place, 1, lambda _: None) == 1
    assert {row["figure"] for row in read_csv(path.parent / NUMBERS)} == groups["massage_thai"].keys()
    assert not (path.parent / "stray.svg").exists()


def test_a_killed_drawing_leaves_whole_folders(figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = figures[0]["massage_thai"]
    publish_group("massage_thai", pictures, Place(tmp_path, tmp_path / "memory", 50))
    before = {p.name: p.read_bytes() for p in (tmp_path / "massage_thai").iterdir()}
    monkeypatch.setattr(forest.Forest, "lay_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        publish_group("massage_thai", pictures, Place(tmp_path, tmp_path / "memory", 60))
    assert {p.name: p.read_bytes() for p in (tmp_path / "massage_thai").iterdir()} == before


def test_domains_of_risk_of_bias_stand_beside_the_trials_that_have_them() -> None:
    rated: dict[str, set[str]] = {}
    for row in read_csv(RESULTS / "checked/trials.csv"):
        for name, start in (("RoB 2", "rob2_d"), ("the first Cochrane tool", "rob1_")):
            domains = [column for column in row if column.startswith(start)]
            if any(row[d] for d in domains):
                words = f"{name}: " + "; ".join(row[d] or "not assessed" for d in domains)
                rated.setdefault(row["study"], set()).add(words)
    shown = 0
    drawn = [(path.parent, row) for path in sorted(RESULTS.glob(f"figures/*/{NUMBERS}")) for row in read_csv(path)]
    figures: dict[Path, list[dict[str, str]]] = {}
    for folder, row in drawn:
        figures.setdefault(folder / f"{row['figure']}.svg", []).append(row)
    assert {path for path in RESULTS.glob("figures/*/*.svg")} == figures.keys()
    for path, rows in figures.items():
        if path.name.startswith("firm__"):
            continue
        trials = [r for r in rows if r["kind"] == "trial"]
        words = [r["value"] for r in trials if r["value"]]
        assert all(r["value"] in rated[r["label"]] for r in trials if r["value"]), path
        svg = path.read_text(encoding="utf-8")
        assert (">Domains<" in svg) == bool(words), path
        signs = [lights.LOOKS[r][1] for w in words for r in from_words(w)]
        beside = re.findall(r">([+~?\u2212]+)</text>", svg)  # overall ratings that are not known are one more "?"
        assert "".join(beside).replace("?", "") == "".join(signs).replace("?", ""), path
        shown += len(words)
    assert shown > 50


def test_a_long_name_keeps_its_reference(figures) -> None:
    picture = figures[0]["massage_classic"]["pain"]
    section = picture.blocks[0].sections[0]
    trial = replace(section.trials[0].trial, study="A name that goes on and on " * 3, refs="123")
    long = replace(section.trials[0], trial=trial, doubt=True)
    drawn = replace(picture, blocks=[replace(picture.blocks[0], sections=[replace(section, trials=[long])])])
    assert re.search(r">A name that[^<]*… \[123\] †<", draw(drawn, 60, ["svg"])["svg"].decode())


def test_known_but_not_poolable_trials_stand_beneath(figures) -> None:
    assert any("Chatchawan 2005" in words for words in figures[0]["massage_classic"]["pain"].not_poolable)


def test_panels_show_the_influence_that_the_tables_have() -> None:
    index = [r for r in read_csv(RESULTS / "tables/figures.csv") if r["kind"] == "panels"]
    enough = {r["analysis_id"] for r in read_csv(RESULTS / "tables/pooled.csv") if int(r["trials"]) >= 10}
    influence = read_csv(RESULTS / "tables/influence.csv")
    assert index
    for row in index:
        analysis = f"{row['group']}__{row['outcome'].removeprefix('firm__')}"
        assert analysis in enough
        numbers = [d for d in read_csv(RESULTS / f"figures/{row['group']}/{NUMBERS}") if d["figure"] == row["outcome"]]
        drawn = [d for d in numbers if d["block"] == "One trial left out" and d["kind"] == "trial"]
        known = [r for r in influence if r["analysis_id"] == analysis and r["measure"] == "MD"]
        expected = {f"without {r['study']}": float(r["estimate_without"]) for r in known}
        assert {d["label"]: float(d["effect"]) for d in drawn} == pytest.approx(expected, rel=1e-8)
        assert (RESULTS / f"{row['file']}.svg").exists()


def test_text_fits_and_wraps() -> None:
    assert canvas.fit("short", 2) == "short"
    long = canvas.fit("a very long name of a treatment indeed", 1)
    assert long.endswith("…")
    assert canvas.text_width(long) <= 1
    lines = canvas.wrap("one two three four five six seven eight nine ten", 1)
    assert len(lines) > 1
    assert all(canvas.text_width(line) <= 1 for line in lines)
    assert canvas.wrap("", 1) == []


@pytest.mark.parametrize("size", [canvas.SIZE, 6.5, 11])
def test_a_line_is_as_full_as_it_can_be(size: float) -> None:
    texts = ("To Verhagen 2005 (favours treatment);", "AV Warke, Yamada 1999 (no clear difference);", "Topuz 2004 (other)")
    words = " ".join(texts * 9).split()
    lines = canvas.wrap(" ".join(words), 4, size)
    assert " ".join(lines).split() == words
    for line, following in itertools.pairwise(lines):
        assert canvas.text_width(line, size) <= 4
        assert (
            canvas.text_width(f"{line} {following.split()[0]}", size) > 0.92 * 4
        )  # 4 % are left for coarse pixels, some for kerning


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("bold", [False, True])
def test_text_stands_at_its_place_in_every_format(align: str, bold: bool) -> None:
    import io

    import numpy as np
    import pikepdf
    from PIL import Image

    page, height, dpi = canvas.Page(4.0), 1.5, 300
    page.text(2.0, 0.6, "HEH", align, size=18, bold=bold)  # letters that stand on the line and begin and end with a stem
    made = rendering.render([(page, height)], "t", "d", dpi)
    ink = np.argwhere(np.asarray(Image.open(io.BytesIO(made["png"])).convert("L")) < 128)
    (_, left), (bottom, right) = ink.min(axis=0) / dpi, (ink.max(axis=0) + 1) / dpi
    side = {"left": left, "center": (left + right) / 2, "right": right}[align]
    baseline = 0.6 + canvas.drop(18, bold)
    assert side == pytest.approx(2.0, abs=0.035)  # the letters' own room beside the stems
    assert bottom == pytest.approx(baseline, abs=1.01 / dpi)
    with pikepdf.open(io.BytesIO(made["pdf"])) as pdf:
        moves = [list(map(float, o)) for o, name in pikepdf.parse_content_stream(pdf.pages[0]) if str(name) == "cm"]
    start = 2.0 - {"left": 0, "center": 0.5, "right": 1}[align] * canvas.text_width("HEH", 18, bold)
    assert moves[-1][4:] == pytest.approx([72 * start, 72 * (height - baseline)], abs=0.01)
    x, y = re.search(rb'<text [^>]*x="([0-9.]+)" y="([0-9.]+)"', made["svg"]).groups()
    assert [float(x), float(y)] == pytest.approx([72 * 2.0, 72 * baseline], abs=0.01)


@pytest.mark.parametrize("size", [6.5, 7.5, 8, 11])
def test_text_is_measured_as_the_font_says(size: float) -> None:
    from fontTools.ttLib import TTFont
    from matplotlib import font_manager

    for bold in (False, True):
        face = TTFont(font_manager.findfont(canvas.font(bold)))
        glyphs, advances = face.getBestCmap(), face["hmtx"]
        for text in ("1234 (567.8)", "Munich, 0 % of women"):  # without pairs that are kerned
            expected = sum(advances[glyphs[ord(c)]][0] for c in text) / face["head"].unitsPerEm * size / 72
            assert canvas.text_width(text, size, bold) == pytest.approx(expected, rel=0.005)


def test_many_rows_make_a_chart_taller() -> None:
    from evidence_synthesis.plots.drawing.chart import HEIGHT, Axis, Chart

    few, many = (Chart("", "", Axis("", 0, 1), Axis("", n - 0.5, -0.5), rows=("x",) * n) for n in (5, 60))
    assert few.tall == HEIGHT
    rows = sorted(label.y for label in many.lay_out()[0][0].texts if label.text == "x")
    assert min(b - a for a, b in itertools.pairwise(rows)) > canvas.SIZE / 72


def summaries(settings) -> dict:
    pooled = PooledResult.of(RESULTS)
    rows = read_csv(RESULTS / "checked/trials.csv")
    terms, sections = [("short", "Short"), ("long", "Long")], [("Passive", [("family-massage", "Massage"), ("yoga", "Yoga")])]
    where = (("pain", "Pain"), ("inactive", "inactive care"), ("low_back", "Low back"))
    return {
        "claims": claims.gather(JudgedClaim.of(RESULTS)),
        "central": central.gather(CentralLine.of(RESULTS), settings),
        "published": published.gather(PublishedComparison.of(RESULTS), settings, TAXONOMY),
        "flow": flow.gather(RowAccount.of(RESULTS), pooled),
        "rob2": gather_judgements(rows, ROB2, "RoB 2"),
        "rob1": gather_judgements(rows, ROB1, "RoB 1"),
        "harvest": harvest.gather(pooled, Certainty.of(RESULTS), *where, terms, sections),
    }


def test_overviews_show_no_side_where_nothing_is_sure(settings) -> None:
    pooled, judged = PooledResult.of(RESULTS), Certainty.of(RESULTS)
    favours = {r.effect: r.favours for r in pooled}
    little = [replace(r, verdict="insufficient") for r in judged]
    for verdicts, seen in ((judged, True), (little, False)):
        marks = [
            (r.favours, favours[r.effect])
            for figure in all_overviews(pooled, verdicts, settings, TAXONOMY).values()
            for _, groups in figure.sections
            for _, by_term in groups
            for r in by_term.values()
        ]
        assert len(marks) > 20
        assert any(side == "treatment" for side, _ in marks) == seen
        assert all(side in ("neither", of_interval) for side, of_interval in marks)


def test_the_central_figure_has_a_line_for_each_comparison(settings) -> None:
    rows = CentralLine.of(RESULTS)
    figure = central.gather(rows, settings)
    drawn = list(figure.drawn())
    assert len([d for d in drawn if d["section"] != central.CHANGE]) == sum(r.measure == "MD" for r in rows)
    for heading in {r.comparison for r in rows}:
        assert f"{heading}, pain: " in figure.describe()
    poor = [replace(r, effect_in_favour="open", favours="treatment") for r in rows if r.measure]
    marks = [
        r.favours
        for _, groups in central.gather(poor, settings).sections
        for _, by in groups
        for t, r in by.items()
        if t != central.CHANGE
    ]
    assert "treatment" not in marks  # what is open has no colour


def test_summary_figures_show_what_the_tables_hold(settings) -> None:
    found = summaries(settings)
    claims = read_csv(RESULTS / "tables/claims.csv")
    svg = draw(found["claims"], 50)["svg"].decode()
    for verdict, words in STATEMENT_WORDS.items():
        n = sum(c["verdict"] == verdict for c in claims)
        assert f"{words} ({n})" in svg
    accounts = read_csv(RESULTS / "tables/row_accounting.csv")
    drawn = list(found["flow"].drawn())
    left_out = sum(int(str(d["weight"])) for d in drawn if d["block"] == "left out")
    assert left_out == sum(a["status"] == "excluded" for a in accounts)
    assert left_out + found["flow"].steps[1][1] == len(accounts)
    shares = found["rob2"].shares("rob2_overall")
    assert sum(shares.values()) == found["rob2"].trials
    assert shares[""] > 0  # nobody has assessed all trials, and the figure says so


def test_summary_figures_have_the_same_bytes_and_describe_themselves(settings) -> None:
    for picture in summaries(settings).values():
        first, second = draw(picture, 50), draw(picture, 50)
        assert first == second
        assert picture.size() > 0
        assert len(picture.describe()) > 40


def test_no_text_leaves_its_page(figures, settings) -> None:
    from evidence_synthesis.plots.network import Heat

    found = summaries(settings)
    narrow = replace(found["harvest"], terms=found["harvest"].terms[:1])
    league = Heat("A title longer than the page is wide", ("a", "b"), {("a", "b"): (1.0, 0.5, 1.5)}, "MD", 1.0)
    forests = [f for group in figures[0].values() for f in group.values()]
    for picture in (*found.values(), *figures[1].values(), *forests, narrow, league):
        assert {text: picture.title for page, _ in picture.lay_out() for text in outside(page)} == {}


def test_the_svg_and_the_csv_of_a_summary_agree(settings) -> None:
    picture = summaries(settings)["harvest"]
    svg = draw(picture, 50)["svg"].decode()
    cells = list(picture.drawn())
    assert cells
    for row in cells:
        assert str(row["value"]).split(";")[0].split()[0] in svg


@pytest.mark.parametrize(
    ("limits", "estimate", "heads", "marks"),
    [((-1, 1), 0, 0, 1), ((-9, 1), 0, 1, 1), ((-9, 9), 0, 2, 1), ((-9, 1), -6, 1, 0), ((-9, -6), -7, 1, 0), ((6, 9), 7, 1, 0)],
)
def test_an_estimate_beyond_the_axis_is_not_drawn_at_its_end(
    limits: tuple[float, float], estimate: float, heads: int, marks: int
) -> None:
    """A square at the end would say that the estimate lies there; an arrow head says that it lies beyond."""
    page, axis = Page(5.0), EffectAxis(1.0, 2.0, -5, 5, False)
    _interval(page, axis, 0.5, (estimate, *limits), ours=True)
    drawn = [polygon for polygons in page.shapes.values() for polygon in polygons]
    assert [len(polygon) for polygon in drawn] == [3] * heads + [4] * marks
    for head in drawn[:heads]:
        tip, *base = (x for x, _ in head)
        assert tip == pytest.approx(1.0 if min(base) > tip else 3.0)
