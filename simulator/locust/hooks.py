"""Listening to Locust's events: the one place that knows they carry no types."""

from collections.abc import Callable

from locust.event import EventHook


def on(hook: EventHook, listener: Callable[..., None]) -> None:
    """Call `listener` whenever the event fires."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]
