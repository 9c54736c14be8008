"""Pages look as they did: the example review's report against stored pictures, at a desktop's and a phone's width.

The example's data do not change, so that only a change of pages or figures is seen, not new evidence. Pictures are grey and
small: fonts may be drawn a little differently elsewhere. After a wanted change look at the new ones and store them:
UPDATE_SCREENSHOTS=1 python -m pytest tests/browser/test_screenshots.py
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from conftest import ROOT
from html_pages import broken_links
from PIL import Image

from evidence_synthesis.cli import main
from evidence_synthesis.exports.archive import published_figures
from evidence_synthesis.plots.publish import draw

STORED = Path(__file__).parent / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = ("index.html", "claims.html", "methods.html", "treatments/st_johns_wort.html")
WIDTHS = (1200, 390)
HEIGHT = 1400
SCALE = 4  # the stored picture is this much smaller
MEAN = 4.0  # of 255: mean difference of grey that fonts drawn elsewhere may make
BLOCK, MOST = 8, 70.0  # no part of 8 x 8 stored pixels may differ by more than this

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "review"
    for arguments in (
        ["new-review", str(folder), "--title", "A review to look at"],
        ["run", "--downloads", "--directory", str(folder)],
    ):
        made = CliRunner().invoke(main, arguments)
        assert made.exit_code == 0, made.output
    return folder / "results/report"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--hide-scrollbars"])
        yield found
        found.close()


def picture(browser, page: Path, width: int) -> np.ndarray:
    tab = browser.new_page(viewport={"width": width, "height": HEIGHT})
    tab.goto(page.as_uri())
    tab.wait_for_load_state("networkidle")
    image = Image.open(io.BytesIO(tab.screenshot())).convert("L")
    tab.close()
    return np.asarray(image.resize((width // SCALE, HEIGHT // SCALE), Image.Resampling.BOX), dtype=float)


def blocks(difference: np.ndarray) -> np.ndarray:
    rows, columns = (size // BLOCK * BLOCK for size in difference.shape)
    cut = difference[:rows, :columns].reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
    return cut.mean(axis=(1, 3))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_it_did(browser, report: Path, name: str, width: int) -> None:
    seen = picture(browser, report / name, width)
    path = STORED / f"{Path(name).stem}-{width}.png"
    if os.environ.get("UPDATE_SCREENSHOTS"):
        STORED.mkdir(exist_ok=True)
        Image.fromarray(seen.round().astype(np.uint8)).save(path, optimize=True)
    known = np.asarray(Image.open(path), dtype=float)
    assert known.shape == seen.shape
    difference = np.abs(known - seen)
    assert difference.mean() <= MEAN
    assert blocks(difference).max() <= MOST


def test_the_readme_shows_the_first_page(browser) -> None:
    """As it looks; numbers may have moved since it was taken."""
    tab = browser.new_page(viewport={"width": 1280, "height": 860})
    tab.goto((ROOT / "results/report/index.html").as_uri())
    tab.wait_for_load_state("networkidle")
    seen = Image.open(io.BytesIO(tab.screenshot()))
    tab.close()
    path = ROOT / "docs/report.png"
    if os.environ.get("UPDATE_SCREENSHOTS"):
        seen.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    small = seen.width // SCALE, seen.height // SCALE
    first, second = (
        np.asarray(i.convert("L").resize(small, Image.Resampling.BOX), dtype=float)
        for i in (seen, Image.open(path).convert("RGB"))
    )
    assert np.abs(first - second).mean() <= MEAN
    assert blocks(np.abs(first - second)).max() <= MOST


def test_the_report_offers_its_downloads(browser, report: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    assert not broken_links(report)
    for name in ("downloads.html", "treatments/st_johns_wort.html"):
        tab = browser.new_page(viewport={"width": 390, "height": HEIGHT})
        faults: list[str] = []
        tab.on("console", lambda m, faults=faults: faults.append(m.text) if m.type == "error" else None)
        tab.goto((report / name).as_uri())
        assert tab.locator("a[href$='archives/st_johns_wort.zip']").count() == 1
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert faults == []
        found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()[:3000]
        tab.close()


def test_the_comparison_sees_a_change(browser, report: Path, tmp_path: Path) -> None:
    shutil.copytree(report, tmp_path / "report")
    path = tmp_path / "report/index.html"
    path.write_text(path.read_text().replace("<h1>", '<h1 style="background:black">', 1))
    changed, known = picture(browser, path, 1200), picture(browser, report / "index.html", 1200)
    assert blocks(np.abs(changed - known)).max() > MOST


@pytest.mark.parametrize(
    "name",
    [
        "yoga/inactive__pain__low_back",
        "cbt/inactive__function__low_back",
        "family-manual_therapy/firm__inactive__pain__short__low_back",
    ],
)
def test_svg_and_png_show_the_same(browser, name: str) -> None:
    group, _, figure = name.partition("/")
    entry = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    picture_of = published_figures(ROOT / "results", entry)[group][figure]
    drawn = Image.open(io.BytesIO(draw(picture_of, 96, ("png",))["png"])).convert("L")
    tab = browser.new_page(viewport={"width": drawn.width, "height": drawn.height})
    tab.goto((ROOT / f"results/figures/{name}.svg").as_uri())
    seen = Image.open(io.BytesIO(tab.screenshot())).convert("L")
    tab.close()
    small = drawn.width // SCALE, drawn.height // SCALE
    first, second = (np.asarray(i.resize(small, Image.Resampling.BOX), dtype=float) for i in (drawn, seen))
    assert np.abs(first - second).mean() <= MEAN
    assert blocks(np.abs(first - second)).max() <= MOST / 2
    moved = np.roll(second, 3, axis=0)  # 12 pixels lower: the comparison would see it
    assert blocks(np.abs(first - moved)).max() > MOST / 2
