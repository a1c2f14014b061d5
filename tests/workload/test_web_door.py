"""What Locust's web page refuses, asked of a Locust that runs."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.stack.waiting import eventually
from tests.workload.locust_process import WITHIN, LocustProcess, announced, free_port, locust
from tests.workload.small_shop import SmallShop, open_shop

WITH_LOGIN = ("--web-login", "-f", "locustfile.py,tests/workload/locust_side/login_page.py")
CHANGES = ("/swarm", "/stop", "/stats/reset", "/user")
FORM = {"user_count": "2", "spawn_rate": "2", "gameday": "waits"}
FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {**FOLLOWED, "Sec-Fetch-Dest": "iframe"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
)
REBOUND = {"Host": "evil.example:8089"}


@dataclass
class WebPage:
    """A running Locust with its page, and a client without any cookies."""

    locust: LocustProcess
    http: httpx.Client

    def answers(self) -> bool:
        try:
            return bool(self.http.get("/login").status_code)
        except httpx.TransportError:
            return False

    @contextmanager
    def person(self) -> Iterator[httpx.Client]:
        """A browser that has opened the page."""
        with httpx.Client(base_url=self.http.base_url, timeout=WITHIN) as client:
            client.get("/gameday", follow_redirects=True).raise_for_status()
            yield client


@contextmanager
def page(shop: SmallShop, *arguments: str) -> Iterator[WebPage]:
    port = free_port()
    web = ("--host", shop.url, "--web-host", "127.0.0.1", "-P", port)
    with (
        locust(*web, *arguments, web=True) as running,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WITHIN) as http,
    ):
        found = WebPage(running, http)
        eventually("the page", found.answers, within_s=WITHIN)
        http.cookies.clear()
        yield found


@pytest.fixture(scope="module")
def open_page() -> Iterator[WebPage]:
    shop, server = open_shop()
    with page(shop) as found:
        yield found
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("says", [*FOREIGN, REBOUND], ids=str)
@pytest.mark.parametrize("path", ["/", "/gameday", "/stats/requests"])
def test_another_origin_reads_nothing(open_page: WebPage, path: str, says: dict[str, str]) -> None:
    answer = open_page.http.get(path, headers=says)
    assert answer.status_code == 403
    assert answer.text.startswith("refused: ")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("says", [*FOREIGN, FOLLOWED, REBOUND], ids=str)
@pytest.mark.parametrize("path", CHANGES)
def test_another_origin_changes_nothing_even_with_the_token(
    open_page: WebPage, path: str, says: dict[str, str]
) -> None:
    with open_page.person() as person:
        answer = person.post(path, data=FORM, headers=says)
        assert answer.status_code == 403
        assert "No game day" in person.get("/gameday").text


def test_a_script_of_another_origin_is_not_even_allowed_to_ask(open_page: WebPage) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert open_page.http.options("/swarm", headers=asks).status_code == 403


@pytest.mark.parametrize("path", CHANGES)
def test_without_the_token_nothing_changes_and_it_says_what_is_needed(open_page: WebPage, path: str) -> None:
    for cookies in ("", f"simulator_token_{open_page.http.base_url.port}=guessed"):
        answer = open_page.http.post(path, data=FORM, headers={"Cookie": cookies})
        assert answer.status_code == 403 or path == "/swarm"
        assert "needs the token of this process, a cookie" in answer.text
    assert "No game day" in open_page.http.get("/gameday").text


@pytest.mark.parametrize("path", ["/", "/gameday"])
def test_the_token_is_for_this_page_alone(open_page: WebPage, path: str) -> None:
    with httpx.Client(base_url=open_page.http.base_url) as client:
        cookie = client.get(path).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "says", [FOLLOWED, {"Sec-Fetch-Site": "none"}, {"Host": "localhost:8089"}, {"Host": "[::1]"}], ids=str
)
def test_a_person_may_look(open_page: WebPage, says: dict[str, str]) -> None:
    assert open_page.http.get("/gameday", headers=says).status_code == 200


@pytest.mark.parametrize("path", ["/gameday?gameday=waits", "/swarm", "/stop"])
def test_looking_changes_nothing(open_page: WebPage, path: str) -> None:
    with open_page.person() as person:
        assert person.get(path).status_code in {200, 405}
        assert "No game day" in person.get("/gameday").text


@pytest.mark.parametrize(
    ("host", "said"),
    [("http://192.0.2.7", "is not this machine"), ("http://[::1", "is no address")],
)
def test_a_person_cannot_send_the_traffic_to_another_machine(
    open_page: WebPage, host: str, said: str
) -> None:
    with open_page.person() as person:
        answer = person.post("/swarm", data={**FORM, "host": host}).raise_for_status().json()
        assert not answer["success"]
        assert said in answer["message"]
        assert "No game day" in person.get("/gameday").text


def test_a_person_starts_a_game_day_and_stops_it(shop: SmallShop) -> None:
    with page(shop) as found, found.person() as person:
        own = {"Origin": str(found.http.base_url), "Sec-Fetch-Site": "same-origin"}
        assert person.post("/swarm", data=FORM, headers=own).json()["success"]
        found.locust.until("begun")
        assert "Game day waits" in person.get("/gameday").text
        assert person.post("/stop", headers=own).json()["success"]
        found.locust.until("the web page stays")
        found.locust.signal(signal.SIGTERM)
        found.locust.end()


@pytest.mark.parametrize(
    ("script", "said"),
    [("refuses", "no game day of this name"), ("dies", "the engine ended by signal 9 without a verdict")],
)
def test_the_page_says_why_a_game_day_came_to_nothing(shop: SmallShop, script: str, said: str) -> None:
    with page(shop) as found, found.person() as person:
        assert person.post("/swarm", data={**FORM, "gameday": script}).json()["success"]
        found.locust.until("the web page stays")
        assert said in person.get("/gameday").text
        found.locust.signal(signal.SIGTERM)
        found.locust.end()


def test_the_page_refuses_a_game_day_beside_an_option_that_does_not_fit(shop: SmallShop) -> None:
    with page(shop, "--equal-weights") as found, found.person() as person:
        answer = person.post("/swarm", data=FORM).raise_for_status().json()
        assert not answer["success"]
        assert "--equal-weights cannot go with --gameday waits: " in answer["message"]
        assert person.get("/stats/requests").json()["state"] == "ready"
        assert "No game day" in person.get("/gameday").text
        assert person.post("/swarm", data={**FORM, "gameday": ""}).json()["success"]


def test_nothing_starts_while_the_last_game_day_still_undoes(shop: SmallShop, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "enough")
    with page(shop, "--reports", str(tmp_path)) as found, found.person() as person:
        assert person.post("/swarm", data={**FORM, "gameday": "lingers"}).json()["success"]
        found.locust.until("begun")
        assert person.post("/stop").json()["success"]
        found.locust.until("still undoing")
        for chosen in ("waits", ""):
            answer = person.post("/swarm", data={**FORM, "gameday": chosen}).json()
            assert not answer["success"]
            assert "game day lingers is not over" in answer["message"]
        (tmp_path / "enough").write_bytes(b"")
        found.locust.until("the web page stays")
        assert person.post("/swarm", data=FORM).json()["success"]
        found.locust.until("begun")
        found.locust.signal(signal.SIGTERM)
        found.locust.end()


def test_a_game_day_does_not_join_traffic_that_runs(shop: SmallShop) -> None:
    before = announced()
    with page(shop) as found, found.person() as person:
        assert person.post("/swarm", data={**FORM, "gameday": ""}).json()["success"]
        found.locust.until("All users spawned")
        answer = person.post("/swarm", data=FORM).json()
        assert not answer["success"]
        assert "there is traffic already" in answer["message"]
        assert announced() == before
        assert person.post("/stop").json()["success"]
        assert person.post("/swarm", data=FORM).json()["success"]
        found.locust.until("begun")
        # Its port may be that of the one before.
        (told,) = json.loads(announced())
        assert httpx.get(f"http://{told['targets'][0]}/metrics", trust_env=False).is_success
        found.locust.signal(signal.SIGTERM)
        found.locust.end()


def test_an_empty_run_time_is_none_whatever_the_last_game_day_had(shop: SmallShop) -> None:
    with page(shop) as found, found.person() as person:
        for typed, told in (("50s", "run time: 50"), ("", "run time: none")):
            form = {**FORM, "gameday": "tells-run-time", "run_time": typed}
            assert person.post("/swarm", data=form).json()["success"]
            found.locust.until(told)
            found.locust.until("the web page stays")


def test_a_game_day_with_a_page_begins_when_its_traffic_is_started(shop: SmallShop) -> None:
    with page(shop, "--gameday", "waits") as found, found.person() as person:
        found.locust.until("game day waits begins once the traffic is started on the page")
        assert "No game day" in person.get("/gameday").text
        form = {key: value for key, value in FORM.items() if key != "gameday"}
        assert person.post("/swarm", data=form).json()["success"]
        found.locust.until("begun")
        found.locust.signal(signal.SIGTERM)
        assert found.locust.end().code == 4


def test_with_locusts_login_on_only_who_is_logged_in_sees_or_changes_anything(shop: SmallShop) -> None:
    with page(shop, *WITH_LOGIN) as found, found.person() as person:
        for asked in ("/gameday", "/stats/requests"):
            answer = person.get(asked)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/login")
            assert "game day" not in answer.text
        assert person.post("/swarm", data=FORM).headers["Location"].startswith("/login")
        assert found.http.post("/log-in-now").status_code == 403
        assert "No game day" in person.post("/log-in-now", follow_redirects=True).text
        assert "extended_stats" in person.get("/stats/requests").json()
        # The login's cookie belongs to the true name: another one is let as far as the login.
        assert found.http.get("/gameday", headers=REBOUND).status_code == 302
