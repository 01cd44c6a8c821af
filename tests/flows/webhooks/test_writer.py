import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from flows.webhooks.writer import MOST_BYTES, MOST_EVENTS, Unwritten, Writer
from warehouse.arrivals import Incoming, Unstorable
from warehouse.errors import WarehouseUnavailable


class Memory:
    """Stores events in a list, when it may."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.may = threading.Event()
        self.may.set()
        self.refusal: Callable[[list[Incoming]], Exception | None] = lambda _: None
        self.closed = False

    @property
    def keys(self) -> list[str]:
        return [key for commit in self.commits for key in commit]

    def store(self, events: list[Incoming]) -> int:
        self.may.wait(10)
        if error := self.refusal(events):
            raise error
        self.commits.append([event.event_key for event in events])
        return len(events)

    def close(self) -> None:
        self.closed = True


def event(key: str = "a", payload: bytes = b"P{}") -> Incoming:
    return Incoming("hubspot", key, "x", "contacts", "5", "changed", None, payload)


@asynccontextmanager
async def writing(memory: Memory, **options: float) -> AsyncIterator[Writer]:
    writer = Writer(memory, **options)  # type: ignore[arg-type]
    running = asyncio.create_task(writer.run())
    yield writer
    memory.may.set()
    await writer.close(running)


async def taken(writer: Writer, number: int) -> None:
    while len(writer._queue) < number:
        await asyncio.sleep(0.001)


async def test_what_was_stored_is_answered():
    async with writing(memory := Memory()) as writer:
        await writer.store([event()])

        assert memory.commits == [["a"]]


async def test_what_comes_during_a_commit_goes_into_the_next():
    async with writing(memory := Memory()) as writer:
        memory.may.clear()
        first = asyncio.create_task(writer.store([event("first")]))
        await asyncio.sleep(0.02)
        others = [asyncio.create_task(writer.store([event(str(n))])) for n in range(50)]
        await taken(writer, 50)
        assert not first.done()

        memory.may.set()
        await asyncio.gather(first, *others)

        assert memory.commits == [["first"], [str(n) for n in range(50)]]


async def test_nothing_is_answered_before_its_commit():
    async with writing(memory := Memory()) as writer:
        memory.may.clear()
        storing = asyncio.create_task(writer.store([event()]))
        await asyncio.sleep(0.05)

        assert not storing.done()
        assert memory.commits == []


async def test_a_transaction_has_its_limits():
    async with writing(memory := Memory()) as writer:
        memory.may.clear()
        tasks = [asyncio.create_task(writer.store([event("first")]))]
        await asyncio.sleep(0.02)
        batches = [
            [event("many")] * MOST_EVENTS,
            [event("one more")],
            [event("large", b"x" * MOST_BYTES)],
            [event("small")],
        ]
        tasks += [asyncio.create_task(writer.store(batch)) for batch in batches]
        await taken(writer, 4)

        memory.may.set()
        await asyncio.gather(*tasks)

        assert [sorted(set(commit)) for commit in memory.commits] == [
            ["first"],
            ["many"],
            ["one more"],
            ["large"],
            ["small"],
        ]


async def test_a_full_queue_is_said_at_once():
    async with writing(memory := Memory(), most_waiting=3) as writer:
        memory.may.clear()
        tasks = [asyncio.create_task(writer.store([event("first")]))]
        await asyncio.sleep(0.02)
        tasks += [asyncio.create_task(writer.store([event(str(n))])) for n in range(3)]
        await taken(writer, 3)

        with pytest.raises(Unwritten):
            await writer.store([event("too much")])

        memory.may.set()
        await asyncio.gather(*tasks)
        assert memory.keys == ["first", "0", "1", "2"]


async def test_a_short_absence_is_sat_out(caplog: pytest.LogCaptureFixture):
    failures = iter([WarehouseUnavailable("gone")] * 3)
    async with writing(memory := Memory()) as writer:
        memory.refusal = lambda _: next(failures, None)

        with caplog.at_level(logging.WARNING, "crm_sync"):
            await asyncio.gather(writer.store([event("a")]), writer.store([event("b")]))

        assert sorted(memory.keys) == ["a", "b"]
        said = [record.message for record in caplog.records]
        assert said == [
            "webhooks cannot be stored, senders are asked to try again: gone",
            "webhooks are stored again",
        ]


async def test_a_long_absence_is_told_and_what_was_told_so_is_not_written_later():
    async with writing(memory := Memory(), patience=0.3) as writer:
        memory.refusal = lambda _: WarehouseUnavailable("gone")
        with pytest.raises(Unwritten):
            await writer.store([event("lost")])

        memory.refusal = lambda _: None
        await writer.store([event("later")])

        assert memory.keys == ["later"]


async def test_a_server_that_hangs_keeps_nobody_waiting():
    async with writing(memory := Memory(), patience=0.1) as writer:
        memory.may.clear()

        with pytest.raises(Unwritten):
            await writer.store([event()])


async def test_an_unforeseen_error_does_not_end_the_writer():
    errors = iter([RuntimeError("bug")])
    async with writing(memory := Memory()) as writer:
        memory.refusal = lambda _: next(errors, None)

        await writer.store([event()])

        assert memory.keys == ["a"]


async def test_one_delivery_that_cannot_be_stored_does_not_keep_others_from_it():
    def refuse(events: list[Incoming]) -> Exception | None:
        return Unstorable("no") if any(one.event_key == "bad" for one in events) else None

    async with writing(memory := Memory()) as writer:
        memory.may.clear()
        tasks = [asyncio.create_task(writer.store([event("first")]))]
        await asyncio.sleep(0.02)
        tasks += [asyncio.create_task(writer.store([event(key)])) for key in ("a", "bad", "b")]
        await taken(writer, 3)
        memory.refusal = refuse

        memory.may.set()
        await asyncio.gather(*tasks)

        kept = memory.keys
        assert [key for key in kept if not key.startswith("refused:")] == ["first", "a", "b"]
        assert len(kept) == 4


async def test_what_cannot_be_kept_in_any_form_is_not_answered_well():
    async with writing(memory := Memory()) as writer:
        memory.refusal = lambda _: Unstorable("no")

        with pytest.raises(Unwritten):
            await writer.store([event()])


async def test_who_gave_up_is_not_written_for():
    async with writing(memory := Memory()) as writer:
        memory.may.clear()
        first = asyncio.create_task(writer.store([event("first")]))
        await asyncio.sleep(0.02)
        given_up = asyncio.create_task(writer.store([event("given up")]))
        await taken(writer, 1)
        given_up.cancel()
        await asyncio.sleep(0)

        memory.may.set()
        await first
        await writer.store([event("last")])

        assert memory.keys == ["first", "last"]


async def test_to_close_is_to_finish_what_was_taken_and_take_nothing_more():
    memory = Memory()
    writer = Writer(memory)
    running = asyncio.create_task(writer.run())
    memory.may.clear()
    tasks = [asyncio.create_task(writer.store([event(str(n))])) for n in range(20)]
    await asyncio.sleep(0.02)

    closing = asyncio.create_task(writer.close(running))
    await asyncio.sleep(0.02)
    with pytest.raises(Unwritten):
        await writer.store([event("late")])
    memory.may.set()
    await asyncio.gather(*tasks, closing)

    assert sorted(memory.keys, key=int) == [str(n) for n in range(20)]
    assert memory.closed


async def test_to_ask_whether_events_can_be_stored_stores_none():
    async with writing(memory := Memory(), patience=0.2) as writer:
        await writer.store(())
        assert memory.keys == []

        memory.refusal = lambda _: WarehouseUnavailable("gone")
        with pytest.raises(Unwritten):
            await writer.store(())
