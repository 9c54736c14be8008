"""Faults of settings: every one at once, with its line, in words, and nothing said of sound ones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from conftest import DATA, ROOT, Package
from reviews import spoilt_settings

from evidence_synthesis.cli import main
from evidence_synthesis.effects.conversions import STEPS
from evidence_synthesis.review.check_claims import check_review
from evidence_synthesis.review.check_settings import FILE, named_data, read_settings, setting_faults
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.settings import OwnColumn, names_of
from evidence_synthesis.review.yaml_file import Document, read_document

SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
TEXT = (ROOT / "config/config.yaml").read_text(encoding="utf-8")

# what is replaced in the settings, where the fault lies, what it says
FAULTS = [
    ("use: from_randomisation", "use: from_randomization", "windows.use", "perhaps from_randomisation?"),
    ("target: 13}", "target: 20}", "windows.presets.from_randomisation.short.target", "after 1, up to 17"),
    ("after: 1, up_to: 17", "after: 17, up_to: 17", "windows.presets.from_randomisation.short.up_to", "a week after 17"),
    ("noun: pain,", "noun: no,", "outcomes.pain.says.noun", "in quotes"),
    ("measures: [MD, SMD]", "measures: [MD, MD]", "outcomes.pain.measures", "each value once"),
    ("    event_is_good: true\n", "", "outcomes.pain_response.event_is_good", "good for the patient"),
    ("event_is_good: false", "event_is_good: true", "outcomes.time_to_recurrence.event_is_good", "domain"),
    (
        "thresholds: {MD: 10, SMD: 0.2}",
        "thresholds: {MD: 10, RR: 0.2}",
        "outcomes.pain.thresholds.RR",
        "one of its measures: MD, SMD",
    ),
    ("thresholds: {MD: 10, SMD: 0.2}", "thresholds: {MD: 10}", "outcomes.pain.thresholds.SMD", "smallest worthwhile effect"),
    (
        "thresholds: {RR: 1.25}",
        "thresholds: {RR: 0.8}",
        "outcomes.pain_response.thresholds.RR",
        "above 1, because the event is good",
    ),
    ("thresholds: {RR: 0.8}", "thresholds: {RR: 1}", "outcomes.recurrence.thresholds.RR", "below 1, because the event is bad"),
    ("power: 0.8", "power: 1", "certainty.power", "a number below 1"),
    ("  populations: [low_back, neck]", "  populations: []", "figures.populations", "1 or more in the list"),
    ("{label: sham, ids: [sham]}", "{label: sham}", "comparators.sham", "ids, families, classes"),
    ("levels:", "levls:", "levls", "perhaps levels?"),
    ("levels:", "levls:", "levels", "it is missing"),
    ("floor: true", "floor: yes please", "pooling.floor", "true or false"),
    ("models: [FE,", "models: [FX,", "pooling.models.1", "one of: FE, DL"),
    ("seed: 1 ", "seed: -1 ", "explore.seed", "0 or more"),
    ("scale: 10", "scale: 0", "bayes.MD.scale", "above 0"),
    ("i2_very: 75", "i2_very: 40", "certainty.i2_very", "50 (i2) or more"),
    ("inactive: [inactive, sham]", "inactive: [sham, inactive]", "multiverse.comparators.inactive", "itself first"),
    ("inactive: [inactive, sham]", "inaktive: [inaktive, sham]", "multiverse.comparators.inaktive", "perhaps inactive?"),
    ("values: [corrected, printed]", "values: [corrected, corrected]", "multiverse.values", "each value once"),
    ("any: [any, inactive]", "any: [any, inactiv]", "multiverse.comparators.any.2", "perhaps inactive?"),
    ("lenient: {MD: 5,", "lenient: {MD: -5,", "multiverse.thresholds.lenient.MD", "above 0"),
    ("dpi: 300", "dpi: 300\n  dpi: 97", "figures.dpi", "each name once (also in line"),
    ("terms: [short, long] #", "terms: [shrt, long] #", "figures.terms.1", "perhaps short?"),
    ("comparator: inactive\n", "comparator: inactiv\n", "figures.overview.comparator", "perhaps inactive?"),
    ("populations: [low_back]", "populations: [lowback]", "networks.populations.1", "perhaps low_back?"),
    ("steps: [mean_sd_from_", "steps: [mean_sd_of_", "multiverse.imputed.steps.1", "perhaps mean_sd_from_quartiles?"),
    ("title: Treatments for", 'title: "\\u202eTreatments" #', "title", "turn the writing direction"),
    ("title: Treatments for", 'title: "" #', "title", "1 or more characters"),
    ("title: Treatments", "titel: Treatments", "title", "it is missing"),
    ("forest_columns: []", "forest_columns: [year, sesions]", "figures.forest_columns.2", "perhaps sessions?"),
    (
        "sessions: {label: Sessions, number: true, per: 10}",
        "sessions: {label: S, cuts: [1]}",
        "columns.sessions.cuts",
        "number: true",
    ),
    ("{label: Setting}", "{label: Setting, number: true, cuts: [2, 1]}", "columns.setting.cuts", "from the smallest"),
    ("label: Recovery\n", "label: Recovery\n    higher_is_better: true\n", "outcomes.recovery.higher_is_better", "MD or SMD"),
    (
        "label: Quality of life\n",
        "label: Q\n    domain: function\n    higher_is_better: true\n",
        "outcomes.quality_of_life.higher_is_better",
        "false, as for function",
    ),
    ("  sd: 20\n", "  sd: 60\n", "certainty.sd", "50"),
]
IN_DATA = [
    ("regions: [neck]", "regions: [nek]", "populations.neck.regions.1", "perhaps neck?"),
    ("chronicities: [chronic]", "chronicities: [cronic]", "populations.low_back_chronic.chronicities.1", "perhaps chronic?"),
    ("instruments: [nrs_11,", "instruments: [nrs_12,", "outcomes.pain.instruments.1", "perhaps nrs_11?"),
    ("unit: points of 100", "unit: mm", "outcomes.pain.unit", "points of 100, since results are on scales of different widths"),
    ("  sessions: {label", "  sesions: {label", "columns.sesions", "a column of trials.csv or of results/*.csv"),
    ("domain: pain", "domain: pian", "outcomes.pain_response.domain", "perhaps pain?"),
    ("  recurrence:\n", "  recurrences:\n", "outcomes.recurrences", "perhaps recurrence?"),
    ("ids: [sham]", "ids: [shamm]", "comparators.sham.ids.1", "perhaps sham?"),
    ("families: [inactive]", "families: [inactve]", "comparators.inactive.families.1", "perhaps inactive?"),
    ("added_to: active", "added_to: aktive", "comparators.active_alone.added_to", "perhaps active?"),
    ("exclude_flags: [effect_", "exclude_flags: [efect_", "selection.exclude_flags.1", "perhaps effect_direction_uncertain?"),
    ("flags: [sd_imputed,", "flags: [sd_inputed,", "multiverse.imputed.flags.1", "perhaps sd_imputed?"),
    ("classes: [passive, active, combined]", "classes: [passiv, active]", "figures.overview.classes.1", "perhaps passive?"),
]


def changed(path: Path, changes: Iterable[tuple[str, ...]]) -> Path:
    text = TEXT
    for old, new, *_ in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("folder", [ROOT, ROOT / "examples/depression"], ids=["this review", "the example"])
def test_sound_settings_have_no_fault(folder: Path) -> None:
    document, faults = read_settings(folder / "config/config.yaml", SCHEMA)
    assert document is not None
    assert faults == []
    tables, _ = check_review(folder / "data", names_of(document.content), named_data(document))
    assert tables["trials"]


@pytest.mark.parametrize(("old", "new", "place", "words"), FAULTS, ids=[f"{f[2]} {f[1]}"[:60] for f in FAULTS])
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    path = changed(tmp_path / "config.yaml", [(old, new)])
    faults = read_settings(path, SCHEMA)[1]
    told = [f for f in faults if f.column == place]
    assert len(told) == 1, faults
    assert words in told[0].expected
    lines = path.read_text(encoding="utf-8").splitlines()
    if told[0].row:
        assert place.rstrip(".123").rpartition(".")[2] in lines[told[0].row - 1] or told[0].value in lines[told[0].row - 1]


@pytest.mark.parametrize(("old", "new", "place", "words"), IN_DATA, ids=[f[2] for f in IN_DATA])
def test_what_the_data_do_not_hold(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    document, faults = read_settings(changed(tmp_path / "config.yaml", [(old, new)]), SCHEMA)
    assert document is not None
    assert faults == []
    with pytest.raises(DataFaults) as raised:
        check_review(DATA, {}, named_data(document))
    (fault,) = raised.value.faults
    assert (fault.file, fault.column) == (FILE, place)
    assert words in fault.expected


def test_flags_that_no_row_has_yet_may_be_named(tmp_path: Path) -> None:
    change = ("exclude_flags: [effect_direction_uncertain, subgroup]", "exclude_flags: [retracted, direction_uncertain]")
    document, faults = read_settings(changed(tmp_path / "config.yaml", [change]), SCHEMA)
    assert document is not None
    assert faults == []
    check_review(DATA, {}, named_data(document))


def test_the_schema_knows_every_step_of_the_conversion() -> None:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    steps = schema["properties"]["multiverse"]["properties"]["imputed"]["properties"]["steps"]
    assert steps["items"]["enum"] == list(STEPS)


def test_all_faults_of_settings_and_data_in_one_round(package: Package) -> None:
    chosen = [
        f for f in (*FAULTS, *IN_DATA) if f[2] in {"windows.use", "pooling.floor", "explore.seed", "populations.neck.regions.1"}
    ]
    chosen += [f for f in FAULTS if f[2] in {"outcomes.pain.says.noun", "outcomes.pain_response.event_is_good"}]
    (package.folder.parent / "config").mkdir()
    changed(package.folder.parent / "config/config.yaml", chosen)
    package.cell("a", n_t="0")
    made = CliRunner().invoke(main, ["check", str(package.folder)])  # the settings beside the data
    assert made.exit_code == 1
    for _, _, place, words in chosen:
        assert sum(place in line and words in line for line in made.output.splitlines()) == 1, place
    assert "results/yoga.csv, row 2, column n_t" in made.output
    assert made.output.endswith("7 faults; nothing was written.\n")


def test_a_run_with_faulty_settings_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    changed(tmp_path / "config/config.yaml", [("floor: true", "floor: perhaps")])
    made = CliRunner().invoke(main, ["run", "--directory", str(tmp_path)])
    assert made.exit_code == 1
    assert "pooling.floor: found 'perhaps'; expected true or false" in made.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a: &a [x, x, x, x]\n" + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 30)}]\n" for a, b in pairwise("abcdef")),
            "at most",
        ),
        ("a: &a [*a]\n", "at most"),
        ("a: [1\n", "a YAML file"),
        ("? [1, 2]\n: 3\n", "a YAML file"),
        ("a: 1\nb: {c: 1, c: 2}\n", "each name once (also in line 2)"),
    ],
)
def test_files_that_are_no_plain_yaml(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    faults = read_document(tmp_path / "a.yaml", "a.yaml")[1]
    assert len(faults) == 1
    assert words in str(faults[0])


@pytest.mark.parametrize(
    "content", [None, [], "text", 3, {}, {"windows": None}, {"outcomes": {"pain": None}}, {"windows": {"presets": []}}]
)
def test_settings_of_any_shape_are_answered(content: object) -> None:
    """No shape of a file ends in a traceback."""
    document = Document(FILE, content, {})
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    assert setting_faults(document, schema)
    named_data(document)


def test_no_entry_of_another_kind_ends_in_a_traceback() -> None:
    """Of some entries; the suite of faults takes them all."""
    schema, whole = yaml.safe_load(SCHEMA.read_text(encoding="utf-8")), yaml.safe_load(TEXT)
    seen = 0
    for content in spoilt_settings(whole, every=17):
        document = Document(FILE, content, {})
        setting_faults(document, schema)
        named_data(document)
        seen += 1
    assert seen > 200


@pytest.mark.parametrize(
    ("cuts", "cell", "level"),
    [
        ([], "12", ""),
        ([10, 20], "9.5", "under 10"),
        ([10, 20], "10", "10 to under 20"),
        ([10, 20], "20", "20 or more"),
        ([10], "30", "10 or more"),
        ([10, 20], "", ""),
    ],
)
def test_a_number_of_one_s_own_is_cut_into_groups(cuts: list[float], cell: str, level: str) -> None:
    assert OwnColumn("dose", "Dose", True, tuple(cuts), 1).level(cell) == level
    assert OwnColumn("place", "Place", False, (), 1).level("ward 3") == "ward 3"
