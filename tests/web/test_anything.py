"""Whatever is sent, the answer is one of the contract's, in its shape."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.model import Reply
from tests.web.conftest import FORM, MESSAGES, World

STATUSES = {200, 400, 403, 409, 413, 415, 429}
KINDS = st.sampled_from(["application/json", FORM["Content-Type"], "text/plain", ""]) | st.text(
    st.characters(min_codepoint=32, max_codepoint=126), max_size=40
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["id", "text"]), inner),
    max_leaves=8,
)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
BODIES = (
    st.binary(max_size=6000)
    | NESTED.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({"id": st.from_regex("[A-Za-z0-9_-]{1,70}", fullmatch=True), "text": ANY_TEXT}).map(
        lambda value: json.dumps(value).encode()
    )
    | st.tuples(ANY_TEXT, ANY_TEXT).map(lambda pair: f"id={pair[0]}&text={pair[1]}".encode("utf-8", "surrogatepass"))
)
ORIGINS = st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


@settings(max_examples=300, deadline=None)
@given(KINDS, BODIES, ORIGINS)
async def test_any_body_gets_an_answer_of_the_contract(kind: str, body: bytes, origin: str | None) -> None:
    world = World()
    headers = {"Content-Type": kind} | ({} if origin is None else {"Origin": origin})
    async with world.client() as client:
        response = await client.post(MESSAGES, content=body, headers=headers)
    assert response.status_code in STATUSES
    assert len(world.heard) == (response.status_code == 200)
    if response.headers["Content-Type"] == "application/json":
        (reply,) = response.json()["replies"]
        assert set(reply) == {"text", "options"}
        assert reply["text"].strip()
    else:
        assert response.text.startswith("<!doctype html>")


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
async def test_any_words_come_back_as_words(text: str) -> None:
    world = World()
    async with world.client() as client:
        await client.post(
            MESSAGES, content=json.dumps({"id": "m", "text": text}), headers={"Content-Type": "application/json"}
        )
        world.answer = Reply(world.heard[0].text)
        echoed = await client.post(MESSAGES, json={"id": "n", "text": "1"})
        shown = await client.post(MESSAGES, data={"id": "o", "text": "1"})
    assert echoed.json()["replies"][0]["text"] == world.heard[0].text
    assert shown.status_code == 200
