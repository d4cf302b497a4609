"""What an officer writes: lists are lists, and a reporter's name is found however it was left."""

from __future__ import annotations

import pytest

from handlers.rules.statuses import BY_KEY, CATEGORIES, lacks
from handlers.rules.wording import names_somebody


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
