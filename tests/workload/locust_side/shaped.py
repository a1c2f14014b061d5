"""A locustfile of a user's with a load shape of Locust's, during which Locust itself listens to no SIGTERM."""

from locust import LoadTestShape


class Steady(LoadTestShape):
    """The same users for ever."""

    def tick(self) -> tuple[int, float]:
        return 20, 20.0
