"""What Alertmanager sends (webhook version 4) and what becomes of it: one notification per alert."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _in_utc(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC; one without a zone is taken as UTC.

    Raises:
        ValueError: in UTC it is of no year from 1 to 9999.
    """
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    try:
        return zoned.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("in UTC it is of no year from 1 to 9999") from None


Status = Literal["firing", "resolved"]
Moment = Annotated[dt.datetime, AfterValidator(_in_utc)]
MOST_ALERTS = 1000
"""Alerts in one payload; we group by alert, so one is usual."""


class Alert(BaseModel):
    """One alert of a payload; keys that only serve people (generatorURL ...) are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Status
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    startsAt: Moment  # noqa: N815  # Alertmanager's own name
    endsAt: Moment  # noqa: N815  # as above
    fingerprint: str


class Payload(BaseModel):
    """A webhook request of Alertmanager."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal["4"]
    alerts: Annotated[tuple[Alert, ...], Field(min_length=1, max_length=MOST_ALERTS)]


class Notification(BaseModel):
    """One alert as it arrived: a line of the store. `seq` counts from 1 and never goes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    received_at: str
    """UTC with microseconds, ISO 8601."""
    route: str
    status: Status
    alertname: str
    fingerprint: str
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str  # noqa: N815  # Alertmanager's own name
    endsAt: str  # noqa: N815  # as above


def notification(seq: int, route: str, alert: Alert, received: dt.datetime) -> Notification:
    """The record of one alert that arrived at `received`."""
    return Notification(
        seq=seq,
        received_at=utc(received),
        route=route,
        status=alert.status,
        alertname=alert.labels.get("alertname", ""),
        fingerprint=alert.fingerprint,
        labels=alert.labels,
        annotations=alert.annotations,
        startsAt=utc(alert.startsAt),
        endsAt=utc(alert.endsAt),
    )


def utc(moment: dt.datetime) -> str:
    """A moment in UTC with microseconds; one without a zone is taken as UTC."""
    return _in_utc(moment).isoformat(timespec="microseconds")
