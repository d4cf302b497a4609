"""What comes out of the cleaning process: pixels and nothing else; whatever goes in, only that process suffers."""

from __future__ import annotations

import io
import resource

import pytest
from PIL import Image

from bot.evidence import SAID, clean
from tests.fakes import photos


async def test_place_author_comment_and_tail_are_gone_and_it_stands_upright() -> None:
    raw = photos.with_secrets()
    for canary in (photos.GPS_CANARY, photos.AUTHOR_CANARY, photos.COMMENT_CANARY):
        assert canary.encode() in raw
    cleaned = await clean(raw)
    assert not cleaned.fault and not cleaned.blurred
    for canary in (photos.GPS_CANARY, photos.AUTHOR_CANARY, photos.COMMENT_CANARY, "PK\x03\x04"):
        assert canary.encode() not in cleaned.content
    with Image.open(io.BytesIO(cleaned.content)) as picture:
        assert picture.size == (480, 640) and not picture.getexif() and "comment" not in picture.info


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00 this is no picture", "not_a_photo"),
        (b"<html><script>alert(1)</script>", "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_photo"),
        (photos.animated(), "not_a_photo"),
        (photos.photo()[:2000], "broken"),
        (photos.photo()[:20], "not_a_photo"),
        (photos.bomb(), "too_large"),
        (photos.bomb(7000), "broken"),
    ],
    ids=["0 bytes", "EXE as jpg", "HTML as jpg", "SVG", "animated GIF", "truncated", "only a head", "bomb", "short"],
)
async def test_what_is_no_photo_is_refused_with_a_reason(raw: bytes, fault: str) -> None:
    cleaned = await clean(raw)
    assert (cleaned.fault, cleaned.content) == (fault, b"")
    assert cleaned.fault in SAID


@pytest.mark.parametrize(("raw", "blurred"), [(photos.photo(), False), (photos.blurred(), True), (photos.dark(), True)])
async def test_what_is_hard_to_read_is_noticed(raw: bytes, blurred: bool) -> None:
    assert (await clean(raw)).blurred is blurred


async def test_a_transparent_png_becomes_a_jpeg_on_white() -> None:
    cleaned = await clean(photos.transparent_png())
    with Image.open(io.BytesIO(cleaned.content)) as picture:
        assert picture.format == "JPEG" and min(picture.getpixel((70, 5))) > 240  # type: ignore[type-var, arg-type]


async def test_the_largest_photo_fits_and_this_process_does_not_grow() -> None:
    raw = photos.fifty_megapixels()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cleaned = await clean(raw)
    assert not cleaned.fault and len(cleaned.content) < 2_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 768 * 1024


async def test_a_process_that_dies_is_a_fault_of_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.evidence.CLEAN_S_MAX", 0.01)
    assert (await clean(photos.photo())).fault == "killed"
