"""A locustfile of a user's whose part of the web page has the name of ours, so that ours cannot be added."""

from typing import Any

from flask import Blueprint
from locust import events
from locust.web import WebUI

from simulator.locust.hooks import on


def take(web_ui: WebUI, **_: Any) -> None:
    assert web_ui.app is not None
    web_ui.app.register_blueprint(Blueprint("simulator", __name__))


on(events.init, take)
