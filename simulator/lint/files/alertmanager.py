"""Alertmanager's configuration: routes, receivers, inhibition and time intervals, with their lines.

The keys are those of Alertmanager 0.22 to 0.28 and later together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.base.names import brief, nearest, shown
from simulator.lint.files.marked import Items, Keys, Node, Scalar
from simulator.lint.files.reading import Reading
from simulator.lint.problems import Place
from simulator.plan.matchers import Matcher, parse_matchers
from simulator.preflight.routing import Route, Routes

_TOP = (
    *("global", "templates", "route", "inhibit_rules", "receivers", "time_intervals", "mute_time_intervals"),
    "tracing",
)
_GLOBAL = (
    *("resolve_timeout", "http_config", "smtp_*", "slack_*", "pagerduty_url", "opsgenie_*", "victorops_*"),
    *("wechat_*", "telegram_*", "webex_*", "rocketchat_*", "jira_*", "mattermost_*", "incidentio_*"),
)
_ROUTE = (
    *("receiver", "group_by", "group_wait", "group_interval", "repeat_interval", "match", "match_re"),
    *("matchers", "continue", "routes", "mute_time_intervals", "active_time_intervals"),
)
_INHIBIT = (
    *("source_match", "source_match_re", "source_matchers", "target_match", "target_match_re"),
    *("target_matchers", "equal", "name"),
)
_CONFIGS = "_configs"
_KINDS = (
    *(
        "discord",
        "email",
        "incidentio",
        "jira",
        "mattermost",
        "msteams",
        "msteamsv2",
        "opsgenie",
        "pagerduty",
    ),
    *("pushover", "rocketchat", "slack", "sns", "telegram", "victorops", "webex", "webhook", "wechat"),
)
_RECEIVER = ("name", *(f"{kind}{_CONFIGS}" for kind in _KINDS))
_WEBHOOK = ("send_resolved", "http_config", "url", "url_file", "max_alerts", "timeout", "payload")
_SCHEMES = ("http://", "https://", "<")
"""Of an address; Alertmanager itself shows secrets as `<secret>`."""
_SPAN = ("times", "weekdays", "days_of_month", "months", "years", "location")
_TRUE = {"true", "yes", "on", "y"}
_FALSE = {"false", "no", "off", "n"}


@dataclass(frozen=True)
class Receiver:
    """Whom a page goes to."""

    name: str
    place: Place
    kinds: tuple[str, ...]
    """By which means; none: it tells nobody."""


@dataclass(frozen=True)
class Inhibition:
    """While a source fires, targets with the same values of the labels in `equal` are kept back."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Alertmanager:
    """One configuration."""

    place: Place
    routes: Routes | None
    """None: they cannot be read."""
    lines: Mapping[tuple[int, ...], int]
    """Of the routes, by their place in the tree."""
    receivers: Mapping[str, Receiver]
    inhibitions: tuple[Inhibition, ...]

    def place_of(self, route: Route) -> Place:
        """Where a route begins."""
        return Place(self.place.file, self.lines.get(route.place, self.place.line))


def read_alertmanager(file: str, root: Node | None, reading: Reading) -> Alertmanager:
    """What an alertmanager.yml says; what is wrong with it is kept by the reading."""
    top = reading.keys(root, "the configuration", _TOP)
    common = reading.keys(top.entries.get("global"), "global", _GLOBAL)
    reading.seconds(common.entries.get("resolve_timeout"), "resolve_timeout")
    receivers = _receivers(file, top.entries.get("receivers"), reading)
    tree = _Tree(reading, frozenset(receivers), _intervals(top, reading))
    before = len(reading.problems)
    route = tree.root(top.entries.get("route"), top.line)
    routes = None
    if route is not None and len(reading.problems) == before:
        routes = _routes(route, top, reading)
    return Alertmanager(
        place=Place(file),
        routes=routes,
        lines=tree.lines,
        receivers=receivers,
        inhibitions=tuple(_inhibitions(file, top.entries.get("inhibit_rules"), reading)),
    )


def _routes(route: Mapping[str, Any], top: Keys, reading: Reading) -> Routes | None:
    intervals: dict[str, Any] = {
        name: _plain(top.entries[name])
        for name in ("time_intervals", "mute_time_intervals")
        if name in top.entries
    }
    try:
        return Routes.of({"route": route, **intervals})
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        line = min((top.lines[name] for name in intervals), default=top.lines["route"])
        reading.refuse(line, f"the time intervals cannot be read: {brief(str(error))}", "correct them")
        return None


def _receivers(file: str, node: Node | None, reading: Reading) -> dict[str, Receiver]:
    found: dict[str, Receiver] = {}
    for entry in reading.items(node, "receivers"):
        keys = reading.keys(entry, "a receiver", _RECEIVER)
        name = reading.text(keys.entries.get("name"), "name")
        line = keys.lines.get("name", entry.line)
        if not name:
            reading.refuse(entry.line, "a receiver has no name", "give it a name of its own")
        elif name in found:
            reading.refuse(
                line,
                f"the receiver {shown(name)} is there already, in line {found[name].place.line}",
                "give each receiver a name of its own",
            )
        kinds = tuple(
            key.removesuffix(_CONFIGS)
            for key, value in keys.entries.items()
            if key.endswith(_CONFIGS) and reading.items(value, key)
        )
        for webhook in reading.items(keys.entries.get("webhook_configs"), "webhook_configs"):
            _webhook(webhook, reading)
        found.setdefault(name, Receiver(name, Place(file, line), kinds))
    return found


def _webhook(node: Node, reading: Reading) -> None:
    keys = reading.keys(node, "a webhook_config", _WEBHOOK)
    url = reading.text(keys.entries.get("url"), "url")
    if "url" in keys.entries and not url.startswith(_SCHEMES):
        reading.refuse(keys.lines["url"], f"{shown(url)} is no address", "begin it with http:// or https://")


def _intervals(top: Keys, reading: Reading) -> frozenset[str]:
    names: list[str] = []
    for key in ("time_intervals", "mute_time_intervals"):
        for entry in reading.items(top.entries.get(key), key):
            keys = reading.keys(entry, "a time interval", ("name", "time_intervals"))
            name = reading.text(keys.entries.get("name"), "name")
            line = keys.lines.get("name", entry.line)
            if not name:
                reading.refuse(entry.line, "a time interval has no name", "give it a name of its own")
            elif name in names:
                reading.refuse(
                    line, f"the time interval {shown(name)} is there already", "rename one of them"
                )
            names.append(name)
            for span in reading.items(keys.entries.get("time_intervals"), "time_intervals"):
                reading.keys(span, "an entry of time_intervals", _SPAN)
    return frozenset(names)


@dataclass
class _Tree:
    """Reads the routing tree, and remembers where each route begins."""

    reading: Reading
    receivers: frozenset[str]
    intervals: frozenset[str]

    def __post_init__(self) -> None:
        self.lines: dict[tuple[int, ...], int] = {}

    def root(self, node: Node | None, line: int) -> Mapping[str, Any] | None:
        """As plain values, which `Routes` reads; None where there is none."""
        if node is None:
            self.reading.refuse(line, "there is no route", "add one, with a receiver")
            return None
        keys = self.reading.keys(node, "the route")
        if not self.reading.text(keys.entries.get("receiver"), "receiver"):
            self.reading.refuse(keys.line, "the first route has no receiver", "name one")
        for key in ("match", "match_re", "matchers", "mute_time_intervals", "active_time_intervals"):
            if _has_something(keys.entries.get(key)):
                self.reading.refuse(
                    keys.lines[key], f"the first route has {key}:, and it must take every alert", "remove it"
                )
        if keys.entries.get("continue") is not None and _text_of(keys.entries["continue"]).lower() in _TRUE:
            self.reading.refuse(keys.lines["continue"], "the first route has continue:", "remove it")
        return self._route(keys, ())

    def _route(self, node: Node, place: tuple[int, ...]) -> Mapping[str, Any]:
        reading = self.reading
        keys = reading.keys(node, "a route", _ROUTE)
        self.lines[place] = keys.line
        receiver = reading.text(keys.entries.get("receiver"), "receiver")
        if receiver and receiver not in self.receivers:
            reading.refuse(
                keys.lines["receiver"],
                f"the receiver {shown(receiver)} is not there{nearest(receiver, self.receivers)}",
                "name one that is, or add it",
            )
        self._times(keys)
        self._grouping(keys)
        self._conditions(keys)
        goes_on = keys.entries.get("continue")
        if goes_on is not None and not _is_boolean(goes_on):
            reading.refuse(keys.lines["continue"], "continue: is neither true nor false", "write true")
        children = reading.items(keys.entries.get("routes"), "routes")
        below = [self._route(child, (*place, at)) for at, child in enumerate(children)]
        plain: dict[str, Any] = (
            _plain(Keys({k: v for k, v in keys.entries.items() if k != "routes"}, {}, 1)) or {}
        )
        return {**plain, "routes": below}

    def _times(self, keys: Keys) -> None:
        for key in ("group_wait", "group_interval", "repeat_interval"):
            waits = self.reading.seconds(keys.entries.get(key), key)
            if waits == 0 and key != "group_wait":
                self.reading.refuse(keys.lines[key], f"{key} is 0", "write at least 1s")
        for key in ("mute_time_intervals", "active_time_intervals"):
            for name in self.reading.texts(keys.entries.get(key), key):
                if name not in self.intervals:
                    self.reading.refuse(
                        keys.lines[key],
                        f"the time interval {shown(name)} is not there{nearest(name, self.intervals)}",
                        "name one that is, or add it",
                    )

    def _grouping(self, keys: Keys) -> None:
        labels = self.reading.texts(keys.entries.get("group_by"), "group_by")
        if "..." in labels and len(labels) > 1:
            self.reading.refuse(
                keys.lines["group_by"], "group_by has '...' beside other labels", "keep one of them"
            )
        elif len(set(labels)) < len(labels):
            self.reading.refuse(keys.lines["group_by"], "group_by names a label twice", "remove one of them")

    def _conditions(self, keys: Keys) -> None:
        for suffix in ("match", "match_re", "matchers"):
            _matchers(keys, suffix, self.reading)


def _matchers(keys: Keys, key: str, reading: Reading) -> tuple[Matcher, ...]:
    """The matchers under one key, in any of the three spellings; those that cannot be read are refused at their line."""
    node = keys.entries.get(key)
    found: list[Matcher] = []
    if key.endswith("matchers"):
        written = [(one, reading.text(one, key)) for one in reading.items(node, key)]
        for one, text in written:
            try:
                found += parse_matchers(text)
            except ValueError as error:
                reading.refuse(one.line, f"{key}: {brief(str(error))}", 'write it as in severity="critical"')
        return tuple(found)
    listed = reading.keys(node, key)
    for label, value in listed.entries.items():
        try:
            found.append(Matcher(label, "=~" if key.endswith("_re") else "=", reading.text(value, label)))
        except ValueError as error:
            reading.refuse(listed.lines[label], f"{key}: {brief(str(error))}", "correct the expression")
    return tuple(found)


def _inhibitions(file: str, node: Node | None, reading: Reading) -> Iterator[Inhibition]:
    for entry in reading.items(node, "inhibit_rules"):
        keys = reading.keys(entry, "an inhibit_rule", _INHIBIT)
        before = len(reading.problems)
        sides = [
            tuple(
                one
                for suffix in ("match", "match_re", "matchers")
                for one in _matchers(keys, f"{side}_{suffix}", reading)
            )
            for side in ("source", "target")
        ]
        equal = reading.texts(keys.entries.get("equal"), "equal")
        if len(reading.problems) == before:
            yield Inhibition(sides[0], sides[1], equal, Place(file, entry.line))


def _has_something(node: Node | None) -> bool:
    if isinstance(node, Items):
        return bool(node.items)
    return bool(node.entries) if isinstance(node, Keys) else False


def _is_boolean(node: Node) -> bool:
    return isinstance(node, Scalar) and (node.is_nothing or node.text.lower() in _TRUE | _FALSE)


def _text_of(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _plain(node: Node) -> Any:
    """Lists and mappings of texts, as `Routes` takes them."""
    match node:
        case Scalar():
            return "" if node.is_nothing else node.text
        case Items():
            return [_plain(one) for one in node.items]
        case Keys():
            return {name: _plain(value) for name, value in node.entries.items()}
