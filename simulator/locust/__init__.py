"""Everything in Locust's own processes. In a locustfile of yours: `from simulator.locust import install; install()`."""


def install() -> None:
    """Add game days, their options and their page to this Locust; once, however often it is called."""
    from simulator.locust import plugin  # noqa: PLC0415  it brings Locust along, which patches the whole process

    plugin.install()
