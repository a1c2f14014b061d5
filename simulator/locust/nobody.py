"""A locustfile without traffic, for where there is some anyway: Locust needs somebody, who only waits."""

from locust import User, constant, task


class Nobody(User):
    """Stays until the run is over."""

    wait_time = constant(1)

    @task
    def wait(self) -> None:
        """Do nothing, again and again."""
