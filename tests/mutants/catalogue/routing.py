"""Ways in which a page does not reach the receiver, or not as it should."""

from typing import Any

import httpx

from tests.fakes.locust import FakeLocust
from tests.mutants.mutant import mutant
from tests.mutants.sabotage import Sabotage
from tests.mutants.servers import refusing, slow

NEVER_GOT_IT = "ApplicationDown: missed: Alertmanager accepted it after .* the receiver never got it"


@mutant(
    "inconclusive", "refused: a-mutant: ApplicationDown: its route does not lead to our receiver: .*'nobody'"
)
def route_that_swallows(harm: Sabotage) -> None:
    def swallow(tree: dict[str, Any]) -> None:
        tree["receivers"].append({"name": "nobody"})
        tree["route"]["routes"].insert(0, {"receiver": "nobody", "matchers": ['alertname="ApplicationDown"']})

    harm.alertmanager(swallow)


@mutant("breached", NEVER_GOT_IT)
def receiver_url_wrong(harm: Sabotage) -> None:
    harm.alertmanager(lambda tree: _send_critical_to(tree, "127.0.0.1:9"))


@mutant("breached", NEVER_GOT_IT)
def receiver_answers_500(harm: Sabotage) -> None:
    address = harm.until_the_end.enter_context(refusing())
    harm.alertmanager(lambda tree: _send_critical_to(tree, address))


@mutant("breached", "ApplicationDown: late: notified after")
def receiver_slow(harm: Sabotage) -> None:
    address = harm.until_the_end.enter_context(slow(harm.stack.url("receiver"), seconds=12.0))
    harm.alertmanager(lambda tree: _send_critical_to(tree, address))


@mutant("breached", NEVER_GOT_IT)
def group_wait_a_minute(harm: Sabotage) -> None:
    """On an alert that never fired here before: a group that Alertmanager remembers from an earlier run, for as
    long as Prometheus sends its resolved alert again (15 minutes), is told at the next interval, without a wait."""

    def wait(tree: dict[str, Any]) -> None:
        for route in tree["route"]["routes"]:
            if route["receiver"] == "simulator-critical":
                route["group_wait"] = "60s"

    harm.rule("ApplicationDown", labels={"first_seen_in": harm.folder.name})
    harm.alertmanager(wait)


@mutant("inconclusive", "refused: a-mutant: ApplicationDown: muted by the time interval 'nights'")
def route_muted(harm: Sabotage) -> None:
    def mute(tree: dict[str, Any]) -> None:
        tree["time_intervals"] = [{"name": "nights", "time_intervals": [{"years": ["2000:2100"]}]}]
        for route in tree["route"]["routes"]:
            if route["receiver"] == "simulator-critical":
                route["mute_time_intervals"] = ["nights"]

    harm.alertmanager(mute)


@mutant("inconclusive", "ApplicationDown: silenced in Alertmanager by")
def silence_made_during_the_run(harm: Sabotage) -> None:
    harm.once_injected(lambda _: _silence(harm))


@mutant("inconclusive", "refused: a-mutant: ApplicationDown: silenced in Alertmanager by")
def silence_present(harm: Sabotage) -> None:
    _silence(harm)


def _silence(harm: Sabotage) -> None:
    silences = f"{harm.stack.url('alertmanager')}/api/v2/silences"
    silence = {
        "matchers": [{"name": "alertname", "value": "ApplicationDown", "isRegex": False, "isEqual": True}],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "a mutant",
        "comment": "left over from the last maintenance",
    }
    made = httpx.post(silences, json=silence, timeout=10, trust_env=False).raise_for_status().json()
    one = f"{harm.stack.url('alertmanager')}/api/v2/silence/{made['silenceID']}"
    harm.until_the_end.callback(httpx.delete, one, timeout=10, trust_env=False)


@mutant("breached", "ApplicationDown: missed: inhibited by")
def inhibition_too_broad(harm: Sabotage) -> None:
    def hide_all(tree: dict[str, Any]) -> None:
        tree["inhibit_rules"].append(
            {"source_matchers": ['alertname="DeadMansSwitch"'], "target_matchers": ['severity="critical"']}
        )

    harm.alertmanager(hide_all)


@mutant("breached", "ApplicationDown: missed: the rule's expression never became true")
def stale_page_replayed(harm: Sabotage) -> None:
    """The rule is muted, and a page of an hour ago is delivered once more: it must not pass as this fault's."""
    page = {
        "version": "4",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "ApplicationDown", "severity": "critical", "service": "erpgo-api"},
                "annotations": {},
                "startsAt": "2026-01-01T00:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": "00000000000000aa",
            }
        ],
    }

    token = harm.stack.receiver_token_file
    assert token is not None
    told = {"Authorization": f"Bearer {token.read_text().strip()}"}

    def replay(_: FakeLocust) -> None:
        hook = f"{harm.stack.url('receiver')}/api/v1/webhook/critical"
        httpx.post(hook, json=page, headers=told, timeout=10, trust_env=False).raise_for_status()

    harm.rule("ApplicationDown", expr='up{job="erpgo-api"} == 2')
    harm.once_it_bites(replay)


def _send_critical_to(tree: dict[str, Any], address: str) -> None:
    for receiver in tree["receivers"]:
        if receiver["name"] == "simulator-critical":
            receiver["webhook_configs"][0]["url"] = f"http://{address}/api/v1/webhook/critical"
