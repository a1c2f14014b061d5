"""From a counter to a webhook through a real Prometheus and a real Alertmanager, with the committed rules."""

from pathlib import Path

import pytest

from tests.rules.real_path import TOKEN, Page, alerting_path

WELL = {"fine": 20.0, "failed": 0.0, "timeouts": 0.0}
OWN = """
route:
  receiver: chat
  group_by: [alertname]
  group_wait: 0s
receivers:
  - name: chat
    webhook_configs: [{url: "{sink}/own/chat"}]
"""
CRITICAL, WARNING, NONE = (f"/api/v1/webhook/{severity}" for severity in ("critical", "warning", "none"))


@pytest.mark.stack
async def test_a_critical_page_arrives_and_holds_back_its_warning(tmp_path: Path) -> None:
    async with alerting_path(tmp_path, WELL, OWN) as path:
        await path.page(Page(NONE, "DeadMansSwitch", "firing"), within=30)
        await path.page(Page(NONE, "SimulatorCanary", "firing"), within=30)

        path.endpoint.set_rates(fine=10, failed=10)
        await path.page(Page(CRITICAL, "CriticalErrorRate", "firing"), within=30)
        await path.page(Page("/own/chat", "CriticalErrorRate", "firing"), within=10)
        held_back = await path.alert("HighErrorRate", "suppressed", within=10)
        critical = await path.alert("CriticalErrorRate", "active", within=10)
        assert held_back["status"]["inhibitedBy"] == [critical["fingerprint"]]

        # A warning that starts later and does arrive proves that the other one's wait was over before.
        path.endpoint.set_rates(timeouts=5)
        await path.page(Page(WARNING, "DatabaseTimeouts", "firing"), within=30)

        path.endpoint.set_rates(**WELL)
        await path.page(Page(CRITICAL, "CriticalErrorRate", "resolved"), within=60)
        await path.page(Page(WARNING, "DatabaseTimeouts", "resolved"), within=60)
        # The user's own route does not wait for critical, and that is the user's choice.
        assert "HighErrorRate" not in {page.alert for page in path.endpoint.pages if page.path == WARNING}
        assert path.endpoint.told == {("ours", f"Bearer {TOKEN}"), ("the user's", "")}
