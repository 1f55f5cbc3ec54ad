"""Celery's file-system broker, for a disk that was full: what there was no room for is left out, and stops nobody."""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import filesystem

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _get(self, queue: str) -> Any:
        """A message that did not fit is an empty file, or the half of one: whoever sent it was told, and it is gone."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                logger.warning("half a message left out queue=%s", queue)

    def _queue_bind(self, exchange: str, *facts: Any) -> None:
        try:
            super()._queue_bind(exchange, *facts)
        except ValueError:
            # Which queues an exchange feeds: written anew by everybody who starts.
            self._exchange_file(exchange).unlink(missing_ok=True)
            super()._queue_bind(exchange, *facts)


class Transport(filesystem.Transport):
    Channel = Channel
