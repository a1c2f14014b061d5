"""Defects to put into a drawn estate: each a function that does the harm, and says which finding it must bring."""

import random
from collections.abc import Callable

from tests.lint.drawn import WATCHDOG, Drawn, Tree

Expected = set[tuple[str, str]]
"""Codes, and what each is about; an empty name is any."""
Defect = Callable[[Drawn, random.Random], Expected]
DEFECTS: dict[str, Defect] = {}


def defect(harm: Defect) -> Defect:
    DEFECTS[harm.__name__] = harm
    return harm


def _routes(drawn: Drawn) -> list[Tree]:
    routes: list[Tree] = drawn.alertmanager["route"]["routes"]
    return routes


def _ticket(drawn: Drawn, chance: random.Random) -> Tree:
    return chance.choice([alert for alert in drawn.alerts if alert["labels"]["severity"] == "ticket"])


def _added(drawn: Drawn, expr: str, severity: str = "page", **more: object) -> Tree:
    """One more alert, of a family of its own."""
    alert: Tree = {
        "alert": "Added",
        "expr": expr,
        "labels": {"severity": severity, "family": "added"},
        **more,
    }
    drawn.rules[-1]["rules"].append(alert)
    return alert


@defect
def a_key_of_a_rule_misspelt(drawn: Drawn, chance: random.Random) -> Expected:
    alert = _ticket(drawn, chance)
    alert["fro"] = alert.pop("for")
    return {("config/unknown-key", "rules.yml")}


@defect
def a_key_of_a_job_misspelt(drawn: Drawn, chance: random.Random) -> Expected:
    chance.choice(drawn.prometheus["scrape_configs"])["scrape_every"] = "1s"
    return {("config/unknown-key", "prometheus.yml")}


@defect
def a_key_of_a_route_misspelt(drawn: Drawn, chance: random.Random) -> Expected:
    chance.choice(_routes(drawn))["match_regexp"] = {}
    return {("config/unknown-key", "alertmanager.yml")}


@defect
def a_hold_without_a_unit(drawn: Drawn, chance: random.Random) -> Expected:
    _ticket(drawn, chance)["for"] = "4"
    return {("config/refused", "rules.yml")}


@defect
def an_expression_cut_off(drawn: Drawn, chance: random.Random) -> Expected:
    alert = chance.choice(drawn.alerts)
    alert["expr"] = alert["expr"] + " and ("
    return {("config/refused", "rules.yml")}


@defect
def a_receiver_that_is_not_there(drawn: Drawn, chance: random.Random) -> Expected:
    chance.choice(_routes(drawn))["receiver"] = "pagers"
    return {("config/refused", "alertmanager.yml")}


@defect
def a_receiver_twice(drawn: Drawn, chance: random.Random) -> Expected:
    drawn.alertmanager["receivers"].append(dict(chance.choice(drawn.alertmanager["receivers"])))
    return {("config/refused", "alertmanager.yml")}


@defect
def a_job_twice(drawn: Drawn, chance: random.Random) -> Expected:
    drawn.prometheus["scrape_configs"].append(dict(chance.choice(drawn.prometheus["scrape_configs"])))
    return {("config/refused", "prometheus.yml")}


@defect
def a_group_twice(drawn: Drawn, chance: random.Random) -> Expected:
    name = chance.choice(drawn.rules)["name"]
    drawn.rules.append({"name": name, "rules": []})
    return {("config/refused", "rules.yml")}


@defect
def an_interval_that_is_not_there(drawn: Drawn, chance: random.Random) -> Expected:
    chance.choice(_routes(drawn))["active_time_intervals"] = ["weekends"]
    return {("config/refused", "alertmanager.yml")}


@defect
def a_matcher_that_is_none(drawn: Drawn, chance: random.Random) -> Expected:
    chance.choice(_routes(drawn))["matchers"] = ["severity"]
    return {("config/refused", "alertmanager.yml")}


@defect
def a_dashboard_that_is_none(drawn: Drawn, chance: random.Random) -> Expected:
    at = chance.randrange(len(drawn.boards))
    drawn.boards[at] = {"message": "not found"}
    return {("config/refused", f"board{at}.json")}


@defect
def an_alert_left_to_nobody(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001  as all
    drawn.alertmanager["receivers"].append({"name": "nobody"})
    drawn.alertmanager["route"]["receiver"] = "nobody"
    _routes(drawn)[:] = [route for route in _routes(drawn) if route.get("matchers")]
    _routes(drawn).append({"receiver": "desk", "matchers": ["severity=none"]})
    drawn.within["urgent"] = 30.0
    _added(drawn, "sum(added) > 1", severity="urgent")
    return {("route/nobody", "Added")}


@defect
def no_alertmanager(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    drawn.prometheus["alerting"] = {}
    return {("route/nobody", "alerting")}


@defect
def tickets_mute_for_ever(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    _routes(drawn)[:] = [route for route in _routes(drawn) if route.get("matchers")]
    _routes(drawn)[-1]["mute_time_intervals"] = ["always"]
    return {("route/muted", "")}


@defect
def inhibition_by_name(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    drawn.alertmanager["inhibit_rules"][0]["equal"] = ["alertname", "family"]
    return {("inhibit/never", "")}


@defect
def inhibition_by_nobody(drawn: Drawn, chance: random.Random) -> Expected:
    side = chance.choice(("source", "target"))
    drawn.alertmanager["inhibit_rules"][0][f"{side}_matchers"] = ["severity=critical"]
    return {("inhibit/never", "")}


@defect
def inhibition_of_everything(drawn: Drawn, chance: random.Random) -> Expected:
    drawn.alertmanager["inhibit_rules"][0]["equal"] = chance.choice(([], None))
    return {("inhibit/everything", "")}


@defect
def two_without_the_label_that_is_compared(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    for name, severity in (("Added1", "page"), ("Added2", "ticket")):
        drawn.rules[-1]["rules"].append(
            {"alert": name, "expr": "sum(added) > 1", "labels": {"severity": severity}}
        )
    return {("inhibit/everything", "Added1")}


@defect
def a_share_series_by_series(drawn: Drawn, chance: random.Random) -> Expected:
    window = chance.choice(("8s", "10s"))
    _added(drawn, f'rate(x_total{{code="500"}}[{window}]) / rate(x_total[{window}]) > 0.1')
    return {("rule/ratio-unsummed", "Added")}


@defect
def a_share_half_summed(drawn: Drawn, chance: random.Random) -> Expected:
    sides = ["sum(rate(x_errors_total[10s]))", "rate(x_total[10s])"]
    chance.shuffle(sides)
    _added(drawn, " / ".join(sides) + " > 0.1")
    return {("rule/ratio-unsummed", "Added")}


@defect
def a_quantile_of_a_sum(drawn: Drawn, chance: random.Random) -> Expected:
    grouped = chance.choice(("sum", "sum by (job)", "sum without (le)", "max by (instance)"))
    _added(drawn, f"histogram_quantile(0.9, {grouped} (rate(x_bucket[10s]))) > 1")
    return {("rule/quantile-without-le", "Added")}


@defect
def an_hour_for_a_second(drawn: Drawn, chance: random.Random) -> Expected:
    unit = chance.choice(("per hour", "per minute", "/min"))
    _added(drawn, "sum(rate(x_total[10s])) < 0.5", annotations={"description": f"fewer than 0.5 {unit}"})
    return {("rule/per-second-as-hour", "Added")}


@defect
def a_window_of_one_scrape(drawn: Drawn, chance: random.Random) -> Expected:
    job = chance.choice(drawn.prometheus["scrape_configs"])
    job["scrape_interval"] = "4s"
    expr = f'sum(increase(x_total{{job="{job["job_name"]}"}}[6s])) > 3'
    _added(drawn, expr, severity="none")
    return {("rule/window-under-two-scrapes", "Added")}


@defect
def a_job_that_nobody_misses(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    drawn.prometheus["scrape_configs"].append({"job_name": "cellar"})
    for group in drawn.rules:
        for rule in group["rules"]:
            if rule["expr"] == "up == 0":
                rule["expr"] = 'up{job!="cellar"} == 0'
    return {("job/no-down-alert", "cellar")}


@defect
def a_series_that_nobody_misses(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    for group in drawn.rules:
        for rule in group["rules"]:
            if rule["expr"] == "up == 0":
                rule["expr"] = 'up{job=~"job-.*"} == 0'
    _added(drawn, 'x_queue{job="elsewhere"} > 5')
    return {("rule/absent-blind", "Added")}


@defect
def no_dead_man(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    for group in drawn.rules:
        group["rules"][:] = [rule for rule in group["rules"] if rule is not WATCHDOG]
    return {("path/no-dead-man", "rules")}


@defect
def one_name_twice(drawn: Drawn, chance: random.Random) -> Expected:
    alert = chance.choice(drawn.alerts)
    twin = {**alert, "expr": f"({alert['expr']}) and on () vector(1)"}
    drawn.rules[-1]["rules"].append(twin)
    return {("alert/same-name", alert["alert"])}


@defect
def a_hold_beyond_the_promise(drawn: Drawn, chance: random.Random) -> Expected:
    alert = _ticket(drawn, chance)
    alert["for"] = "2m"
    return {("budget/impossible", alert["alert"])}


@defect
def a_hold_that_leaves_too_little(drawn: Drawn, chance: random.Random) -> Expected:
    alert = _ticket(drawn, chance)
    alert["for"] = "42s"
    return {("budget/worst", alert["alert"])}


@defect
def a_window_that_fills_too_slowly(drawn: Drawn, chance: random.Random) -> Expected:
    window = chance.choice(("1m", "5m"))
    _added(drawn, f"sum(rate(x_total[{window}])) > 5")
    return {("budget/worst", "Added")}


@defect
def a_group_that_waits(drawn: Drawn, chance: random.Random) -> Expected:  # noqa: ARG001
    route: Tree = {
        "receiver": "desk",
        "matchers": ["severity=slow"],
        "group_by": ["severity"],
        "group_interval": "5m",
    }
    _routes(drawn).append(route)
    drawn.within["slow"] = 30.0
    _added(drawn, "sum(added) > 1", severity="slow")
    return {("budget/joins-group", "Added")}


@defect
def a_panel_that_cannot_be_asked(drawn: Drawn, chance: random.Random) -> Expected:
    board = chance.choice(drawn.boards)
    board["panels"].append({"title": "Broken", "targets": [{"expr": "sum(rate(x[5m])"}]})
    return {("panel/unparsed", f"{board['uid']} / Broken")}


@defect
def a_panel_that_looks_far_back(drawn: Drawn, chance: random.Random) -> Expected:
    board = chance.choice(drawn.boards)
    board["panels"].append({"title": "Slow", "targets": [{"expr": "sum(rate(x[5m]))"}]})
    return {("panel/window-over-sla", f"{board['uid']} / Slow")}


def doubled(text: str, chance: random.Random) -> str:
    """A file in which one key stands twice."""
    lines = text.splitlines()
    at = chance.choice(
        [number for number, line in enumerate(lines) if line.strip().endswith('",') and '": "' in line]
    )
    return "\n".join([*lines[: at + 1], *lines[at:]])
