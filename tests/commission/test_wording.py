"""What an officer writes: lists are lists, and a reporter's name is found however it was left."""

from __future__ import annotations

import pytest

from handlers.rules.statuses import BY_KEY, CATEGORIES, lacks
from handlers.rules.wording import answer_fault, names_somebody


@pytest.mark.parametrize(
    "contact", ["王二妹 13800001234", "我叫王二妹13800001234", "我是岩门村王二妹，电话13800001234", "王二妹，晚上方便"]
)
def test_a_name_is_found_however_it_was_written(contact: str) -> None:
    assert names_somebody("王二妹，您的钱已经补发到折子上了。", contact)
    assert not names_somebody("我们到岩门村看了，沟子下周开始修，晚上不施工。", contact)


def test_what_is_chosen_cannot_be_written() -> None:
    assert lacks(BY_KEY["accept"], {"category": CATEGORIES[0]}) == ()
    assert lacks(BY_KEY["accept"], {"category": "这是王二妹告的"}) == ("category",)
    assert lacks(BY_KEY["refuse"], {"grounds": "举报人王二妹电话13800001234"}) == ("grounds",)


@pytest.mark.parametrize(
    ("words", "fine"),
    [
        ("我们2026年11月24日到现场看了，沟子下周修。", True),
        ("验收单是2026-11-24签的，20261124的照片也在。", True),
        ("多付的1285000元已经退回，12850000元的账对上了。", True),
        ("还有人没有领到的，下周一起补。", True),
        ("请打 13812345678，找我就行了。", False),
        ("请打0856-5221234，上班时间都在。", False),
        ("还有别人也反映了这件事，我们一起查。", False),
        ("还有人说是二组黄家得了，我们去问了。", False),
    ],
)
def test_dates_and_amounts_are_no_telephones_and_others_are_named_only_if_they_speak(words: str, fine: bool) -> None:
    assert (not answer_fault(words)) == fine
