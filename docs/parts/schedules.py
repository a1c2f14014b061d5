"""The files of schedules, and of whom they tell: every key."""

from docs.parts.markdown import key_table, prose
from simulator.schedule.models import Notify, Schedule
from simulator.schedule.notices import Mail, Slack, Webhook


def schedule_keys() -> str:
    """Every key of a schedule."""
    below = f"### `notify`\n\n{prose(Notify.__doc__)}\n\n{key_table(Notify)}"
    return f"{key_table(Schedule, without=['name'])}\n{below}"


def notify_keys() -> str:
    """Every kind of target, and its keys."""
    kinds = (Webhook, Slack, Mail)
    return "\n".join(
        f"### `kind: {kind.__name__.lower()}`\n\n{prose(kind.__doc__)}\n\n{key_table(kind, without=['kind'])}"
        for kind in kinds
    )
