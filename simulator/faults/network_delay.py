"""network-delay: every packet that a container sends is held up, until undo."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.values import Seconds
from simulator.faults.base.shaped import DEVICE, HANDLE, ContainerRecord, ContainerSettings, ShapedTraffic


class Settings(ContainerSettings):
    """The service, and how long its outgoing packets are held up."""

    fault: Literal["network-delay"] = "network-delay"
    delay: Annotated[Seconds, Field(ge=0.001, le=60)] = 0.1


class Record(ContainerRecord):
    """The service whose traffic is to be let through again."""

    milliseconds: int


class NetworkDelay(ShapedTraffic[Settings, Record]):
    """Needs the kernel's netem; where there is none the fault refuses. A helper beside the container ends it after 180 s at the latest."""

    name = "network-delay"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(
            fault=self.name, id=id, service=settings.service, milliseconds=round(settings.delay * 1000)
        )

    def apply(self, record: Record) -> str:
        return (
            f"tc qdisc add dev {DEVICE} root handle {HANDLE} netem delay {record.milliseconds}ms limit 100000"
        )

    def count(self) -> str:
        return f"tc -s qdisc show dev {DEVICE} | awk '/netem.* delay/ {{on = 1}} /Sent/ && on {{print $4; exit}}'"


FAULT = NetworkDelay()
