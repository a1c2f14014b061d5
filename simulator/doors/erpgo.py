"""The door to the ERPGo API: its health, and its own metrics page, not by way of Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from simulator.doors.http import JsonClient
from simulator.errors import DoorError


class Erpgo:
    """Asks the API itself."""

    def __init__(self, url: str) -> None:
        self._http = JsonClient("the ERPGo API", url)

    async def gauge(self, name: str, **labels: str) -> float:
        """The value of one series, as the API shows it at this moment.

        Raises:
            DoorError: no answer, or no such series.
        """
        page = await self._http.get_text("/metrics")
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return float(sample.value)
        raise DoorError(f"the ERPGo API exports no {name} with {labels}")

    async def close(self) -> None:
        await self._http.close()
