"""Why a verdict is what it is, as values: programs ask these. The words beside them are for people, and nothing reads them."""

from typing import Literal

from simulator.base.values import Value

AlertCause = Literal[
    "arrived",
    "quiet",
    "late",
    "unsure",
    "flapped",
    "stay-unknown",
    "wrong-severity",
    "wrong-route",
    "paged",
    "not-inhibited",
    "missed",
    "held-back",
    "no-rule",
    "rule-broken",
    "loud",
    "already-active",
    "silenced",
    "muted",
    "lost-sight",
    "clock-set",
    "not-effective",
    "unproven-quiet",
]
"""What became of an expected alert. Met: `arrived`, `quiet`.

Breached: `late`; `flapped` (went while its fault lasted); `wrong-severity`; `wrong-route`; `paged` and `not-inhibited`
(it should have been inhibited); `missed`; `held-back` (another alert inhibited it); `no-rule` (none of its name is
loaded); `rule-broken` (Prometheus could not evaluate it); `loud` (it should have been quiet).

Inconclusive: `unsure` (the uncertainty straddles the limit); `stay-unknown`; `already-active`; `silenced`; `muted`;
`lost-sight`; `clock-set`; `not-effective`; `unproven-quiet`.
"""

Reached = Literal["nothing", "pending", "firing", "accepted"]
"""How far an alert came that did not do what it must."""

PanelCause = Literal[
    "moved",
    "stayed",
    "late",
    "unsure",
    "still",
    "not-back",
    "restless",
    "no-such-panel",
    "not-observed",
    "short-baseline",
    "no-data",
    "few-samples",
    "lost-sight",
]
"""What became of an expected panel. `still`: it did not move. `restless`: it moved, and should not have."""

HealingCause = Literal["healed", "late", "unsure", "not-healed", "unseen"]
"""What became of a system that had to come back by itself. `unseen`: nobody looked, or there was nothing to heal."""

LedgerCause = Literal["balanced", "nothing-placed", "not-looked-up", "missing", "doubled", "uncounted"]
"""What became of a wave's books. `uncounted`: Prometheus counted other than the system recorded."""

BrokenCause = Literal[
    "not-steady",
    "no-rules",
    "rules-failing",
    "rules-unknown",
    "rules-unwell",
    "not-effective",
    "no-longer-effective",
    "lost-sight",
    "restarted",
    "clock-unknown",
    "clock-set",
    "harness-unmeasured",
    "harness-starved",
    "generators-changed",
    "workload-silent",
    "too-little-traffic",
    "cut-off",
    "aborted",
    "interrupted",
    "failed",
]
"""Which precondition of an experiment did not hold, so that nothing is proven, neither good nor bad."""

LeftCause = Literal["undo-unconfirmed", "never-undone", "not-recovered"]
"""What an experiment left behind."""

RunCause = Literal["no-canary", "altered", "refused", "aborted", "interrupted", "failed"]
"""Why a whole run proves nothing."""

Cause = (
    AlertCause
    | PanelCause
    | HealingCause
    | LedgerCause
    | BrokenCause
    | LeftCause
    | RunCause
    | Literal["unexpected"]
)
"""Any of them, and `unexpected`: an alert that nobody expects or tolerates."""

About = Literal["alert", "panel", "healing", "unexpected", "precondition", "left", "books", "run"]
"""Which of them: what a reason is about."""


class Broken(Value):
    """A precondition that did not hold, and what is said of it."""

    cause: BrokenCause
    text: str
