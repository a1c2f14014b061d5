"""What was loaded while a run went on, as its verdict tells it."""

from simulator.base.values import Value
from simulator.plan.identity import Identity, told_apart


class RuleSet(Value):
    """The rules that were loaded: their name, a hash of their content, and every alert among them."""

    name: str
    digest: str
    alerts: tuple[str, ...]
    rules: tuple[Identity, ...] = ()
    """The same with the labels that their rules give them; empty where the journal does not say."""
    digests: tuple[str, ...] = ()
    """One for each of `rules`; empty: not recorded."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Every alert, with no more labels than tell it from its namesakes."""
        return told_apart(self.rules) or tuple(Identity(alert=name) for name in self.alerts)


class Programs(Value):
    """The versions of what was judged; empty where one did not say."""

    prometheus: str
    alertmanagers: tuple[str, ...]
