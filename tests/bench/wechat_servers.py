"""`python -m tests.bench.wechat_servers lima|werobot|limit FOLDER`: three webhooks in safe mode, with the same keys.

werobot  WeRoBot 1.13.1 with its SQLiteStorage on tornado, as its manual shows it, in a talk of five steps
limit    Starlette and wechatpy: open, read, one row of the size of a turn in grouped durable commits, answer, lock
Each prints its port and a placard's code, and serves until killed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import app
from storage import schema
from storage.engine import Limits, open_database
from storage.statement import Rows
from tests.bench.servers import _ADD, ROW_BYTES, _serve, lima
from tests.fakes.wechat import AES_KEY, APPID, SECRET, TOKEN

ANSWER = "记下了，请接着说。" * 20
"""Some two hundred characters, as long as ours are."""
STEPS = 5


async def official(folder: Path, listening: socket.socket) -> None:
    given = {"APPID": APPID, "TOKEN": TOKEN, "SECRET": SECRET, "AES_KEY": AES_KEY, "API_BASE": "http://127.0.0.1:9"}
    os.environ |= {f"LIMA_WECHAT__{name}": value for name, value in given.items()}
    await lima(folder, listening)


async def limit(folder: Path, listening: socket.socket) -> None:
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.parser import parse_message
    from wechatpy.replies import TextReply

    database = open_database(f"sqlite:///{folder}/limit.db", Limits())
    await schema.make_ready(database)
    crypto, sealed = WeChatCrypto(TOKEN, AES_KEY, APPID), os.urandom(ROW_BYTES)

    async def take(request: Request) -> Response:
        query = request.query_params
        body, nonce = await request.body(), query["nonce"]
        plain = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], nonce)
        message = parse_message(plain)
        key = os.urandom(32)

        def write(rows: Rows) -> None:
            rows.run(_ADD, key=key, sealed=sealed, expires_day=1)

        await database.turn(key, write)
        answer = TextReply(content=ANSWER, message=message).render()
        return Response(crypto.encrypt_message(answer, nonce, query["timestamp"]), media_type="text/xml")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await database.open()
        yield
        await database.close()

    await _serve(Starlette(routes=[Route("/wechat", take, methods=["POST"])], lifespan=lifespan), listening, "none")


async def werobot(folder: Path, listening: socket.socket) -> None:
    import tornado.httpserver
    import tornado.web
    from werobot import WeRoBot
    from werobot.contrib.tornado import make_handler
    from werobot.session.sqlitestorage import SQLiteStorage

    robot = WeRoBot(
        token=TOKEN,
        encoding_aes_key=AES_KEY,
        app_id=APPID,
        enable_session=True,
        session_storage=SQLiteStorage(str(folder / "werobot.db")),
    )

    @robot.handler  # type: ignore[untyped-decorator]
    def talk(message: Any, session: dict[str, Any]) -> str:
        session["said"] = [*session.get("said", []), getattr(message, "content", "")]
        step = session["step"] = (session.get("step", 0) + 1) % STEPS
        return f"{step} {ANSWER}"

    server = tornado.httpserver.HTTPServer(tornado.web.Application([(r"/wechat", make_handler(robot))]))
    listening.listen(1024)
    listening.setblocking(False)
    server.add_socket(listening)
    print(listening.getsockname()[1], "none", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    which, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    app.share_fairly()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = {"lima": official, "limit": limit, "werobot": werobot}[which](folder, listening)
    loop_factory = uvicorn.Config("").get_loop_factory() if which != "werobot" else None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(server)


if __name__ == "__main__":
    main()
