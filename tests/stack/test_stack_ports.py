"""Reserved ports: documented where free, never shared, still ours while nobody listens."""

import socket
from collections.abc import Iterator

import pytest

from simulator.erpgo.stack.supervisor.ports import LOOPBACK, Ports


@pytest.fixture
def documented() -> Iterator[int]:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        yield probe.getsockname()[1]


@pytest.fixture
def free(documented: int) -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    assert port != documented
    return port


def listen(port: int) -> socket.socket:
    """As servers do it: with SO_REUSEADDR."""
    return socket.create_server((LOOPBACK, port))


def test_a_free_documented_port_is_used_and_a_server_can_listen_on_it_again_and_again(free: int) -> None:
    with Ports({"api": free}) as ports:
        assert ports["api"] == free
        for _ in range(3):
            with listen(free) as server, socket.create_connection((LOOPBACK, free)), server.accept()[0]:
                pass


def test_a_taken_port_moves_to_a_free_one(documented: int) -> None:
    with Ports({"api": documented}) as ports:
        assert ports["api"] != documented
        listen(ports["api"]).close()


def test_two_stacks_never_share_a_port(free: int) -> None:
    with Ports({"api": free}) as first, Ports({"api": free}) as second:
        assert first["api"] == free != second["api"]
    with Ports({"api": free}) as third:
        assert third["api"] == free


def test_a_reserved_port_refuses_callers_while_its_server_is_down(free: int) -> None:
    with Ports({"api": free}), pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, free))
