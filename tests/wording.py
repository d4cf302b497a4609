"""The rules of writing that a machine can check (dialogues.md §0); every reply of every transcript goes through them."""

from __future__ import annotations

import re

from handlers.model import Reply

LINES_MAX, CHARS_MAX, CHOICES_MAX, BYTES_MAX = 9, 180, 4, 2000
OFFICER_CHOICES_MAX = 9
LINK_BYTES = 70
"""What WeChat's tappable link adds to a choice (dialogues.md, head)."""
NEVER_SAID = re.compile("提交|工单|受理编号|上传|附件|验证码|匿名|隐私政策|Token|系统异常|绝对保密|没人知道|一定查处")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
QUOTED = ("您说的是：", "群众原话")
"""What people said is shown whole to themselves and to those they let see it, however long it is."""


def broken_rule(reply: Reply, *, officer: bool = False) -> str:
    """What is wrong with a reply; empty if nothing."""
    told = reply.as_lines()
    lines = [line for line in reply.text.split("\n") if line.strip()]
    size = len(told.encode()) + LINK_BYTES * len(reply.choices)
    own_words = any(each in reply.text for each in QUOTED)
    problems = {
        f"{len(lines)} 行": len(lines) > LINES_MAX and not own_words,
        f"{len(reply.text)} 字": len(reply.text) > CHARS_MAX and not own_words,
        f"{len(reply.choices) - 1} 个选项": len(reply.choices) > (OFFICER_CHOICES_MAX if officer else CHOICES_MAX) + 1,
        f"{size} 字节": size > BYTES_MAX and not own_words,
        "有选项没有 0": bool(reply.choices) and reply.choices[-1].key != "0",
        "不用的词": NEVER_SAID.search(told),
        "表情符号": EMOJI.search(told),
        "没有盖住的记号": re.search("[\ue000-\uf8ff]", told),
        "空的": not told.strip(),
    }
    found = [what for what, wrong in problems.items() if wrong]
    return f"{'、'.join(found)}：\n{told}" if found else ""
