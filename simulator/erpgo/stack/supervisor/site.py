"""Where one embedded stack lives: its ports, folders, secrets and the user its servers run as."""

import dataclasses
import os
import pwd
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from simulator.base.addresses import with_credentials
from simulator.base.paths import is_root, write_private
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.ports import LOOPBACK
from simulator.erpgo.stack.supervisor.protocol import Endpoint
from simulator.erpgo.stack.supervisor.service import Account

PORTS = {
    "api": 8080,
    "postgres": 5432,
    "redis": 6379,
    "receiver": 9099,
    "prometheus": 9090,
    "alertmanager": 9093,
    "node-exporter": 9100,
    "postgres-exporter": 9187,
    "redis-exporter": 9121,
}
"""ERPGo's documented ports, and ours for the receiver."""

DATABASE = "erp"
API_USER = "erpgo"
EXPORTER_USER = "erpgo_exporter"


@dataclasses.dataclass(frozen=True)
class Secrets:
    """Made anew at each start of a stack; only its owner can read where they are kept."""

    jwt: str = dataclasses.field(repr=False)
    api_password: str = dataclasses.field(repr=False)
    exporter_password: str = dataclasses.field(repr=False)
    chaos: str = dataclasses.field(repr=False)
    receiver: str = dataclasses.field(repr=False)

    @classmethod
    def fresh(cls) -> "Secrets":
        return cls(*(secrets.token_urlsafe(32) for _ in range(5)))


@dataclasses.dataclass(frozen=True)
class Site:
    """One stack's place on this machine."""

    folder: StackFolder
    ports: Mapping[str, int]
    secrets: Secrets
    account: Account | None

    @property
    def targets(self) -> Path:
        return self.folder.config / "targets"

    def address(self, service: str) -> str:
        return f"{LOOPBACK}:{self.ports[service]}"

    def url(self, service: str) -> str:
        if service == "postgres":
            return self.database_url(API_USER, self.secrets.api_password)
        if service == "redis":
            return f"redis://{self.address('redis')}/0"
        return f"http://{self.address(service)}"

    def database_url(self, user: str, password: str) -> str:
        return with_credentials("postgresql", user, password, f"{self.address('postgres')}/{DATABASE}")

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            name: Endpoint(
                host=LOOPBACK, port=self.ports[name], url=self.url(name), container=f"erpgo-{name}"
            )
            for name in PORTS
        }

    def make_folders(self) -> None:
        """Fresh data, configuration and secrets; data and secrets belong to the user that servers run as."""
        for place in (self.folder.data, self.folder.config, self.folder.secrets):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        self._keep_secrets()
        self.targets.mkdir()
        for name in PORTS:
            data = self.folder.data / name
            data.mkdir(mode=0o700)
            if name not in PYTHON_SERVICES:
                self._give(data)

    def _keep_secrets(self) -> None:
        """Alertmanager reads the receiver's token as the servers' user; the receiver and the engine as ours."""
        self.folder.secrets.chmod(0o700)
        write_private(self.folder.receiver_token, f"{self.secrets.receiver}\n")
        for place in (self.folder.receiver_token, self.folder.secrets):
            self._give(place)

    def _give(self, place: Path) -> None:
        if self.account is not None:
            os.chown(place, self.account.uid, self.account.gid)


PYTHON_SERVICES = ("api", "receiver")
"""These run in the supervisor's own interpreter, which a dropped user may not be able to execute."""


def server_account() -> Account | None:
    """The user that servers run as; PostgreSQL refuses root, and the others do not need it."""
    if not is_root():
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)
