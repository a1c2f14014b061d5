"""Who is told of slots: what is to be said lies in an outbox on disk until it is taken, and no run waits for it.

`notify.yaml` beside `schedules/` says where they are reached. A notice is put into the outbox once, tried at once, then after
1, 2, 4, ... minutes, for some 17 hours. Whoever takes a notice and does not say so gets it again.
"""

import asyncio
import contextlib
import fcntl
import os
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import httpx
from pydantic import Field, ValidationError, model_validator

from simulator.base.clock import Clock
from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file, write_whole
from simulator.base.loader import load
from simulator.base.secret import SecretReference, anchored, revealed
from simulator.base.values import Epoch, Value
from simulator.schedule.book import FOLDER, LARGEST
from simulator.schedule.models import Named

FILE = "notify.yaml"
WITHIN = 10.0
"""Seconds for one try."""
TRIES = 11
"""With a minute after the first and twice as long after each other: 17 hours from the first to the last."""
_FIRST_AGAIN = 60.0
SECRETS = ("url", "token", "password")
"""Which of a target's keys are references."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_MOST_AT_ONCE = 50
"""Notices that are tried in one round."""


class Webhook(Value):
    """A POST of JSON, with a bearer token where there is one."""

    kind: Literal["webhook"]
    url: SecretReference
    token: SecretReference | None = None


class Slack(Value):
    """An incoming webhook of Slack, or of what understands the same: `{"text": ...}`."""

    kind: Literal["slack"]
    url: SecretReference


class Mail(Value):
    """A mail by SMTP."""

    kind: Literal["mail"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for a server on this machine."""
    user: str = ""
    password: SecretReference | None = None
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if self.security == "none" and self.host not in _THIS_MACHINE:
            raise ValueError(f"mail to {self.host} goes in the clear; security: starttls or tls")
        return self


Target = Annotated[Webhook | Slack | Mail, Field(discriminator="kind")]


def _plain(schema: dict[str, Any]) -> None:
    """Without OpenAPI's own word, which JSON Schema does not have."""
    for key in ("additionalProperties", "patternProperties"):
        for below in [schema.get(key, {}), *schema.get(key, {}).values()]:
            if isinstance(below, dict):
                below.pop("discriminator", None)


class Targets(Value):
    """Where people are reached, by the names that schedules use."""

    name: str
    targets: Annotated[dict[Named, Target], Field(json_schema_extra=_plain)]


class Notice(Value):
    """What is said to one target."""

    to: Named
    subject: str
    text: str
    facts: dict[str, str]
    """For programs: schedule, slot, environment, status, ..."""
    tries: int = 0
    next_try: Epoch
    """UTC seconds."""
    error: str = ""
    """Of the latest try."""


def targets_in(scenarios: Path) -> dict[str, Target]:
    """Who is listed in the folder of the scenarios; nobody where there is no list.

    Raises:
        BadInput: the file does not validate.
    """
    path = scenarios / FILE
    if not path.exists():
        return {}
    return {name: _anchored(one, scenarios) for name, one in load(path, Targets).targets.items()}


def _anchored(target: Target, folder: Path) -> Target:
    """With every secret's file taken from the folder of the list."""
    found = {
        name: anchored(value, folder.resolve())
        for name, value in ((name, getattr(target, name, None)) for name in SECRETS)
        if value is not None
    }
    return target.model_copy(update=found)


class Outbox:
    """Notices that wait, and those that were taken."""

    def __init__(self, reports: Path) -> None:
        self._waiting = reports / FOLDER / "outbox"
        self._over = reports / FOLDER / "told"

    def put(self, key: str, notice: Notice) -> bool:
        """Put a notice in, once: False where one of this key is there, or was.

        Raises:
            HarnessError: it cannot be written.
        """
        name = f"{key}-{notice.to}.json"
        try:
            for folder in (self._waiting, self._over):
                folder.mkdir(parents=True, exist_ok=True)
            if (self._over / name).exists():
                return False
            part = self._waiting / f".{name}.{os.getpid()}"
            part.write_text(notice.model_dump_json(), encoding="utf-8")
            try:
                (self._waiting / name).hardlink_to(part)
            except FileExistsError:
                return False
            finally:
                part.unlink()
        except OSError as error:
            raise HarnessError(f"{self._waiting} cannot be written: {error.strerror}") from None
        return True

    def waiting(self) -> Iterator[tuple[Path, Notice]]:
        """All that wait, by their files; what is no notice any more is passed over."""
        return _notices(self._waiting)

    def told(self) -> Iterator[tuple[Path, Notice]]:
        """All that were taken, or given up, likewise: none of them is put in again."""
        return _notices(self._over)

    def next_try(self) -> float | None:
        """When the next is to be tried, in UTC seconds; None: nothing waits."""
        return min((notice.next_try for _, notice in self.waiting()), default=None)

    async def deliver(self, targets: dict[str, Target], clock: Clock) -> list[str]:
        """Try all that are due, at once; returns what went wrong. Where somebody else does so already, nothing is done."""
        with self._alone() as alone:
            if not alone:
                return []
            now = clock.now().timestamp()
            due = [(path, one) for path, one in self.waiting() if one.next_try <= now][:_MOST_AT_ONCE]

            async def tell(path: Path, notice: Notice) -> str:
                error = await _try(notice, targets.get(notice.to))
                self._note(path, notice, error, now)
                return error and f"{notice.to} was not told of {notice.subject!r}: {error}"

            told = await asyncio.gather(*(tell(path, one) for path, one in due))
            return [error for error in told if error]

    def _note(self, path: Path, notice: Notice, error: str, now: float) -> None:
        tries = notice.tries + 1
        noted = notice.model_copy(
            update={"tries": tries, "error": error, "next_try": now + _FIRST_AGAIN * 2 ** (tries - 1)}
        )
        with contextlib.suppress(OSError):  # it is tried again, then
            write_whole(path, noted.model_dump_json().encode())
            if not error or tries >= TRIES:
                path.replace(self._over / path.name)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else delivers at this moment."""
        try:
            self._waiting.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._waiting / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(handle)


def _notices(folder: Path) -> Iterator[tuple[Path, Notice]]:
    for path in sorted(folder.glob("[!.]*.json")):
        with contextlib.suppress(BadInput, ValidationError):
            yield path, Notice.model_validate_json(read_file(path, LARGEST))


async def _try(notice: Notice, target: Target | None) -> str:
    """What went wrong; empty: it was taken."""
    if target is None:
        return f"{FILE} lists nobody of this name"
    try:
        async with asyncio.timeout(WITHIN):
            if isinstance(target, Mail):
                await asyncio.to_thread(_mail, notice, target)
            else:
                await _post(notice, target)
    except TimeoutError:
        return f"no answer within {WITHIN:g} s"
    except BadInput as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever a library makes of a secret that it cannot write
        return type(error).__name__  # its own text may hold the address, or the password
    return ""


async def _post(notice: Notice, target: Webhook | Slack) -> None:
    headers = {}
    text = f"{notice.subject}\n{notice.text}"
    body: dict[str, object] = {
        "text": escape(text, quote=False)
    }  # or `<!channel>` in a reason pings everybody
    if isinstance(target, Webhook):
        body = {"subject": notice.subject, "text": text, **notice.facts}
        headers = {"Authorization": f"Bearer {revealed(target.token)}"} if target.token else {}
    async with httpx.AsyncClient(timeout=WITHIN) as client:
        answer = await client.post(revealed(target.url), json=body, headers=headers)
        if not answer.is_success:
            raise BadInput(f"answered {answer.status_code}")


def _mail(notice: Notice, target: Mail) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = notice.subject, target.sender, ", ".join(target.to)
    message.set_content(notice.text)
    trusted = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(target.host, target.port, timeout=WITHIN, context=trusted)
        if target.security == "tls"
        else smtplib.SMTP(target.host, target.port, timeout=WITHIN)
    ) as server:
        if target.security == "starttls":
            server.starttls(context=trusted)
        if target.user:
            server.login(target.user, revealed(target.password) if target.password else "")
        server.send_message(message)
