"""The review's data as of a date, cut by hand: the files' own rows taken out, without the library."""

from __future__ import annotations

import shutil
from pathlib import Path

from conftest import DATA, read_csv, write_csv

DATES = ("2005-12-31", "2015-12-02", "2021-06-30")


def cut_by_hand(folder: Path, year: int) -> Path:
    """The data package with the files' own rows taken out, without the library."""
    shutil.copytree(DATA, folder)
    first = {t["trial_id"]: t["year"] for t in read_csv(DATA / "trials.csv")}
    reports = {s["source_id"]: s["year"] for s in read_csv(DATA / "sources.csv") if s["kind"] == "trial report"}

    def there(row: dict[str, str]) -> bool:
        known = [int(y) for y in (first[row["trial_id"]], reports.get(row["source_id"], "")) if y]
        return bool(known) and max(known) <= year

    kept, measured = set[str](), set[tuple[str, str]]()
    for path in sorted((folder / "results").glob("*.csv")):
        rows = read_csv(path)
        left = [r for r in rows if there(r)]
        kept |= {r["row_id"] for r in left}
        measured |= {(r["trial_id"], outcome) for r in left for outcome in ("", r["outcome"])}
        if left:
            write_csv(path, list(rows[0]), left)
        else:
            path.unlink()
    for name, keep in (
        ("corrections", lambda r: r["row_id"] in kept),
        ("second_reading", lambda r: r["row_id"] in kept),
        ("unusable_results", lambda r: r["year"] and int(r["year"]) <= year),
        ("published_estimates", lambda r: r["year"] and int(r["year"]) <= year),
        ("harms_outside_trials", lambda r: r["year"] and int(r["year"]) <= year),
        ("risk_of_bias", lambda r: (r["trial_id"], r["outcome"]) in measured and (not r["row_id"] or r["row_id"] in kept)),
    ):
        rows = read_csv(folder / f"{name}.csv")
        write_csv(folder / f"{name}.csv", list(rows[0]), [r for r in rows if keep(r)])
    reviews = {r["review"] for r in read_csv(folder / "published_estimates.csv")} | {
        s["source_id"] for s in read_csv(folder / "sources.csv")
    }
    rows = read_csv(folder / "review_trials.csv")
    write_csv(folder / "review_trials.csv", list(rows[0]), [r for r in rows if r["review"] in reviews])
    return folder
