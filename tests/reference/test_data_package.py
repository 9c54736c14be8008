"""The evidence by the reference implementation of data packages, which nobody here wrote."""

from __future__ import annotations

from conftest import DATA


def test_frictionless_accepts_the_package() -> None:
    from frictionless import Package

    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "note"])[:10]
