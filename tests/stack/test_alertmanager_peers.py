"""The door to a cluster of real Alertmanagers, behind TLS, a password and a path: what any peer knows counts."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError
from simulator.doors.alertmanager import AcceptedAlert, Alertmanager, AlertToSend
from simulator.doors.endpoint import Certificates, Endpoint
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.erpgo.stack.supervisor.ports import Ports
from tests.certificates import Certificate, self_signed
from tests.stack.waiting import eventually

pytestmark = pytest.mark.stack

PASSWORD = "a-password"
HASHED = "$2b$04$4eBVjh8TUrnjw/QiQYhU.u6KiZH496aXuTf4WWlw6pFDm8Rybs132"
"""bcrypt, at its cheapest."""
WEB = """
tls_server_config: {{cert_file: {cert}, key_file: {key}}}
basic_auth_users: {{ops: {hashed}}}
"""
CONFIG = """
route: {receiver: team-a}
receivers: [{name: team-a}]
"""


@dataclass(frozen=True)
class Peer:
    """One Alertmanager, and how it is reached."""

    process: subprocess.Popen[bytes]
    at: Endpoint
    config: Path

    def client(self) -> httpx.Client:
        secured = self.at.certificates.context()
        return httpx.Client(base_url=self.at.url, auth=("ops", PASSWORD), verify=secured, trust_env=False)

    def knows_of(self, peers: int) -> bool:
        try:
            with self.client() as http:
                return len(http.get("/api/v2/status").json()["cluster"]["peers"]) == peers
        except httpx.TransportError:
            assert self.process.poll() is None
            return False

    def silence(self, name: str) -> str:
        now = time.time()
        body = {
            "matchers": [{"name": "alertname", "value": name, "isRegex": False}],
            "startsAt": rfc3339(now - 1),
            "endsAt": rfc3339(now + 600),
            "createdBy": "a test",
            "comment": "planned",
        }
        with self.client() as http:
            return str(http.post("/api/v2/silences", json=body).raise_for_status().json()["silenceID"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def rfc3339(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def flags(folder: Path, port: int, cluster: int, other: int) -> list[str]:
    return [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--web.config.file={folder / 'web.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.route-prefix=/am",
        f"--cluster.listen-address=127.0.0.1:{cluster}",
        f"--cluster.advertise-address=127.0.0.1:{cluster}",
        f"--cluster.peer=127.0.0.1:{other}",
    ]


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[list[Peer]]:
    certificate = self_signed(tmp_path)
    with ExitStack() as until_the_end:
        ports = until_the_end.enter_context(Ports({"web0": 0, "web1": 0, "cluster0": 0, "cluster1": 0}))
        running = []
        for number in (0, 1):
            folder = tmp_path / f"peer{number}"
            mine, others = ports[f"cluster{number}"], ports[f"cluster{1 - number}"]
            running.append(started(folder, certificate, (ports[f"web{number}"], mine, others)))
            until_the_end.callback(running[-1].kill)
        for one in running:
            eventually("both peers know each other", partial(one.knows_of, 2))
        yield running


def started(folder: Path, certificate: Certificate, ports: tuple[int, int, int]) -> Peer:
    folder.mkdir()
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG)
    (folder / "web.yml").write_text(
        WEB.format(cert=certificate.cert, key=certificate.key, hashed=HASHED), encoding="utf-8"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([find("alertmanager"), *flags(folder, *ports)], stdout=log, stderr=log)
    trusted = Certificates(ca=certificate.cert)
    url = f"https://127.0.0.1:{ports[0]}/am"
    return Peer(process, Endpoint(url, "ops", PASSWORD, certificates=trusted, timeout=10.0), config)


def to_send(name: str) -> AlertToSend:
    now = time.time()
    return AlertToSend(labels={"alertname": name, "severity": "page"}, starts_epoch=now, ends_epoch=now + 600)


def gone(door: Alertmanager) -> list[str]:
    return [said.partition(" did not answer")[0] for said in door.lost]


async def seen(door: Alertmanager, *, where: Callable[[AcceptedAlert], bool]) -> AcceptedAlert:
    async def look() -> AcceptedAlert | None:
        return next(filter(where, await door.alerts()), None)

    found = await RunClock(SystemClock()).until(look, within=60, every=0.1)
    assert found is not None
    return found


async def test_what_any_peer_knows_counts_and_one_that_is_gone_is_named(peers: list[Peer]) -> None:
    """One cluster for all of it: starting it is what takes the time."""
    door, first, second = Alertmanager(*(peer.at for peer in peers)), *(Alertmanager(one.at) for one in peers)
    await first.post(to_send("OfOneOnly"))
    await door.post(to_send("OfBoth"))
    await seen(door, where=lambda alert: alert.alert == "OfOneOnly")
    await seen(second, where=lambda alert: alert.alert == "OfBoth")
    assert sorted(alert.alert for alert in await door.alerts()) == ["OfBoth", "OfOneOnly"]

    silence = peers[1].silence("OfBoth")
    hidden = await seen(door, where=lambda alert: silence in alert.silenced_by)
    assert (hidden.alert, hidden.silenced_by) == ("OfBoth", (silence,))
    assert [one.id for one in await door.silences()] == [silence]

    assert "team-a" in await door.configuration()
    await _another_configuration_is_noticed(door, peers[1])

    assert gone(door) == []
    peers[1].kill()
    assert {alert.alert for alert in await door.alerts()} == {"OfBoth", "OfOneOnly"}
    assert gone(door) == ["Alertmanager 2"]
    await door.post(to_send("OfWhoIsLeft"))
    await seen(first, where=lambda alert: alert.alert == "OfWhoIsLeft")
    assert "team-a" in await door.configuration()

    peers[0].kill()
    with pytest.raises(DoorError, match=r"Alertmanager 1 did not answer: .*; Alertmanager 2 did not answer"):
        await door.alerts()
    for one in (door, first, second):
        await one.close()


async def _another_configuration_is_noticed(door: Alertmanager, peer: Peer) -> None:
    peer.config.write_text(CONFIG.replace("team-a", "team-b"))
    with peer.client() as http:
        http.post("/-/reload").raise_for_status()
    with pytest.raises(
        DoorError, match=r"^Alertmanager 2: another configuration is loaded than by Alertmanager 1"
    ):
        await door.configuration()
    peer.config.write_text(CONFIG)
    with peer.client() as http:
        http.post("/-/reload").raise_for_status()


async def test_a_wrong_password_is_refused_and_not_repeated(peers: list[Peer]) -> None:
    door = Alertmanager(replace(peers[0].at, password="another-one"))
    with pytest.raises(DoorError, match="Alertmanager at /api/v2/alerts answered 401") as refused:
        await door.alerts()
    assert "another-one" not in str(refused.value)
    await door.close()
