"""The company's own load test. Nothing in it knows that anything is broken meanwhile."""

import random

from locust import HttpUser, between, task


class Buyer(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self) -> None:
        self.last: int | None = None

    @task(2)
    def buy(self) -> None:
        with self.client.post("/orders", catch_response=True) as answer:
            if answer.status_code in (201, 202):
                self.last = answer.json()["id"]

    @task(3)
    def look(self) -> None:
        if self.last is not None:
            self.client.get(f"/orders/{self.last}", name="/orders/[id]")


class Browser(HttpUser):
    wait_time = between(0.2, 0.6)

    @task
    def look_at_something_old(self) -> None:
        self.client.get(f"/orders/{random.randint(1, 5)}", name="/orders/[id]")
