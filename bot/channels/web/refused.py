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


class Refused(Exception):
    """Nothing was stored. `retry_after_s`: when the same message under the same id may be sent again; 0 if it may not."""

    def __init__(self, status: int, retry_after_s: float = 0.0) -> None:
        super().__init__(f"refused with {status}")
        self.status, self.retry_after_s = status, retry_after_s


def sentence(status: int, here: Here) -> str:
    return _SENTENCES[status].format(name=here.account_name, calls=here.calls)
