"""simulator/erpgo/stack/.env: what compose.yaml leaves open, secrets and ports, made for this machine and ignored by git.

Beside it the receiver's token, a file because Alertmanager takes a secret from nothing else.
`python -m simulator.erpgo.stack.compose.settings` writes both, for those who call `docker compose` themselves.
"""

import contextlib
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.base.paths import write_private
from simulator.erpgo.stack.compose import dotenv

FILE = Path(__file__).resolve().parents[1] / ".env"
PORTS = {
    "api": 8080,
    "nginx": 80,
    "postgres": 5432,
    "redis": 6379,
    "receiver": 9099,
    "prometheus": 9090,
    "alertmanager": 9093,
    "grafana": 3000,
    "loki": 3100,
    "promtail": 9080,
    "node-exporter": 9100,
    "postgres-exporter": 9187,
    "redis-exporter": 9121,
    "cadvisor": 8081,
}
"""ERPGo's documented ports; ours for the receiver, and for cAdvisor, whose own is the API's."""
SECRETS = (
    "POSTGRES_PASSWORD",
    "EXPORTER_PASSWORD",
    "REDIS_PASSWORD",
    "JWT_SECRET",
    "CHAOS_TOKEN",
    "GRAFANA_PASSWORD",
)

_GRAFANA_EXPANDS = re.compile(r"\$(__\w+)?\{[^}]+\}|%\([^)]+\)s")
"""What Grafana replaces in every value of its configuration, one from the environment or from a file of secrets too."""


@dataclass(frozen=True)
class Settings:
    """What the containers are started with."""

    values: Mapping[str, str] = field(repr=False)
    fresh: bool = False
    """Whether the secrets have just been made: data of an earlier stack does not know them."""

    def port(self, service: str) -> int:
        """The port on loopback at which a service is published."""
        return int(self.values[port_variable(service)])

    def secret(self, name: str) -> str:
        return self.values[name]


def port_variable(service: str) -> str:
    """The name under which compose.yaml reads a service's port."""
    return f"{service.upper().replace('-', '_')}_PORT"


def read(file: Path = FILE) -> Settings | None:
    """The settings as they are on disk; None when there are none.

    Raises:
        BadInput: the file lacks something, or a line is unclear; the message names it, and nothing of a secret.
    """
    try:
        values = dotenv.parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except dotenv.Unclear as error:  # before Compose reads it, which would repeat the line
        raise BadInput(f"{file}: {error}") from None
    except UnicodeDecodeError:  # its own words repeat bytes
        raise BadInput(f"{file} is not UTF-8; write it in that") from None
    missing = [name for name in (*SECRETS, *map(port_variable, PORTS)) if not values.get(name)]
    if missing:
        raise BadInput(
            f"{file} has no {', '.join(missing)}; delete it, and it is made again at the next start"
        )
    if _GRAFANA_EXPANDS.search(values["GRAFANA_PASSWORD"]):
        raise BadInput(
            f"{file}: in GRAFANA_PASSWORD Grafana would replace what stands in ${{...}}, $__...{{...}} or %(...)s;"
            " choose one without"
        )
    return Settings(values)


def prepare(file: Path = FILE) -> Settings:
    """Settings for a stack that is about to start: known secrets are kept, taken ports are replaced by free ones."""
    known = read(file)
    fresh = not _keep_receiver_token(receiver_token(file)) or known is None
    values = {name: known.secret(name) if known else secrets.token_hex(24) for name in SECRETS}
    with contextlib.ExitStack() as held:  # all at once: no free port is given out twice
        for service, documented in PORTS.items():
            values[port_variable(service)] = str(_free(documented, held))
    _write(file, values)
    return Settings(values, fresh=fresh)


def receiver_token(file: Path = FILE) -> Path:
    """The file with the receiver's token, which compose.yaml mounts by this path."""
    return file.parent / ".secrets" / "receiver-token"


def _keep_receiver_token(token: Path) -> bool:
    """Make the token where there is none; whether there was one.

    The folder is closed to others, not the file: it is mounted by itself, and in the containers it is read by users
    who are not its owner here.
    """
    token.parent.mkdir(mode=0o700, exist_ok=True)
    token.parent.chmod(0o700)
    if token.exists():
        return True
    write_private(token, f"{secrets.token_urlsafe(32)}\n")
    token.chmod(0o644)
    return False


def _free(documented: int, held: contextlib.ExitStack) -> int:
    for port in (documented, 0):
        try:
            listening = held.enter_context(socket.create_server(("127.0.0.1", port)))
            return int(listening.getsockname()[1])
        except PermissionError:  # not for us, as below 1024; Docker may, if nobody listens there
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) != 0:
                    return port
        except OSError:
            continue
    raise BadInput(f"no free port on loopback instead of {documented}")


def _write(file: Path, values: Mapping[str, str]) -> None:
    text = "# Made by the simulator for this machine; read by compose.yaml. Holds secrets.\n"
    text += "".join(dotenv.line(name, value) for name, value in values.items())
    write_private(file, text)


if __name__ == "__main__":
    prepare()
