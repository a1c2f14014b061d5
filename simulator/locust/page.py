"""The live "Game day" page in Locust's web UI, and a tab with the latencies from the intended start."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Blueprint, Response, request
from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, select_autoescape
from locust.env import Environment
from locust.web import WebUI

from simulator.base.errors import SimulatorError
from simulator.locust.board import Board
from simulator.locust.gameday import GameDayRun
from simulator.locust.intended import IntendedLatency, p95
from simulator.locust.options import Options
from simulator.locust.traffic_host import check_allowed
from simulator.locust.web_door import WebDoor
from simulator.safety.nets import nets_named

FOLDER = Path(__file__).parent
TAB = "intended"
COLUMNS = {
    "method": "Type",
    "name": "Name",
    "requests": "# Requests",
    "actual": "p95 from the actual start (ms)",
    "intended": "p95 from the intended start (ms)",
}


def add(environment: Environment, board: Board, intended: IntendedLatency, run: GameDayRun) -> None:
    """Add the page and the tab; without a web UI there is nothing to do."""
    web = environment.web_ui
    if web is None or web.app is None:
        return
    WebDoor(web, partial(_refused_host, environment), run.refused_start).install(web.app)
    web.app.register_blueprint(_game_day(web, board), url_prefix=_base_path(environment))
    _add_tab(web, intended)


def _refused_host(environment: Environment, host: str, form: Mapping[str, str]) -> str:
    """What `--host` would be told; the form may name another environment, or a net to do without."""
    request = Options.of(environment).request
    where = form.get("environment") or request.environment
    try:
        check_allowed(host, where, nets_named(form["without"]) if "without" in form else request.without)
    except SimulatorError as error:
        return str(error)
    return ""


def _base_path(environment: Environment) -> str | None:
    given = environment.parsed_options
    return given.web_base_path or None if given is not None else None


def _game_day(web: WebUI, board: Board) -> Blueprint:
    templates = Templates(loader=FileSystemLoader(FOLDER), autoescape=select_autoescape())
    page = templates.get_template("gameday.html")
    blueprint = Blueprint("simulator", __name__)

    @blueprint.route("/gameday")
    @web.auth_required_if_enabled  # type: ignore[untyped-decorator]
    def game_day() -> str:
        return page.render(board=board)

    return blueprint


def _add_tab(web: WebUI, intended: IntendedLatency) -> None:
    structure = [{"key": key, "title": title} for key, title in COLUMNS.items()]
    web.template_args |= {
        "extended_tabs": [{"title": "Intended start", "key": TAB}],
        "extended_tables": [{"key": TAB, "structure": structure}],
    }

    def extend(response: Response) -> Response:
        # Locust's page asks for its statistics here, and shows what stands under this key in our tab.
        if request.path.endswith("/stats/requests") and response.is_json:
            rows = _rows(intended)
            answer = {**response.get_json(), "extended_stats": [{"key": TAB, "data": rows}]}
            response.set_data(json.dumps(answer))
        return response

    if web.app is not None:
        web.app.after_request(extend)


def _rows(intended: IntendedLatency) -> list[dict[str, str | int]]:
    return [
        {
            "method": method,
            "name": name,
            "requests": one.intended.total(),
            "actual": p95(one.actual),
            "intended": p95(one.intended),
        }
        for (method, name), one in sorted(intended.requests.items(), key=lambda item: item[0][::-1])
        if one.intended
    ]
