"""Which public items words may be about: those whose titles share a telling pair of characters with them. Pure.

What is found is offered, never taken. A pair that stands in many titles (补助, 项目) tells little, one that stands in a
single title much.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SAID_ALSO = (
    ("低保", "最低生活", "吃保"),
    ("医保", "合医", "合作医疗", "新农合", "看病报销"),
    ("光伏", "太阳能", "发电"),
    ("水沟", "沟子", "沟渠", "水渠", "渠道"),
    ("饮水", "自来水", "吃水", "水池", "水窖"),
    ("道路", "公路", "马路", "修路", "硬化", "机耕道", "毛路"),
    ("便民桥", "修桥", "桥垮"),
    ("厕所", "茅厕", "茅房", "人居环境"),
    ("路灯", "亮化", "灯不亮"),
    ("营养餐", "午餐", "学校的饭", "食堂"),
    ("地力", "种地补", "种粮", "耕地补", "地补", "种田"),
    ("退耕", "还林"),
    ("公益林", "护林", "林补"),
    ("危房", "修房", "房屋改造"),
    ("高龄", "老年补", "老人补"),
    ("临时救助", "救济", "救助"),
    ("过冬", "棉被", "慰问"),
    ("农机", "拖拉机", "微耕机"),
    ("合作社", "分红", "入股"),
    ("外出务工", "打工", "车费"),
    ("产业", "养牛", "黄牛", "养猪", "鸡苗"),
    ("残疾", "残补"),
    ("学生", "读书", "学费", "助学"),
)
"""What people call what titles call otherwise: any of a row in the words, any of it in the title."""
_HAN = re.compile("[\u4e00-\u9fff]+")
_ASIDE = re.compile("（[^）]*）")
COMMON_PART = 0.2
"""A pair in more of the titles than this tells nothing."""
FOUND_MAX = 3


def matching(words: str, titles: Sequence[str], place: str) -> list[int]:
    """Positions of the titles that fit the words, the likeliest first, at most FOUND_MAX. `place`: a name in both that
    tells nothing."""
    said = _pairs(words, place)
    told = [_pairs(title, place) for title in titles]
    in_how_many = Counter(pair for pairs in told for pair in pairs)
    most = max(1, int(len(titles) * COMMON_PART))
    scores = {}
    for n, (title, pairs) in enumerate(zip(titles, told, strict=True)):
        score = sum(1 / in_how_many[pair] for pair in pairs & said if in_how_many[pair] <= most)
        score += sum(_any_in(row, words) and _any_in(row, title) for row in _SAID_ALSO)
        if score:
            scores[n] = score
    best = max(scores.values(), default=0)
    return sorted((n for n in scores if scores[n] >= best / 2), key=lambda n: (-scores[n], n))[:FOUND_MAX]


def _any_in(row: tuple[str, ...], text: str) -> bool:
    return any(each in text for each in row)


def _pairs(text: str, place: str) -> set[str]:
    runs = _HAN.findall(_ASIDE.sub("", text).replace(place, " "))
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
