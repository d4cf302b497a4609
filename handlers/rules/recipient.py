"""Whom words must never reach: a unit in which somebody works who is spoken of, or which that person heads (domain.md §4).

Nobody can know from words alone where a “主任” works, so whatever accuses anybody but people of the village is kept from
every department, and whatever accuses a department by name from that one. To refuse costs a phone call to 12345; to
send it may cost the one who said it much more.
"""

from __future__ import annotations

import re

from handlers.organisation import Department
from handlers.rules.recogniser import Heard, Kind, bare

_OF_THE_VILLAGE = re.compile(
    "村主任|村长|村支书|支书|村会计|会计|村文书|文书|村干部?|村官|组长|队长|寨老|护林员|保洁员|监督员|监督长|监委|村里的人|村书记|第一书记"
)
_ANYBODY = re.compile(
    "主任|书记|干部|干事|专干|领导|当官|站长|所长|镇长|乡长|局长|科长|股长|县长|区长|市长|处长|委员|主席|工作队|驻村|包村|经办|工作人员|办事员|窗口|你们|你单位|贵单位|上头的人|那个人|民政的|镇上|乡上|乡里|镇里|街道|县里|区里"
)
_ENDINGS = re.compile("人民政府|政府|委员会|办事处|局|办公室|中心|联合会|站|所|学校|小学|中学|幼儿园")
_SAID_SHORT = {
    "医疗保障": "医保",
    "卫生健康": "卫健",
    "农业农村": "农业",
    "人力资源和社会保障": "人社",
    "自然资源": "国土",
}

ACCUSED_LEVELS = {
    "village": frozenset[str](),
    "township": frozenset({"township"}),
    "unsure": frozenset({"township"}),
    "county": frozenset({"township", "county"}),
    "city_staff": frozenset({"county", "city"}),
    "higher": frozenset({"township", "county", "city"}),
}
"""Departments of which levels are out, by whom the person said that the wrong concerns (handlers/model.py About; `higher`:
not said which). A county's leaders head its townships as well."""


def accuses(heard: Heard) -> bool:
    return heard.kind == Kind.COMPLAINT or heard.wrong


def may_concern(
    words: str, heard: Heard, department: Department, places: tuple[str, str], about: str = "village"
) -> bool:
    """Whether the words may be about people of a department. `places`: the names of its county, city or township, and of
    the village that is spoken of. 坝黄镇岩门村二组 is where somebody lives, and accuses nobody."""
    place, village = places
    if department.level in ACCUSED_LEVELS[about]:
        return True
    if not accuses(heard):
        return False
    told = re.sub(f"(?:{place}|{place[:-1]})(?={village.removesuffix('村')})", "", bare(words))
    return _ANYBODY.search(_OF_THE_VILLAGE.sub("", told)) is not None or any(
        each in told for each in called(department.name, place)
    )


def called(name: str, place: str) -> list[str]:
    """碧江区民政局: 民政局, 民政; 坝黄镇人民政府: 坝黄镇, 坝黄, 镇政府."""
    own = name.removeprefix(place)
    stem = _ENDINGS.sub("", own)
    found = [name, own, stem, _SAID_SHORT.get(stem, ""), *((place, place[:-1]) if not stem else ())]
    return [each for each in dict.fromkeys(found) if len(each) > 1]


def concerns_township(words: str, heard: Heard) -> bool:
    """Whether a township is not to be told of a concern: the words may be about its people."""
    return accuses(heard) and _ANYBODY.search(_OF_THE_VILLAGE.sub("", bare(words))) is not None
