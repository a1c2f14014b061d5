"""What happens when a neighbour is gone, locked or busy."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import psycopg

from simulator.erpgo.api.cache import RedisDoor, RedisUnavailable
from simulator.erpgo.api.settings import CacheSettings
from tests.erpgo.servers import Api, RunApi, Servers, Valkey


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 - the state is another process's: there is no event to wait for
            await asyncio.sleep(0.02)


async def timeouts(api: Api, kind: str) -> float:
    return await api.metric(f'erpgo_database_timeouts_total{{type="{kind}"}}')


async def connections(api: Api, state: str) -> float:
    return await api.metric(f'erpgo_database_connections{{database="erp",state="{state}"}}')


async def test_a_killed_database_is_503_at_once_and_comes_back(servers: Servers, run_api: RunApi) -> None:
    # Nobody waits for a connection that cannot be made.
    async with run_api(DATABASE_ACQUIRE_TIMEOUT="60s") as api:
        headers = await api.bearer()
        body = await api.order_body()

        async def order() -> int:
            answer = await api.client.post("/api/v1/orders", json=body, headers=headers)
            assert answer.status_code == 201 or answer.json()["code"] == "database_unavailable"
            return answer.status_code

        async def refused() -> bool:
            return await order() == 503

        async def accepted() -> bool:
            return await order() == 201

        servers.postgres.kill()
        try:
            await eventually(refused, 20)
            assert (await api.client.get("/health")).json()["checks"]["database"] == "down"
            assert (await api.client.get("/health")).status_code == 200
            assert await api.metric('erpgo_database_errors_total{type="unavailable"}') > 0
        finally:
            servers.postgres.start()
        await eventually(accepted, 20)
        assert await connections(api, "active") == 0


async def test_the_api_starts_before_its_database_and_seeds_when_it_comes(
    servers: Servers, run_api: RunApi
) -> None:
    # A name nobody has created yet stands for a database that is not up.
    url = servers.postgres.url("erp_late")
    with psycopg.connect(servers.postgres.url("postgres"), autocommit=True) as connection:
        async with run_api(DATABASE_URL=url) as api:
            assert (await api.log_in()).status_code == 503
            await asyncio.to_thread(connection.execute, "CREATE DATABASE erp_late")

            async def serves() -> bool:
                return (await api.log_in()).status_code == 200

            await eventually(serves, 20)
            assert (await api.log_in(300)).status_code == 200


async def test_two_processes_may_start_at_once(servers: Servers, run_api: RunApi) -> None:
    url = servers.postgres.create_database()
    async with run_api(DATABASE_URL=url) as one, run_api(DATABASE_URL=url) as two:
        for api in (one, two):
            assert (await api.client.get("/api/v1/products")).json()["pagination"]["total"] == 500


async def test_a_lock_ends_in_503_and_is_counted_as_a_lock_timeout(run_api: RunApi) -> None:
    async with run_api(DATABASE_LOCK_TIMEOUT="50ms") as api:
        headers, body = await api.bearer(), await api.order_body()
        async with await psycopg.AsyncConnection.connect(api.database_url) as locker:
            await locker.execute("LOCK TABLE orders IN SHARE MODE")
            answer = await api.client.post("/api/v1/orders", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "lock_timeout")
            assert await timeouts(api, "lock") == 1
            assert (await api.client.get("/api/v1/orders", headers=headers)).status_code == 200
        assert (await api.client.post("/api/v1/orders", json=body, headers=headers)).status_code == 201
        assert await timeouts(api, "statement") == await timeouts(api, "acquire") == 0


async def test_a_slow_statement_is_counted_as_a_statement_timeout(run_api: RunApi) -> None:
    async with run_api(DATABASE_LOCK_TIMEOUT="10s") as api:
        headers, body = await api.bearer(), await api.order_body()
        async with await psycopg.AsyncConnection.connect(api.database_url) as locker:
            await locker.execute("LOCK TABLE orders IN SHARE MODE")
            answer = await api.client.post("/api/v1/orders", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "statement_timeout")
        assert await timeouts(api, "statement") == 1


async def test_an_exhausted_pool_is_shown_truthfully_and_empties_again(run_api: RunApi) -> None:
    async with run_api(
        DATABASE_ACQUIRE_TIMEOUT="30s", DATABASE_LOCK_TIMEOUT="30s", DATABASE_STATEMENT_TIMEOUT="40s"
    ) as api:
        headers, body = await api.bearer(), await api.order_body()

        async def exhausted() -> bool:
            return await connections(api, "active") == 20 and await connections(api, "waiting") == 10

        async with await psycopg.AsyncConnection.connect(api.database_url) as locker:
            await locker.execute("LOCK TABLE orders IN SHARE MODE")
            orders = [
                asyncio.create_task(api.client.post("/api/v1/orders", json=body, headers=headers))
                for _ in range(30)
            ]
            await eventually(exhausted, 20)
            assert await connections(api, "idle") == 0
            assert await connections(api, "max") == 20
            assert (await api.client.get("/health")).json()["checks"]["database"] == "busy"
        assert {answer.status_code for answer in await asyncio.gather(*orders)} == {201}
        assert await connections(api, "active") == await connections(api, "waiting") == 0


async def test_waiting_too_long_for_a_connection_is_counted_as_an_acquire_timeout(run_api: RunApi) -> None:
    async with run_api(MAX_CONNECTIONS="1", MIN_CONNECTIONS="1") as api:
        headers, body = await api.bearer(), await api.order_body()
        async with await psycopg.AsyncConnection.connect(api.database_url) as locker:
            await locker.execute("LOCK TABLE orders IN SHARE MODE")
            answers = await asyncio.gather(
                *(api.client.post("/api/v1/orders", json=body, headers=headers) for _ in range(2))
            )
        assert sorted(answer.json()["code"] for answer in answers) == ["database_busy", "lock_timeout"]
        assert await timeouts(api, "acquire") == 1


async def test_without_redis_reads_come_from_the_database(run_api: RunApi, own_valkey: Valkey) -> None:
    async with run_api(REDIS_URL=own_valkey.url) as api:
        headers, body = await api.bearer(), await api.order_body()
        own_valkey.stop()
        for path in ("/api/v1/products", "/api/v1/products/search?q=desk", "/api/v1/orders"):
            assert (await api.client.get(path, headers=headers)).status_code == 200
        assert (await api.client.post("/api/v1/orders", json=body, headers=headers)).status_code == 201
        assert (await api.client.post("/api/v1/auth/logout", headers=headers)).status_code == 200
        # This process remembers its own revocations.
        assert (await api.client.get("/api/v1/orders", headers=headers)).status_code == 401
        assert (await api.client.get("/health")).json()["checks"]["redis"] == "down"
        errors = 'erpgo_cache_operations_total{cache_type="search",operation="get",result="error"}'
        assert await api.metric(errors) == 1
        own_valkey.start()

        async def cached() -> bool:
            await api.client.get("/api/v1/products/search?q=desk")
            hits = 'erpgo_cache_operations_total{cache_type="search",operation="get",result="hit"}'
            return await api.metric(hits) > 0

        await eventually(cached, 10)


async def test_a_hung_redis_makes_one_request_wait_at_a_time(own_valkey: Valkey) -> None:
    """However many come while its second's try waits: they go on at once, without the cache."""
    door = RedisDoor(CacheSettings(own_valkey.url, password="", pool_size=10, product_ttl=60))
    tried: list[int] = []

    async def refusal() -> str:
        try:
            await door.ping()
        except RedisUnavailable as error:
            return str(error)
        return "it answers"

    async def a_crowd() -> bool:
        refusals = await asyncio.gather(*(refusal() for _ in range(50)))
        assert "it answers" not in refusals
        tried.append(sum("did not answer" in one for one in refusals))
        return tried.count(1) >= 2

    await door.ping()
    assert own_valkey.process is not None
    own_valkey.process.send_signal(signal.SIGSTOP)
    try:
        assert "did not answer" in await refusal()
        await a_crowd()  # before this is known, all of them try
        await eventually(a_crowd, 20)
    finally:
        own_valkey.process.send_signal(signal.SIGCONT)
        await door.close()
    assert set(tried[1:]) <= {0, 1}
