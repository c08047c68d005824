"""What the server logs about requests that it cannot read, or that fail."""

import logging
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import PayloadAccessError, RequestPayloadError

from ticket24.web.metrics import Metrics

log = structlog.get_logger()

# Faults of a request, never ours: anybody can send one.
_THEIRS = (
    *(HttpProcessingError, RequestPayloadError, PayloadAccessError),
    ConnectionResetError,  # They asked whether to go on, and hung up.
)


class RequestLog(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's logger for requests, without any words from them.

    aiohttp writes a traceback that contains the bad line, up to 8 kB for each request.
    """

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.getLogger("aiohttp.server"), {})
        self._metrics = metrics

    def log(
        self,
        level: int,
        msg: object,
        *args: object,
        exc_info: Any = None,  # noqa: ANN401  As logging has it.
        **more: Any,  # noqa: ANN401  As above.
    ) -> None:
        """Count requests that cannot be read; pass on failures."""
        if isinstance(exc_info, _THEIRS):
            self._metrics.unreadable.inc()
            log.info("request_unreadable", reason=type(exc_info).__name__)
        elif isinstance(exc_info, Exception):
            log.error("request_failed", exc_info=exc_info)
        else:
            super().log(level, msg, *args, exc_info=exc_info, **more)
