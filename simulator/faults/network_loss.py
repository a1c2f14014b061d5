"""network-loss: a share of the packets that reach a container is lost, until undo."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.faults.base.shaped import CHAIN, ContainerRecord, ContainerSettings, ShapedTraffic


class Settings(ContainerSettings):
    """The service, and the share of its incoming packets that is lost (a ratio 0..1)."""

    fault: Literal["network-loss"] = "network-loss"
    share: Annotated[float, Field(gt=0, le=1)] = 0.3


class Record(ContainerRecord):
    """The service whose traffic is to be let through again."""

    share: float


class NetworkLoss(ShapedTraffic[Settings, Record]):
    """Dropped by a packet rule in the container's own network namespace; a helper beside it takes the rule away after 180 s at the latest."""

    name = "network-loss"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service, share=settings.share)

    def apply(self, record: Record) -> str:
        return (
            f"iptables -N {CHAIN}; iptables -A {CHAIN} -m statistic --mode random --probability {record.share} -j DROP; "
            f"iptables -I INPUT -j {CHAIN}"
        )

    def count(self) -> str:
        return f"iptables -nvxL {CHAIN} 2>/dev/null | awk '$3 == \"DROP\" {{print $1}}'"


FAULT = NetworkLoss()
