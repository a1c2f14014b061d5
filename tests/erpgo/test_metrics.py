"""ERPGo's list of metrics, name by name and label by label, on a process that has served nothing yet."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Receive, Scope, Send

from simulator.erpgo.api import metrics
from simulator.erpgo.api.app import create_app
from simulator.erpgo.api.edge import Edge
from simulator.erpgo.api.settings import load
from tests.erpgo.servers import Api

TABLE = """
erpgo_http_requests_total: method endpoint status_code user_agent
erpgo_http_request_duration_seconds: method endpoint
erpgo_http_request_size_bytes: method endpoint
erpgo_http_response_size_bytes: method endpoint
erpgo_orders_created_total: status payment_method customer_type
erpgo_orders_completed_total: fulfillment_method customer_type
erpgo_orders_cancelled_total: reason customer_type
erpgo_order_processing_seconds: order_type
erpgo_order_value_dollars: customer_type payment_method
erpgo_cart_value_dollars: customer_type
erpgo_revenue_total: currency source
erpgo_conversion_rate: period source
erpgo_products_viewed_total: product_id category
erpgo_product_searches_total: search_type results_count
erpgo_inventory_updates_total: operation product_id warehouse_id
erpgo_low_stock_alerts_total: product_id warehouse_id severity
erpgo_user_registrations_total: user_type source
erpgo_user_logins_total: user_type status
erpgo_active_sessions: user_type
erpgo_auth_failures_total: reason ip_address
erpgo_auth_successes_total: method
erpgo_auth_attempts_total: method
erpgo_rate_limit_violations_total:
erpgo_blocked_requests_total: reason
erpgo_security_events_total: type
erpgo_jwt_tokens_issued_total: token_type
erpgo_jwt_tokens_validated_total: token_type
erpgo_jwt_tokens_expired_total: token_type
erpgo_jwt_tokens_blacklisted_total: token_type
erpgo_database_connections: database state
erpgo_database_queries_total: type
erpgo_database_transactions_total: outcome
erpgo_database_query_duration_seconds: operation table
erpgo_database_slow_queries_total:
erpgo_database_errors_total: type
erpgo_database_timeouts_total: type
erpgo_cache_operations_total: operation cache_type result
erpgo_cache_hit_rate: cache_type
erpgo_cache_size_bytes:
erpgo_system_memory_bytes: type
erpgo_system_cpu_percent: cpu
erpgo_goroutines:
erpgo_errors_total: error_type component severity
erpgo_panics_total: component
"""
EXPECTED = {
    name: frozenset(labels.split())
    for name, _, labels in (line.partition(":") for line in TABLE.split("\n") if line)
}
PRESENT_FROM_THE_START = {
    "erpgo_auth_failures_total": (
        "reason",
        {"invalid_credentials", "account_locked", "token_expired", "token_invalid", "account_disabled"},
    ),
    "erpgo_blocked_requests_total": ("reason", {"rate_limit", "ip_blacklist", "geoblock"}),
    "erpgo_database_timeouts_total": ("type", {"lock", "statement", "acquire"}),
    "erpgo_database_connections": ("state", {"active", "idle", "max", "waiting"}),
    "erpgo_system_memory_bytes": ("type", {"alloc", "sys"}),
    "erpgo_cache_operations_total": ("result", {"hit", "miss", "error", "ok"}),
    "erpgo_http_requests_total": ("status_code", {"500", "503"}),
    "erpgo_panics_total": ("component", {"http", "database", "cache", "auth"}),
}
Series = list[tuple[str, dict[str, str], float]]


@pytest.fixture
async def series() -> Series:
    """Every sample of a fresh process without neighbours."""
    unused = {"DATABASE_URL": "postgresql://127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0"}
    app = create_app(load({"JWT_SECRET": "s" * 32, **unused}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://erpgo") as client:
        text = (await client.get("/metrics")).text
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def test_every_metric_of_the_contract_is_there_with_its_labels(series: Series) -> None:
    found: dict[str, set[frozenset[str]]] = {}
    for name, labels, _ in series:
        contract_name = name.removesuffix("_count") if name.endswith("_count") else name
        found.setdefault(contract_name, set()).add(frozenset(labels))
    assert {name: found.get(name) for name in EXPECTED} == {
        name: {labels} for name, labels in EXPECTED.items()
    }


def test_nothing_else_is_exported(series: Series) -> None:
    parts = ("_count", "_sum", "_bucket")
    names = {
        next((name.removesuffix(part) for part in parts if name.endswith(part)), name)
        for name, _, _ in series
    }
    # What every client library says of its process; the simulator needs to know when it was started.
    of_the_process = {name for name in names if name.startswith("process_")}
    assert "process_start_time_seconds" in of_the_process
    assert names - of_the_process == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(PRESENT_FROM_THE_START))
def test_what_alerts_read_exists_before_anything_happened(series: Series, name: str) -> None:
    label, values = PRESENT_FROM_THE_START[name]
    assert values <= {labels[label] for found, labels, _ in series if found == name}


def test_every_route_has_its_failure_series_at_zero(series: Series) -> None:
    failures = {
        (labels["method"], labels["endpoint"], labels["status_code"], labels["user_agent"]): value
        for name, labels, value in series
        if name == "erpgo_http_requests_total"
    }
    for agent in ("python", "locust", "browser", "other"):
        for status in ("500", "503"):
            assert failures["POST", "/api/v1/orders", status, agent] == 0
            assert failures["GET", "/api/v1/products/{id}", status, agent] == 0


def test_durations_have_a_bucket_at_two_seconds(series: Series) -> None:
    limits = {
        labels["le"] for name, labels, _ in series if name == "erpgo_http_request_duration_seconds_bucket"
    }
    assert {"2.0", "2.5", "10.0", "+Inf"} <= limits


async def test_strange_paths_methods_and_agents_do_not_grow_the_metrics(api: Api) -> None:
    for number in range(30):
        await api.client.request(
            f"STRANGE{number}", f"/nowhere/{number}", headers={"User-Agent": f"agent-{number}"}
        )
    text = (await api.client.get("/metrics")).text
    lines = [
        line for line in text.splitlines() if line.startswith("erpgo_http_requests_total") and "404" in line
    ]
    assert len(lines) == 1
    assert 'endpoint="unmatched",method="other",status_code="404",user_agent="other"' in lines[0]


async def test_an_unexpected_exception_is_a_500_and_a_panic() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    measured = metrics.create(memory_limit=1)
    transport = httpx.ASGITransport(app=Edge(broken, measured))
    async with httpx.AsyncClient(transport=transport, base_url="http://erpgo") as client:
        answer = await client.get("/anything", headers={"X-Correlation-ID": "a-bug"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-correlation-id"] == "a-bug"
    assert measured.registry.get_sample_value("erpgo_panics_total", {"component": "http"}) == 1
