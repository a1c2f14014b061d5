"""Notices reach a real mail server and a real web server, once; nobody waits for those that cannot be reached."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from simulator.base.errors import BadInput
from simulator.report import write_reports
from simulator.report.headline import headline
from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.models import Notify
from simulator.schedule.notices import TRIES, Notice, Outbox, targets_in
from simulator.schedule.slots import slots
from simulator.schedule.telling import Teller
from tests.erpgo.servers import free_port
from tests.fakes.clock import FakeClock
from tests.report.samples import SAMPLES
from tests.schedule.office import TUESDAY, placed, weekly

NOTICE = Notice(
    to="ops", subject="Game day smoke begins", text="in 10 min", facts={"slot": "weekly/x"}, next_try=0.0
)


class Heard(BaseHTTPRequestHandler):
    """Keeps what it is told, and answers as it is told to."""

    bodies: list[dict[str, Any]]
    tokens: list[str]
    answers: list[int]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.bodies.append(json.loads(self.rfile.read(length)))
        self.tokens.append(self.headers.get("Authorization", ""))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(*answers: int) -> Iterator[tuple[str, type[Heard]]]:
    """A web server; its address, and what it heard."""
    handler: Any = type("Handler", (Heard,), {"bodies": [], "tokens": [], "answers": list(answers)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@contextmanager
def mailing() -> Iterator[tuple[int, Mailbox]]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield server.port, box
    finally:
        server.stop()


def listed(folder: Path, text: str) -> None:
    (folder / "notify.yaml").write_text(f"targets:\n{text}")


async def test_a_webhook_is_told_with_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (url, heard):
        monkeypatch.setenv("HOOK", url)
        monkeypatch.setenv("HOOK_TOKEN", "secret")
        listed(tmp_path, "  ops: {kind: webhook, url: 'env:HOOK', token: 'env:HOOK_TOKEN'}\n")
        outbox = Outbox(tmp_path / "reports")
        assert outbox.put("one", NOTICE)
        assert await outbox.deliver(targets_in(tmp_path), FakeClock()) == []
    assert heard.bodies == [
        {"subject": NOTICE.subject, "text": f"{NOTICE.subject}\n{NOTICE.text}", "slot": "weekly/x"}
    ]
    assert heard.tokens == ["Bearer secret"]
    assert list(outbox.waiting()) == []


async def test_what_understands_slack_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (url, heard):
        monkeypatch.setenv("HOOK", url)
        listed(tmp_path, "  ops: {kind: slack, url: 'env:HOOK'}\n")
        outbox = Outbox(tmp_path / "reports")
        outbox.put("one", NOTICE.model_copy(update={"text": "paused: <!channel> & more"}))
        await outbox.deliver(targets_in(tmp_path), FakeClock())
    assert heard.bodies == [{"text": f"{NOTICE.subject}\npaused: &lt;!channel&gt; &amp; more"}]


async def test_a_mail_server_is_told(tmp_path: Path) -> None:
    with mailing() as (port, box):
        listed(
            tmp_path,
            f"  ops: {{kind: mail, host: 127.0.0.1, port: {port}, security: none, sender: sim@example.org,"
            " to: [a@example.org, b@example.org]}\n",
        )
        outbox = Outbox(tmp_path / "reports")
        outbox.put("one", NOTICE)
        assert await outbox.deliver(targets_in(tmp_path), FakeClock()) == []
    (mail,) = box.mails
    assert mail.rcpt_tos == ["a@example.org", "b@example.org"]
    assert isinstance(mail.content, bytes)
    message = message_from_bytes(mail.content)
    assert message["Subject"] == NOTICE.subject
    assert "in 10 min" in str(message.get_payload())


async def test_what_is_not_taken_is_tried_again_later_each_time_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    with listening(*[503] * (TRIES + 1)) as (url, heard):
        monkeypatch.setenv("HOOK", url)
        listed(tmp_path, "  ops: {kind: slack, url: 'env:HOOK'}\n")
        outbox = Outbox(tmp_path / "reports")
        outbox.put("one", NOTICE)
        assert "answered 503" in (await outbox.deliver(targets_in(tmp_path), clock))[0]
        tried = []
        for _ in range(24 * 60):
            await clock.sleep(60)
            if await outbox.deliver(targets_in(tmp_path), clock):
                tried.append(clock.passed / 60)
        assert tried == [2**number - 1 for number in range(1, TRIES)]
        assert len(heard.bodies) == TRIES
    assert list(outbox.waiting()) == []
    assert not outbox.put("one", NOTICE)  # it was said, as far as it could be


async def test_an_address_that_nobody_listens_at_is_no_secret_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/very-secret")
    listed(tmp_path, "  ops: {kind: slack, url: 'env:HOOK'}\n")
    outbox = Outbox(tmp_path / "reports")
    outbox.put("one", NOTICE)
    (trouble,) = await outbox.deliver(targets_in(tmp_path), FakeClock())
    assert "ConnectError" in trouble
    assert "secret" not in trouble
    assert "secret" not in "".join(path.read_text() for path in (tmp_path / "reports").rglob("*.json"))


async def test_two_that_deliver_at_once_tell_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (url, heard):
        monkeypatch.setenv("HOOK", url)
        listed(tmp_path, "  ops: {kind: slack, url: 'env:HOOK'}\n")
        outboxes = [Outbox(tmp_path / "reports") for _ in range(4)]
        assert [outbox.put("one", NOTICE) for outbox in outboxes] == [True, False, False, False]
        await asyncio.gather(*(outbox.deliver(targets_in(tmp_path), FakeClock()) for outbox in outboxes))
    assert len(heard.bodies) == 1


def test_mail_in_the_clear_stays_on_this_machine(tmp_path: Path) -> None:
    listed(tmp_path, "  ops: {kind: mail, host: mail.example.org, security: none, sender: a, to: [b]}\n")
    with pytest.raises(BadInput, match="in the clear"):
        targets_in(tmp_path)


async def told(folder: Path, clock: FakeClock, **notify: Any) -> list[str]:
    """The subjects of what a week of looking every ten minutes puts into the outbox."""
    one = placed(weekly(notify=Notify(to=("ops",), **notify)), folder)
    outbox = Outbox(folder / "reports")
    teller = Teller(outbox, folder / "reports", clock, print)
    for _ in range(7 * 144):
        teller.before(one)
        await clock.sleep(600)
    return [notice.subject for _, notice in outbox.waiting()]


async def test_the_next_slot_is_announced_as_long_before_as_was_asked(tmp_path: Path) -> None:
    clock = FakeClock(TUESDAY.replace(hour=10))
    subjects = await told(tmp_path, clock, before=("24h", "30m"))
    assert sorted(subjects) == [
        "Game day smoke on embedded begins in 20.5 min",
        "Game day smoke on embedded begins in 23.8 h",
    ]


async def test_of_announcements_that_are_late_only_the_last_is_made(tmp_path: Path) -> None:
    clock = FakeClock(TUESDAY.replace(hour=8, minute=55))
    one = placed(weekly(notify=Notify(to=("ops",), before=(86_400.0, 3600.0, 600.0))), tmp_path)
    outbox = Outbox(tmp_path / "reports")
    Teller(outbox, tmp_path / "reports", clock, print).before(one)
    assert len(list(outbox.waiting())) == 1


@pytest.mark.parametrize(
    ("after", "status", "code", "is_told"),
    [
        ("always", "ended", 0, True),
        ("bad", "ended", 0, False),
        ("bad", "ended", 3, True),
        ("bad", "skipped", None, True),
        ("never", "ended", 1, False),
    ],
)
def test_what_became_of_it_is_told_as_was_asked(
    tmp_path: Path, after: str, status: str, code: int | None, *, is_told: bool
) -> None:
    schedule = weekly(notify={"to": ["ops"], "after": after})
    record = SlotRecord.model_validate(
        {
            "slot": next(slots(schedule, TUESDAY)),
            "environment": "embedded",
            "status": status,
            "at": TUESDAY.timestamp(),
            "exit_code": code,
        }
    )
    outbox = Outbox(tmp_path / "reports")
    Teller(outbox, tmp_path / "reports", FakeClock(), print).after(placed(schedule, tmp_path), record)
    assert bool(list(outbox.waiting())) is is_told
    assert not Book(tmp_path / "reports", "weekly").paused


def test_after_a_run_it_says_what_the_run_says(tmp_path: Path) -> None:
    schedule = weekly(notify={"to": ["ops"]})
    reports = tmp_path / "reports"
    write_reports(SAMPLES["breached"], reports / "a-run")
    record = SlotRecord(
        slot=next(slots(schedule, TUESDAY)),
        environment="embedded",
        status="ended",
        at=TUESDAY.timestamp(),
        exit_code=1,
        run="a-run",
    )
    outbox = Outbox(reports)
    Teller(outbox, reports, FakeClock(), print).after(placed(schedule, tmp_path), record)
    ((_, notice),) = outbox.waiting()
    assert notice.subject == "Game day smoke on embedded: breached"
    assert headline(SAMPLES["breached"]) in notice.text


async def test_a_secret_that_no_header_can_hold_is_told_to_nobody_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as (url, heard):
        monkeypatch.setenv("HOOK", url)
        monkeypatch.setenv("TOKEN", "pässwörd")
        listed(
            tmp_path,
            "  odd: {kind: webhook, url: 'env:HOOK', token: 'env:TOKEN'}\n  ops: {kind: slack, url: 'env:HOOK'}\n",
        )
        outbox = Outbox(tmp_path / "reports")
        outbox.put("one", NOTICE)
        outbox.put("one", NOTICE.model_copy(update={"to": "odd"}))
        (trouble,) = await outbox.deliver(targets_in(tmp_path), FakeClock())
        assert "pässwörd" not in trouble
        assert await outbox.deliver(targets_in(tmp_path), FakeClock()) == []
    assert len(heard.bodies) == 1
