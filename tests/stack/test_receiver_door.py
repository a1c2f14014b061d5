"""Who gets an answer from the receiver: those with its token, and no page in a browser."""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from simulator.base.errors import DoorError
from simulator.doors.receiver import Receiver as ReceiverDoor
from simulator.erpgo.environments.doors import receiver_token
from simulator.receiver.app import Receiver
from simulator.receiver.doorkeeper import Callers
from simulator.receiver.store import Store
from tests.secrecy import AWKWARD, fragments_in

TOKEN = "kept-in-a-file"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
CLOSED = (("GET", "/api/v1/notifications"), ("GET", "/api/v1/time"), ("POST", "/api/v1/webhook/critical"))
FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path / "notifications.jsonl")
    through = httpx.ASGITransport(Receiver(store, Callers(TOKEN)).app())
    async with httpx.AsyncClient(transport=through, base_url="http://127.0.0.1:9099") as client:
        yield client
    store.close()


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize(
    "told",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ü",
    ],
)
async def test_without_the_token_there_is_no_answer_but_what_is_needed(
    http: httpx.AsyncClient, method: str, path: str, told: str
) -> None:
    answer = await http.request(method, path, headers={b"Authorization": told.encode()} if told else None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "needs the header `Authorization: Bearer TOKEN`" in answer.json()["error"]
    assert TOKEN not in answer.text


async def test_what_is_not_there_is_not_told_to_strangers_either(http: httpx.AsyncClient) -> None:
    assert (await http.get("/nowhere")).status_code == 401
    assert (await http.get("/nowhere", headers=BEARER)).status_code == 404


async def test_with_it_there_is(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/time", headers=BEARER)).status_code == 200
    assert (await http.get("/api/v1/time", headers={"Authorization": f"bearer  {TOKEN}"})).status_code == 200


@pytest.mark.parametrize("user", ["simulator", "", "anybody"])
async def test_the_token_may_come_as_the_password_of_any_user(http: httpx.AsyncClient, user: str) -> None:
    assert (await http.get("/api/v1/time", auth=(user, TOKEN))).status_code == 200
    for wrong in ("", f"{TOKEN}x", f":{TOKEN}"):
        assert (await http.get("/api/v1/time", auth=(user, wrong))).status_code == 401


@pytest.mark.parametrize("told", ["Basic", "Basic ", "Basic !", "Basic a2VwdA==", "Basic Og=="])
async def test_what_is_no_user_and_password_is_no_token(http: httpx.AsyncClient, told: str) -> None:
    assert (await http.get("/api/v1/time", headers={"Authorization": told})).status_code == 401


async def test_of_names_with_dots_only_its_own_lead_here(tmp_path: Path) -> None:
    store = Store(tmp_path / "notifications.jsonl")
    through = httpx.ASGITransport(Receiver(store, Callers(TOKEN, ["Recv.shop"])).app())
    async with httpx.AsyncClient(transport=through, base_url="https://recv.shop:9099") as client:
        assert (await client.get("/api/v1/time", headers=BEARER)).status_code == 200
        for foreign in ("evil.example", "x.recv.shop", "recv.shop.evil.example"):
            answer = await client.get("/api/v1/time", headers=BEARER | {"Host": foreign})
            assert answer.status_code == 403
    store.close()


@pytest.mark.parametrize("token", [AWKWARD, "ü", "two words"])
async def test_a_token_may_have_any_characters(tmp_path: Path, token: str) -> None:
    """Sent as the door, and as Alertmanager, reads them from the file: in UTF-8."""
    store = Store(tmp_path / "notifications.jsonl")
    through = httpx.ASGITransport(Receiver(store, Callers(token)).app())
    async with httpx.AsyncClient(transport=through, base_url="http://127.0.0.1:9099") as client:
        headers = {b"Authorization": f"Bearer {token}".encode()}
        assert (await client.get("/api/v1/time", headers=headers)).status_code == 200
    store.close()


@pytest.mark.parametrize("token", [AWKWARD, "qz7x\njqzx", "qz7x\x00jqzx", "qz7x\x7fjqzx"])
async def test_the_engine_says_nothing_of_a_token(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        token_of = partial(receiver_token, tmp_path / "token")
        door = ReceiverDoor(f"http://127.0.0.1:{silent.getsockname()[1]}", token_of)
        with pytest.raises(DoorError) as error:
            await door.clock()
        await door.close()
    assert fragments_in(str(error.value), token) == []


@pytest.mark.parametrize("path", ["/health", "/metrics"])
async def test_counts_are_open(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/api/v1/time"])
@pytest.mark.parametrize(
    "says",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {**FOLLOWED, "Sec-Fetch-Dest": "iframe"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Host": "evil.example:9099"},
        {"Host": "127.0.0.1.evil.example"},
    ],
    ids=str,
)
async def test_a_page_of_another_origin_gets_nothing_whatever_it_holds(
    http: httpx.AsyncClient, path: str, says: dict[str, str]
) -> None:
    answer = await http.get(path, headers=BEARER | says)
    assert answer.status_code == 403
    assert answer.json()["error"]


async def test_a_form_of_another_page_is_no_followed_link(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/webhook/critical", headers=BEARER | FOLLOWED)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "says",
    [
        {"Sec-Fetch-Site": "none"},
        FOLLOWED,
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:9099"},
        {"Origin": "http://127.0.0.1:9099"},
        {"Host": "localhost:9099"},
        {"Host": "receiver:9099"},
        {"Host": "[::1]:9099"},
    ],
    ids=str,
)
async def test_a_person_may_look(http: httpx.AsyncClient, says: dict[str, str]) -> None:
    assert (await http.get("/health", headers=says)).status_code == 200


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read: No such file"), ("\n", "is empty")], ids=["missing", "empty"]
)
def test_without_a_token_of_its_own_it_does_not_start(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "token").write_text(text)
    arguments = ["--port", "0", "--store", str(tmp_path / "store"), "--token-file", str(tmp_path / "token")]
    done = subprocess.run(
        [sys.executable, "-m", "simulator.receiver", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_engine_says_what_to_do_about_a_stack_of_an_older_version() -> None:
    door = ReceiverDoor("http://127.0.0.1:9", partial(receiver_token, None))
    with pytest.raises(DoorError, match=r"an older version .* \(simulator stack down, simulator stack up\)"):
        await door.clock()
    await door.close()


async def test_the_engine_names_no_path_when_the_token_is_out_of_reach(tmp_path: Path) -> None:
    door = ReceiverDoor("http://127.0.0.1:9", partial(receiver_token, tmp_path / "token"))
    with pytest.raises(DoorError, match="token cannot be read: No such file") as error:
        await door.clock()
    assert str(tmp_path) not in str(error.value)
    await door.close()
