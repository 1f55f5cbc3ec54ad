"""Answers as they arrive: the network has its own thread, so that one is taken in while others are on their way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from articles.ingest.room import Share

Arrival = TypeVar("Arrival")
Tell = Callable[[tuple[Arrival, Share]], None]


def as_they_arrive(visits: Callable[[Tell[Arrival]], Coroutine[None, None, None]], name: str) -> Iterator[Arrival]:
    """What `visits` tells, in that order; the room that one has is given back when the next is asked for.

    What `visits` raises is raised here. `name` is the thread's.
    """
    arrived: SimpleQueue[tuple[Arrival, Share] | BaseException | None] = SimpleQueue()
    network = Thread(target=_run, args=(visits, arrived), name=name, daemon=True)
    network.start()
    while (one := arrived.get()) is not None:
        if isinstance(one, BaseException):
            raise one
        arrival, share = one
        yield arrival
        share.give_back_from_afar()
    network.join()


def _run(visits: Callable[[Tell[Arrival]], Coroutine[None, None, None]], arrived: SimpleQueue) -> None:
    try:
        asyncio.run(visits(arrived.put))
        arrived.put(None)
    except BaseException as error:  # It is raised where the answers are awaited.
        arrived.put(error)
