"""What is kept of a container, without an engine: older records stay readable, and bounds decide who is harmed."""

import json

import pytest

from simulator.doors.bounds import Act, Bounds, Guest, Namespace, overreach
from simulator.doors.container import Attachment, Cpu, endpoint
from simulator.faults import read_record
from simulator.faults.cpu_throttle import Record as Throttled
from simulator.faults.network_cut import Record as CutOff

ID = "simulator-0123456789ab"
OWN = Bounds(name="erpgo-api", network="erpgo_default", process="")
ACTS: tuple[Act, ...] = ("ended", "crashed", "frozen", "limited", "cut off", "shaped")
BY_NAMESPACE: dict[Namespace, set[Act]] = {
    "network": {"ended", "crashed", "cut off", "shaped"},
    "process": {"ended", "crashed"},
    "IPC": {"ended", "crashed"},
}


def refused(bounds: Bounds) -> set[Act]:
    return {act for act in ACTS if overreach(bounds, act)}


def test_what_shares_nothing_may_suffer_everything() -> None:
    assert refused(OWN) == set()


@pytest.mark.parametrize("namespace", BY_NAMESPACE)
def test_nobody_else_in_its_namespaces_is_harmed(namespace: Namespace) -> None:
    guest = Guest(name="erpgo-proxy", namespace=namespace)
    bounds = OWN.model_copy(update={"guests": (guest,)})
    assert refused(bounds) == BY_NAMESPACE[namespace]
    assert overreach(bounds, "ended") == (
        f"container erpgo-api lends its {namespace} namespace to container erpgo-proxy"
    )


@pytest.mark.parametrize("whose", ["host", "container:erpgo-proxy"])
def test_a_namespace_that_it_borrows_is_not_touched(whose: str) -> None:
    assert refused(OWN.model_copy(update={"network": whose})) == {"cut off", "shaped"}
    assert refused(OWN.model_copy(update={"process": whose})) == {"crashed"}


def test_what_could_not_be_given_back_is_not_taken() -> None:
    assert refused(OWN.model_copy(update={"removed_when_stopped": True})) == {"ended", "crashed"}
    chosen = OWN.model_copy(update={"chosen_ports": ("80/tcp",)})
    assert refused(chosen) == {"ended", "crashed", "cut off"}


def test_a_record_of_an_older_version_is_read_and_met() -> None:
    old = {"fault": "network-cut", "id": ID, "service": "redis"}
    record = read_record(
        json.dumps({**old, "attachments": [{"network": "erpgo_default", "aliases": ["redis"]}]})
    )
    assert isinstance(record, CutOff)
    (then,) = record.attachments
    now = then.model_copy(update={"aliases": ("erpgo-redis", "redis"), "ipv4": "172.18.0.9"})
    assert (now.has_all_of(then), then.has_all_of(now)) == (True, False)
    old = {"fault": "cpu-throttle", "id": ID, "service": "api"}
    record = read_record(json.dumps({**old, "quota": 2000, "cpu": {"period": 100_000, "quota": 0}}))
    assert isinstance(record, Throttled)
    assert (record.cpu, record.low, record.container) == (Cpu(period=100_000, quota=0), None, "")


def test_what_nobody_has_chosen_is_left_to_the_engine() -> None:
    assert endpoint(Attachment(network="bridge", aliases=())) == {}
    full = Attachment(
        network="shop",
        aliases=("cache",),
        ipv4="198.18.77.7",
        ipv6="2001:db8::7",
        link_local=("169.254.34.68",),
        mac="02:de:ad:be:ef:01",
        links=("erpgo-db:db",),
        driver_options={"com.example.first": "1"},
        gateway_priority=5,
    )
    assert endpoint(full) == {
        "IPAMConfig": {
            "IPv4Address": "198.18.77.7",
            "IPv6Address": "2001:db8::7",
            "LinkLocalIPs": ["169.254.34.68"],
        },
        "Aliases": ["cache"],
        "MacAddress": "02:de:ad:be:ef:01",
        "Links": ["erpgo-db:db"],
        "DriverOpts": {"com.example.first": "1"},
        "GwPriority": 5,
    }
