from __future__ import annotations

import asyncio
from random import Random

from articles.ingest.room import FREE_BYTES, Room, Share

MEGABYTE = 1024 * 1024


async def grow(share: Share, size: int, chance: Random) -> None:
    """A body that comes in pieces."""
    held = 0
    while held < size:
        held = min(size, held + chance.randrange(1, 300_000))
        await share.hold(held)
        if chance.random() < 0.3:
            share.settle(held - chance.randrange(held))
        await asyncio.sleep(0)
    await share.hold(size)


def test_many_bodies_share_a_small_room_and_all_arrive_f05():
    async def batch(seed: int) -> tuple[int, int]:
        chance, room = Random(seed), Room(3 * MEGABYTE)
        lowest = room.left

        async def one() -> None:
            nonlocal lowest
            share = Share(room)
            await grow(share, chance.choice([10_000, FREE_BYTES + 1, MEGABYTE, 2 * MEGABYTE]), chance)
            lowest = min(lowest, room.left)
            await asyncio.sleep(chance.random() / 1000)
            share.give_back()

        async with asyncio.timeout(10):
            await asyncio.gather(*(one() for _ in range(25)))
        return room.left, lowest

    for seed in range(8):
        left, lowest = asyncio.run(batch(seed))
        assert left == 3 * MEGABYTE
        assert lowest >= -2 * MEGABYTE


def test_who_needs_no_room_is_not_let_before_who_waits():
    async def run() -> None:
        room = Room(MEGABYTE)
        large, other, small = Share(room), Share(room), Share(room)
        await large.hold(3 * MEGABYTE)
        await small.hold(1000)
        assert room.first is large
        waiting = asyncio.create_task(other.hold(2 * MEGABYTE))
        await asyncio.sleep(0)
        assert not waiting.done()
        large.give_back()
        async with asyncio.timeout(2):
            await waiting

    asyncio.run(run())


def test_room_comes_back_from_another_thread_and_who_took_none_wakes_nobody():
    async def run() -> None:
        room = Room(MEGABYTE)
        large, other, small = Share(room), Share(room), Share(room)
        await small.hold(1000)
        await large.hold(3 * MEGABYTE)
        waiting = asyncio.create_task(other.hold(2 * MEGABYTE))
        await asyncio.to_thread(small.give_back_from_afar)
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await asyncio.to_thread(large.give_back_from_afar)
        async with asyncio.timeout(2):
            await waiting
        other.give_back()
        assert room.left == MEGABYTE

    asyncio.run(run())
