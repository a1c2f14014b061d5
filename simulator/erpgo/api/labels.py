"""Label values whose number is bounded, so that no client can grow the metrics."""

from collections.abc import Callable

OTHER = "other"

# The first marker found decides; order matters, since browsers and bots both say "Mozilla".
_AGENT_FAMILIES = (
    ("locust", "locust"),
    ("prometheus", "prometheus"),
    ("bot", "bot"),
    ("curl", "curl"),
    ("python", "python"),
    ("go-http-client", "go"),
    ("mobile", "mobile"),
    ("mozilla", "browser"),
)
AGENT_FAMILIES = (*(family for _, family in _AGENT_FAMILIES), OTHER)
# Real agents repeat; strange ones are looked at each time rather than remembered.
_REMEMBERED_AGENTS = 256


class AgentFamilies:
    """Maps a User-Agent header to one of eight families or "other"."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def family(self, agent: str) -> str:
        found = self._known.get(agent)
        if found is None:
            lowered = agent.lower()
            found = next((family for marker, family in _AGENT_FAMILIES if marker in lowered), OTHER)
            if len(self._known) < _REMEMBERED_AGENTS:
                self._known[agent] = found
        return found


class BoundedLabels:
    """Gives the first `limit` values a label of their own, first come first served; all others are "other".

    A series that springs into being at 1 hides its first events from `rate()`. So a newcomer's series is
    announced at 0 through `announce`, and its events count as "other" for `settle` seconds, until
    Prometheus has seen the zero.
    """

    def __init__(
        self, limit: int, *, settle: float, clock: Callable[[], float], announce: Callable[[str], None]
    ) -> None:
        self._limit = limit
        self._settle = settle
        self._clock = clock
        self._announce = announce
        self._counted_from: dict[str, float] = {}

    def label(self, value: str) -> str:
        counted_from = self._counted_from.get(value)
        if counted_from is None:
            if len(self._counted_from) < self._limit:
                self._counted_from[value] = self._clock() + self._settle
                self._announce(value)
            return OTHER
        return value if self._clock() >= counted_from else OTHER
