"""The restart policy of a container's `unless-stopped`: back at once, then ever more slowly."""

import dataclasses

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 10.0
"""A service that ran this long is healthy: its next crash counts as its first (Docker's own numbers)."""


@dataclasses.dataclass(frozen=True)
class Backoff:
    """How long to wait before the next start; `after_run` gives the state after one more exit."""

    delay_s: float = 0.0

    def after_run(self, ran_s: float) -> "Backoff":
        """The state after a service exited that had run for `ran_s` seconds."""
        if self.delay_s == 0.0 or ran_s >= HEALTHY_AFTER_S:
            return Backoff(FIRST_DELAY_S)
        return Backoff(min(2 * self.delay_s, LONGEST_DELAY_S))
