"""How much memory the bodies of many visits may take together: past it they wait, and one goes on, so that room comes.

A body counts from its first bytes until somebody has read it. For one event loop.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

FREE_BYTES = 256 * 1024  # that every body has in any case: most feeds never wait


class Room:
    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes  # below zero by one body at the most
        self.first: Share | None = None  # that goes on although there is no room
        self._changed = asyncio.Event()

    async def change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def tell(self) -> None:
        if self.left >= 0:
            self.first = None
        self._changed.set()


class Share:
    """What one body has of a room."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.byte_count = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    def fits(self, size: int) -> bool:
        """Whether a body may grow to this size now."""
        return max(size - FREE_BYTES, 0) - self.byte_count <= max(self.room.left, 0) or self.room.first in {None, self}

    async def hold(self, size: int) -> None:
        """Wait until the body may have this size."""
        self.loop = asyncio.get_running_loop()
        while not self.fits(size):
            await self.room.change()
        self.settle(size)
        # Not whoever needs nothing: it would be first without an end.
        if self.room.left < 0 and self.room.first is None:
            self.room.first = self

    def settle(self, size: int) -> None:
        """The body has this size, which is no more than it was allowed."""
        count = max(size - FREE_BYTES, 0)
        self.room.left += self.byte_count - count
        self.byte_count = count
        self.room.tell()

    def give_back(self) -> None:
        self.settle(0)
        if self.room.first is self:
            self.room.first = None

    def give_back_from_afar(self) -> None:
        """As give_back, from another thread than the event loop's."""
        # Most bodies have taken none: waking the loop for each of them would cost as much as taking its answer in.
        has_room = self.byte_count > 0 or self.room.first is self
        if self.loop is not None and has_room:
            with suppress(RuntimeError):  # The loop has done all its work and is closed.
                self.loop.call_soon_threadsafe(self.give_back)
