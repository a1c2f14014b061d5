"""report.html: one self-contained file, no script and nothing fetched, for the people who were not there."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from simulator.judge.verdict import RunVerdict
from simulator.report import words
from simulator.report.contract import Format
from simulator.report.page import moment_of, page
from simulator.report.spread import within


def render(verdict: RunVerdict) -> bytes:
    """The page; works from file://, in light and dark, on a phone and on paper."""
    text = templates().get_template("report.html.j2").render(page=page(verdict))
    return words.plain(text).encode()


@cache
def templates() -> Environment:
    """The templates of pages, and the words that they know."""
    environment = Environment(
        loader=PackageLoader("simulator.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        *(words.seconds, words.give_or_take, words.duration, words.utc),
        *(words.count, words.told, words.blindness, words.not_checked, words.amount),
    )
    for filter_ in filters:
        environment.filters[filter_.__name__] = filter_
    environment.globals.update(moment_of=moment_of, within=within, nothing=words.NOTHING)
    return environment


FORMAT = Format(name="html", filename="report.html", render=render)
