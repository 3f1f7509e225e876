"""`python -m tests.fleet.costs`: what a line of a journal costs, and the renewal of a thousand leases."""

from __future__ import annotations

import asyncio
import json
import time

from orchestrator.fleet.sealing import Sealer
from orchestrator.server.serve import new_loop
from tests.fleet.nodes import HEADER, Owner, node, until
from tests.redis_server import RedisServer, redis_server

LINES, LEASES, ROUNDS = 20_000, 1_000, 20
LINE = {
    "t": 12.345,
    "in": {"type": "AudioProduced", "session": "front.1", "response_id": "resp_AbCdEfGhIjKlMnOpQrStU", "ms": 960}
    | {"item_id": "item_AbCdEfGhIjKlMnOpQrStU", "frames": 48, "until": 13.3},
}


def micro(began: float, times: int) -> str:
    """Return the processor time since, for each of so many times."""
    return f"{(time.process_time() - began) * 1e6 / times:6.1f} µs"


async def lines(server: RedisServer) -> None:
    """Write lines, each alone, with pauses in which answers come."""
    seal, line = Sealer("s" * 32).seal("call_1"), json.dumps(LINE)
    began = time.process_time()
    for _ in range(LINES):
        json.dumps(LINE, ensure_ascii=False, separators=(",", ":"))
    print(f"JSON of a line of {len(line)} characters  {micro(began, LINES)}")
    began = time.process_time()
    for place in range(LINES):
        seal.close(place, line)
    print(f"sealing it                          {micro(began, LINES)}")
    async with node(server.url) as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        await held.confirmed()
        began, put = time.process_time(), 0.0
        for number in range(LINES):
            before = time.perf_counter()
            held.put(json.dumps(LINE, ensure_ascii=False, separators=(",", ":")))
            put += time.perf_counter() - before
            if number % 10 == 9:
                await asyncio.sleep(0)
        await held.confirmed(60)
        print(f"JSON, sealing, writing, answer      {micro(began, LINES)} of processor time")
        print(f"JSON, sealing, writing              {put * 1e6 / LINES:6.1f} µs until put returns")
        held.end()


async def leases(server: RedisServer) -> None:
    """Renew the leases of a thousand calls by one command."""
    async with node(server.url) as fleet:
        for number in range(LEASES):
            fleet.begin(f"sess_{number:021}", HEADER, Owner())
        await until(lambda: fleet.figures()["journal_unsent"] == 0 and not fleet._renewing)
        with server.client() as client:
            client.config_resetstat()
            began, took = time.process_time(), 0.0
            for _ in range(ROUNDS):
                before = time.perf_counter()
                fleet._renew()
                await until(lambda: not fleet._renewing)
                took += time.perf_counter() - before
            used = client.info("commandstats")["cmdstat_evalsha"]
        print(f"renewing {LEASES} leases               {micro(began, ROUNDS)} of the node's processor time")
        print(f"                                    {used['usec_per_call']:6.0f} µs of Redis's, by one call")
        print(f"                                    {took * 1e3 / ROUNDS:6.1f} ms until it is answered")


async def main() -> None:
    """Measure both, on a Redis of our own."""
    with redis_server() as server:
        await lines(server)
        await leases(server)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
