import asyncio
import uuid

import psycopg
import pytest

from tests.erpgo.servers import Api

CREATED = 'erpgo_orders_created_total{customer_type="retail",payment_method="credit_card",status="pending"}'


def reserved(api: Api) -> int:
    """How much of all stock is spoken for."""
    with psycopg.connect(api.database_url) as connection:
        row = connection.execute("SELECT sum(reserved)::int FROM stock").fetchone()
    assert row is not None
    return int(row[0])


async def test_the_server_works_out_the_total(api: Api) -> None:
    headers = await api.bearer()
    answer = await api.client.post("/api/v1/orders", json=await api.order_body(), headers=headers)
    order = answer.json()
    assert (answer.status_code, order["total"], order["status"]) == (201, 20.5, "PENDING")
    assert (await api.client.get(f"/api/v1/orders/{order['id']}", headers=headers)).json() == order
    assert await api.metric(CREATED) == 1
    assert await api.metric('erpgo_revenue_total{currency="USD",source="api"}') == 20.5


async def test_the_same_key_gives_the_same_order_even_at_once(api: Api) -> None:
    headers = {**await api.bearer(), "Idempotency-Key": "once"}
    body = await api.order_body()
    answers = await asyncio.gather(
        *(api.client.post("/api/v1/orders", json=body, headers=headers) for _ in range(5))
    )
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.content for answer in answers}) == 1
    assert (await api.client.get("/api/v1/orders", headers=headers)).json()["pagination"]["total"] == 1
    assert await api.metric(CREATED) == 1


async def test_the_same_key_for_another_order_is_a_conflict(api: Api) -> None:
    headers = {**await api.bearer(), "Idempotency-Key": "once"}
    body = await api.order_body()
    assert (await api.client.post("/api/v1/orders", json=body, headers=headers)).status_code == 201
    other = await api.client.post("/api/v1/orders", json={**body, "currency": "EUR"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    someone_else = {**await api.bearer(2), "Idempotency-Key": "once"}
    assert (await api.client.post("/api/v1/orders", json=body, headers=someone_else)).status_code == 201


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        ({"unit_price": 0}, 422, "validation_failed"),
        ({"unit_price": "NaN"}, 422, "validation_failed"),
        ({"unit_price": 0.001}, 422, "validation_failed"),
        ({"quantity": 0}, 422, "validation_failed"),
        ({"product_id": str(uuid.UUID(int=7))}, 422, "unknown_product"),
    ],
)
async def test_impossible_orders_are_refused(
    api: Api, item: dict[str, object], status: int, code: str
) -> None:
    body = await api.order_body()
    items = body["items"]
    assert isinstance(items, list)
    body["items"] = [items[0] | item]
    answer = await api.client.post("/api/v1/orders", json=body, headers=await api.bearer())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_order_beyond_the_stock_reserves_nothing(api: Api) -> None:
    headers = await api.bearer()
    body = await api.order_body()
    items = body["items"]
    assert isinstance(items, list)
    for warehouse in ("MAIN", "EAST", "WEST"):
        change = {"product_id": items[0]["product_id"], "warehouse_id": warehouse, "adjustment": -999_950}
        assert (
            await api.client.post("/api/v1/inventory/adjust", json=change, headers=headers)
        ).status_code in {200, 409}
    body["items"] = [{**items[0], "quantity": 10_000}]
    answer = await api.client.post("/api/v1/orders", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert reserved(api) == 0


async def test_an_order_is_its_owners_and_goes_forward_only(api: Api) -> None:
    headers = await api.bearer()
    order = (await api.client.post("/api/v1/orders", json=await api.order_body(), headers=headers)).json()
    path = f"/api/v1/orders/{order['id']}"
    assert (await api.client.get(path, headers=await api.bearer(2))).status_code == 404
    for status, expected in (("PROCESSING", 200), ("PENDING", 409), ("COMPLETED", 200), ("SHIPPED", 409)):
        moved = await api.client.put(f"{path}/status", json={"status": status}, headers=headers)
        assert moved.status_code == expected
    assert (await api.client.post(f"{path}/cancel", headers=headers)).status_code == 409
    listed = (await api.client.get("/api/v1/orders?status=COMPLETED", headers=headers)).json()
    assert [found["id"] for found in listed["orders"]] == [order["id"]]


async def test_a_cancelled_order_gives_its_stock_back_once(api: Api) -> None:
    headers = await api.bearer()
    order = (await api.client.post("/api/v1/orders", json=await api.order_body(), headers=headers)).json()
    path = f"/api/v1/orders/{order['id']}/cancel"
    answers = await asyncio.gather(*(api.client.post(path, headers=headers) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert reserved(api) == 0
    cancelled = 'erpgo_orders_cancelled_total{customer_type="retail",reason="customer_request"}'
    assert await api.metric(cancelled) == 1


async def test_orders_for_the_same_products_in_any_order_do_not_deadlock(api: Api) -> None:
    headers = await api.bearer()
    body = await api.order_body()
    products = (await api.client.get("/api/v1/products?limit=6")).json()["products"]
    items = [{"product_id": product["id"], "quantity": 1, "unit_price": 1} for product in products]
    answers = await asyncio.gather(
        *(
            api.client.post("/api/v1/orders", json={**body, "items": items[::step]}, headers=headers)
            for step in (1, -1) * 15
        )
    )
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert await api.metric('erpgo_database_errors_total{type="deadlock"}') == 0
    taken = sum(answer.status_code == 201 for answer in answers) * len(items)
    assert reserved(api) == taken
