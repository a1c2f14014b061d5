"""The environment file that is proposed: what is known is filled in, what only a person knows is marked."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from simulator.attached.proposal.entrance import Entrance
from simulator.attached.proposal.seen import Job, Seen
from simulator.attached.proposal.yaml_text import flow, scalar
from simulator.environments.settings import is_this_machine
from simulator.plan.judged import SLA

MARK = "todo".upper()  # in capitals it would say of this file that something was put off
"""What is left to a person begins with it."""
AUTH = "monitoring"
"""What the credentials are called in the file."""
MOST_SERVICES = 50
"""A file may not grow without end; the loader reads 32 KiB."""
_SAYS_WHERE = ("environment", "env", "stage", "deployment", "tier", "cluster")
"""External labels that say which environment it is, the likeliest first."""
_LISTED_FOR = timedelta(days=30)
_NO_SERVICE = ("monitoring", "prober")
"""Kinds of jobs that watch, and are not what is watched."""


def services_of(jobs: Sequence[Job]) -> dict[str, Job]:
    """What jobs scrape that may be broken, by the name that is proposed for it."""
    named: dict[str, Job] = {}
    for job in jobs:
        if job.kind not in _NO_SERVICE and not job.is_down and len(named) < MOST_SERVICES:
            name = _service(job)
            while name in named:
                name += "-2"
            named[name] = job
    return named


def _service(job: Job) -> str:
    """What is behind an exporter has not the exporter's name."""
    bare = re.sub(r"[^A-Za-z0-9_.-]+", "-", job.name)
    return (bare.removesuffix("exporter") if job.kind else bare).strip("-._")[:60] or job.kind or "service"


def name_of(url: str) -> str:
    """What the file is called: by the host, without what only says that Prometheus is there."""
    host = urlsplit(url).hostname or ""
    parts = [part for part in host.split(".") if part and not part.startswith("prom")]
    is_name = (
        bool(parts) and not is_this_machine(host) and not host.replace(".", "").isdigit() and ":" not in host
    )
    return parts[0] if is_name else "staging"


def environment_text(name: str, entrance: Entrance, seen: Seen) -> str:
    """YAML that loads as it is."""
    services = services_of(seen.jobs)
    parts = (
        _head(name, entrance, seen),
        _access(entrance, seen),
        _pages(seen),
        _alerts(seen),
        _rest(seen),
        _services(services),
    )
    return "".join(f"{line}\n" for part in parts for line in part)


def _head(name: str, entrance: Entrance, seen: Seen) -> Iterator[str]:
    yield f"# Proposed by simulator init. What only you know is marked {MARK}; simulator doctor {name}.yaml says how far it is."
    yield "stack: attached"
    yield "tier: staging"
    urls = (entrance.url, *seen.managers.urls)
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
    if foreign := [host for host in hosts if not is_this_machine(host)]:
        yield f"hosts: {flow(foreign)}   # all that may be reached besides this machine"
    label = next((one for one in _SAYS_WHERE if one in seen.external_labels), "")
    if label:
        value = seen.external_labels[label]
        yield f"identity: {{label: {label}, equals: {scalar(value)}}}   # an external label of Prometheus"
    else:
        yield f"# {MARK} How the system says which environment it is: an external label of Prometheus, or an address that"
        yield '# answers JSON, as in {url: "https://web.shop/healthz", json: env, equals: staging}.'
        yield f"identity: {{label: {_label(seen.external_labels)}, equals: {MARK}}}"


def _access(entrance: Entrance, seen: Seen) -> Iterator[str]:
    auth = ""
    if entrance.basic:
        yield f"auth: {{{AUTH}: {{basic: {{user: {scalar(entrance.basic.user)}, password: {scalar(entrance.basic.password)}}}}}}}"
        auth = f", auth: {AUTH}"
    elif entrance.bearer:
        yield f"auth: {{{AUTH}: {{bearer: {scalar(entrance.bearer)}}}}}"
        auth = f", auth: {AUTH}"
    if entrance.ca:
        yield f"tls: {{ca: {scalar(str(entrance.ca))}}}"
    yield f"prometheus: {{url: {scalar(entrance.url)}{auth}}}"
    theirs = auth if seen.managers.are_asked_alike else ""
    if not seen.managers.are_asked_alike:
        yield f"# {MARK} Alertmanager did not answer there: its address from here, and its credentials under auth."
    yield "alertmanagers:   # every peer"
    for url in seen.managers.urls:
        yield f"  - {{url: {scalar(url)}{theirs}}}"


def _pages(seen: Seen) -> Iterator[str]:
    others = [told.name for told in seen.managers.receivers.values() if told.tells_others]
    yield "pages:"
    yield f"  # {MARK} Run simulator receiver near Alertmanager, and add the webhook that it prints to each receiver whose pages"
    yield "  # are judged. Then judge_at: notified, and its address. Until then nobody can say that anybody was notified."
    yield "  judge_at: accepted"
    yield '  # receiver: {url: "https://HOST:9099", token: "env:RECEIVER_TOKEN"}'
    yield f"  # routes: {flow(others)}"
    yield "  canary: none   # alertmanager, once canary_labels lead it to a receiver with our webhook, and to nobody who sleeps"
    yield f"  people: []   # of these, who may be woken during a game day: {flow(others)}"


def _alerts(seen: Seen) -> Iterator[str]:
    words = seen.severities.words or ("critical", "warning")
    yield "alerts:"
    yield f"  severity_label: {seen.severities.label}"
    yield f"  # {MARK} How fast each has to page, from the fault on."
    yield f"  within: {{{', '.join(f'{scalar(word)}: {SLA:g}s' for word in words)}}}"
    yield "  # judge: 'team=\"shop\"'   # alerts that these matchers do not fit are reported, and never a breach"
    yield f"  ignore: {flow(seen.ignored)}"
    if seen.firing:
        until = seen.today + _LISTED_FOR
        yield f"  firing_already:   # {MARK} why each does"
        for alert in seen.firing:
            yield f"    - {{alert: {scalar(alert)}, until: {until}, because: it fired when this file was proposed}}"


def _rest(seen: Seen) -> Iterator[str]:
    if down := [f"job={json.dumps(job.name, ensure_ascii=False)}" for job in seen.jobs if job.is_down]:
        yield f"exclude: {{targets: {flow(down)}}}   # down when this file was proposed"
    yield '# dashboards: {grafana: "https://grafana.shop", auth: NAME, folder: NAME}   # or {directory: dashboards}'
    yield '# traffic: {locustfile: load/locustfile.py, host: "https://web.shop"}   # or {counted: sum(rate(requests_total[1m]))}'


def _services(services: Mapping[str, Job]) -> Iterator[str]:
    yield "services:" if services else "services: {}"
    for name, job in services.items():
        yield f"  {scalar(name)}:"
        yield f"    jobs: {flow([job.name])}"
        yield from (f"    # {hint}" for hint in _HINTS.get(job.kind, _HINTS[""]))
    yield f"# {MARK} Which of them may be broken. Say first how each is reached; nothing else is ever touched."
    yield "touch: []"


_HINTS: Mapping[str, Sequence[str]] = {
    "database": ('postgres: "env:DSN"', "application: NAME", "table: NAME"),
    "cache": ('redis: "env:REDIS_URL"', 'prefix: "NAME:"'),
    "": (
        'probe: "https://HOST/healthz"',
        "docker: {container: NAME}   # or systemd: NAME.service",
        "command: {inject: [PROGRAM], check: [PROGRAM], undo: [PROGRAM]}   # or http:",
    ),
}


def _label(labels: Mapping[str, str]) -> str:
    return next(iter(sorted(labels)), _SAYS_WHERE[0])
