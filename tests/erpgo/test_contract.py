"""Routes, error contract, correlation ids."""

import secrets

import httpx
import pytest
import redis

from tests.erpgo.servers import Api, RunApi, Servers

SHAPE = {"error", "code", "details"}


async def test_health_identifies_an_erpgo_stack(run_api: RunApi) -> None:
    async with run_api(SERVER_INSTANCE="lab-1") as api:
        health = (await api.client.get("/health")).json()
    assert (health["service"], health["instance"], health["status"]) == ("erpgo-api", "lab-1", "healthy")
    assert health["checks"] == {"database": "up", "redis": "up"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "route_not_found"),
        ("DELETE", "/api/v1/orders", b"", 405, "method_not_allowed"),
        ("POST", "/api/v1/auth/login", b"{", 400, "malformed_json"),
        ("POST", "/api/v1/auth/login", b"\xff\xfe", 400, "malformed_json"),
        ("POST", "/api/v1/auth/login", b"{}", 422, "validation_failed"),
        ("POST", "/api/v1/auth/login", b"x" * 70_000, 413, "body_too_large"),
        ("POST", "/api/v1/auth/refresh", b'{"refresh_token": "x"}', 401, "token_invalid"),
        ("POST", "/api/v1/orders", b"{}", 401, "token_missing"),
        ("GET", "/api/v1/products/none", b"", 404, "product_not_found"),
        ("GET", "/api/v1/products?limit=9999", b"", 422, "validation_failed"),
        ("GET", "/api/v1/products/search?q=%00", b"", 422, "validation_failed"),
    ],
)
async def test_every_refusal_keeps_the_error_contract(
    api: Api, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    answer = await api.client.request(method, path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == SHAPE


async def test_a_sane_correlation_id_is_echoed_and_a_strange_one_replaced(api: Api) -> None:
    given = await api.client.get("/health", headers={"X-Correlation-ID": "game-day.7"})
    strange = await api.client.get("/health", headers={"X-Correlation-ID": "x" * 500})
    assert given.headers["x-correlation-id"] == "game-day.7"
    assert len(strange.headers["x-correlation-id"]) == 16


async def test_products_are_found_by_page_id_sku_and_text(api: Api) -> None:
    listed = (await api.client.get("/api/v1/products?limit=3&page=2")).json()
    assert listed["pagination"] == {"page": 2, "limit": 3, "total": 500, "total_pages": 167}
    product = listed["products"][0]
    for path in (f"/api/v1/products/{product['id']}", f"/api/v1/products/sku/{product['sku']}"):
        for _ in range(2):  # the second answer comes from the cache
            assert (await api.client.get(path)).json() == product
    found = (await api.client.get("/api/v1/products/search", params={"q": product["name"]})).json()
    assert [hit["id"] for hit in found["products"]] == [product["id"]]


async def test_a_spoilt_cache_entry_is_thrown_away(api: Api, servers: Servers) -> None:
    path = "/api/v1/products/sku/ERP-BOO-0006"
    product = (await api.client.get(path)).json()
    with redis.Redis(port=servers.valkey.port) as client:
        client.set("erpgo:product:sku:ERP-BOO-0006", b"junk")
    assert (await api.client.get(path)).json() == product
    series = 'erpgo_cache_operations_total{cache_type="product",operation="delete",result="ok"}'
    assert await api.metric(series) == 1


async def refresh(api: Api, pair: dict[str, str]) -> httpx.Response:
    return await api.client.post("/api/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})


async def test_a_session_from_registration_to_logout(api: Api) -> None:
    email = f"{secrets.token_hex(6)}@erpgo.test"
    person = {"email": email, "username": "p", "password": "long enough", "first_name": "P", "last_name": "Q"}
    assert (await api.client.post("/api/v1/auth/register", json=person)).status_code == 201
    assert (await api.client.post("/api/v1/auth/register", json=person)).status_code == 409
    credentials = {"email": email.upper(), "password": "long enough"}
    pair = (await api.client.post("/api/v1/auth/login", json=credentials)).json()
    fresh = (await refresh(api, pair)).json()
    bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert await api.metric('erpgo_active_sessions{user_type="customer"}') == 1
    assert (await api.client.get("/api/v1/orders", headers=bearer)).status_code == 200
    assert (await api.client.post("/api/v1/auth/logout", headers=bearer)).status_code == 200
    assert (await api.client.get("/api/v1/orders", headers=bearer)).status_code == 401
    assert (await refresh(api, fresh)).status_code == 401
    assert await api.metric('erpgo_active_sessions{user_type="customer"}') == 0


async def test_a_refresh_token_used_twice_ends_the_session(api: Api) -> None:
    pair = (await api.log_in()).json()
    fresh = (await refresh(api, pair)).json()
    assert (await refresh(api, pair)).status_code == 401
    assert (await refresh(api, fresh)).status_code == 401
    bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert (await api.client.get("/api/v1/orders", headers=bearer)).status_code == 401
    assert await api.metric('erpgo_security_events_total{type="token_reuse"}') == 1


async def test_stock_is_adjusted_reserved_and_released(api: Api) -> None:
    headers = await api.bearer()
    low = (await api.client.get("/api/v1/inventory/low-stock?limit=1", headers=headers)).json()["inventory"][
        0
    ]
    place = {"product_id": low["product_id"], "warehouse_id": low["warehouse_id"]}

    async def change(operation: str, **amount: int) -> tuple[int, dict[str, object]]:
        path = f"/api/v1/inventory/{operation}"
        answer = await api.client.post(path, json={**place, **amount}, headers=headers)
        return answer.status_code, answer.json()

    status, level = await change("reserve", quantity=100)
    assert (status, level["reserved"]) == (200, 100)
    assert (await change("reserve", quantity=low["quantity"]))[0] == 409
    assert (await change("adjust", adjustment=-low["quantity"]))[0] == 409
    status, level = await change("release", quantity=100)
    assert (status, level["reserved"]) == (200, 0)
    assert (await change("adjust", adjustment=-low["quantity"]))[1]["quantity"] == 0
    bulk = {"adjustments": [{**place, "adjustment": 7}, {**place, "adjustment": 5}]}
    answer = await api.client.post("/api/v1/inventory/bulk-adjust", json=bulk, headers=headers)
    assert answer.json()["adjusted"][-1]["quantity"] == 12
    critical = f'product_id="other",severity="critical",warehouse_id="{low["warehouse_id"]}"'
    assert await api.metric(f"erpgo_low_stock_alerts_total{{{critical}}}") == 1
