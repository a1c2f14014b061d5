"""ERPGo, as the core gets to know it."""

from simulator.environments.system import System
from simulator.erpgo.counters import ORDERS
from simulator.erpgo.ledger import OrderBook

ERPGO = System(
    name="ERPGo",
    witness="sum(rate(erpgo_http_requests_total[15s]))",
    counters={ORDERS: (OrderBook.metric,)},
    jobs={"erpgo-api": "api"},
    metrics={
        "api": ("erpgo_", "up{erpgo-api}"),
        "postgres": ("erpgo_", "pg_"),
        "redis": ("erpgo_", "redis_"),
        "node-exporter": ("node_", "up{node-exporter}"),
        "postgres-exporter": ("pg_", "up{postgres-exporter}", "job:database_memory_bytes"),
        "redis-exporter": ("redis_", "up{redis-exporter}"),
        "nginx": ("erpgo_",),
    },
    ledger=OrderBook(),
)
