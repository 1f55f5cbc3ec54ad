"""Answers as they arrive: the network has its own thread, so that one is taken in while others are on their way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from articles.ingest.room import Share

Arrival = TypeVar("Arrival")
Tell = Callable[[Arrival, Share], Awaitable[None]]
Visits = Callable[[Tell[Arrival]], Coroutine[None, None, None]]
NO_LIMIT = 1_000_000
Patience = Callable[[], float]  # seconds, as they are now


def as_they_arrive(visits: Visits[Arrival], name: str, waiting: int = NO_LIMIT) -> Iterator[Arrival]:
    """What `visits` tells, in that order; the room that one has is given back when the next is asked for.

    Who has told something waits while so many others wait to be read. What `visits` raises is raised here. When no
    more is asked for, the visits are given up. `name` is the thread's.
    """
    with closing(with_lulls(visits, name, waiting)) as arriving:
        for one in arriving:
            if one is not None:
                yield one


def without_end() -> float:
    """The patience of who has nothing else to do."""
    return NO_LIMIT


def with_lulls(
    visits: Visits[Arrival], name: str, waiting: int = NO_LIMIT, patience: Patience = without_end
) -> Generator[Arrival | None, None, None]:
    """As as_they_arrive; None before each wait for one that is still on its way, for who has something left to do.

    It waits for `patience()` seconds, then says None again.
    """
    network = _Network(visits, name, waiting)
    try:
        yield from network.arrivals(patience)
    finally:
        network.stop()


class _Network(Generic[Arrival]):
    """An event loop in a thread of its own, and the answers that have come out of it."""

    def __init__(self, visits: Visits[Arrival], name: str, waiting: int) -> None:
        self.arrived: SimpleQueue[tuple[Arrival, Share] | BaseException | None] = SimpleQueue()
        self.waiting = waiting
        self.is_full = False  # somebody in the loop waits for a place: waking it up costs more than most answers do
        self.has_place = asyncio.Event()
        self.loop = asyncio.new_event_loop()
        self.work = self.loop.create_task(visits(self.tell))
        self.thread = Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self.work)
            self.arrived.put(None)
        except BaseException as error:  # It is raised where the answers are awaited.
            self.arrived.put(error)
        finally:
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    async def tell(self, arrival: Arrival, share: Share) -> None:
        while self.arrived.qsize() >= self.waiting:
            self.has_place.clear()
            self.is_full = True
            # Said first, looked again then: who takes one in between finds somebody to wake, or leaves a place.
            if self.arrived.qsize() >= self.waiting:
                await self.has_place.wait()
        self.arrived.put((arrival, share))

    def arrivals(self, patience: Patience) -> Iterator[Arrival | None]:
        while True:
            if self.arrived.empty():
                yield None
            try:
                one = self.arrived.get(timeout=patience())
            except Empty:
                continue
            if one is None:
                return
            if isinstance(one, BaseException):
                raise one
            arrival, share = one
            if self.is_full and self.arrived.qsize() <= self.waiting // 2:
                self.is_full = False
                self._call(self.has_place.set)
            yield arrival
            share.give_back_from_afar()

    def stop(self) -> None:
        """Whatever is still under way is given up."""
        self._call(self.work.cancel)
        self.thread.join(5)  # A daemon: what does not end in time keeps nobody from ending.

    def _call(self, call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # The loop has done all its work and is closed.
            self.loop.call_soon_threadsafe(call)
