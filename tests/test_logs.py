"""What the process says of itself: JSON without a terminal, and never a word of what an exception or a library says."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import logs

CANARY = "岩门的王二麻子说的"
log = structlog.get_logger()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is the one thing that is global by nature: each test leaves it as it found it."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.raiseExceptions = True
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    assert CANARY not in stream.getvalue()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def _fail() -> None:
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        raise ValueError(CANARY) from error


def test_lines_of_json_without_a_terminal(stream: io.StringIO) -> None:
    logs.configure(stream)
    log.info("serving", process=7)
    log.debug("unheard")
    line = told(stream)[0]
    assert line.pop("time").endswith("Z")
    assert line == {"event": "serving", "level": "info", "process": 7} and len(told(stream)) == 1


def test_lines_for_people_on_a_terminal() -> None:
    terminal = Terminal()
    logs.configure(terminal)
    log.warning("disk_full", free=3)
    assert "disk_full" in terminal.getvalue() and not terminal.getvalue().startswith("{")


@pytest.mark.parametrize("terminal", [False, True])
def test_an_exception_is_its_type_and_its_lines_of_code(terminal: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    logs.configure(stream)
    try:
        _fail()
    except ValueError as error:
        log.exception("caught")
        log.error("caught", exc_info=error)
        log.error("caught", exc_info=(ValueError, error, error.__traceback__))
        log.error("caught", error=error)
    said = stream.getvalue()
    assert CANARY not in said and said.count("ValueError < KeyError") == 3 and "test_logs.py:" in said


def test_a_library_is_told_by_its_place(stream: io.StringIO) -> None:
    logs.configure(stream)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.info("not at this level")
    uvicorn.warning("GET /i/%s", CANARY)
    uvicorn.error(OSError(98, CANARY))
    try:
        _fail()
    except ValueError:
        logging.getLogger("asyncio").exception("Task %r", CANARY)
    logging.getLogger("any").warning("broken %d", CANARY)
    lines = told(stream)
    assert [line["logger"] for line in lines] == ["uvicorn.error", "uvicorn.error", "asyncio", "any"]
    assert lines[1]["cause"] == "OSError" and lines[1]["errno"] == "EADDRINUSE"
    assert lines[2]["cause"] == "ValueError < KeyError"


async def test_what_nobody_catches(stream: io.StringIO) -> None:
    """The loop's handler, a thread, a finaliser, the interpreter's last word."""
    logs.configure(stream)

    async def fails() -> None:
        _fail()

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    del task
    thread = threading.Thread(target=_fail)
    thread.start()
    thread.join()
    try:
        _fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    events = [line["event"] for line in told(stream)]
    assert "thread_ended" in events and "crashed" in events and "library" in events


async def _answered(stream: io.StringIO, level: str) -> list[tuple[str, str, int]]:
    logs.configure(stream, level)
    seen: list[tuple[str, str, int]] = []

    async def show(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def fail(request: Request) -> Response:
        raise ValueError(CANARY)

    routes = [Route("/i/{code}", show, methods=["GET"]), Route("/fail", fail)]
    app = logs.AccessLog(Starlette(routes=routes), lambda *each: seen.append(each))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://lima.example") as client:
        for path in (f"/i/{CANARY}", f"/{CANARY}", "/fail"):
            await client.get(path, params={"q": CANARY})
        await client.post("/i/2AB")
    return seen


async def test_the_access_log_has_templates_and_only_at_debug(stream: io.StringIO) -> None:
    seen = await _answered(stream, "debug")
    lines = [line for line in told(stream) if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/i/{code}", 200), ("unknown", 404), ("/fail", 500), ("/i/{code}", 405),
    ]  # fmt: skip
    assert lines[0]["bytes"] == 2 and lines[0]["ms"] >= 0 and seen[3] == ("POST", "/i/{code}", 405)
    quiet = io.StringIO()
    assert await _answered(quiet, "info") == seen and quiet.getvalue() == ""
