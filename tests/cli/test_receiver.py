"""`simulator receiver`: a program of its own, asked by a real Alertmanager and by the door that a game day has."""

import json
import signal
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput, DoorError, ExitCode
from simulator.cli import app
from simulator.doors.alertmanager import Alertmanager, AlertToSend
from simulator.doors.endpoint import Endpoint
from simulator.doors.receiver import Notification, Receiver
from simulator.erpgo.stack.alertmanager.config import flags
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.erpgo.stack.supervisor.ports import Ports
from simulator.receiver.snippet import snippet
from tests.certificates import Certificate, self_signed
from tests.cli.commands import simulator
from tests.cli.receiving import ANY_PORT, Receiving, alert, receiving

MEGABYTE = 1024 * 1024
OWN = "Team A/pager #1"
"""What somebody calls a receiver."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"), "recv.shop")


def tls(certificate: Certificate) -> tuple[str, ...]:
    return ("--tls-cert", str(certificate.cert), "--tls-key", str(certificate.key))


@contextmanager
def an_alertmanager(folder: Path, added: str) -> Iterator[Alertmanager]:
    """A real one whose only receiver has what was printed."""
    entry = "\n".join(
        f"    {line}" for line in added.replace("RECEIVER", "Team%20A%2Fpager%20%231").splitlines()
    )
    route = f'route: {{receiver: "{OWN}", group_by: ["..."], group_wait: 0s}}\n'
    (folder / "am.yml").write_text(f'{route}receivers:\n  - name: "{OWN}"\n{entry}\n', encoding="utf-8")
    with ExitStack() as until_the_end:
        address = f"127.0.0.1:{until_the_end.enter_context(Ports({'am': 0}))['am']}"
        log = until_the_end.enter_context((folder / "am.log").open("wb"))
        process = subprocess.Popen(
            [find("alertmanager"), *flags(folder / "am.yml", folder / "am", address)], stdout=log, stderr=log
        )
        until_the_end.callback(process.wait)
        until_the_end.callback(process.kill)
        yield Alertmanager(f"http://{address}")


async def sent(alertmanager: Alertmanager, name: str) -> None:
    now = time.time()
    one = AlertToSend(labels={"alertname": name, "severity": "page"}, starts_epoch=now, ends_epoch=now + 600)

    async def send() -> bool | None:
        try:
            await alertmanager.post(one)
        except DoorError:  # it is yet to listen
            return None
        return True

    assert await RunClock(SystemClock()).until(send, within=60, every=0.1)


async def paged(door: Receiver, name: str) -> Notification:
    async def look() -> Notification | None:
        told = await door.notifications(0, 1.0)
        return next((one for one in told if one.alert == name), None)

    found = await RunClock(SystemClock()).until(look, within=60, every=0.1)
    assert found is not None
    return found


async def test_an_alertmanager_pages_it_over_tls_with_what_was_printed(
    tmp_path: Path, certificate: Certificate
) -> None:
    with receiving(tmp_path / "store", *tls(certificate), ca=certificate.cert) as receiver:
        assert receiver.url.startswith("https://")
        (printed,) = YAML(typ="safe").load(receiver.snippet)["webhook_configs"]
        assert printed["send_resolved"] is True
        at = Endpoint(receiver.url, certificates=receiver.certificates, timeout=10.0)
        door = Receiver(at, lambda: receiver.token)
        with an_alertmanager(tmp_path, receiver.snippet) as alertmanager:
            # A dead man's switch of somebody else's is an alert like any other.
            for name in ("ShopDown", "DeadMansSwitch"):
                await sent(alertmanager, name)
                page = await paged(door, name)
                assert (page.route, page.severity, page.status) == (OWN, "page", "firing")
            await alertmanager.close()
        assert abs(await door.clock() - time.time()) < 30
        stranger = Receiver(at, lambda: "another-token")
        with pytest.raises(DoorError, match="the receiver at /api/v1/time answered 401"):
            await stranger.clock()
        await door.close()
        await stranger.close()
        assert receiver.end() == (0, "")


def test_what_it_prints_for_an_address_of_its_own_and_a_token_elsewhere(tmp_path: Path) -> None:
    given = ("--url", "https://recv.shop/pages/", "--url", "http://recv.cluster.local", "--token", "env:RECV")
    with receiving(tmp_path / "store", *given, token="kept-elsewhere") as receiver:
        assert receiver.snippet == snippet("https://recv.shop/pages", "/etc/alertmanager/simulator-token")
        assert "kept-elsewhere" not in receiver.said + receiver.snippet
        assert not (tmp_path / "store" / "token").exists()
        with receiver.client("kept-elsewhere") as http:
            for host, status in (
                ("recv.shop", 200),
                ("recv.shop:8443", 200),
                ("recv.cluster.local", 200),
                ("127.0.0.1", 200),
                ("evil.example", 403),
            ):
                assert http.get("/api/v1/time", headers={"Host": host}).status_code == status, host
        assert receiver.end(signal.SIGINT) == (0, "")


def test_numbers_go_on_after_a_restart_with_the_same_token(tmp_path: Path) -> None:
    tokens = set()
    for number in (1, 2, 3):
        with receiving(tmp_path / "store") as receiver, receiver.client() as http:
            tokens.add(receiver.token)
            assert receiver.page(http, f"Down{number}").status_code == 200
            told = http.get("/api/v1/notifications").json()["notifications"]
            assert [(one["seq"], one["alertname"]) for one in told] == [
                (at, f"Down{at}") for at in range(1, number + 1)
            ]
            receiver.end()
    assert len(tokens) == 1


def test_its_disk_is_bounded_and_numbers_never_go_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with receiving(store, "--keep", "4") as receiver, receiver.client() as http:
        for number in range(12):
            assert receiver.page(http, f"Down{number}", summary="x" * 900_000).status_code == 200
            assert sum(file.stat().st_size for file in store.iterdir()) <= 4 * MEGABYTE
        told = http.get("/api/v1/notifications").json()["notifications"]
        assert [one["seq"] for one in told] == [one["seq"] for one in receiver.stored()]
        assert told[-1]["seq"] == 12
        assert 2 <= len(told) <= 4
        receiver.end()
    (store / "notifications.jsonl").unlink()  # as when it was killed between the renames
    with receiving(store, "--keep", "4") as receiver, receiver.client() as http:
        receiver.page(http, "After")
        assert [one["alertname"] for one in receiver.stored()][-1] == "After"
        numbers = [one["seq"] for one in receiver.stored()]
        assert numbers == sorted(set(numbers))


def test_killed_while_it_writes_it_has_every_page_that_it_took_and_no_half_line(tmp_path: Path) -> None:
    taken: list[str] = []
    for attempt in range(3):
        with receiving(tmp_path / "store", "--keep", "4") as receiver, ThreadPoolExecutor(3) as senders:
            before = len(taken)
            sending = [senders.submit(send_until_it_is_gone, receiver, taken) for _ in range(3)]
            while len(taken) < before + 25:
                assert not any(one.done() for one in sending)
            receiver.process.kill()
            for one in sending:
                one.result(timeout=60)
        with receiving(tmp_path / "store", "--keep", "4") as again, again.client() as http:
            stored = again.stored()
            numbers = [one["seq"] for one in stored]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), attempt
            assert set(taken) <= {one["alertname"] for one in stored}
            assert http.get("/health").json()["last"] == numbers[-1]


def send_until_it_is_gone(receiver: Receiving, taken: list[str]) -> None:
    with receiver.client() as http:
        for number in range(100_000):
            name = f"Down{id(http)}-{number}"
            try:
                answer = receiver.page(http, name, summary="x" * 9_000)
            except httpx.TransportError:
                return
            assert answer.status_code == 200
            taken.append(name)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_though_somebody_waits_for_news(tmp_path: Path, by: signal.Signals) -> None:
    with receiving(tmp_path / "store") as receiver, receiver.client() as http:
        waiting = HTTPConnection(receiver.url.removeprefix("http://"), timeout=60)
        waiting.request("GET", "/api/v1/notifications?wait=30", headers=dict(http.headers))
        for _ in range(2):  # what comes later is answered: so the question has come in
            assert http.get("/health").status_code == 200
        began = time.monotonic()
        assert receiver.end(by) == (0, "")
        assert time.monotonic() - began < 20
        assert json.loads(waiting.getresponse().read()) == {"last": 0, "notifications": []}
        waiting.close()


SECRET = "qzxj/Zq9:7QJ#jXz@zQ7-xJq"


def repeated(text: str, secret: str) -> list[str]:
    """The pieces of it that a text repeats; so long that none is there by chance, whatever token it has made."""
    pieces = (secret[at : at + 8] for at in range(len(secret) - 7))
    return [piece for piece in pieces if piece in text]


def left_by(receiver: Receiving, ask: Callable[[Receiving], list[httpx.Response]]) -> str:
    """All that is left, and was said, once it was asked: every file but that of its token, its output, its answers."""
    answers = [answer.text for answer in ask(receiver)]
    receiver.process.send_signal(signal.SIGTERM)
    out, complaint = receiver.process.communicate(timeout=60)
    assert receiver.process.returncode == 0, complaint
    files = [path for path in receiver.store.rglob("*") if path.is_file() and path.name != "token"]
    assert any(path.name == "notifications.jsonl" and path.stat().st_size for path in files)
    kept = [path.read_text() for path in files]
    return "\n".join([receiver.said, receiver.snippet, out, complaint, *answers, *kept, *map(str, files)])


def every_way(receiver: Receiving) -> list[httpx.Response]:
    """The token told where it belongs, and wherever else somebody may think that it does."""
    token, hook = receiver.token if (receiver.store / "token").exists() else SECRET, "/api/v1/webhook/page"
    quoted, payload = quote(token, safe=""), {"version": "4", "alerts": [alert("ShopDown")]}
    with receiver.client(token) as known, receiver.client("somebody's") as unknown:
        basic = {"Authorization": f"Basic {b64encode(f'a:{token}'.encode()).decode()}"}
        return [
            receiver.page(known, "ShopDown"),
            known.post(hook, json=payload, headers=basic),
            known.post(f"{hook}?token={quoted}", json=payload),
            known.post(hook, content=b"{", headers={"X-Token": token}),
            known.get(f"/api/v1/notifications?token={quoted}"),
            known.get(f"/api/v1/notifications?after={quoted}"),
            known.get("/metrics"),
            unknown.post(hook, json=payload, headers={"Authorization": token}),
            unknown.post(hook, json=payload, headers={"Authorization": f"Token {token}"}),
            unknown.post(hook, json=payload, headers={"Authorization": f"Bearer {token} {token}"}),
            unknown.post(hook, json=payload, headers={"Cookie": f"token={token}"}),
            unknown.post(f"/api/v1/webhook/{quoted}", json=payload),
            unknown.get(f"/{quoted}"),
        ]


@pytest.mark.parametrize("options", [(), ("--token", "env:RECV")], ids=["its own", "given"])
def test_its_token_is_in_nothing_that_it_keeps_or_says(tmp_path: Path, options: tuple[str, ...]) -> None:
    with receiving(tmp_path / "store", *options, token=SECRET) as receiver:
        token = SECRET if options else receiver.token
        left = left_by(receiver, every_way)
    assert left.count("ShopDown") >= 3, "what was posted with the token is kept"
    quoted, coded = quote(token, safe=""), b64encode(f"a:{token}".encode()).decode()
    for told in (token, quoted, coded):
        assert repeated(left, told) == []


def test_a_token_that_it_kept_would_be_found(tmp_path: Path) -> None:
    def told(receiver: Receiving) -> list[httpx.Response]:
        with receiver.client(SECRET) as http:
            return [receiver.page(http, "ShopDown", summary=f"ask with {SECRET}")]

    with receiving(tmp_path / "store", "--token", "env:RECV", token=SECRET) as receiver:
        assert repeated(left_by(receiver, told), SECRET) != []


def test_a_store_belongs_to_one_receiver(tmp_path: Path) -> None:
    with receiving(tmp_path / "store"):
        other = simulator("receiver", *ANY_PORT, "--store", str(tmp_path / "store"))
    assert other.code == ExitCode.BAD_INPUT
    assert "another receiver writes to it" in other.only_complaint


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    with receiving(tmp_path / "store") as receiver:
        address = receiver.url.removeprefix("http://")
        other = simulator("receiver", "--listen", address, "--store", str(tmp_path / "other"))
    assert other.code == ExitCode.BAD_INPUT
    assert "nobody can listen: Address already in use" in other.only_complaint
    assert not (tmp_path / "other").exists()


def refused(*options: str) -> str:
    """What it says instead of listening, in one line."""
    answer = CliRunner().invoke(app, ["receiver", *options])
    assert isinstance(answer.exception, BadInput), answer.output
    assert answer.output == ""
    assert "\n" not in str(answer.exception)
    return str(answer.exception)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_other_machines_are_listened_to_with_tls_only(tmp_path: Path, host: str) -> None:
    said = refused("--listen", f"{host}:0", "--store", str(tmp_path / "store"))
    assert "other machines can ask, which needs TLS; give --tls-cert and --tls-key, or --plain" in said


def test_unless_it_is_typed(tmp_path: Path) -> None:
    with receiving(tmp_path / "store", "--listen", "0.0.0.0:0", "--plain") as receiver:
        assert receiver.url.startswith("http://")
        with httpx.Client(trust_env=False) as http:
            port = receiver.url.rpartition(":")[2]
            assert http.get(f"http://127.0.0.1:{port}/health").status_code == 200


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("9099", "'9099' is not HOST:PORT"),
        (":9099", "':9099' is not HOST:PORT"),
        ("127.0.0.1:70000", "'127.0.0.1:70000' is not HOST:PORT"),
        ("::1:9099", "'::1:9099' is not HOST:PORT"),
        (f"{'a' * 70}.b:9099", "nobody can listen"),
        ("no-such-host.invalid:9099", "nobody can listen"),
    ],
)
def test_an_address_nobody_can_listen_on(tmp_path: Path, listen: str, said: str) -> None:
    assert said in refused("--listen", listen, "--store", str(tmp_path / "store"))


def test_certificates_that_cannot_be_used(tmp_path: Path, certificate: Certificate) -> None:
    missing, empty = tmp_path / "none.pem", tmp_path / "empty.pem"
    empty.write_text("nothing of that kind\n")
    locked = tmp_path / "locked.pem"
    lock = ["openssl", "rsa", "-aes256", "-passout", "pass:a-phrase", "-in", str(certificate.key)]
    subprocess.run([*lock, "-out", str(locked)], check=True, capture_output=True, timeout=60)
    for cert, key in ((missing, certificate.key), (empty, certificate.key), (certificate.cert, locked)):
        said = refused(*ANY_PORT, "--store", str(tmp_path), "--tls-cert", str(cert), "--tls-key", str(key))
        assert said.startswith(f"TLS cannot be had with {cert} and {key}: ")
    assert "--tls-cert" in refused(*ANY_PORT, "--store", str(tmp_path), "--tls-key", str(certificate.key))


def test_what_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text(" \n")
    monkeypatch.delenv("NOT_SET_HERE", raising=False)
    here = (*ANY_PORT, "--store", str(tmp_path / "store"))
    assert f"cannot be kept in {file / 'x'}: Not a directory" in refused(
        *ANY_PORT, "--store", str(file / "x")
    )
    assert "--keep: 3 MB are too few; at least 4 are needed" in refused(*here, "--keep", "3")
    literal = refused(*here, "--token", "qz7x-as-it-is")
    assert "never as it is" in literal
    assert "qz7x" not in literal
    assert "env:NOT_SET_HERE: the variable is not set" in refused(*here, "--token", "env:NOT_SET_HERE")
    assert "nothing but space" in refused(*here, "--token", f"file:{file}")
    for url in ("recv.shop", "ftp://recv.shop", "https://sim:qz7x@recv.shop", "https://"):
        said = refused(*here, "--url", url)
        assert "write https://HOST or http://HOST" in said
        assert "qz7x" not in said
