"""`python -m tests.bench.wechat_load PORT CODE PEOPLE SECONDS`: people in WeChat who report again and again.

A plain HTTP/1.1 client, as in load.py; each message is encrypted and signed as the platform does it. Prints one line of
JSON: turns (answered with text), refused (503), lost (anything else), seconds, latencies in ms, this process's share of
one CPU.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections import Counter

from tests.bench.load import REPORT
from tests.fakes.wechat import decrypt, envelope, xml

CHECKED_EVERY = 50
"""Of so many replies one is opened: the load process would otherwise be the limit."""


class Person:
    def __init__(self, port: int) -> None:
        self.port, self.n = port, 0
        self.waited_s: list[float] = []
        self.refused_s: list[float] = []
        self.outcomes: Counter[str] = Counter()

    async def live(self, code: str, until: float) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until:
            openid = f"o{secrets.token_hex(13)}"
            await self._push(xml(openid, int(time.time()), "event", Event="SCAN", EventKey=code, Ticket="T"))
            for text in REPORT:
                id_ = str(secrets.randbelow(10**17))
                if time.perf_counter() >= until + 1:
                    break
                await self._push(xml(openid, int(time.time()), "text", Content=text, MsgId=id_))
        self.writer.close()

    async def _push(self, plain: bytes) -> None:
        query, body = envelope(plain, int(time.time()))
        head = (
            f"POST /wechat?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        content = await self.reader.readexactly(int(length))
        took = time.perf_counter() - began
        self.n += 1
        if answer.startswith(b"HTTP/1.1 503"):
            self.outcomes["refused"] += 1
            self.refused_s.append(took)
            await asyncio.sleep(1)  # as Retry-After says
            return
        fine = answer.startswith(b"HTTP/1.1 200") and b"<Encrypt>" in content
        if fine and self.n % CHECKED_EVERY == 0:
            encrypted = content.partition(b"<Encrypt><![CDATA[")[2].partition(b"]]>")[0]
            fine = "<Content><![CDATA[" in decrypt(encrypted.decode())
        self.outcomes["turns" if fine else "lost"] += 1
        self.waited_s.append(took)


async def load(port: int, code: str, people: int, seconds: float) -> dict[str, float]:
    everybody = [Person(port) for _ in range(people)]
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(person.live(code, began + seconds) for person in everybody))
    took = time.perf_counter() - began
    waited = sorted(each for person in everybody for each in person.waited_s)
    refused = sorted(each for person in everybody for each in person.refused_s)
    outcomes = sum((person.outcomes for person in everybody), Counter[str]())
    return {
        "turns": outcomes["turns"],
        "refused": outcomes["refused"],
        "lost": outcomes["lost"],
        "seconds": took,
        "median_ms": waited[len(waited) // 2] * 1000 if waited else 0.0,
        "p99_ms": waited[int(len(waited) * 0.99)] * 1000 if waited else 0.0,
        "refused_p99_ms": refused[int(len(refused) * 0.99)] * 1000 if refused else 0.0,
        "cpu_share": (time.process_time() - cpu) / took,
    }


if __name__ == "__main__":
    port, code, people, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(load(int(port), code, int(people), float(seconds)))))
