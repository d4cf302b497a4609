"""`python -m tests.finding.misspellings` writes misspellings.csv: how people might write the villages of the gazetteer.

Made by rules of its own, which the search knows nothing of: how a word sounds comes from pypinyin, with its phrases; what
looks alike and what the dialect mixes up stands here. A village whose name others bear as well is written with its
township, for without it nobody could tell.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from pypinyin import Style, lazy_pinyin

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "sample" / "organisation"
PAGE = Path(__file__).with_name("misspellings.csv")
SEED, OF_EACH_KIND = 20261124, 240
WITH_TOWNSHIP, WITH_ENDING, WITH_COUNTY = 0.5, 0.6, 0.15

COMMON = [
    bytes([high, low]).decode("gb2312")
    for high in range(0xB0, 0xD8)
    for low in range(0xA1, 0xFF)
    if not (high == 0xD7 and low > 0xF9)
]
"""The 3,755 characters of GB2312's first level: what a phone offers first."""
LOOK_ALIKE = (
    "大太犬|土士|未末|人入八|日曰目|千干于|田由甲|木本术禾|己已巳|石右|门们问间|坪评平|坝贝坎|岩岸炭|水永冰|井并开|"
    "王玉主五|白百自|天夫无|上土|下卞|中申|山出|沟构钩|河何|湾弯|溪奚|塘糖|桥娇|场扬汤|寨赛塞|坡披波|岭玲领|龙尤|"
    "凉谅惊|黄横|官宫|观现|高亭|安按|长张|新亲|街衔|茶荼|林村杠|树对|洞铜|屯囤|古占|口吕|杨扬|桃挑|双又|红江|花化|"
    "清情请|金全|银很|瓦凡|马鸟|牛午|羊半|竹行|兴光|和知|星里|云去|关美|老考|毛手|孟盂|谢榭|罗岁|周同|冷泠|青胄|坨驼|"
    "枫讽|柏拍|板扳|楠南|苗苖|哨悄|鱼渔|泉皇|泡池|丰半|东车|西酉|北比|方万|万方|太大|小少|平半|文交|胜脏|联职|建健|"
    "客容|家冢|屋居|房户|庄压|店占|坳拗|盘盆|碗宛|营宫|头买|尾尼|麻床|司同|甘廿|合台|坑吭|道首|路露|两丙|包句|凤风"
)
MIXED_UP = (("n", "l"), ("h", "f"), ("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
"""Initials and finals that people here do not tell apart, each way."""
KEYS = {"a": "sq", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "l": "k", "m": "n", "n": "bm",
        "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "w": "qe", "x": "zc", "y": "tu", "z": "x"}  # fmt: skip
"""Neighbours on a keyboard."""
OFFICIAL = ("村民委员会", "居民委员会", "村民委会员")

Rows = list[tuple[str, str, str]]


class Gazetteer:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.villages = {row["code"]: row for row in _read("villages.csv")}
        self.townships = {row["code"]: row for row in _read("townships.csv")}
        self.counties = {row["code"]: row["name"] for row in _read("counties.csv")}
        self.times = Counter(self.core(code) for code in self.villages)
        self.sounding: dict[str, list[str]] = defaultdict(list)
        for char in COMMON:
            self.sounding[lazy_pinyin(char)[0]].append(char)
        self.alike = defaultdict(set)
        for group in LOOK_ALIKE.split("|"):
            for char in group:
                self.alike[char] |= set(group) - {char}

    def core(self, code: str) -> str:
        """岩门村村民委员会 → 岩门."""
        name = self.short(code)
        for ending in ("社区", "村"):
            if name.endswith(ending) and len(name) - len(ending) > 1:
                return name.removesuffix(ending)
        return name

    def short(self, code: str) -> str:
        name = self.villages[code]["name"]
        return next((name.removesuffix(e) for e in OFFICIAL if name.endswith(e)), name)

    def ending(self, code: str) -> str:
        return self.short(code).removeprefix(self.core(code))

    def before(self, code: str, *, always: bool = False) -> str:
        """The township, perhaps with its county, or nothing: always where the name alone does not tell."""
        if self.times[self.core(code)] == 1 and not always and self.chance.random() > WITH_TOWNSHIP:
            return ""
        township = self.townships[self.villages[code]["township"]]
        said = township["name"]
        if self.chance.random() < 0.6 and "族" not in said:
            said = next(
                (said.removesuffix(e) for e in ("街道", "镇", "乡") if said.endswith(e) and len(said) > 2), said
            )
        return (self.counties[township["county"]] if self.chance.random() < WITH_COUNTY else "") + said

    def dressed(self, code: str, core: str, *, township: str | None = None) -> str:
        """A misspelt core as it is written: with its township or not, with 村 or not."""
        before = self.before(code) if township is None else township
        return before + core + (self.ending(code) if self.chance.random() < WITH_ENDING else "")


def _read(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------- how a name is written; empty: not in this way


def exact(g: Gazetteer, code: str) -> str:
    return g.dressed(code, g.core(code))


def official(g: Gazetteer, code: str) -> str:
    return g.before(code) + g.villages[code]["name"]


def homophone(g: Gazetteer, code: str) -> str:
    return g.dressed(code, _sounding_alike(g, g.core(code)))


def township_homophone(g: Gazetteer, code: str) -> str:
    return g.dressed(code, g.core(code), township=_sounding_alike(g, g.before(code, always=True)))


def _sounding_alike(g: Gazetteer, name: str) -> str:
    """One or two characters become others of the same sound, as it stands in this name."""
    sounds, chars = lazy_pinyin(name), list(name)
    for at in g.chance.sample(range(len(chars)), g.chance.choice((1, 1, 2)) if len(chars) > 1 else 1):
        others = [char for char in g.sounding[sounds[at]] if char != chars[at]]
        chars[at] = g.chance.choice(others) if others else chars[at]
    return "".join(chars) if "".join(chars) != name else ""


def dialect(g: Gazetteer, code: str) -> str:
    """One character becomes another that only the dialect does not tell from it."""
    core = g.core(code)
    sounds = lazy_pinyin(core)
    for at in g.chance.sample(range(len(core)), len(core)):
        others = [char for sound in _mixed(sounds[at]) for char in g.sounding.get(sound, ())]
        if others:
            return g.dressed(code, core[:at] + g.chance.choice(others) + core[at + 1 :])
    return ""


def _mixed(sound: str) -> list[str]:
    found = []
    for one, other in MIXED_UP:
        for here, there in ((one, other), (other, one)):
            if len(here) == 3 or here in ("in", "en", "an"):
                if sound.endswith(here) and not (len(here) == 2 and sound.endswith(here + "g")):
                    found.append(sound.removesuffix(here) + there)
            elif sound.startswith(here) and not (len(here) == 1 and sound.startswith(here + "h")):
                found.append(there + sound.removeprefix(here))
    return [_as_said(each) for each in found]


def _as_said(sound: str) -> str:
    """hu- and f-: 湖 is fu, 花 is fa, 飞 is hui."""
    for odd, even in (("fu", "fu"), ("hei", "hui"), ("hu", "hu")):
        sound = even if sound == odd else sound
    return {"fuang": "fang", "fuan": "fan", "fua": "fa", "fui": "fei", "hang": "huang", "han": "huan", "ha": "hua"}.get(
        sound, sound
    )


def look_alike(g: Gazetteer, code: str) -> str:
    core = g.core(code)
    places = [at for at, char in enumerate(core) if g.alike.get(char)]
    if not places:
        return ""
    at = g.chance.choice(places)
    return g.dressed(code, core[:at] + g.chance.choice(sorted(g.alike[core[at]])) + core[at + 1 :])


def wrong(g: Gazetteer, code: str) -> str:
    """One character is any other: a slip of the finger among what the phone offers."""
    core = g.core(code)
    at = g.chance.randrange(len(core))
    return g.dressed(code, core[:at] + g.chance.choice(COMMON) + core[at + 1 :])


def dropped(g: Gazetteer, code: str) -> str:
    """Of two characters one would be no name any more."""
    core = g.core(code)
    at = g.chance.randrange(len(core))
    return g.dressed(code, core[:at] + core[at + 1 :]) if len(core) > 2 else ""


def doubled(g: Gazetteer, code: str) -> str:
    core = g.core(code)
    at = g.chance.randrange(len(core))
    return g.dressed(code, core[: at + 1] + core[at:])


def swapped(g: Gazetteer, code: str) -> str:
    core = g.core(code)
    at = g.chance.randrange(len(core) - 1)
    turned = core[:at] + core[at + 1] + core[at] + core[at + 2 :]
    return g.dressed(code, turned) if turned != core else ""


def pinyin(g: Gazetteer, code: str) -> str:
    return "".join(lazy_pinyin(exact(g, code)))


def pinyin_apart(g: Gazetteer, code: str) -> str:
    return " ".join(lazy_pinyin(exact(g, code)))


def pinyin_tones(g: Gazetteer, code: str) -> str:
    return " ".join(lazy_pinyin(exact(g, code), style=Style.TONE))


def pinyin_dialect(g: Gazetteer, code: str) -> str:
    sounds = lazy_pinyin(g.core(code))
    at = g.chance.randrange(len(sounds))
    if not (others := _mixed(sounds[at])):
        return ""
    sounds[at] = g.chance.choice(others)
    return "".join(
        [*lazy_pinyin(g.before(code)), *sounds, *(lazy_pinyin(g.ending(code)) if g.chance.random() < 0.5 else [])]
    )


def pinyin_typo(g: Gazetteer, code: str) -> str:
    """One letter of the village's own name is missing, doubled, turned round or its neighbour."""
    letters = "".join(lazy_pinyin(g.core(code)))
    at = g.chance.randrange(len(letters) - 1)
    slip = g.chance.choice(("drop", "double", "swap", "beside"))
    typed = {
        "drop": letters[:at] + letters[at + 1 :],
        "double": letters[: at + 1] + letters[at:],
        "swap": letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :],
        "beside": letters[:at] + g.chance.choice(KEYS.get(letters[at], letters[at])) + letters[at + 1 :],
    }[slip]
    return "".join(lazy_pinyin(g.before(code))) + typed if typed != letters else ""


KINDS: dict[str, Callable[[Gazetteer, str], str]] = {
    "名字不错": exact,
    "全称": official,
    "同音字": homophone,
    "乡镇是同音字": township_homophone,
    "方言": dialect,
    "形近字": look_alike,
    "错一个字": wrong,
    "漏一个字": dropped,
    "重一个字": doubled,
    "颠倒": swapped,
    "拼音": pinyin,
    "拼音分开": pinyin_apart,
    "拼音带声调": pinyin_tones,
    "拼音方言": pinyin_dialect,
    "拼音打错": pinyin_typo,
}


def made() -> Rows:
    chance = random.Random(SEED)
    gazetteer = Gazetteer(chance)
    codes = sorted(gazetteer.villages)
    rows: Rows = []
    for kind, write in KINDS.items():
        n = 0
        while n < OF_EACH_KIND:
            code = chance.choice(codes)
            if written := write(gazetteer, code):
                rows.append((kind, written, code))
                n += 1
    return rows


def page() -> str:
    return "kind,written,village\n" + "".join(f"{kind},{written},{code}\n" for kind, written, code in made())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
