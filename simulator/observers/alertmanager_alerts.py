"""Alerts as Alertmanager has them: active, inhibited or silenced by whom, gone."""

from collections.abc import Sequence

from simulator.doors.alertmanager import AcceptedAlert
from simulator.journal.facts import AlertmanagerAlert, AnyFact
from simulator.observers.contract import Observer, Scene
from simulator.plan.identity import Identity, told_apart


class AlertmanagerAlerts(Observer):
    """Polls /api/v2/alerts, which has no way to wait for a change."""

    source = "alertmanager"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._known: dict[str, AlertmanagerAlert] = {}

    async def look(self) -> Sequence[AnyFact]:
        alerts = await self.scene.doors.alertmanager.alerts()
        kept = self.scene.plan.stack.judged.kept
        short = told_apart([Identity.of(alert.alert, kept(alert.labels)) for alert in alerts])
        names = {alert.fingerprint: str(name) for alert, name in zip(alerts, short, strict=True)}
        now = {alert.fingerprint: _fact(alert, kept(alert.labels), names) for alert in alerts}
        gone = [
            fact.model_copy(update={"state": "gone"})
            for fingerprint, fact in self._known.items()
            if fingerprint not in now
        ]
        changed = [fact for fingerprint, fact in now.items() if self._known.get(fingerprint) != fact]
        self._known = now
        return [*gone, *changed]


def _fact(alert: AcceptedAlert, labels: dict[str, str], names: dict[str, str]) -> AlertmanagerAlert:
    return AlertmanagerAlert(
        alert=alert.alert,
        labels=labels,
        fingerprint=alert.fingerprint,
        severity=alert.labels.get("severity", ""),
        state="suppressed" if alert.state == "suppressed" else "active",
        starts_epoch=alert.starts_epoch,
        inhibited_by=tuple(sorted(names.get(fingerprint, fingerprint) for fingerprint in alert.inhibited_by)),
        silenced_by=alert.silenced_by,
    )


OBSERVER = AlertmanagerAlerts
