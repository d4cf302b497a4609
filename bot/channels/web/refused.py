"""Why a message did not get as far as a turn, and what the person is told: kindly, and never in technical words."""

from __future__ import annotations

from handlers.model import Here

_SENTENCES = {
    400: "这句没看明白，没有收到。请再发一次。",
    403: "这句不是从我们的页面发来的，没有收。请重新打开“{name}”再发。",
    405: "从这里看不到什么。请回到说话的地方。",
    408: "这句只到了一半，没有收到。请再发一次。",
    409: "这句和刚才那句弄混了，没有收。请再发一次。",
    413: "这句太长了，没有收到。请分成几段发。",
    415: "这种我收不了。请改发文字。",
    429: "您发得太快，这句还没收到。请歇一分钟再发。",
    503: "这会儿说话的人多，这句还没收到。请过一会儿再发。\n急事请打 {calls}。",
}
_OF_PHOTOS = {
    400: "这张照片没发上来。请重新选一张。",
    403: "这张照片不是从我们的页面发来的，没有收。请重新打开“{name}”再发。",
    408: "这张照片只到了一半，没有收到。请再发一次。",
    409: "这张照片和刚才发的弄混了，没有收。请再发一次。",
    413: "这张照片太大（超过{photo_mb}兆），没发上来。\n请：截个图再发，或在手机里选“标准”大小再发。",
    415: "这种我收不了。请改发照片。",
    429: "您发得太快，这张照片还没收到。请歇一分钟再发。",
    503: "这会儿说话的人多，这张照片还没收到。请过一会儿再发。\n急事请打 {calls}。",
}
EMPTY_PHOTO = "这张照片是空的，没发上来。请重新选一张。"
MB = 1024 * 1024


class Refused(Exception):
    """Nothing was stored. `retry_after_s`: when the same message under the same id may be sent again; 0 if it may not.

    `told` is what the person is told, where the status alone does not say it.
    """

    def __init__(self, status: int, retry_after_s: float = 0.0, told: str = "") -> None:
        super().__init__(f"refused with {status}")
        self.status, self.retry_after_s, self.told = status, retry_after_s, told


def sentence(status: int, here: Here) -> str:
    return _SENTENCES[status].format(name=here.account_name, calls=here.calls)


def photo_sentence(status: int, here: Here, photo_bytes_max: int) -> str:
    told = {"name": here.account_name, "calls": here.calls, "photo_mb": f"{photo_bytes_max / MB:.3g}"}
    return _OF_PHOTOS[status].format(**told)
