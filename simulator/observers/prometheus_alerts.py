"""Alerts as Prometheus has them: pending, firing, inactive again."""

import hashlib
from collections.abc import Sequence

from simulator.doors.prometheus import ActiveAlert
from simulator.journal.facts import AnyFact, PrometheusAlert
from simulator.observers.contract import Observer, Scene


class PrometheusAlerts(Observer):
    """Polls /api/v1/alerts, which has no way to wait for a change."""

    source = "prometheus"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._known: dict[str, ActiveAlert] = {}

    async def look(self) -> Sequence[AnyFact]:
        now = {alert.instance: alert for alert in await self.scene.doors.prometheus.alerts()}
        gone = [
            self._fact(alert, inactive=True) for instance, alert in self._known.items() if instance not in now
        ]
        changed = [
            self._fact(alert)
            for instance, alert in now.items()
            if instance not in self._known or _state(self._known[instance]) != _state(alert)
        ]
        self._known = now
        return [*gone, *changed]

    def _fact(self, alert: ActiveAlert, *, inactive: bool = False) -> PrometheusAlert:
        kept = alert.model_copy(update={"labels": self.scene.plan.stack.judged.kept(alert.labels)})
        return PrometheusAlert(
            alert=alert.alert,
            instance=kept.instance if kept == alert else f"{kept.instance} #{_digest(alert.instance)}",
            labels=kept.labels,
            severity=alert.labels.get("severity", ""),
            state="inactive" if inactive else alert.state,
            active_epoch=None if inactive else alert.active_epoch,
        )


def _digest(instance: str) -> str:
    """Tells instances apart whose difference is not written down."""
    return hashlib.sha256(instance.encode()).hexdigest()[:8]


def _state(alert: ActiveAlert) -> tuple[str, float]:
    """One that is active since another moment went and came back between two looks."""
    return alert.state, alert.active_epoch


OBSERVER = PrometheusAlerts
