"""Compressed files that have the same bytes on every machine.

What Python's ``zlib`` makes depends on the library that the system brings (Apple's and zlib-ng pack differently), so parts
of archives and pictures are packed by a pinned libdeflate.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import lru_cache

import deflate
from PIL import Image
from PIL.PngImagePlugin import putchunk

from evidence_synthesis.storage.private_hooks import compress_by

_WHEN = (1980, 1, 1, 0, 0, 0)  # the first time that a ZIP can hold
_LEVEL = 9  # of 12: those above take ten times as long and are 3 to 6 % smaller
_QUICK, _LARGE = 6, 2_000_000  # for pictures of so many dots: a quarter of the time, 2 % larger
_SMALL = 50_000  # bytes of a part that is held, packed, for the next file
_PACKED = (".png", ".pdf", ".docx", ".xlsx")  # endings of what hardly gets smaller: packing them again takes time only
_INCH = 0.0254  # metres
_DEPTHS = ((2, 1), (4, 2), (16, 4), (256, 8))  # colours that so many bits can tell apart


class _Deflate:
    """What ``zipfile`` asks of a compressor, for a part that is known whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def compress(self, data: bytes) -> bytes:
        self._parts.append(bytes(data))
        return b""

    def flush(self) -> bytes:
        whole = b"".join(self._parts)
        return _packed(whole) if len(whole) < _SMALL else bytes(deflate.deflate_compress(whole, _LEVEL))


@lru_cache(maxsize=64)
def _packed(part: bytes) -> bytes:
    """A small part packed: alike office files have most of theirs in common."""
    return bytes(deflate.deflate_compress(part, _LEVEL))


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP of files by name, in their order, with one fixed time on each."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _WHEN)
            if name.endswith(_PACKED):
                bundle.writestr(info, content, zipfile.ZIP_STORED)
                continue
            info.compress_type = zipfile.ZIP_DEFLATED
            with bundle.open(info, "w") as part:
                compress_by(part, _Deflate())
                part.write(content)
    return out.getvalue()


def png(image: Image.Image, dpi: int, title: str) -> bytes:
    """A picture with a palette as a PNG of ``dpi`` dots to the inch, its title inside.

    Rows are packed as they are: the filters that Pillow would choose for each make drawings a fifth larger.
    """
    palette = bytes(image.getpalette() or ())
    depth = next(bits for colours, bits in _DEPTHS if len(palette) <= 3 * colours)
    packed = image.tobytes("raw", "P" if depth == 8 else f"P;{depth}")
    width = len(packed) // image.height
    rows = b"".join(b"\0" + packed[start : start + width] for start in range(0, len(packed), width))
    dots = round(dpi / _INCH).to_bytes(4, "big")
    out = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    out.seek(0, io.SEEK_END)
    size = image.width.to_bytes(4, "big") + image.height.to_bytes(4, "big")
    putchunk(out, b"IHDR", size, bytes((depth, 3, 0, 0, 0)))  # 3: colours from a palette
    putchunk(out, b"PLTE", palette)
    putchunk(out, b"iTXt", b"Title\0\0\0\0\0", title.encode())  # not packed, of no language
    putchunk(out, b"pHYs", dots, dots, b"\1")  # 1: to the metre
    level = _QUICK if image.width * image.height >= _LARGE else _LEVEL
    putchunk(out, b"IDAT", bytes(deflate.zlib_compress(rows, level)))
    putchunk(out, b"IEND")
    return out.getvalue()
