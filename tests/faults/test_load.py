"""Traffic through a promotion: nothing lost, nothing from the old version once `up` is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

CLOSED_LOOPS = 4
OPEN_RATE_PER_S = 20.0
REQUESTS = 10_000
LONGEST_S = 150.0


@dataclass
class Traffic:
    """A closed-loop and an open-loop client of one endpoint, bounded in count and time."""

    endpoint: Mapping[str, str]
    path: str
    body: bytes
    answers: list[tuple[float, int, str]] = field(default_factory=list)
    """When it ended (monotonic seconds), status, revision."""
    failures: list[str] = field(default_factory=list)
    stop: bool = False
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def one(self, session: aiohttp.ClientSession) -> None:
        try:
            async with session.post(self.endpoint["url"] + self.path, data=self.body) as answer:
                await answer.read()
                revision = answer.headers.get("x-isoserve-revision", "")
                self.answers.append((time.monotonic(), answer.status, revision))
                if len(self.answers) >= REQUESTS:
                    self.enough.set()
        except (aiohttp.ClientError, TimeoutError) as exc:
            self.failures.append(repr(exc))

    async def closed(self, session: aiohttp.ClientSession) -> None:
        while not self.stop:
            await self.one(session)

    async def open(self, session: aiohttp.ClientSession) -> None:
        due, running = time.monotonic(), set[asyncio.Task[None]]()
        while not self.stop:
            running.add(task := asyncio.create_task(self.one(session)))
            task.add_done_callback(running.discard)
            due += 1 / OPEN_RATE_PER_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*running)

    async def during(self, work: Callable[[], None]) -> float:
        """Send traffic while `work` runs and until there are enough requests; return when it was done."""
        headers = {"authorization": f"Bearer {self.endpoint['key']}", "content-type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            loops = [asyncio.create_task(self.closed(session)) for _ in range(CLOSED_LOOPS)]
            loops.append(asyncio.create_task(self.open(session)))
            await asyncio.sleep(1)
            await asyncio.to_thread(work)
            done = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.enough.wait(), LONGEST_S)
            self.stop = True
            await asyncio.gather(*loops)
        return done

    def judge(self, done: float, old: str, new: str) -> None:
        """Every request answered, both versions seen, the old one never again after `done`."""
        assert self.failures == []
        assert {status for _, status, _ in self.answers} == {200}
        assert len(self.answers) >= REQUESTS
        assert {revision for _, _, revision in self.answers} == {old, new}
        late = [revision for ended, _, revision in self.answers if ended > done]
        assert late, "the promotion must end before the traffic does"
        assert set(late) == {new}


def test_a_promotion_under_load_loses_nothing(digits) -> None:
    digits.up()
    endpoint = digits.outputs()["digits"]
    body = (digits.root / "examples" / "digits" / "models" / "request.json").read_bytes()
    digits.pin("digits", "2")
    traffic = Traffic(endpoint, "/v2/models/digits/infer", body)
    done = asyncio.run(traffic.during(lambda: digits.ok("up", "-s", "demo", within_s=120)))
    traffic.judge(done, endpoint["live"], digits.outputs()["digits"]["live"])


def test_a_promotion_with_a_killed_replica_loses_nothing(digits) -> None:
    digits.up()
    endpoint = digits.outputs()["digits"]
    body = (digits.root / "examples" / "digits" / "models" / "request.json").read_bytes()
    digits.pin("digits", "2")

    def promote_and_kill() -> None:
        replica = pids_of(digits, endpoint["live"])[0]
        os.kill(replica, signal.SIGKILL)
        digits.ok("up", "-s", "demo", within_s=120)
        os.kill(pids_of(digits, digits.outputs()["digits"]["live"])[0], signal.SIGKILL)

    traffic = Traffic(endpoint, "/v2/models/digits/infer", body)
    done = asyncio.run(traffic.during(promote_and_kill))
    traffic.judge(done, endpoint["live"], digits.outputs()["digits"]["live"])


def pids_of(project, revision: str) -> list[int]:
    """Processes of one revision's replicas, as the status says."""
    status = json.loads(project.ok("status", "-s", "demo", "--json"))
    (endpoint,) = status["endpoints"]
    (found,) = [one for one in endpoint["revisions"] if one["name"] == revision]
    return [replica["pid"] for replica in found["replicas"]]
