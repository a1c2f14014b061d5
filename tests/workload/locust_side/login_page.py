"""A locustfile beside ours: the login that `--web-login` wants somebody to write. One person, no password."""

# Locust first: it patches the sockets.
import locust  # noqa: F401  isort:skip

from typing import Any

from flask import redirect
from flask_login import UserMixin, login_user
from locust import events
from locust.env import Environment
from werkzeug import Response

from simulator.locust.hooks import on


class Person(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Whoever logs in."""

    def get_id(self) -> str:
        return "somebody"


def add_login(environment: Environment, **_: Any) -> None:
    web = environment.web_ui
    assert web is not None
    assert web.app is not None
    web.app.secret_key = "known to this test alone"
    web.login_manager.user_loader(lambda _: Person())

    @web.app.route("/log-in-now", methods=["POST"])
    def log_in_now() -> Response:
        login_user(Person())
        return redirect("/gameday")


on(events.init, add_login)
