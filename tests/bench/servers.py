"""`python -m tests.bench.servers lima|limit FOLDER`: what is measured, and the limit that it is measured against.

The limit is a bare Starlette route on the same uvicorn, with one row of the same size a message and the same grouped
durable commits. Both print their port and serve until killed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import app, logs, prepare
from config.items import load_items
from config.settings import load_settings
from handlers.code import placard_code
from storage import schema
from storage.engine import Limits, open_database
from storage.statement import Rows, statement
from storage.tables import failed_turns

ROW_BYTES = 900
"""What one turn of a report writes on average: a reply, a state, its share of words and of the report."""
_ADD = statement(insert(failed_turns), "key", "sealed", "expires_day")


async def lima(folder: Path, listening: socket.socket) -> None:
    """The product as `lima serve` runs it, without the wait before a deliberate answer and without a pace."""
    os.environ["LIMA_LIMITS__DELIBERATE_S"] = "0"
    os.environ["LIMA_LIMITS__MESSAGES_PER_MINUTE"] = "10000000"
    logs.configure()
    if not (folder / prepare.SETTINGS_FILE).exists():
        prepare.prepare(folder, sample=True)
    installation = app.assemble(load_settings(folder / prepare.SETTINGS_FILE))
    wanted = load_items(folder / prepare.ITEMS_FILE, installation.organisation)
    async with app.opened(installation):
        async for _ in app.import_items(installation, wanted):
            pass
        first = (await installation.database.read(lambda rows: installation.service.turns.catalogue.after(rows, 0, 1)))[
            0
        ]  # type: ignore[arg-type]
        code = placard_code(first.id, installation.service.turns.placard_keys)
        await _serve(app.web_application(installation), listening, code)


async def limit(folder: Path, listening: socket.socket) -> None:
    database = open_database(f"sqlite:///{folder}/limit.db", Limits())
    await schema.make_ready(database)
    sealed = os.urandom(ROW_BYTES)

    async def take(request: Request) -> JSONResponse:
        given = await request.json()
        key = os.urandom(32)

        def write(rows: Rows) -> None:
            rows.run(_ADD, key=key, sealed=sealed, expires_day=1)

        await database.turn(key, write)
        return JSONResponse(
            {"replies": [{"text": given["text"] + "。" * 100, "options": [{"key": "1", "label": "说完了"}]}]}
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await database.open()
        yield
        await database.close()

    routes = [Route("/chat/messages", take, methods=["POST"]), Route("/", lambda _: JSONResponse({}))]
    await _serve(Starlette(routes=routes, lifespan=lifespan), listening, "none")


async def _serve(application: Starlette, listening: socket.socket, code: str) -> None:
    app.stop_searching()
    print(listening.getsockname()[1], code, flush=True)
    config = uvicorn.Config(application, access_log=False, log_config=None, server_header=False)
    await uvicorn.Server(config).serve(sockets=[listening])


def main() -> None:
    which, folder = sys.argv[1], Path(sys.argv[2])
    app.share_fairly()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = lima(folder, listening) if which == "lima" else limit(folder, listening)
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(server)


if __name__ == "__main__":
    main()
