"""A village by its name, however people say, spell or mistype it (dialogues.md §7). Pure: an index built once.

First the very name, then whatever sounds the same, then what is nearly so; each only if the one before finds nothing.
A name may stand behind its county and township, in any of the ways in which people say those.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.model import VillageCode
from handlers.organisation import COUNTY_CODE_DIGITS as COUNTY_DIGITS
from handlers.organisation import TOWNSHIP_CODE_DIGITS as TOWNSHIP_DIGITS
from handlers.organisation import Organisation
from handlers.rules.sounds import folded, readings

FOUND_MAX = 40
"""More villages than this are not offered one after another: their township has to be said."""
CHARS_MAX, LETTERS_MAX = 30, 90
"""The longest official name with its county and township has 26 characters; what is longer is no name."""
LISTED_CHARS_MAX = 110
"""Names of one page of a list."""
READINGS_MAX = 6
"""Of all ways to read a name with characters that have several readings."""
ENOUGH, ENOUGH_NAMED, ENOUGH_IN_AREA, ENOUGH_IN_ABOUT, SURE_ENOUGH = 0.6, 0.5, 0.4, 0.7, 0.75
"""How alike, from 0 to 1, words and a name must be: alone, where 村 shows that a name was meant, in the township that was
said, in one that was only nearly said."""
TALK = (
    "我你您他她它们吗呢吧啊呀嘛了着过是不没有在就也都很还只再又才被把给让跟和与或但要想说话讲听看问谢请怎么什这那哪谁几多少个些"
    "钱款费修建发领得拿买卖反映举报告查询办管帮找打骂吵骗偷抢占吃喝送贪污领导干部书记主任组支低保医社助补贴救养老残困难灾学校"
    "今昨明年月日天时点为啥咋莫好谢知道懂"
)
"""Characters that people use to talk about things. Those that stand in a name of this organisation do not count."""
TALK_WORDS = re.compile(
    "低保|医保|社保|补贴|补助|救助|举报|投诉|支书|书记|主任|村长|组长|村民|干部|官司|工资|光伏|公示|随便"
)
"""What is said to us and may sound like a village: only the very name counts then."""
NEAR_THE_BEST = 0.25
TURNED_ROUND = 0.8
AREAS_MAX = 4

_PEOPLES = (
    "壮|回|满|维吾尔|苗|彝|土家|藏|蒙古|侗|布依|瑶|白|朝鲜|哈尼|黎|哈萨克|傣|畲|傈僳|东乡|仡佬|拉祜|佤|水|纳西|羌|土|仫佬|锡伯|"
    "柯尔克孜|景颇|达斡尔|撒拉|布朗|毛南|塔吉克|普米|阿昌|怒|鄂温克|京|基诺|德昂|保安|俄罗斯|裕固|乌孜别克|门巴|鄂伦春|独龙|赫哲|"
    "高山|珞巴|塔塔尔"
)
_OF_PEOPLES = re.compile(f"(?:(?:{_PEOPLES})族)+")
_AREA = re.compile("(?:自治县|街道|地区|[县区市镇乡])$")
_VILLAGE = re.compile("(?:村|社区)?(?:村民委员会|居民委员会|村民委会员|村民委会|村委会|居委会|村委|居委)$|(?:村|社区)$")
_OFFICIAL = re.compile("(?:村民委员会|居民委员会|村民委会员|村民委会|村委会|居委会|村委|居委)$")
_VILLAGE_SOUNDS = ("cunminweiyuanhui", "juminweiyuanhui", "cunweihui", "juweihui", "cunwei", "shequ", "cun")
_ENDS_NAME = re.compile("村|社区")
_GROUP = re.compile("第?[0-9一二三四五六七八九十]{1,3}(?:村民)?小?组$")
_TWICE = re.compile(r"(.)\1")
_BEFORE = re.compile("^(?:我们|我是|我家|我在|住在)?(?:贵州省?)?")


@dataclass(frozen=True, slots=True)
class Found:
    """Villages, the likeliest first; `sure` if they are called exactly so. `area`: only a county or township was said;
    `not_in`: one that was said with a name which no village in it has."""

    villages: tuple[VillageCode, ...] = ()
    sure: bool = False
    area: str = ""
    not_in: str = ""


# ---------------------------------------------------------------- how names sound


def heard(words: str) -> str:
    """Only characters and letters without tones; empty for what cannot be a name."""
    plain = unicodedata.normalize("NFKC", words).lower().replace("ü", "v")
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c) or c == "\u0308")
    plain = plain.replace("u\u0308", "v").replace("的", "")
    plain = _GROUP.sub("", "".join(plain.split()))
    kept = "".join(c for c in plain if c.isalnum())
    most = LETTERS_MAX if kept.isascii() else CHARS_MAX
    return "" if len(kept) > most or any(c.isdigit() and c.isascii() for c in kept) else kept


def _stem(name: str) -> str:
    """坝黄镇 → 坝黄, 滑石侗族苗族土家族乡 → 滑石; a single character keeps its ending."""
    plain = _OF_PEOPLES.sub("", name)
    stem = _AREA.sub("", plain)
    return stem if len(stem) > 1 else plain


def _ways(name: str) -> tuple[str, ...]:
    """In which ways people say a county or township."""
    plain = _OF_PEOPLES.sub("", name)
    return tuple(dict.fromkeys((name, plain, plain.replace("自治县", "县"), _stem(name))))


def _bare(short: str) -> str:
    """岩门村 → 岩门; a village of one character keeps its ending, 新村 stays 新村."""
    bare = _VILLAGE.sub("", short)
    return bare if len(bare) > 1 else short


class Finder:
    """The names of one organisation. `find` is the question; building takes some tens of milliseconds."""

    def __init__(self, organisation: Organisation) -> None:
        self._readings = readings()
        self._city = re.compile(f"^(?:{organisation.city_name}|{_stem(organisation.city_name)})(?=.)")
        codes: dict[str, list[VillageCode]] = {}
        for code in sorted(organisation.villages):
            codes.setdefault(_bare(organisation.villages[code].short_name), []).append(code)
        self._names, self._codes = tuple(codes), tuple(tuple(each) for each in codes.values())
        self._alphabet = frozenset("".join(self._names))
        self._number = {name: n for n, name in enumerate(self._names)}
        self._spelt = tuple(next(self._spellings(name)) for name in self._names)
        self._sounds = tuple(folded(spelt) for spelt in self._spelt)
        self._of_sound: dict[str, tuple[int, ...]] = {}
        for n, name in enumerate(self._names):
            for sound in self._said_as(name):
                self._of_sound[sound] = (*self._of_sound.get(sound, ()), n)
        self._areas: dict[str, tuple[str, ...]] = {}
        self._area_sounds: dict[str, tuple[str, ...]] = {}
        alone: dict[str, None] = {}
        for area, way, is_alone in self._ways_to_areas(organisation):
            _put(self._areas, way, area)
            for sound in self._said_as(way):
                _put(self._area_sounds, sound, area)
                alone.update({sound: None} if is_alone else {})
        self._area_keys = tuple(alone)
        self._numbers_in: dict[str, list[int]] = {}
        for n, villages in enumerate(self._codes):
            for part in {village[:digits] for village in villages for digits in (COUNTY_DIGITS, TOWNSHIP_DIGITS)}:
                self._numbers_in.setdefault(part, []).append(n)

    @staticmethod
    def _ways_to_areas(organisation: Organisation) -> Iterator[tuple[str, str, bool]]:
        for county in organisation.counties.values():
            yield from ((county.code, way, True) for way in _ways(county.name))
        for township in organisation.townships.values():
            before = ("", *_ways(organisation.counties[township.county].name))
            yield from ((township.code, county + way, not county) for county in before for way in _ways(township.name))

    def _spellings(self, text: str) -> Iterator[str]:
        """In letters, as it may be read: characters by their sounds, letters as they are."""
        read = [self._readings.get(char, (char,)) for char in text]
        return ("".join(each) for each in islice(product(*read), READINGS_MAX))

    def _said_as(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(folded(spelt) for spelt in self._spellings(text)))

    # ------------------------------------------------------------ finding

    def find(self, words: str, within: str = "") -> Found:
        """Villages that may be meant, inside the area `within` if one is known already."""
        said = self._city.sub("", _BEFORE.sub("", heard(words)))
        if not said:
            return Found()
        area = _only(self._areas.get(said, ()), within)
        ways = tuple(dict.fromkeys((said, _TWICE.sub(r"\1", said))))
        for way in ways:
            if villages := self._exactly(way, within):
                return Found(tuple(villages), way == said, area)
        if area or TALK_WORDS.search(said):
            return Found(area=area)
        for way in ways:
            if villages := self._by_sound(way, within):
                return Found(tuple(villages[:FOUND_MAX]))
        if area := _only(self._areas_sounding(said), within):
            return Found(area=area)
        near = self._nearly(said, within)[:FOUND_MAX]
        return Found(tuple(near), not_in=self._area_without(said, near))

    def _area_without(self, said: str, found: list[VillageCode]) -> str:
        """The one county or township that was said before the name, if none of these villages is in it."""
        for start in range(len(said) - 1, 1, -1):
            if areas := self._areas.get(said[:start], ()):
                return areas[0] if len(areas) == 1 and not any(code.startswith(areas) for code in found) else ""
        return ""

    def mentioned(self, words: str) -> tuple[VillageCode, ...]:
        """Whoever is named exactly, with 村 or 社区, somewhere in a longer text; with its township if one stands before."""
        found: dict[VillageCode, None] = {}
        for end in (match.end() for match in _ENDS_NAME.finditer(words)):
            for start in range(max(0, end - CHARS_MAX), end - 2):
                if villages := self._exactly(words[start:end], ""):
                    found.update(dict.fromkeys(villages))
                    break
        return tuple(found)

    def _exactly(self, said: str, within: str) -> list[VillageCode]:
        for start in range(len(said)):
            areas = self._areas.get(said[:start], ()) if start else (within,)
            numbers = [self._number[way] for way in _endless(said[start:]) if way in self._number]
            if found := self._inside(dict.fromkeys(numbers), areas):
                return found
        return []

    def _by_sound(self, said: str, within: str) -> list[VillageCode]:
        for start in range(len(said)):
            areas = self._areas_sounding(said[:start]) if start else (within,)
            if not areas:
                continue
            rest = said[start:]
            numbers = {
                n for sound in self._said_as(rest) for way in _soundless(sound) for n in self._of_sound.get(way, ())
            }
            if found := self._inside(sorted(numbers, key=lambda n: self._apart(rest, n)), areas):
                return found
        return []

    def _nearly(self, said: str, within: str) -> list[VillageCode]:
        """What is nearly so, the nearest first; behind it, who is called so in another township than the one said."""
        found: dict[VillageCode, float] = {}
        elsewhere: list[VillageCode] = []
        behind = [start for start in range(1, len(said)) if self._areas_sounding(said[:start])]
        for start in behind[-1:]:
            self._score(found, said[start:], self._areas_sounding(said[:start]), ENOUGH_IN_AREA)
            elsewhere = self._exactly(said[start:], within) or self._by_sound(said[start:], within)
        if max(found.values(), default=0.0) < SURE_ENOUGH and (within or not self._talks(said)):
            named = within or _VILLAGE.search(said)
            self._score(found, said, (within,), ENOUGH_NAMED if named else ENOUGH)
        if not behind and max(found.values(), default=0.0) < SURE_ENOUGH:
            for start in self._splits(said):
                if areas := self._areas_nearly(said[:start]):
                    self._score(found, said[start:], areas, ENOUGH_IN_ABOUT)
        best = max(found.values(), default=0.0)
        near = [code for code, score in found.items() if score > best - NEAR_THE_BEST]
        return list(dict.fromkeys([*sorted(near, key=lambda code: (-found[code], code)), *elsewhere]))

    @staticmethod
    def _splits(said: str) -> range:
        """Where a township that is only nearly one may end: it has two to five characters, a letter is a third of one."""
        each = 3 if said.isascii() else 1
        return range(2 * each, min(5 * each, len(said) - each) + 1)

    def _talks(self, said: str) -> bool:
        """Whether a character is in it that belongs to talk and to no name here: then nothing is guessed."""
        return any(char in TALK and char not in self._alphabet for char in said)

    def _score(self, found: dict[VillageCode, float], rest: str, areas: tuple[str, ...], enough: float) -> None:
        """Add the villages of these areas whose names are `enough` like the rest of the words."""
        bare = _bare(rest)
        sound = folded(next(self._spellings(bare)))
        turned = {self._number.get(each) for each in _turned_round(bare)}
        for n in self._candidates(bare, sound, areas):
            score = TURNED_ROUND if n in turned else self._alike(bare, sound, n)
            if score < enough:
                continue
            for code in self._codes[n]:
                if code.startswith(areas):
                    found[code] = max(score, found.get(code, 0.0))

    def _candidates(self, bare: str, sound: str, areas: tuple[str, ...]) -> Iterable[int]:
        """Of an area all; of everything, who sounds much alike, looks and sounds somewhat alike, or is turned round."""
        if any(areas):
            return {n for area in areas for n in self._numbers_in.get(area, ())}
        far = max(4, len(sound) // 2)
        by_sound = process.extract(sound, self._sounds, scorer=OSA.distance, score_cutoff=far, limit=None)
        near = {n for _, distance, n in by_sound if distance <= max(1, len(sound) // 3)}
        if bare.isascii():
            return near
        by_look = process.extract(
            bare, self._names, scorer=OSA.distance, score_cutoff=max(1, len(bare) // 3), limit=None
        )
        both = {n for _, _, n in by_sound} & {n for _, _, n in by_look}
        return near | both | {self._number[turned] for turned in _turned_round(bare) if turned in self._number}

    def _alike(self, bare: str, sound: str, n: int) -> float:
        """From 0 to 1: how alike a name sounds, and, if it is in characters, how alike it looks."""
        sounds = OSA.normalized_similarity(sound, self._sounds[n])
        if sounds == 1 or bare.isascii():
            return sounds
        return (sounds + OSA.normalized_similarity(bare, self._names[n])) / 2

    def _apart(self, rest: str, n: int) -> tuple[float, float, str]:
        """Among names that sound the same: those that look the same first, then those spelt the same."""
        spelt = next(self._spellings(_bare(rest)))
        return OSA.distance(_bare(rest), self._names[n]), OSA.distance(spelt, self._spelt[n]), self._codes[n][0]

    def _inside(self, numbers: Iterable[int], areas: tuple[str, ...]) -> list[VillageCode]:
        return [code for n in numbers for code in self._codes[n] if code.startswith(areas)]

    # ------------------------------------------------------------ counties and townships

    def _areas_sounding(self, said: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for each in self._said_as(said) for code in self._area_sounds.get(each, ())))

    def _areas_nearly(self, said: str) -> tuple[str, ...]:
        sound = folded(next(self._spellings(said)))
        found = process.extract(sound, self._area_keys, scorer=OSA.distance, score_cutoff=1, limit=AREAS_MAX)
        return tuple(dict.fromkeys(code for key, _, _ in found for code in self._area_sounds[key]))


def listed(organisation: Organisation, area: str) -> tuple[str, ...]:
    """The names below a place, page by page, as they fit a message: counties, townships, villages."""
    if area in organisation.townships:
        names = [organisation.villages[code].short_name for code in organisation.villages_in(area)]
    elif area:
        names = [township.name for township in organisation.townships.values() if township.county == area]
    else:
        names = [county.name for county in organisation.counties.values()]
    pages = [""]
    for name in names:
        if len(pages[-1]) + len(name) > LISTED_CHARS_MAX:
            pages.append("")
        pages[-1] += f"、{name}" if pages[-1] else name
    return tuple(pages)


def _only(areas: tuple[str, ...], within: str) -> str:
    """The one county or township below `within`; empty if it is none or several."""
    below = [area for area in areas if area.startswith(within) and area != within]
    return below[0] if len(below) == 1 else ""


def _put(found: dict[str, tuple[str, ...]], key: str, code: str) -> None:
    if code not in found.get(key, ()):
        found[key] = (*found.get(key, ()), code)


def _turned_round(name: str) -> tuple[str, ...]:
    return tuple(name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1))


def _endless(name: str) -> tuple[str, ...]:
    """As it was said, and without 村 or 社区."""
    short, bare = _OFFICIAL.sub("", name), _VILLAGE.sub("", name)
    return tuple(dict.fromkeys(way for way in (name, short, bare) if way))


def _soundless(sound: str) -> tuple[str, ...]:
    return (sound, *(sound.removesuffix(end) for end in _ENDS if sound.endswith(end) and sound != end))


_ENDS = tuple(folded(sound) for sound in _VILLAGE_SOUNDS)
