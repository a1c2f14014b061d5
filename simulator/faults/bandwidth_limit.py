"""bandwidth-limit: what a container sends is slowed to a given rate, until undo."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.faults.base.shaped import DEVICE, HANDLE, ContainerRecord, ContainerSettings, ShapedTraffic


class Settings(ContainerSettings):
    """The service, and the rate that is left, in kilobits per second."""

    fault: Literal["bandwidth-limit"] = "bandwidth-limit"
    kilobits: Annotated[int, Field(ge=8, le=10_000_000)] = 256


class Record(ContainerRecord):
    """The service whose traffic is to be let through again."""

    kilobits: int


class BandwidthLimit(ShapedTraffic[Settings, Record]):
    """A token bucket on its interface. A helper beside the container ends it after 180 s at the latest."""

    name = "bandwidth-limit"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service, kilobits=settings.kilobits)

    def apply(self, record: Record) -> str:
        return f"tc qdisc add dev {DEVICE} root handle {HANDLE} tbf rate {record.kilobits}kbit burst 8kb latency 2s"

    def count(self) -> str:
        return f"tc -s qdisc show dev {DEVICE} | sed -n 's/.*overlimits \\([0-9]*\\).*/\\1/p' | head -1"


FAULT = BandwidthLimit()
