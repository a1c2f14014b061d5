"""Addresses with credentials: made by one function, refused when they are not well-formed, shown without them."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from psycopg.conninfo import conninfo_to_dict
from redis.connection import parse_url

from simulator.base.addresses import is_well_formed, shown_address, with_credentials
from tests.secrecy import PASSWORDS, fragments_in


@given(PASSWORDS, PASSWORDS)
def test_every_reader_gets_the_credentials_back(user: str, password: str) -> None:
    address = with_credentials("postgresql", user, password, "127.0.0.1:5432/erp")
    assert is_well_formed(address)
    read = conninfo_to_dict(address)
    assert (read["user"], read["password"], read["host"], read["dbname"]) == (
        user,
        password,
        "127.0.0.1",
        "erp",
    )
    cache = parse_url(with_credentials("redis", "", password, "127.0.0.1:6379/0"))  # type: ignore[no-untyped-call]  # redis-py has no types here
    assert (cache["password"], cache["host"], cache["port"], cache["db"]) == (password, "127.0.0.1", 6379, 0)
    plain = urlsplit(address)
    assert (unquote(plain.username or ""), unquote(plain.password or "")) == (user, password)


@given(PASSWORDS)
def test_nothing_of_it_is_shown(password: str) -> None:
    for address in (
        with_credentials("http", "me", password, "127.0.0.1:8080/x"),
        f"http://me:{password}@127.0.0.1:8080/x",
        f"http://{password}@127.0.0.1:8080/x",
    ):
        assert fragments_in(shown_address(address), password) == []


@given(PASSWORDS)
def test_what_is_well_formed_has_its_host_where_everybody_looks(password: str) -> None:
    """As it stands it may be an address by chance, and then it is the one that was meant."""
    address = f"postgresql://me:{password}@127.0.0.1:5432/erp"
    if is_well_formed(address):
        assert conninfo_to_dict(address)["host"] == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:pa/ss@127.0.0.1/erp",
        "postgresql://me:12/34@127.0.0.1/erp",
        "postgresql://me:pa?ss@127.0.0.1/erp",
        "postgresql://me:pa#ss@127.0.0.1/erp",
        "postgresql://me:p@ss@127.0.0.1/erp",
        "postgresql://me:pa%ss@127.0.0.1/erp",
        "postgresql://me:pa ss@127.0.0.1/erp",
        "http://[::1",
        "http://host:port/",
        "127.0.0.1:8080",
        "",
    ],
)
def test_what_readers_would_tear_apart_is_not_well_formed(address: str) -> None:
    assert not is_well_formed(address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("http://me:secret@host:1/a?token=secret#secret", "http://...@host:1/a"),
    ],
)
def test_the_rest_is_shown(address: str, shown: str) -> None:
    assert is_well_formed(address)
    assert shown_address(address) == shown


def test_libpq_does_take_pieces_of_what_is_not_well_formed_for_something_else() -> None:
    """Why we look before it does."""
    assert conninfo_to_dict("postgresql://me:piece/of@127.0.0.1/erp")["port"] == "piece"
