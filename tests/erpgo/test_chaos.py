"""Harm on request: absent without a token, over when its lease is, and gone without a trace."""

import asyncio
import secrets
import time
from typing import Any

import httpx
import pytest

from simulator.erpgo.api.chaos import HEADER, PREFIX
from tests.erpgo.servers import Api, RunApi
from tests.erpgo.test_degradation import connections, eventually

TOKEN = secrets.token_hex(32)
OWNER = f"{PREFIX}/simulator-test"


async def put(api: Api, lease: float = 30.0, token: str = TOKEN, **harm: Any) -> httpx.Response:
    return await api.client.put(OWNER, json={"harm": harm, "lease": lease}, headers={HEADER: token})


async def end(api: Api) -> list[str]:
    answer = await api.client.delete(OWNER, headers={HEADER: TOKEN})
    owners: list[str] = answer.raise_for_status().json()["owners"]
    return owners


async def products(api: Api) -> httpx.Response:
    return await api.client.get("/api/v1/products?limit=1")


async def test_without_a_token_there_is_nothing_to_ask(run_api: RunApi) -> None:
    async with run_api() as api:
        assert (await put(api, type="crash", share=1)).status_code == 404
        assert (await api.client.get(PREFIX, headers={HEADER: ""})).status_code == 404


async def test_a_wrong_token_learns_nothing(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        for token in ("", "x" * 64):
            assert (await put(api, token=token, type="crash", share=1)).status_code == 404
        assert (await products(api)).status_code == 200


@pytest.mark.parametrize(
    "harm",
    [
        {"type": "meteor"},
        {"type": "crash"},
        {"type": "crash", "share": 2},
        {"type": "delay", "seconds": 0},
        {"type": "leak", "connections": 0},
        {"type": "memory", "share": 0.5, "more": 1},
    ],
    ids=str,
)
async def test_what_is_no_harm_is_refused(run_api: RunApi, harm: dict[str, Any]) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        assert (await put(api, **harm)).status_code == 422
        assert await end(api) == []


async def test_a_poisoned_request_is_a_panic_and_the_next_one_is_fine(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        assert (await put(api, type="crash", share=1)).json() == {"owners": ["simulator-test"]}
        answer = await products(api)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert await api.metric('erpgo_panics_total{component="http"}') == 1
        assert await end(api) == []
        assert (await products(api)).status_code == 200


async def test_a_delay_concerns_its_path_and_ends_for_those_who_wait(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        await put(api, type="delay", seconds=30, path="/metrics")
        assert (await products(api)).status_code == 200
        waiting = asyncio.create_task(api.client.get("/metrics"))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await end(api)
        assert (await asyncio.wait_for(waiting, 5)).status_code == 200


async def test_leaked_connections_are_checked_out_and_come_back(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN, DATABASE_ACQUIRE_TIMEOUT="3s") as api:
        await put(api, type="leak", connections=7)
        assert await connections(api, "active") == 7
        await put(api, type="leak", connections=7)  # a renewal takes no more
        assert await connections(api, "active") == 7
        await end(api)
        assert await connections(api, "active") == 0


async def test_more_than_the_pool_has_cannot_leak(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN, MAX_CONNECTIONS="6", DATABASE_ACQUIRE_TIMEOUT="1s") as api:
        await put(api, type="leak", connections=9)
        assert await connections(api, "active") == 6
        assert (await put(api, lease=30, type="leak", connections=9)).status_code == 200
        await end(api)
        assert await connections(api, "active") == 0


async def test_memory_is_really_taken_and_given_back(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        used = 'erpgo_system_memory_bytes{type="alloc"}'
        before = await api.metric(used)
        limit = await api.metric('erpgo_system_memory_bytes{type="sys"}')
        share = min(0.99, (before + 150e6) / limit)
        await put(api, type="memory", share=share)

        async def grown() -> bool:
            return await api.metric(used) >= share * limit - 5e6

        await eventually(grown, 30)
        await end(api)
        assert await api.metric(used) < before + 50e6


async def test_memory_that_is_still_being_taken_can_be_given_back(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        await put(api, type="memory", share=0.9)
        await end(api)
        assert await api.metric('erpgo_panics_total{component="http"}') == 0


async def test_a_harm_that_is_not_renewed_ends_by_itself(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        began = time.monotonic()
        await put(api, lease=0.3, type="crash", share=1)

        async def over() -> bool:
            return (await products(api)).status_code == 200

        await eventually(over, 30)
        assert time.monotonic() - began >= 0.25
        assert (await api.client.get(PREFIX, headers={HEADER: TOKEN})).json() == {"owners": []}


async def test_a_renewal_keeps_it(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        await put(api, lease=0.2, type="delay", seconds=0.01)
        await put(api, lease=30, type="delay", seconds=0.01)
        assert (await api.client.get(PREFIX, headers={HEADER: TOKEN})).json() == {
            "owners": ["simulator-test"]
        }


async def test_another_harm_of_the_same_owner_replaces_the_first(run_api: RunApi) -> None:
    async with run_api(SERVER_CHAOS_TOKEN=TOKEN) as api:
        await put(api, type="leak", connections=3)
        await put(api, type="leak", connections=2)
        assert await connections(api, "active") == 2
