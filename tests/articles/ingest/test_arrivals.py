"""What the network brings is handed over in its order, and never far ahead of who reads it."""

from __future__ import annotations

import asyncio
import time

import pytest

from articles.ingest.arrivals import Tell, as_they_arrive
from articles.ingest.room import Room, Share

WAITING = 4


def test_everything_that_is_told_arrives_in_its_order_and_waits_for_a_slow_reader():
    told: list[int] = []

    async def visits(tell: Tell[int]) -> None:
        room = Room(1)
        for number in range(50):
            await tell(number, Share(room))
            told.append(number)

    read = []
    for number in as_they_arrive(visits, "test", WAITING):
        time.sleep(0.002)
        read.append(number)
        # The one in hand, and one that is on its way from the queue into the list.
        assert len(told) - len(read) <= WAITING + 1
    assert read == told == list(range(50))


def test_many_that_wait_to_tell_something_are_all_heard():
    async def visits(tell: Tell[int]) -> None:
        room = Room(1)
        await asyncio.gather(*(tell(number, Share(room)) for number in range(200)))

    assert sorted(as_they_arrive(visits, "test", WAITING)) == list(range(200))


def test_what_breaks_in_the_network_is_raised_where_it_is_read():
    async def visits(tell: Tell[int]) -> None:
        await tell(1, Share(Room(1)))
        raise LookupError("broken")

    arriving = as_they_arrive(visits, "test", WAITING)
    assert next(arriving) == 1
    with pytest.raises(LookupError, match="broken"):
        next(arriving)
