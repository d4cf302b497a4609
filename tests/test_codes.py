"""Codes: what we printed is known for ever, what we did not print never, and a slip of the finger is noticed."""

from __future__ import annotations

import random

import pytest

from handlers.code import (
    ALPHABET,
    LENGTH,
    PLACARD_ID_MAX,
    placard_code,
    placard_of,
    query_code,
    query_code_shown,
    query_code_typed,
    scanned,
)
from handlers.model import PlacardId

KEYS = {1: b"1" * 32, 2: b"2" * 32}
SEED = 20261124
MUTATED, MUTATED_LONG = 100_000, 10_000_000
EDGES = (0, 1, 2, 12_345, PLACARD_ID_MAX - 1, PLACARD_ID_MAX)


# ---------------------------------------------------------------- placards


@pytest.mark.parametrize("id_", EDGES)
def test_a_printed_code_names_its_placard(id_: int) -> None:
    code = placard_code(PlacardId(id_), KEYS)
    assert len(code) == LENGTH == 15
    assert set(code) <= set(ALPHABET)
    assert placard_of(code, KEYS) == id_


def test_it_is_printed_under_the_newest_key_and_what_was_printed_before_still_counts() -> None:
    old = placard_code(PlacardId(7), {1: KEYS[1]})
    new = placard_code(PlacardId(7), KEYS)
    assert old != new
    assert placard_of(old, KEYS) == placard_of(new, KEYS) == 7
    assert placard_of(new, {1: KEYS[1]}) is None
    assert placard_of(old, {2: KEYS[2]}) is None
    assert placard_of(old, {1: KEYS[2]}) is None
    assert placard_of(placard_code(PlacardId(7), {15: KEYS[1]}), {15: KEYS[1]}) == 7


def test_read_aloud_and_typed_by_hand_it_is_the_same_code() -> None:
    for id_ in range(300):
        code = placard_code(PlacardId(id_), KEYS)
        for typed in (
            code.lower(),
            f"{code[:5]}-{code[5:10]}-{code[10:]}",
            f" {code[:8]} {code[8:]} ",
            code.replace("0", "O").replace("1", "I"),
            code.replace("0", "o").replace("1", "l"),
        ):
            assert placard_of(typed, KEYS) == id_


def test_no_changed_code_is_ever_taken(long: bool) -> None:
    chance = random.Random(SEED)
    for _ in range(MUTATED_LONG if long else MUTATED):
        id_ = PlacardId(chance.randrange(PLACARD_ID_MAX))
        code = placard_code(id_, {chance.choice((1, 2)): KEYS[1]} if chance.random() < 0.1 else KEYS)
        if (changed := _changed(code, chance)) != code:
            assert placard_of(changed, KEYS) is None, f"{code} {changed}"


def _changed(code: str, chance: random.Random) -> str:
    letters = list(code)
    match chance.randrange(6):
        case 0 | 1:
            for _ in range(chance.randint(1, 3)):
                letters[chance.randrange(LENGTH)] = chance.choice(ALPHABET)
        case 2:
            at = chance.randrange(LENGTH - 1)
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        case 3:
            del letters[chance.randrange(LENGTH)]
        case 4:
            letters.insert(chance.randrange(LENGTH), chance.choice(ALPHABET))
        case _:
            return "".join(chance.choices(ALPHABET, k=LENGTH))
    return "".join(letters)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        "U" * 15,
        "0" * 15,
        "Z" * 15,
        "码" * 15,
        "1" * 14,
        "1" * 16,
        "1" * 10_000,
        "../" * 5,
        "%00" * 5,
        "\0" * 15,
    ],
    ids=lambda wrong: repr(wrong[:8]),
)
def test_what_is_no_code_at_all_names_nothing(wrong: str) -> None:
    assert placard_of(wrong, KEYS) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("/start ABC", "ABC"), (" /start  ABC ", "ABC"), ("/start", None), ("/start ", None), ("/starts ABC", None),
     ("ABC", None), ("", None), ("说 /start ABC", None)],
)  # fmt: skip
def test_a_scan_is_a_command_with_a_code(text: str, code: str | None) -> None:
    assert scanned(text) == code


# ---------------------------------------------------------------- query codes


def test_a_query_code_is_twelve_digits_and_reads_in_three_groups() -> None:
    chance = random.Random(SEED)
    for body in (0, 1, 10**10 - 1, *(chance.randrange(10**10) for _ in range(2_000))):
        code = query_code(body)
        shown = query_code_shown(code)
        assert len(code) == 12 and code.isdecimal()
        assert [len(group) for group in shown.split("-")] == [4, 4, 4]
        for typed in (code, shown, shown.replace("-", " "), f"码是{shown}。", _wide(code), shown.replace("-", "－")):
            assert query_code_typed(typed) == code


def _wide(code: str) -> str:
    return "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)


def test_every_slip_of_one_finger_is_noticed() -> None:
    chance = random.Random(SEED)
    for _ in range(200):
        code = query_code(chance.randrange(10**10))
        wrong = {code[:at] + digit + code[at + 1 :] for at in range(12) for digit in "0123456789"}
        wrong |= {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(11)}
        wrong |= {code[:-1], code[1:], code + code[-1]}
        assert [each for each in wrong - {code} if query_code_typed(each)] == []


def test_one_guess_in_ninety_seven_has_the_right_check_digits() -> None:
    chance = random.Random(SEED)
    right = sum(query_code_typed(f"{chance.randrange(10**12):012d}") is not None for _ in range(9_700))
    assert 50 < right < 150


@pytest.mark.parametrize("typed", ["", "一二三四", "4827", "4827-3916-0527-1", "4827-3916-052"])
def test_what_has_not_twelve_digits_is_no_query_code(typed: str) -> None:
    assert query_code_typed(typed) is None
