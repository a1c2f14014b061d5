"""The door to Alertmanager: its HTTP API, version 2."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from simulator.base.errors import DoorError
from simulator.base.values import Epoch, Value, epoch
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient, understood
from simulator.doors.labels import BY_ITS_NAME, SeverityLabel
from simulator.doors.peers import LoadedByPeer, difference

T = TypeVar("T")
AlertState = Literal["unprocessed", "active", "suppressed"]
_TELLING: tuple[AlertState, ...] = ("active", "suppressed", "unprocessed")
"""Of two peers' states the one that counts comes first."""


class AcceptedAlert(Value):
    """An alert that Alertmanager holds."""

    alert: str
    fingerprint: str
    labels: dict[str, str]
    state: AlertState
    starts_epoch: float
    inhibited_by: tuple[str, ...]
    """Fingerprints of the alerts that inhibit it."""
    silenced_by: tuple[str, ...]
    """Ids of the silences that hide it."""


class SilenceMatcher(Value):
    """One condition of a silence."""

    name: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


class Silence(Value):
    """A silence that holds, or will."""

    id: str
    comment: str
    matchers: tuple[SilenceMatcher, ...]
    starts_epoch: float
    ends_epoch: float


class AlertToSend(Value):
    """An alert of our own making, as Prometheus would send it."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_epoch: Epoch
    ends_epoch: Epoch
    """From then on it is resolved, unless it is sent again."""


class Notice(Value):
    """A word to everybody who looks at the silences: it silences nothing, pages nobody, and ends by itself."""

    label: str
    """A label that no alert has."""
    value: str
    comment: str
    ends_epoch: Epoch


class Alertmanager:
    """One Alertmanager, or the peers of a cluster: each is asked at once, and what any of them knows counts.

    A peer that does not answer is lost, and named by `lost`; a question fails only where none answers.
    """

    def __init__(self, *peers: Endpoint | str, severity: SeverityLabel = BY_ITS_NAME) -> None:
        self._severity = severity
        names = [f"Alertmanager {number}" for number in range(1, len(peers) + 1)]
        self._peers = [
            JsonClient(name if len(peers) > 1 else "Alertmanager", at)
            for name, at in zip(names, peers, strict=True)
        ]
        self._notices: dict[tuple[str, str, str], str] = {}
        """The silence that each peer made of a notice."""
        self.lost: tuple[str, ...] = ()
        """Of the question asked last, each peer that did not answer: which, by its place in the list, and why."""

    async def alerts(self) -> list[AcceptedAlert]:
        """All alerts that are not resolved, hidden ones too; one that several peers hold is hidden by what any of them says."""
        held: dict[str, AcceptedAlert] = {}
        for alerts in (await self._each(_alerts)).values():
            for alert in alerts:
                known = held.get(alert.fingerprint)
                held[alert.fingerprint] = alert if known is None else _merged(known, alert)
        return [one.model_copy(update={"labels": self._severity.read(one.labels)}) for one in held.values()]

    async def silences(self) -> list[Silence]:
        """All silences that have not expired."""
        answers = (await self._each(_silences)).values()
        return list({silence.id: silence for silences in answers for silence in silences}.values())

    async def configuration(self) -> str:
        """The loaded configuration, as YAML, secrets left out by Alertmanager itself.

        Raises:
            DoorError: also where peers have different ones: which of them tells is then chance.
        """
        answers = await self._each(_loaded)
        first, loaded = next(iter(answers.items()))
        others = {peer: where for peer, other in answers.items() if (where := difference(loaded, other))}
        if others:
            raise DoorError(
                f"{', '.join(others)}: another configuration is loaded than by {first}"
                f" ({', '.join(dict.fromkeys(others.values()))}); load the same everywhere"
            )
        return loaded.text

    async def versions(self) -> dict[str, str]:
        """The version of each peer, by its name; empty where it does not say."""
        return {peer: loaded.version for peer, loaded in (await self._each(_loaded)).items()}

    async def clocks(self) -> dict[str, float]:
        """Each peer's own clock, in whole UTC seconds, by the peer's name; whoever does not say is left out."""
        told = await self._each(_moment)
        return {peer: moment for peer, moment in told.items() if moment is not None}

    async def failed(self) -> float:
        """How many notifications could not be delivered since each peer was started, by its own count."""
        return sum((await self._each(_failed)).values())

    async def post(self, alert: AlertToSend) -> None:
        """Send an alert to every peer, as Prometheus does."""
        await self._each(partial(_post, alert))

    async def put_up(self, notice: Notice, now: float) -> None:
        """Put up a notice at every peer, from `now` (UTC seconds), or have one that is there already end later."""

        async def put(peer: JsonClient) -> None:
            key = (peer.name, notice.label, notice.value)
            self._notices[key] = await _silence(peer, notice, now, self._notices.get(key))

        await self._each(put)

    async def take_down(self, notice: Notice) -> None:
        """End a notice wherever it was put up."""

        async def take(peer: JsonClient) -> None:
            known = self._notices.pop((peer.name, notice.label, notice.value), None)
            if known is not None:
                await peer.send("DELETE", f"/api/v2/silence/{known}")

        await self._each(take)

    async def close(self) -> None:
        for peer in self._peers:
            await peer.close()

    async def _each(self, ask: Callable[[JsonClient], Awaitable[T]]) -> dict[str, T]:
        """What those peers answer that do, by the peer's name.

        Raises:
            DoorError: none answers.
        """

        async def answer(peer: JsonClient) -> T | DoorError:
            try:
                return await ask(peer)
            except DoorError as error:
                return error

        told = await asyncio.gather(*map(answer, self._peers))
        lost = [one for one in told if isinstance(one, DoorError)]
        self.lost = tuple(map(str, lost))
        if len(lost) == len(told):
            raise lost[0] if len(lost) == 1 else DoorError("; ".join(self.lost))
        named = zip(self._peers, told, strict=True)
        return {peer.name: one for peer, one in named if not isinstance(one, DoorError)}


@understood
async def _alerts(peer: JsonClient) -> list[AcceptedAlert]:
    answer = await peer.get("/api/v2/alerts", {"active": "true", "silenced": "true", "inhibited": "true"})
    return [
        AcceptedAlert(
            alert=alert["labels"].get("alertname", ""),
            fingerprint=alert["fingerprint"],
            labels=alert["labels"],
            state=alert["status"]["state"],
            starts_epoch=epoch(alert["startsAt"]),
            inhibited_by=tuple(alert["status"]["inhibitedBy"]),
            silenced_by=tuple(alert["status"]["silencedBy"]),
        )
        for alert in answer
    ]


@understood
async def _silences(peer: JsonClient) -> list[Silence]:
    answer = await peer.get("/api/v2/silences")
    return [
        Silence(
            id=silence["id"],
            comment=silence.get("comment", ""),
            matchers=tuple(_silence_matcher(matcher) for matcher in silence["matchers"]),
            starts_epoch=epoch(silence["startsAt"]),
            ends_epoch=epoch(silence["endsAt"]),
        )
        for silence in answer
        if silence["status"]["state"] != "expired"
    ]


@understood
async def _loaded(peer: JsonClient) -> LoadedByPeer:
    answer = await peer.get("/api/v2/status")
    version = str((answer.get("versionInfo") or {}).get("version", ""))
    return LoadedByPeer(version=version, text=str(answer["config"]["original"]))


async def _moment(peer: JsonClient) -> float | None:
    return await peer.moment("/api/v2/status")


@understood
async def _failed(peer: JsonClient) -> float:
    families = text_string_to_metric_families(await peer.get_text("/metrics"))
    samples = (sample for family in families for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == "alertmanager_notifications_failed_total")


async def _post(alert: AlertToSend, peer: JsonClient) -> None:
    body = {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": _rfc3339(alert.starts_epoch),
        "endsAt": _rfc3339(alert.ends_epoch),
    }
    await peer.send("POST", "/api/v2/alerts", body=[body])


@understood
async def _silence(peer: JsonClient, notice: Notice, now: float, known: str | None) -> str:
    body = {
        "matchers": [{"name": notice.label, "value": notice.value, "isRegex": False, "isEqual": True}],
        "startsAt": _rfc3339(now),
        "endsAt": _rfc3339(notice.ends_epoch),
        "createdBy": "simulator",
        "comment": notice.comment,
    }
    answer = await peer.send(
        "POST", "/api/v2/silences", body=body if known is None else {**body, "id": known}
    )
    return str(answer["silenceID"])


def _merged(one: AcceptedAlert, other: AcceptedAlert) -> AcceptedAlert:
    """One alert as two peers hold it: the one that is not hidden tells of it."""
    states = {one.state, other.state}
    state: AlertState = next(state for state in _TELLING if state in states)
    return one.model_copy(
        update={
            "state": state,
            "starts_epoch": min(one.starts_epoch, other.starts_epoch),
            "inhibited_by": tuple(sorted({*one.inhibited_by, *other.inhibited_by})),
            "silenced_by": tuple(sorted({*one.silenced_by, *other.silenced_by})),
        }
    )


def _rfc3339(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def _silence_matcher(matcher: dict[str, Any]) -> SilenceMatcher:
    equal = matcher.get("isEqual", True)  # versions before 0.22 know no other
    op = ("=~" if equal else "!~") if matcher["isRegex"] else ("=" if equal else "!=")
    return SilenceMatcher.model_validate({"name": matcher["name"], "op": op, "value": matcher["value"]})
