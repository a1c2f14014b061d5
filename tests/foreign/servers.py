"""How each server of the stack is started."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.foreign import monitoring, storage
from tests.foreign.names import Names
from tests.foreign.programs import libraries, postgres, program, redis

SERVICES = Path(__file__).parent / "services"
PLAIN = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
Server = dict[str, Any]


class Servers:
    """All of them. No argument holds a secret: whoever lists processes sees arguments."""

    def __init__(self, folder: Path, names: Names) -> None:
        self._folder = folder
        self._names = names
        self._files = monitoring.files(folder)

    def all(self) -> list[Server]:
        """In the order in which they start."""
        return [*self._stores(), *self._exporters(), *self._services(), *self._monitors()]

    def _stores(self) -> list[Server]:
        ports, kept = self._names.ports, storage.Storage(self._folder, self._names)
        settings = {
            "port": ports.postgres,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": storage.MAX_CONNECTIONS,
            "dynamic_shared_memory_type": "mmap",
            "shared_buffers": "16MB",
            "fsync": "off",
        }
        database = [postgres() / "postgres", "-D", kept.data]
        database += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        pooler = [program("pgbouncer"), kept.pgbouncer / "pgbouncer.ini"]
        where = {"LD_LIBRARY_PATH": str(libraries("pgbouncer"))}
        return [
            _server("postgres", ports.postgres, database, drops_rights=True),
            _server("pgbouncer", ports.pgbouncer, pooler, where, drops_rights=True),
            _server("redis", ports.redis, [redis(), kept.redis]),
        ]

    def _exporters(self) -> list[Server]:
        names, ports = self._names, self._names.ports
        database = [
            *(
                program("prometheus-postgres-exporter"),
                f"--web.listen-address=127.0.0.1:{ports.postgres_exporter}",
            ),
            *(
                "--no-collector.bgwriter",
                "--log.level=warn",
            ),  # it reads columns that PostgreSQL 17 moved elsewhere
        ]
        cache = [
            *(program("prometheus-redis-exporter"), f"-web.listen-address=127.0.0.1:{ports.redis_exporter}"),
            *(f"-redis.addr=redis://127.0.0.1:{ports.redis}", "-connection-timeout=500ms"),
        ]
        probes = [
            *(program("prometheus-blackbox-exporter"), f"--web.listen-address=127.0.0.1:{ports.blackbox}"),
            *(f"--config.file={self._files.blackbox}", "--log.level=warn"),
        ]
        source = f"{storage.owner_dsn(names, 'postgres')}&connect_timeout=1"
        return [
            _server("postgres-exporter", ports.postgres_exporter, database, {"DATA_SOURCE_NAME": source}),
            _server("redis-exporter", ports.redis_exporter, cache, {"REDIS_PASSWORD": names.secrets.redis}),
            _server("blackbox", ports.blackbox, probes),
        ]

    def _services(self) -> list[Server]:
        names, ports = self._names, self._names.ports
        shop = {
            "DATABASE_URL": storage.shop_dsn(names),
            "REDIS_URL": storage.redis_url(names),
            "TABLE": names.storage.table,
            "KEY_PREFIX": names.storage.key_prefix,
            "PAY_URL": f"http://127.0.0.1:{ports.pay}",
            "IDENTITY_KEY": names.identity.key,
            "IDENTITY": names.identity.value,
        }
        boards = {
            "DASHBOARDS": str(self._folder / "dashboards"),
            "FOLDER": names.company.title(),
            "TOKEN": names.secrets.grafana,
        }
        return [
            _service("pay", ports.pay, "fastapi_pay.py", {"ADMIN_TOKEN": names.secrets.pay_admin}),
            _service("shop", ports.shop, "flask_shop.py", shop),
            _service("witness", ports.witness, "witness.py", {"SEEN": str(self._folder / "pages.jsonl")}),
            _service("grafana", ports.grafana, "grafana.py", boards),
        ]

    def _monitors(self) -> list[Server]:
        ports, paths, at = self._names.ports, self._names.paths, self._files
        alerting = [
            *(
                program("prometheus-alertmanager"),
                f"--config.file={at.alertmanager}",
                "--cluster.listen-address=",
            ),
            *(f"--storage.path={self._folder / 'alertmanager'}", "--log.level=warn"),
            *self._web(ports.alertmanager, paths.alertmanager),
        ]
        monitoring_ = [
            *(program("prometheus"), f"--config.file={at.prometheus}", "--web.enable-lifecycle"),
            *(
                f"--storage.tsdb.path={self._folder / 'prometheus'}",
                "--rules.alert.resend-delay=2s",
                "--log.level=warn",
            ),
            *self._web(ports.prometheus, paths.prometheus),
        ]
        return [
            _server("alertmanager", ports.alertmanager, alerting),
            _server("prometheus", ports.prometheus, monitoring_),
        ]

    def _web(self, port: int, path: str) -> list[str]:
        return [
            f"--web.listen-address=127.0.0.1:{port}",
            f"--web.external-url=https://127.0.0.1:{port}{path}",
            f"--web.route-prefix={path}",
            f"--web.config.file={self._files.web}",
        ]


def _service(name: str, port: int, file: str, env: Mapping[str, str]) -> Server:
    return _server(name, port, [sys.executable, SERVICES / file], {"PORT": str(port), **env})


def _server(
    name: str,
    port: int,
    argv: Iterable[object],
    env: Mapping[str, str] | None = None,
    *,
    drops_rights: bool = False,
) -> Server:
    return {
        "name": name,
        "port": port,
        "argv": [str(word) for word in argv],
        "env": {**PLAIN, **(env or {})},
        "drops_rights": drops_rights,
    }
