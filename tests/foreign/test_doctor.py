"""`simulator doctor` on somebody else's system: what is wrong is said by the line that it concerns, and nothing is broken."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.foreign.clock import with_clock
from tests.foreign.examined import complete, examined, failures, lines, typed
from tests.foreign.foreign import Foreign
from tests.foreign.owners import Tree
from tests.foreign.receiving import Receiving
from tests.foreign.user import User
from tests.stack.waiting import eventually


@pytest.fixture
def file(foreign: Foreign, receiver: Receiving) -> Tree:
    httpx.post(f"{foreign.shop_url}/orders").raise_for_status()  # a session, and a key
    return complete(foreign, receiver)


def test_nothing_is_wrong(user: User, file: Tree, foreign: Foreign) -> None:
    before = foreign.pid("shop")
    left = examined(user, file)
    assert failures(left) == set(), left.out
    assert left.code == 0
    for what, said in {
        "prometheus": "ms, clock ",
        "alertmanager": " ms",
        "identity": foreign.names.identity.value,
        "canary": "sent through Alertmanager, arrived within ",
        "traffic": "their_locustfile.py has Buyer, Browser",
        "shop": "rehearsal: undo succeeded, check says that it does not bite",
        "pay": "rehearsal: undo succeeded, check says that it does not bite",
        "db": f"table {foreign.names.storage.table} is there",
        "cache": f"prefix {foreign.names.storage.key_prefix}: ",
    }.items():
        assert any(line.startswith("ok ") and said in line for line in lines(left, what)), (what, left.out)
    acts = ", ".join(f"undo and check of {name}" for name in file["touch"])
    rehearsed = f"rehearsed: the canary, {acts}"
    assert left.out.splitlines()[-1] == f"no failures (exit 0); nothing was injected; {rehearsed}"
    assert foreign.pid("shop") == before


def test_many_things_are_wrong_and_each_is_named(user: User, file: Tree, foreign: Foreign) -> None:
    names = foreign.names
    file["identity"]["equals"] = "production"
    file["pages"]["routes"].append("nobody")
    file["pages"]["people"].remove(names.receivers.oncall)
    file["alerts"]["within"] = {names.severities.later: "1s"}
    file["alerts"]["firing_already"] = [
        {"alert": names.alerts.legacy_down, "until": "2020-01-01", "because": "long ago"},
        {"alert": names.alerts.shop_down, "until": "2036-01-01", "because": "it does not"},
    ]
    file["rules"] = {"groups": ["*", "nothing-*"]}
    file["dashboards"]["directory"] = str(foreign.dashboards)
    del file["dashboards"]["grafana"], file["dashboards"]["auth"]
    file["traffic"] |= {"locustfile": "gone.py", "counted": "nobody_exports_this"}
    del file["exclude"]
    left = examined(user, file)
    assert left.code == 2
    assert failures(left) == {"identity", "receiver", "people", "rules", "traffic"}, left.out
    assert [line for line in lines(left, "identity") if "'production' is expected" in line]
    assert "has no receiver 'nobody'" in left.out
    (people,) = lines(left, "people")
    assert f"page {names.receivers.oncall} (webhook)" in people
    assert any("none is called nothing-*" in line for line in lines(left, "rules"))
    assert any(f"{names.severities.label} {names.severities.urgent}" in line for line in lines(left, "rules"))
    slow = f"WARN {names.alerts.pay_slow} cannot be paged in time: hold and group wait take "
    assert any(line.startswith(slow) and line.endswith("1 s are promised") for line in lines(left, "rules"))
    baseline = lines(left, "baseline")
    assert f"WARN 1 target down (job {names.jobs.legacy}): mend or exclude it" in baseline
    assert any(line.startswith(f"WARN active already: {names.alerts.legacy_down}") for line in baseline)
    assert any(f"{names.alerts.legacy_down} was listed until 2020-01-01" in line for line in baseline)
    assert any(f"{names.alerts.shop_down} does not fire" in line for line in baseline)
    assert any("gone.py cannot be read" in line for line in lines(left, "traffic"))
    assert "WARN counted: has no value now" in lines(left, "traffic")
    assert lines(left, "shop") == ["-- not run: see identity"]
    assert left.out.splitlines()[-1] == "5 failures (exit 2); nothing was injected"


def test_services_that_are_not_as_the_file_says(user: User, file: Tree) -> None:
    services = file["services"]
    services["shop"]["command"]["check"] = ["/bin/sh", "-c", "echo no route >&2; exit 255"]
    services["pay"]["http"]["check"]["bites"] = 204
    services["pay"]["http"]["check"]["healthy"] = 200
    services["pay"]["probe"] += "/gone"
    services["db"] |= {"table": "nowhere", "application": "nobody", "jobs": ["unscraped"]}
    services["cache"]["prefix"] = "none:"
    left = examined(user, file)
    assert failures(left) == {"shop", "pay", "db"}, left.out
    assert "FAIL rehearsal: check exited 255 (unknown): no route" in lines(left, "shop")
    assert any(
        "after the undo, on a healthy system, check says that it bites" in line for line in lines(left, "pay")
    )
    assert any(line.startswith("FAIL probe: ") and "404" in line for line in lines(left, "pay"))
    assert "FAIL PostgreSQL has no table 'nowhere', or not for this role" in lines(left, "db")
    assert any(line.startswith("WARN application nobody has no session") for line in lines(left, "db"))
    assert any("db: Prometheus has no job 'unscraped'" in line for line in lines(left, "baseline"))
    assert any(line.startswith("WARN prefix none:: no key") for line in lines(left, "cache"))


def test_who_is_not_let_in_is_told_which_reference_it_was(user: User, file: Tree, foreign: Foreign) -> None:
    left = examined(
        user,
        file,
        OPS_PASSWORD="not the password",
        RECEIVER_TOKEN="not the token",
        GRAFANA_TOKEN="not theirs either",
    )
    who = foreign.names.web_user
    assert lines(left, "prometheus") == [
        f"FAIL 401: auth ops: env:OPS_PASSWORD of user {who} is not accepted"
    ]
    assert lines(left, "alertmanager") == lines(left, "prometheus")
    assert lines(left, "rules") == ["-- not run: see prometheus"]
    left = examined(
        user, file, RECEIVER_TOKEN="not the token", GRAFANA_TOKEN="not theirs either", PAY_TOKEN="nor this"
    )
    assert lines(left, "receiver") == ["FAIL 401: env:RECEIVER_TOKEN is not its token"]
    assert lines(left, "canary") == ["-- not run: see receiver"]
    assert lines(left, "dashboards") == ["FAIL 401: auth grafana: env:GRAFANA_TOKEN is not accepted"]
    assert "FAIL rehearsal: undo answered 401" in "\n".join(lines(left, "pay"))


def test_without_a_secret_nobody_is_asked(user: User, file: Tree) -> None:
    left = examined(user, file, DATABASE="")
    (said,) = lines(left, "secrets")
    assert said.startswith("FAIL env:DATABASE: the variable is not set")
    asked = {line.split()[1] for line in left.out.splitlines()[:-1] if not line.startswith("--")}
    assert asked == {"secrets", "blackouts", "touch"}
    assert left.out.splitlines()[-1] == "1 failure (exit 2); nothing was injected"


def test_a_host_that_is_not_listed_is_not_reached(user: User, file: Tree) -> None:
    file["services"]["shop"]["probe"] = "http://shop.example.invalid/healthz"
    left = examined(user, file)
    assert failures(left) == {"hosts"}
    assert "shop.example.invalid" in lines(left, "hosts")[0]
    assert lines(left, "prometheus") == ["-- not run: see hosts"]


def test_nothing_is_rehearsed_while_another_run_holds_the_target(
    user: User, file: Tree, foreign: Foreign
) -> None:
    with silenced(foreign, "a game day by another machine", simulator_run="theirs"):
        left = examined(user, file)
    assert failures(left) == {"claim"}
    assert "theirs, a game day by another machine" in lines(left, "claim")[0]
    for what in ("canary", "shop", "pay"):
        assert lines(left, what) == ["-- not run: see claim"]


def test_an_alert_that_is_silenced_pages_nobody(user: User, file: Tree, foreign: Foreign) -> None:
    oncall, alerts = foreign.names.receivers.oncall, foreign.names.alerts
    file["pages"]["people"].remove(oncall)
    file["alerts"]["judge"] = f'alertname=~"{alerts.shop_down}|{alerts.pay_slow}"'
    left = examined(user, file)
    assert lines(left, "people") == [
        f"FAIL {alerts.shop_down} also pages {oncall} (webhook); list or silence it"
    ]
    with silenced(foreign, "for the game day", alertname=alerts.shop_down):
        left = examined(user, file)
    assert [line.split()[0] for line in lines(left, "people")] == ["ok"]


@contextmanager
def silenced(foreign: Foreign, comment: str, **labels: str) -> Iterator[None]:
    """While the block runs."""
    now = datetime.now(UTC)
    silence = {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in labels.items()
        ],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=5)).isoformat(),
        "createdBy": "somebody",
        "comment": comment,
    }
    api, trusted = foreign.alertmanager, ssl.create_default_context(cafile=foreign.ca)
    with httpx.Client(auth=(api.user, api.password), verify=trusted) as client:
        answer = client.post(f"{api.url}/api/v2/silences", json=silence)
        answer.raise_for_status()
        try:
            yield
        finally:
            client.delete(f"{api.url}/api/v2/silence/{answer.json()['silenceID']}").raise_for_status()


def test_a_target_that_is_down_and_a_peer_that_is_away(user: User, file: Tree, foreign: Foreign) -> None:
    file["alertmanagers"].append({"url": f"https://127.0.0.1:{foreign.names.ports.legacy}", "auth": "ops"})
    assert foreign.run(foreign.down, "pay") == 0
    try:
        eventually("the scrape fails", lambda: foreign.targets()[foreign.names.jobs.pay] == {"down"})
        left = examined(user, file)
    finally:
        assert foreign.run(foreign.up, "pay") == 0
    eventually("pay is scraped", lambda: foreign.targets()[foreign.names.jobs.pay] == {"up"})
    assert failures(left) == {"alertmanager"}
    states = [line.split()[0] for line in lines(left, "alertmanager")]
    assert states == ["ok", "FAIL"]
    assert any(f"(job {foreign.names.jobs.pay})" in line for line in lines(left, "baseline"))


def test_clocks_that_are_wrong_are_named(user: User, file: Tree, foreign: Foreign) -> None:
    ports, paths = foreign.names.ports, foreign.names.paths
    with (
        with_clock(foreign, ports.prometheus, 3.0) as prometheus,
        with_clock(foreign, ports.alertmanager, -3.0) as alertmanager,
    ):
        file["prometheus"]["url"] = f"https://127.0.0.1:{prometheus}{paths.prometheus}"
        file["alertmanagers"][0]["url"] = f"https://127.0.0.1:{alertmanager}{paths.alertmanager}"
        left = examined(user, file)
    assert failures(left) == {"prometheus", "alertmanager"}, left.out
    for what, ahead in {"prometheus": r"\+[23]", "alertmanager": "-[234]"}.items():
        (said,) = lines(left, what)
        assert re.search(rf"clock {ahead}\.\d\d ±\d\.\d\d s: \w+'s clock and ours may be 0\.5 s apart", said)


def test_only_attached_systems_have_a_doctor(user: User) -> None:
    left = typed(user, "doctor", "embedded")
    assert left.code == 2
    assert left.complaint.startswith("doctor is for files with `stack: attached`")
