"""`python -m bot.cleaning`: one photo in on standard input, one clean JPEG out, in a process that may die.

Re-encoded from pixels, upright, without EXIF, GPS, comments, tails (security.md §3). Memory and time are limited by
the kernel, so a hostile picture can kill only this process. First line out: JSON {"fault": …} or {"blurred": …}.
"""

from __future__ import annotations

import io
import json
import resource
import sys

MEMORY_BYTES_MAX = 768 << 20
CPU_S_MAX = 10
"""At this the kernel sends SIGXCPU, which says whose fault it was; a SIGKILL then always came from elsewhere."""
PIXELS_MAX = 50_000_000
SIDE_MAX = 4096
"""A longer side is scaled down to this: enough to read an account book."""
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
SHARPNESS_MIN = 40.0
"""Variance of edges at 512 pixels below which a photo is hard to read; our own measure, on sample photos."""
BRIGHTNESS_MIN = 30.0
"""Mean grey, of 255, below which it is too dark."""
EMPTY, TOO_LARGE, NOT_A_PHOTO, BROKEN = "empty", "too_large", "not_a_photo", "broken"


def main() -> None:
    """Limits first, then the library, then the picture."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told, content = clean(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


def clean(raw: bytes) -> tuple[dict[str, object], bytes]:
    """What was found, and the clean JPEG (empty with a fault)."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not raw:
        return {"fault": EMPTY}, b""
    Image.MAX_IMAGE_PIXELS = None  # our own bound below, before a pixel is decoded
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                return {"fault": TOO_LARGE}, b""
            opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            fresh = Image.new("RGB", upright.size, "white")
            rgba = upright.convert("RGBA") if upright.mode in ("RGBA", "LA", "P") else None
            fresh.paste(rgba or upright.convert("RGB"), mask=rgba)
    except (UnidentifiedImageError, TypeError):
        return {"fault": NOT_A_PHOTO}, b""
    except MemoryError:
        return {"fault": TOO_LARGE}, b""
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, ArithmeticError):
        return {"fault": BROKEN}, b""
    fresh.thumbnail((SIDE_MAX, SIDE_MAX))
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY, optimize=True)
    return {"blurred": is_hard_to_read(fresh)}, out.getvalue()


def is_hard_to_read(picture: object) -> bool:
    """Too dark, or without edges."""
    from PIL import Image, ImageFilter, ImageStat

    assert isinstance(picture, Image.Image)
    grey = picture.convert("L")
    grey.thumbnail((512, 512))
    edges = ImageStat.Stat(
        grey.filter(ImageFilter.FIND_EDGES).crop((1, 1, max(grey.width - 1, 2), max(grey.height - 1, 2)))
    )
    return bool(ImageStat.Stat(grey).mean[0] < BRIGHTNESS_MIN or edges.var[0] < SHARPNESS_MIN)


if __name__ == "__main__":
    main()
