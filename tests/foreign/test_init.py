"""`simulator init` on somebody else's system, and the doctor's word on the way from the proposal to a file that will do."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator.attached.proposal.environment_file import MARK
from simulator.attached.settings import AttachedSettings
from simulator.base.loader import load
from simulator.plan.models import Experiment
from tests.cli.commands import Left
from tests.foreign.examined import complete, lines, listening, typed, untold
from tests.foreign.foreign import Foreign
from tests.foreign.receiving import Receiving
from tests.foreign.user import User

PROPOSED = "staging.yaml"


def propose(user: User, foreign: Foreign, *more: str, **instead: str) -> Left:
    api = foreign.prometheus
    entrance = [api.url, "--basic", f"{api.user}:env:OPS_PASSWORD", "--ca", str(foreign.ca)]
    return typed(user, "init", *entrance, *more, **instead)


def changed(file: Path, **parts: Any) -> None:
    """As its owner edits it: some of its keys say something else."""
    yaml = YAML()
    tree = yaml.load(file)
    tree.update(parts)
    with file.open("w", encoding="utf-8") as written:
        yaml.dump(tree, written)


def test_from_a_proposal_to_a_file_that_will_do(user: User, foreign: Foreign, receiver: Receiving) -> None:
    with untold(foreign):
        assert_it_says_what_it_found(propose(user, foreign), foreign)
        left = typed(user, "doctor", PROPOSED)
        assert left.code == 2
        assert [line.split()[0] for line in lines(left, "people")] == ["FAIL"] * len(listening(foreign))
        assert lines(left, "canary") == ["-- not run: see receiver"]
        assert lines(left, "touch") == ["WARN nothing may be broken: no service is listed"]

        wanted, file = complete(foreign, receiver), user.folder / PROPOSED
        mine = ("auth", "prometheus", "alertmanagers", "pages", "services", "touch")
        changed(file, **{key: wanted[key] for key in mine})
        left = typed(user, "doctor", PROPOSED)
        silent = [line for line in lines(left, "receiver") if "does not tell it; add there:" in line]
        assert len(silent) == len(listening(foreign))
        assert f'- url: "{receiver.url}/api/v1/webhook/' in left.out
        assert lines(left, "canary") == ["-- not run: see receiver"]

        changed(file, pages={**wanted["pages"], "routes": []})
        left = typed(user, "doctor", PROPOSED)
        assert "no receiver of Alertmanager has its address" in lines(left, "receiver")[-1]

    changed(file, pages=wanted["pages"])
    left = typed(user, "doctor", PROPOSED)
    assert left.code == 0, left.out
    assert lines(left, "canary")[0].startswith("ok sent through Alertmanager")


def assert_it_says_what_it_found(left: Left, foreign: Foreign) -> None:
    assert left.code == 0, left.err
    prometheus, alertmanager, environment_, experiments, without = left.out.splitlines()
    assert prometheus.startswith("Prometheus 2.")
    assert (
        f"{len(vars(foreign.names.jobs))} jobs at {foreign.interval_s} s, 15 alerts, severities "
        in prometheus
    )
    severities = foreign.names.severities
    assert set(prometheus.rpartition("severities ")[2].split(", ")) == {severities.urgent, severities.later}
    assert alertmanager == f"Alertmanager (from its API): {foreign.alertmanager.url}"
    assert environment_.startswith(f"wrote {PROPOSED}: 4 services proposed, none under touch; ")
    assert environment_.endswith(f" {MARK}")
    assert experiments == "wrote experiments/: 5, one skeleton an alert that a known fault can cause"
    assert without.startswith("none for ")


def test_the_skeletons_load_and_say_what_is_missing(user: User, foreign: Foreign) -> None:
    assert propose(user, foreign).code == 0
    settings = load(user.folder / PROPOSED, AttachedSettings)
    assert settings.touch == ()
    assert settings.who.label == foreign.names.identity.key
    assert [one.alert for one in settings.alerts.firing_already] == [foreign.names.alerts.legacy_down]
    assert settings.exclude.targets == (f'job="{foreign.names.jobs.legacy}"',)
    jobs = {job: name for name, service in settings.services.items() for job in service.jobs}
    names = foreign.names
    causes = {
        names.alerts.shop_down: names.jobs.shop,
        names.alerts.pay_down: names.jobs.pay,
        names.alerts.postgres_down: names.jobs.postgres,
        names.alerts.redis_down: names.jobs.redis,
    }
    proposed = [load(path, Experiment) for path in sorted((user.folder / "experiments").iterdir())]
    found = {one.must[0].alert: one.faults[0].touches for one in proposed}
    assert found.pop(names.alerts.probe_failed) in (jobs[names.jobs.shop], jobs[names.jobs.pay])
    assert found == {alert: jobs[job] for alert, job in causes.items()}
    for experiment in proposed:
        left = typed(
            user, "run", f"experiments/{experiment.name}.yaml", "--environment", PROPOSED, "--dry-run"
        )
        assert left.code == 2
        assert f"{experiment.faults[0].touches!r} is none" in left.complaint


def test_nothing_is_overwritten(user: User, foreign: Foreign) -> None:
    assert propose(user, foreign).code == 0
    (user.folder / PROPOSED).write_text("mine", encoding="utf-8")
    left = propose(user, foreign)
    assert left.code == 2
    assert f"{PROPOSED}, " in left.complaint
    assert "nothing is overwritten" in left.complaint
    assert (user.folder / PROPOSED).read_text(encoding="utf-8") == "mine"
    assert propose(user, foreign, "--out", "other").code == 0
    assert (user.folder / "other" / PROPOSED).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prom.shop",), "URL: an address is http:// or https://"),
        (("http://127.0.0.1:9", "--basic", "ops:s3cr3t"), "--basic: a secret is given by reference"),
        (("http://127.0.0.1:9", "--bearer", "s3cr3t"), "--bearer: a secret is given by reference"),
        (
            ("http://127.0.0.1:9", "--bearer", "env:A", "--basic", "b:env:C"),
            "give either --basic or --bearer",
        ),
        (("http://127.0.0.1:9", "--bearer", "env:NOT_SET"), "env:NOT_SET: the variable is not set"),
    ],
)
def test_what_cannot_be_meant(user: User, words: tuple[str, ...], said: str) -> None:
    left = typed(user, "init", *words)
    assert left.code == 2
    assert said in left.complaint
    assert "s3cr3t" not in left.err
    assert list(user.folder.glob("*.yaml")) == []


def test_who_is_not_let_in_is_told_so(user: User, foreign: Foreign) -> None:
    left = propose(user, foreign, OPS_PASSWORD="not the password")
    assert (left.code, left.complaint) == (2, "Prometheus: 401: env:OPS_PASSWORD is not accepted")
    left = typed(user, "init", foreign.prometheus.url, "--ca", str(foreign.ca))
    assert (left.code, left.complaint) == (
        2,
        "Prometheus: 401: it wants to know who asks; give --basic or --bearer",
    )
