"""Where the alerts draw the line, so that the panels draw it there too."""

from stack.prometheus.rules import STAGING


def limit(alert: str) -> float:
    """The threshold of the alert called `alert`, in the rule's own unit.

    Raises:
        KeyError: no alert has that name.
        ValueError: the alert has no threshold.
    """
    threshold = STAGING.alert(alert).threshold
    if threshold is None:
        raise ValueError(f"{alert} has no threshold to draw")
    return threshold
