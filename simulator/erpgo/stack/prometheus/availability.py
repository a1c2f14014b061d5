"""Alerts on processes that are gone, and the two signals that prove the alerting path itself.

Each reads one selector and nothing else, so the moment it became true can be read from raw samples.
"""

from simulator.erpgo.stack.prometheus.model import AlertRule, Production, RuleGroup

_FAMILY = "availability"
# Three failed scrapes in a row at the default interval: one slow answer on a busy machine is no outage.
_HOLD = 4


def _target_down(name: str, service: str, production: Production) -> AlertRule:
    return AlertRule(
        name=name,
        severity="critical",
        family=_FAMILY,
        service=service,
        expr=f'up{{job="{service}"}} == 0',
        hold=_HOLD,
        summary=f"{service} does not answer",
        description=f"{service} at {{{{ $labels.instance }}}} could not be scraped.",
        jobs=(service,),
        production=production,
    )


def _reported_down(name: str, service: str, metric: str) -> AlertRule:
    exporter = f"{service}-exporter"
    return AlertRule(
        name=name,
        severity="critical",
        family=_FAMILY,
        service=service,
        expr=f"{metric} == 0",
        hold=_HOLD,
        summary=f"{service} does not answer",
        description=f"{exporter} at {{{{ $labels.instance }}}} cannot reach {service}.",
        jobs=(exporter,),
        production=Production(f"{service} down", hold=60),
    )


def _exporter_down(name: str, service: str) -> AlertRule:
    return _target_down(name, service, Production("exporter down", hold=60))


def _monitoring_down(name: str, service: str) -> AlertRule:
    return _target_down(name, service, Production("monitoring service down", hold=60))


AVAILABILITY = RuleGroup(
    _FAMILY,
    (
        _target_down("ApplicationDown", "erpgo-api", Production("up of erpgo-api is 0", hold=60)),
        # A killed exporter's series go stale at once, so these two stay quiet when only the exporter is gone.
        _reported_down("PostgreSQLDown", "postgres", "pg_up"),
        _reported_down("RedisDown", "redis", "redis_up"),
        _exporter_down("NodeExporterDown", "node-exporter"),
        _exporter_down("PostgresExporterDown", "postgres-exporter"),
        _exporter_down("RedisExporterDown", "redis-exporter"),
        _monitoring_down("AlertmanagerDown", "alertmanager"),
        # The embedded stack has none of these three jobs and therefore leaves the rules out.
        _monitoring_down("GrafanaDown", "grafana"),
        _monitoring_down("LokiDown", "loki"),
        _monitoring_down("PromtailDown", "promtail"),
    ),
)

ALERTING_PATH = RuleGroup(
    "alerting-path",
    (
        AlertRule(
            name="DeadMansSwitch",
            severity="none",
            family="alerting-path",
            service="prometheus",
            expr="vector(1)",
            summary="Alerts can be sent",
            description="This alert always fires. When its notifications stop, alerting is broken.",
            jobs=("prometheus",),
            production=Production("always firing", hold=0),
        ),
        AlertRule(
            name="SimulatorCanary",
            severity="none",
            family="alerting-path",
            service="simulator",
            expr='simulator_canary{job="simulator"} == 1',
            summary="The simulator tests the alerting path",
            description="A game day starts only after this alert has reached the receiver.",
            jobs=("simulator",),
            production=Production("ours: not in ERPGo", hold=0),
        ),
    ),
)
