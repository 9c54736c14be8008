"""Packed files: read by others as what they hold, and independent of the machine's own compression."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from evidence_synthesis.storage.same_bytes import png, zipped


def picture(colours: int, width: int, height: int) -> Image.Image:
    """Random pixels that use every one of so many colours."""
    numbers = np.random.default_rng(colours).integers(0, colours, (height, width), dtype=np.uint8)
    numbers.flat[:colours] = range(colours)
    image = Image.fromarray(numbers, "P")
    image.putpalette([part for i in range(colours) for part in (i, 255 - i, i * 7 % 256)])
    return image


@pytest.mark.parametrize(("colours", "depth"), [(2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)])
def test_a_picture_is_what_was_packed(colours: int, depth: int) -> None:
    for width, height in itertools.product((16, 17, 19), (16, 31)):
        packed = png(image := picture(colours, width, height), 300, "Pain, 1 ≤ t ≤ 12 weeks")
        assert packed[24] == depth
        read = Image.open(io.BytesIO(packed))
        assert np.array_equal(np.asarray(read.convert("RGB")), np.asarray(image.convert("RGB")))
        assert read.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert read.info["Title"] == "Pain, 1 ≤ t ≤ 12 weeks"


def test_an_archive_holds_what_was_packed(other_zlib: Callable[[], None]) -> None:
    parts = {"b.txt": b"", "a/ü.bin": bytes(range(256)) * 999, "c": b"one"}
    packed = zipped(parts)
    other_zlib()
    assert packed == zipped(dict(parts))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == parts
        assert archive.namelist() == list(parts)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.getinfo("a/ü.bin").compress_size < 3000
