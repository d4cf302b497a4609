"""Whom words must never reach: a unit in which somebody works who is spoken of, or which that person heads (domain.md §4).

Nobody can know from words alone where a “主任” works, so whatever accuses anybody but people of the village is kept from
every department, and whatever accuses a department by name from that one. To refuse costs a phone call to 12345; to
send it may cost the one who said it much more.
"""

from __future__ import annotations

import re

from handlers.organisation import Department
from handlers.rules.recogniser import Heard, Kind, bare

_DOES = "(?=把|喊|叫|说|讲|要|不|那|人|同志|女|男|卖|请|从|也|都|我|只|收|对|给|没|在)"
_OF_THE_VILLAGE = re.compile(
    "村主任|村长|村支书|支书|村会计|会计|村文书|文书|村干部?|村官|组长|队长|寨老|护林员|保洁员|监督员|监督长|监委|村里的人|村书记|第一书记|老?支委|"
    "(?:村[里头上]|寨[上里子]|组[里上])(?:那[个位家])?(?:管|当家|掌权|主事|领头)[^，。,.的]{0,4}的"
)
_ANYBODY = re.compile(
    "主任|书记|干部|干事|专干|领导|当官|站长|所长|镇长|乡长|局长|科长|股长|县长|区长|市长|处长|委员|主席|工作队|驻村|包村|经办|工作人员|办事员|窗口|你们|你单位|贵单位|上头的人|那个人|民政的|镇上|乡上|乡里|镇里|街道|县里|区里|"
    # whom people call by what they do, or do not call at all
    "一把手|头头|寨老大|大队|队上|公家的人|吃公家饭|吃皇粮|当差|跑腿|上[头面](?:的|来|下来)|帮扶人|网格[长员]|负责人|经手|当班的|分管|后勤|班主任|老师|医生|电工|兽防站|水管员|"
    "包.{0,4}组的|挂.{0,3}[家户]的|那位|那个[男女]|那个.{0,6}的(?=说|喊|叫|把|要)|他们几个|他们自己|(?:当家|掌权|主事|领头|说得起话|办事|管事)的|管[^理，。,.的]{1,4}的|"
    f"(?:发|收|量|填|写|登记|负责|办|坐|跑)[^，。,.的]{{0,5}}的{_DOES}|[他她](?:们)?(?:说|讲|喊|叫|帮我)"
)
"""Nobody knows where these work. 村里管事的 does not work in a department, 管事的 may."""
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


def speaks_of_anybody(words: str) -> bool:
    """Whether somebody is spoken of who may be an official, of the village or not: such words are not published."""
    return _ANYBODY.search(bare(words)) is not None


def concerns_township(words: str, heard: Heard) -> bool:
    """Whether a township is not to be told of a concern: the words may be about its people."""
    return accuses(heard) and _ANYBODY.search(_OF_THE_VILLAGE.sub("", bare(words))) is not None
