"""One line an event: JSON in production, readable elsewhere; ids instead of names, addresses and secrets.

Code logs ids only. The last step of every line is a net under that rule: it blots out what looks like an e-mail
address or a secret, wherever it came from (a path, the message of an exception, another library).
"""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from structlog.typing import EventDict, Processor, WrappedLogger

_NETS = [
    (re.compile(r"(?<=://)[^/\s@\"']*:[^/\s@\"']*@"), "[secret]@"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b(inv|kpit)_[\w-]{16,}"), "[secret]"),
    (re.compile(r"(?<=/password/reset/key/)[^/\s\"']+"), "[secret]"),
    (re.compile(r"(?<=[Bb]earer )[^\s\"']+"), "[secret]"),
]
_REQUEST_ID = re.compile(r"[\w-]{8,64}")

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def blot(_: WrappedLogger, __: str, rendered: object) -> str:
    """After the renderer an event is text."""
    line = str(rendered)
    for pattern, instead in _NETS:
        line = pattern.sub(instead, line)
    return line


def logging_settings(*, as_json: bool, level: str) -> dict[str, Any]:
    """For Django's LOGGING; sets structlog up as well, so that both kinds of loggers end in the same lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": _formatter, "as_json": as_json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django brings handlers of its own: without this every line would appear twice, once unblotted.
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # What people may not open or did not find is in the line of the request; this logger adds crashes.
            "django.request": {"level": "ERROR"},
            # They tell addresses with their queries, and headers: both may be credentials of a source.
            **{name: {"level": "WARNING"} for name in ("urllib3", "boto3", "botocore", "sqlalchemy.engine")},
        },
    }


def _formatter(*, as_json: bool) -> structlog.stdlib.ProcessorFormatter:
    """Tracebacks without local variables: those may hold a password or a row of somebody's file."""
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[_without_path, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, blot],
    )


def _without_path(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Django's own line about a request that failed names its path, where RequestLog names the route."""
    event.pop("request", None)
    if event.get("logger") == "django.request":
        event["event"] = str(event["event"]).partition(":")[0]
    return event


class RequestLog:
    """Gives each request an id, which its lines carry and the response names, and writes one line at its end.

    The line has the route, not the path: paths hold secrets of invitations and resets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("kpitracker.requests")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        start = time.perf_counter()
        response = self.get_response(request)
        self.log.info(
            "request",
            method=request.method,
            route=request.resolver_match.route if request.resolver_match else None,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - start) * 1000),
        )
        structlog.contextvars.clear_contextvars()
        response.headers["X-Request-ID"] = request_id
        return response
