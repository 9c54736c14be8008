"""Sheets of OpenDocument workbooks (``.ods``, as LibreOffice saves them), by the standard library alone."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.review.package import DataFaults, Fault

_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_OFFICE, _TABLE, _TEXT, _STYLE = (_SPACE % name for name in ("office", "table", "text", "style"))
_SHEETS = b"opendocument.spreadsheet"
_ROWS_IN = tuple(f"{_TABLE}{name}" for name in ("table-row-group", "table-header-rows", "table-rows"))
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_NUMBERS = ("float", "percentage", "currency")
_MOST_CELLS = 2_000_000  # that hold something, repeated ones counted


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A sheet: its title, its lines that hold something with their numbers, the numbers of those that are hidden."""

    title: str
    lines: list[tuple[int, list[Any]]]
    hidden: list[int]


def _words(element: Element) -> str:
    """The text of a paragraph with its spaces and line breaks; notes in it are no text of the cell."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 1000))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_words(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _value(cell: Element) -> Any:
    """What a cell holds, in the types in which openpyxl gives the cells of an XLSX file."""
    kind = cell.get(f"{_OFFICE}value-type", "")
    told = cell.get(f"{_OFFICE}value", "")
    if cell.tag == _CELLS[1]:  # below a merged cell
        return None
    if kind in _NUMBERS and told:
        return int(told) if told.lstrip("-").isdigit() else float(told)
    if kind == "date":
        return datetime.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    text = cell.get(f"{_OFFICE}string-value") or "\n".join(_words(p) for p in cell.findall(f"{_TEXT}p"))
    formula = cell.get(f"{_TABLE}formula", "")
    return text or (f"={formula.partition('=')[2]}" if formula else None)  # a formula without a value is named, not empty


def _rows(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in _ROWS_IN:
            yield from _rows(child)


def _cells(row: Element) -> list[Any]:
    """The cells of a row up to the last that holds something."""
    cells: list[Any] = []
    for cell in (c for c in row if c.tag in _CELLS):
        times, value = int(cell.get(f"{_TABLE}number-columns-repeated", "1")), _value(cell)
        if times > _MOST_CELLS and value is not None:
            raise UnusableInput("", f"a cell that is repeated {times} times")
        cells.append((value, times))
    while cells and cells[-1][0] in (None, ""):
        cells.pop()
    if sum(int(times) for _, times in cells) > _MOST_CELLS:
        raise UnusableInput("", f"more than {_MOST_CELLS} cells in a row")
    return [value for value, times in cells for _ in range(times)]


def _sheet(table: Element) -> OpenSheet:
    lines, hidden, number, held = list[tuple[int, list[Any]]](), list[int](), 0, 0
    for row in _rows(table):
        times, cells = int(row.get(f"{_TABLE}number-rows-repeated", "1")), _cells(row)
        if cells:
            held += times * len(cells)
            if held > _MOST_CELLS:
                raise UnusableInput("", f"more than {_MOST_CELLS} cells")
            numbers = range(number + 1, number + times + 1)
            lines += [(n, list(cells)) for n in numbers]
            if row.get(f"{_TABLE}visibility", "visible") != "visible":
                hidden += numbers
        number += times
    return OpenSheet(table.get(f"{_TABLE}name", ""), lines, hidden)


def is_open_document(start: bytes) -> bool:
    """Whether a ZIP file that begins so is an OpenDocument file: its first part says what it is."""
    return b"opendocument" in start


def open_document_sheets(path: Path, most_bytes: int) -> list[OpenSheet]:
    """The sheets of a workbook, hidden ones left out where others are shown.

    Raises DataFaults for what is no such workbook, is locked by a password, or holds more than ``most_bytes``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if _SHEETS not in archive.read("mimetype"):
                raise DataFaults([Fault(path.name, 0, "", "an OpenDocument text or drawing", "the table as .ods, .xlsx or .csv")])
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise DataFaults([Fault(path.name, 0, "", "a password", "the workbook saved without a password")])
            size = archive.getinfo("content.xml").file_size
            if size > most_bytes:
                raise DataFaults([Fault(path.name, 0, "", f"{size} bytes unpacked", f"a workbook of {most_bytes} bytes at most")])
            raw = archive.read("content.xml")
        if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
            raise UnusableInput("", "it has a document type, which no office program writes")
        root = ElementTree.fromstring(raw)
        unseen = {
            style.get(f"{_STYLE}name")
            for style in root.iter(f"{_STYLE}style")
            for told in style.iter(f"{_STYLE}table-properties")
            if told.get(f"{_TABLE}display") == "false"
        }
        body = root.find(f"{_OFFICE}body/{_OFFICE}spreadsheet")
        tables = [] if body is None else body.findall(f"{_TABLE}table")
        shown = [t for t in tables if t.get(f"{_TABLE}style-name") not in unseen] or tables
        return [_sheet(table) for table in shown]
    except (UnusableInput, zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, ElementTree.ParseError) as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"a workbook that opens ({error})")]) from error
