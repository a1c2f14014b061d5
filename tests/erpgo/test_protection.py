"""Lockout, rate limit, addresses, probes."""

import asyncio

from tests.erpgo.servers import Api, RunApi


async def fail(api: Api, email: str, address: str = "203.0.113.7") -> int:
    body = {"email": email, "password": "not the password"}
    answer = await api.client.post("/api/v1/auth/login", json=body, headers={"X-Forwarded-For": address})
    return answer.status_code


async def test_an_account_locks_whether_it_exists_or_not(run_api: RunApi) -> None:
    async with run_api(MAX_LOGIN_ATTEMPTS="2") as api:
        for email in ("shopper-0003@erpgo.test", "nobody@erpgo.test"):
            assert [await fail(api, email) for _ in range(3)] == [401, 401, 423]
        assert (await api.log_in(3)).status_code == 423
        assert (await api.log_in(4)).status_code == 200
        series = 'erpgo_auth_failures_total{ip_address="other",reason="account_locked"}'
        assert await api.metric(series) == 3
        series = 'erpgo_auth_failures_total{ip_address="203.0.113.7",reason="account_locked"}'
        assert await api.metric(series) == 0


async def test_a_disabled_account_is_told_so_only_with_the_right_password(api: Api) -> None:
    assert await fail(api, "disabled-0001@erpgo.test") == 401
    body = {"email": "disabled-0001@erpgo.test", "password": "Shopper-Passw0rd!"}
    answer = await api.client.post("/api/v1/auth/login", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "account_disabled")


async def test_the_rate_limit_counts_people_behind_a_trusted_proxy(run_api: RunApi) -> None:
    async with run_api(RATE_LIMIT_RPS="1", RATE_LIMIT_BURST="2") as api:

        async def ask(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            return (await api.client.get("/api/v1/products", headers=headers)).status_code

        # At once: a second later there would be room for one more.
        assert sorted(await asyncio.gather(*(ask("203.0.113.1") for _ in range(3)))) == [200, 200, 429]
        assert await ask("203.0.113.2") == 200
        assert await api.metric("erpgo_rate_limit_violations_total") == 1
        assert await api.metric('erpgo_blocked_requests_total{reason="rate_limit"}') == 1


async def test_forwarded_addresses_of_strangers_are_ignored(run_api: RunApi) -> None:
    async with run_api(RATE_LIMIT_RPS="1", RATE_LIMIT_BURST="2", SERVER_TRUSTED_PROXIES="192.0.2.1") as api:
        answers = await asyncio.gather(
            *(
                api.client.get("/api/v1/products", headers={"X-Forwarded-For": f"203.0.113.{n}"})
                for n in range(3)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429]


async def test_probes_in_query_and_body_are_counted(api: Api) -> None:
    await api.client.get("/api/v1/products/search", params={"q": "' OR 1=1 --"})
    await api.client.post("/api/v1/auth/login", content=b'{"email": "<script>alert(1)</script>"}')
    await api.client.post("/api/v1/auth/login", content=b"{}", headers={"Sec-Fetch-Site": "cross-site"})
    for kind in ("sql_injection_attempt", "xss_attempt", "csrf_attempt"):
        assert await api.metric(f'erpgo_security_events_total{{type="{kind}"}}') == 1
