"""JSON lines on stdout with ERPGo's fields."""

import logging
import sys
from contextvars import ContextVar
from dataclasses import dataclass

import structlog


@dataclass
class LogContext:
    """Who asked: bound for the time of one request and added to each of its log lines."""

    correlation_id: str
    trace_id: str
    request_id: str
    user_id: str = ""


current: ContextVar[LogContext | None] = ContextVar("current", default=None)


def configure(level: str) -> None:
    """Send our own and the libraries' log lines to stdout as JSON."""
    shared: list[structlog.typing.Processor] = [
        _add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _name_component],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                _name_error,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # The pool tells every retry of an outage; our own lines tell its start and its end.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def logger(component: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of one component."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=component)
    return bound


def _add_request(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    context = current.get()
    if context is not None:
        event["correlation_id"] = context.correlation_id
        event["trace_id"] = context.trace_id
        event["request_id"] = context.request_id
        event["user_id"] = context.user_id
    return event


def _name_component(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    record = event.get("_record")
    event["component"] = record.name if record is not None else "unknown"
    return event


def _name_error(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Fold a traceback into ERPGo's one `error` field."""
    info = event.pop("exc_info", None)
    if info:
        caught = info if isinstance(info, tuple) else sys.exc_info()
        event["error"] = "".join(
            structlog.processors.format_exc_info(None, "", {"exc_info": caught})["exception"]
        )
    return event
