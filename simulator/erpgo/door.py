"""The door to the ERPGo API: its own metrics page, not by way of Prometheus, and harm it does itself on request."""

import asyncio
import contextlib
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from simulator.base.clock import Clock
from simulator.base.errors import DoorError
from simulator.doors.http import JsonClient, understood

CHAOS = "/simulator/chaos"
LEASE = 3.0
"""Seconds after which a harm that is not renewed ends by itself; as long as the lease of a service that is held."""
RENEW_EVERY = 0.5


class Erpgo:
    """Asks the API itself, and has it harm itself where its stack allows that (a chaos token)."""

    def __init__(self, url: str, chaos_token: str, clock: Clock) -> None:
        self._http = JsonClient("the ERPGo API", url)
        self._token = chaos_token
        self._clock = clock
        self._renewing: dict[str, asyncio.Task[None]] = {}

    @understood
    async def gauge(self, name: str, **labels: str) -> float:
        """The value of one series, as the API shows it at this moment.

        Raises:
            DoorError: no answer, or no such series.
        """
        page = await self._http.get_text("/metrics")
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return float(sample.value)
        raise DoorError(f"the ERPGo API exports no {name} with {labels}")

    @understood
    async def environment(self) -> str:
        """What the API says it belongs to; empty if it does not say.

        Raises:
            DoorError: no answer.
        """
        health = await self._http.get("/health")
        return str(health.get("environment", ""))

    async def waiting(self) -> float:
        """How many requests wait for a session of the database."""
        return await self.gauge("erpgo_database_connections", state="waiting")

    async def harm(self, owner: str, harm: Mapping[str, object]) -> None:
        """Have the API do harm (simulator/erpgo/api/chaos) under a lease that this process renews.

        Raises:
            DoorError: it has no chaos token, or refuses.
        """
        if not self._token:
            raise DoorError("the ERPGo API here does no harm on request: it has no chaos token")
        await self._order(owner, harm)
        self._renewing[owner] = asyncio.create_task(self._renew(owner, harm))

    async def end_harm(self, owner: str) -> None:
        """End it, whichever process began it. Idempotent; without a token nothing can have been begun."""
        task = self._renewing.pop(owner, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._token:
            await self._http.send("DELETE", f"{CHAOS}/{owner}", headers=self._headers)

    @understood
    async def harms(self) -> list[str]:
        """The owners of all harm that is on."""
        if not self._token:
            return []
        answer = await self._http.send("GET", CHAOS, headers=self._headers)
        return [str(owner) for owner in answer["owners"]]

    async def close(self) -> None:
        for task in self._renewing.values():
            task.cancel()
        await self._http.close()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Chaos-Token": self._token}

    async def _order(self, owner: str, harm: Mapping[str, object]) -> None:
        order = {"harm": dict(harm), "lease": LEASE}
        await self._http.send("PUT", f"{CHAOS}/{owner}", headers=self._headers, body=order)

    async def _renew(self, owner: str, harm: Mapping[str, object]) -> None:
        """A lost renewal is made up for by the next; an API that was restarted begins the harm anew."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            with contextlib.suppress(DoorError):
                await self._order(owner, harm)
