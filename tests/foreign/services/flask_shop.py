"""A shop: it writes orders to PostgreSQL through pgbouncer, remembers them in Redis and has them paid elsewhere."""

import os
from collections.abc import Mapping

import psycopg
import redis
import requests
from flask import Flask, abort
from flask.typing import ResponseReturnValue
from prometheus_flask_exporter import PrometheusMetrics
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.serving import WSGIRequestHandler, make_server

CACHED_FOR_S = 60
PATIENCE_S = 2.0


class Orders:
    """Where orders are kept."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._dsn = environment["DATABASE_URL"]
        self._table = sql.Identifier(environment["TABLE"])
        self._cache = redis.Redis.from_url(
            environment["REDIS_URL"],
            decode_responses=True,
            retry=Retry(NoBackoff(), retries=0),
            socket_connect_timeout=0.5,
            socket_timeout=0.5,
        )
        self._prefix = environment["KEY_PREFIX"]

    def add(self, item: str) -> int:
        number = self._ask(sql.SQL("INSERT INTO {} (item) VALUES (%s) RETURNING id"), (item,))
        assert number is not None
        self._remember(number, item)
        return int(number)

    def find(self, number: int) -> str | None:
        try:
            cached = self._cache.get(f"{self._prefix}{number}")
        except redis.RedisError:  # slower without it, but no worse
            cached = None
        if cached is not None:
            return str(cached)
        item = self._ask(sql.SQL("SELECT item FROM {} WHERE id = %s"), (number,))
        if item is not None:
            self._remember(number, item)
        return item

    def _remember(self, number: int | str, item: str) -> None:
        try:
            self._cache.set(f"{self._prefix}{number}", item, ex=CACHED_FOR_S)
        except redis.RedisError:
            return

    def _ask(self, query: sql.SQL, values: tuple[str | int, ...]) -> str | None:
        # A connection for each request: pgbouncer has the pool.
        with psycopg.connect(self._dsn, connect_timeout=2, prepare_threshold=None) as connection:
            row = connection.execute(query.format(self._table), values).fetchone()
        return None if row is None else str(row[0])


def create_app(environment: Mapping[str, str]) -> Flask:
    app = Flask("shop")
    metrics = PrometheusMetrics(app, group_by="url_rule", excluded_paths="^/healthz$")
    metrics.info("shop_build_info", "What is deployed", version="4.2.0")
    orders = Orders(environment)
    pay = environment["PAY_URL"]

    @app.post("/orders")
    def add() -> ResponseReturnValue:
        number = orders.add("tea")
        try:
            paid = requests.post(f"{pay}/charge", json={"order": number}, timeout=PATIENCE_S).ok
        except requests.RequestException:
            paid = False
        return {"id": number, "paid": paid}, 201 if paid else 202

    @app.get("/orders/<int:number>")
    def show(number: int) -> ResponseReturnValue:
        item = orders.find(number)
        if item is None:
            abort(404)
        return {"id": number, "item": item}

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        return {"status": "ok", environment["IDENTITY_KEY"]: environment["IDENTITY"]}

    return app


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_request(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    make_server(
        "127.0.0.1", int(os.environ["PORT"]), create_app(os.environ), threaded=True, request_handler=Quiet
    ).serve_forever()
