"""`python -m tests.bench.load PORT CODE PEOPLE SECONDS`: people who report again and again, from a process of its own.

A plain HTTP/1.1 client on asyncio streams: a library would take more of the two cores than what is measured. Prints
one line of JSON: turns, seconds, median and 99th percentile in ms, this process's share of one CPU.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time

REPORT = ("1", "1", "去年冬天修的沟子，才半年就垮了一截，说是花了十好几万", "1", "1", "1")


class Person:
    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""
        self.waited_s: list[float] = []

    async def live(self, code: str, until: float) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until:
            self.cookie = secrets.token_urlsafe(32)
            for text in (f"/start {code}", *REPORT):
                began = time.perf_counter()
                await self._say(text)
                self.waited_s.append(time.perf_counter() - began)
        self.writer.close()

    async def _say(self, text: str) -> None:
        body = json.dumps({"id": secrets.token_hex(8), "text": text}).encode()
        head = (
            "POST /chat/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Cookie: lima_chat={self.cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self.reader.readexactly(int(length))


async def load(port: int, code: str, people: int, seconds: float) -> dict[str, float]:
    everybody = [Person(port) for _ in range(people)]
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(person.live(code, began + seconds) for person in everybody))
    took = time.perf_counter() - began
    waited = sorted(each for person in everybody for each in person.waited_s)
    return {
        "turns": len(waited),
        "seconds": took,
        "median_ms": waited[len(waited) // 2] * 1000,
        "p99_ms": waited[int(len(waited) * 0.99)] * 1000,
        "cpu_share": (time.process_time() - cpu) / took,
    }


if __name__ == "__main__":
    port, code, people, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(load(int(port), code, int(people), float(seconds)))))
