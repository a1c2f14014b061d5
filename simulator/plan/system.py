"""What a plan holds of the system under test; the adapter says it, and what it does not say is not checked."""

from simulator.base.values import Value


class SystemFacts(Value):
    """The system under test, as far as planning and judging need to know it."""

    name: str
    witness: str = ""
    """PromQL of its requests per second, which must agree with what the workload sends; empty: nobody bears witness."""
    counters: dict[str, tuple[str, ...]] = {}
    """What its traffic counts, by the name that experiments and reports use: the metrics that rest on the same."""
    ledger: str = ""
    """Of what it keeps books, as reports call it; empty: it keeps none."""
    jobs: dict[str, str] = {}
    """The service that a job of Prometheus belongs to, where it has another name."""
    has_strangers: bool = False
    """Jobs that `jobs` does not name are somebody else's: what becomes of them spoils nothing."""
    metrics: dict[str, tuple[str, ...]] = {}
    """By service, prefixes of what says nothing else while it is upset: its own metrics, and those of what depends on it."""
