"""The people of the small city of tests/fakes/city.py."""

from __future__ import annotations

from handlers.model import DeskId, Person, PersonId, Post

_T, _U, _S, _X, _Y, _C = "520602104", "520602105", "520621100", "520602", "520621", "5206"
_POSTS = {
    "T-1": (_T, Post.SECRETARY), "T-2": (_T, Post.DEPUTY), "T-3": (_T, Post.OFFICER), "T-4": (_T, Post.OFFICER),
    "U-1": (_U, Post.SECRETARY), "U-2": (_U, Post.DEPUTY), "U-3": (_U, Post.OFFICER),
    "S-1": (_S, Post.SECRETARY), "S-2": (_S, Post.DEPUTY),
    "X-1": (_X, Post.SECRETARY), "X-2": (f"{_X}Z01", Post.COMMANDER), "X-3": (f"{_X}Z01", Post.LEADER),
    "X-4": (f"{_X}Z01", Post.DIRECTOR), "X-5": (_X, Post.SUPERVISION), "X-6": (_X, Post.OFFICER),
    "Y-1": (_Y, Post.SECRETARY), "Y-2": (f"{_Y}Z01", Post.COMMANDER), "Y-3": (f"{_Y}Z01", Post.LEADER),
    "Y-4": (f"{_Y}Z01", Post.DIRECTOR), "Y-5": (_Y, Post.SUPERVISION),
    "G-1": (f"{_T}D01", Post.CONTACT), "G-2": (f"{_T}D01", Post.CONTACT), "M-1": (f"{_X}D01", Post.CONTACT),
    "C-1": (_C, Post.SECRETARY), "C-2": (_C, Post.LEADERSHIP), "C-3": (_C, Post.SUPERVISION), "C-4": (_C, Post.OFFICER),
}  # fmt: skip
NAMES = {
    "T-1": "龙书记", "T-2": "田副书记", "T-3": "杨同志", "T-4": "石同志", "U-1": "吴书记", "U-2": "罗副书记", "U-3": "麻同志",
    "S-1": "冉书记", "S-2": "代副书记", "X-1": "张书记", "X-2": "黄指挥", "X-3": "刘主任", "X-4": "陈主任", "X-5": "周案管",
    "X-6": "姚同志", "Y-1": "王书记", "Y-2": "安指挥", "Y-3": "任主任", "Y-4": "梁主任", "Y-5": "谭案管",
    "G-1": "蒋经办", "G-2": "廖经办", "M-1": "傅经办",
    "C-1": "严书记", "C-2": "何领导", "C-3": "向案管", "C-4": "唐同志",
}  # fmt: skip
TIES = {"T-4": frozenset({"520602104202"}), "U-2": frozenset({"520602104201"})}
"""石同志 comes from 大坪村 of her own township, 罗副书记 from 岩门村 of the other one."""


def desk_of(unit: str) -> DeskId:
    if "D" in unit:
        return DeskId(f"department:{unit}")
    level = {4: "city", 6: "county", 9: "township"}
    code = unit.partition("Z")[0]
    return DeskId(f"{level[len(code)]}:{code}")


def person(id_: str, ties: frozenset[str] | None = None) -> Person:
    unit, post = _POSTS[id_]
    return Person(PersonId(id_), desk_of(unit), ((unit, post),), TIES.get(id_, frozenset()) if ties is None else ties)


def people(*without: str) -> list[tuple[Person, str]]:
    return [(person(id_), NAMES[id_]) for id_ in _POSTS if id_ not in without]
