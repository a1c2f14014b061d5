"""Who may do what on Locust's web page: no page of another origin may do anything, whoever's browser shows it.

Locust lets every site read its pages and post to them (CORS for all), and what is posted there starts our game days.
Locust's login, where it is on, comes after this.
"""

import hmac
import secrets
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Flask, Response, jsonify, request
from locust.web import WebUI

from simulator.base.browser import READING, foreign_name, foreign_page

_NEEDED = (
    "refused: what changes something needs the token of this process, a cookie that every page here sets. In a browser"
    " load the page again; with curl take it with `-c JAR` from the start page and show it with `-b JAR`"
)


class WebDoor:
    """Before every route of the page, Locust's own included: `/swarm` is what starts a game day.

    `refused_host` says of a host that was typed into the form, given the form, why it may not have the traffic;
    `refused_start` of a form why no test can start with it now.
    """

    def __init__(
        self,
        web: WebUI,
        refused_host: Callable[[str, Mapping[str, str]], str],
        refused_start: Callable[[Mapping[str, str]], str],
    ) -> None:
        self._refused_host = refused_host
        self._refused_start = refused_start
        self._token = secrets.token_urlsafe(32)
        # A browser shows a host's cookies to all its ports: each Locust has a name of its own.
        self._cookie = f"simulator_token_{web.port}"
        self._names = (web.host.lower(), socket.gethostname().lower())
        # With a login a rebound name is worth nothing: the login's cookie belongs to the true one. So that is also
        # how to reach the page under a name with dots, a proxy's for instance.
        self._any_name = bool(web.web_login)

    def install(self, app: Flask) -> None:
        """Stand before the app's routes from now on."""
        app.before_request(self._refused)
        app.after_request(self._with_token)

    def _refused(self) -> Response | None:
        header = request.headers.get
        reason = "" if self._any_name else foreign_name(header, self._names)
        if reason := reason or foreign_page(request.method, header):
            return _forbidden(reason)
        if request.method in READING:
            return None
        if not self._shows_the_token():
            return _told(_NEEDED)
        host = request.form.get("host")
        reason = self._refused_host(host, request.form) if host else ""
        if not reason and _starts():
            reason = self._refused_start(request.form)
        return _told(reason) if reason else None

    def _shows_the_token(self) -> bool:
        return hmac.compare_digest(request.cookies.get(self._cookie, "").encode(), self._token.encode())

    def _with_token(self, response: Response) -> Response:
        """Pages take it along. Nobody else's page can: browsers send it from this origin only, and in no frame."""
        if response.mimetype == "text/html":
            response.set_cookie(
                self._cookie, self._token, httponly=True, samesite="Strict", secure=request.is_secure
            )
        return response


def _starts() -> bool:
    return request.path.endswith("/swarm")


def _forbidden(reason: str) -> Response:
    return Response(reason, HTTPStatus.FORBIDDEN, mimetype="text/plain")


def _told(reason: str) -> Response:
    """The form shows what Locust's own refusals look like, a success of HTTP; of any other it says "unknown error"."""
    if _starts():
        return jsonify({"success": False, "message": reason})
    return _forbidden(reason)
