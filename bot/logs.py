"""What the process says of itself: lines of JSON, or lines for people at a terminal. Ids and counts, never words.

An exception's message may quote what a person said, and a library's message may hold an address or a path with a code:
of both only the type and the lines of code are told.
"""

from __future__ import annotations

import errno
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TALKATIVE = ("httpx", "httpcore", "telegram")
"""Libraries that log addresses, which may hold a token, and bodies that they could not read."""
FRAMES = 4
"""The innermost lines of code are enough to find the place."""

log = structlog.get_logger()


def configure(stream: TextIO = sys.stderr, level: str = "info") -> None:
    """To be called once, by whoever runs the process. The access log appears at level `debug` only."""
    terminal = stream.isatty()
    last: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _only_code,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Library()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # else a record that cannot be formatted is printed with its arguments
    sys.excepthook = _crashed
    sys.unraisablehook = lambda raised: log.error("unraisable", **cause_of(raised.exc_value))
    threading.excepthook = lambda raised: log.error("thread_ended", **cause_of(raised.exc_value))


def cause_of(error: BaseException | None) -> dict[str, Any]:
    """The type of an exception and the lines of code that raised it; and of what caused it."""
    if error is None:
        return {}
    causes, seen = [type(error).__name__], error
    while (before := seen.__cause__ or seen.__context__) is not None and len(causes) < FRAMES:
        causes.append(type(before).__name__)
        seen = before
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    found = {"cause": " < ".join(causes), "where": [f"{_base(frame.filename)}:{frame.lineno}" for frame in frames]}
    if isinstance(error, OSError) and error.errno is not None:
        found["errno"] = errno.errorcode.get(error.errno, str(error.errno))
    return found


def _base(filename: str) -> str:
    return filename.rpartition("/")[2]


def _only_code(_: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`log.exception(…)` and `exc_info=` tell where, not what; an exception given as a value tells its type."""
    told = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if told:
        error = told if isinstance(told, BaseException) else (told[1] if isinstance(told, tuple) else sys.exc_info()[1])
        event.update(cause_of(error))
    for name, value in event.items():
        if isinstance(value, BaseException):
            event[name] = type(value).__name__
    return event


def _crashed(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("crashed", **cause_of(error))


class _Library(logging.Handler):
    """Libraries log through `logging`; of a record only its place is told, since its text may be anything."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else record.msg if isinstance(record.msg, Exception) else None
        told = {"logger": record.name, "line": f"{record.module}:{record.lineno}", **cause_of(error)}
        method = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, method)("library", **told)


class AccessLog:
    """One debug line a request: the route's template, never its parameters; status, milliseconds, bytes.

    `seen` is told (method, route, status) of every request, at any level; without `lines` nothing else is done, since
    making a line that no level shows takes as long as reading a message.
    """

    def __init__(self, app: ASGIApp, seen: Callable[[str, str, int], None], *, lines: bool = True) -> None:
        self._app, self._seen, self._lines = app, seen, lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, size = time.perf_counter(), 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route, ms = template_of(scope), round((time.perf_counter() - began) * 1000, 1)
            self._seen(scope["method"], route, status)
            if self._lines:
                log.debug("request", method=scope["method"], route=route, status=status, ms=ms, bytes=size)


def template_of(scope: Scope) -> str:
    """`/i/{code}` for whatever code it was; what no route knows is one word for all."""
    return str(getattr(scope.get("route"), "path", "unknown"))
