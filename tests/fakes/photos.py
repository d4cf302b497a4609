"""Pictures that people send, good and bad, made on the spot."""

from __future__ import annotations

import io
import random
import zipfile
import zlib

from PIL import Image, ImageDraw, PngImagePlugin

GPS_CANARY, AUTHOR_CANARY, COMMENT_CANARY = "27.7183N", "zhangsan-phone", "taken-in-group-two"


def photo(seed: int = 1, size: tuple[int, int] = (640, 480)) -> bytes:
    """A sharp photo of a ditch, as far as a test needs one."""
    chance = random.Random(seed)
    picture = Image.new("RGB", size, (150, 160, 140))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        draw.line(
            (x, y, x + chance.randrange(-90, 90), y + chance.randrange(-90, 90)),
            fill=(chance.randrange(255),) * 3,
            width=3,
        )
    return _jpeg(picture)


def with_secrets() -> bytes:
    """Sideways, with GPS, author, comment, and a ZIP behind its end."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x013B] = AUTHOR_CANARY
    exif.get_ifd(0x8825)[1] = GPS_CANARY
    exif.get_ifd(0x8825)[29] = GPS_CANARY
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo())) as picture:
        picture.save(out, "JPEG", exif=exif, comment=COMMENT_CANARY.encode())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("hidden.txt", COMMENT_CANARY)
    return out.getvalue() + archive.getvalue()


def blurred() -> bytes:
    return _jpeg(Image.new("RGB", (640, 480), (120, 120, 122)))


def dark() -> bytes:
    return _jpeg(Image.new("RGB", (640, 480), (4, 4, 4)))


def transparent_png() -> bytes:
    picture = Image.new("RGBA", (80, 60), (255, 0, 0, 0))
    ImageDraw.Draw(picture).line((0, 0, 80, 60), fill=(0, 0, 0, 255), width=3)
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", AUTHOR_CANARY)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=text)
    return out.getvalue()


def bomb(side: int = 50_000) -> bytes:
    """A few hundred kilobytes that claim to be 2.5 thousand million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


def fifty_megapixels() -> bytes:
    """As large as a photo may be."""
    return _jpeg(Image.new("RGB", (8000, 6000), (90, 140, 90)))


def animated() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("P", (50, 50), n % 255) for n in range(300)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()
