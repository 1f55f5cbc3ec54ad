from __future__ import annotations

import os
import pickle
import signal
import subprocess
import time

import pytest

from articles.ingest.child import LimitedChild, TooMuchWork

HERE = "tests.articles.ingest.test_child"


class Order:
    """Has whoever reads it run a command."""

    def __reduce__(self) -> tuple:
        return os.mkdir, ("/nonexistent/made",)


def work(argument: str) -> object:
    """What the child is asked to do in these tests."""
    match argument:
        case "loop":
            while True:
                try:
                    sum(range(1000))
                except Exception:  # What a parser does that catches whatever comes.
                    continue
        case "memory":
            return len(bytearray(4 << 30))
        case "raise":
            raise KeyError("a bug")
        case "print":
            print("a library talks")
            return "done"
        case "secrets":
            return sorted(os.environ)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "id":
            return os.getpid()
        case "takeover":
            return Order()
    return argument


@pytest.fixture
def child():
    one = LimitedChild(f"{HERE}:work", memory_mb=512)
    yield one
    one.close()


def test_one_process_answers_call_after_call(child):
    assert child.call("id", 5) == child.call("id", 5) != os.getpid()
    assert child.call("x" * 3_000_000, 5) == "x" * 3_000_000


def test_signals_that_come_while_a_document_is_handed_over_lose_nothing_of_it(child):
    document, came = os.urandom(20_000_000).hex(), []
    kept = signal.signal(signal.SIGALRM, lambda *_: came.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        answer = child.call(document, 10)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, kept)
    assert answer == document
    assert came


def test_each_question_has_its_own_answer_whoever_waits_first(child):
    first, second, third = (child.ask(word, 5) for word in ("first", "second", "third"))
    assert child.call("fourth", 5) == "fourth"
    assert [child.answer_to(asked) for asked in (third, first, second)] == ["third", "first", "second"]
    assert child.answer_to(first) == "first"


def test_a_question_that_breaks_a_limit_costs_the_next_one_nothing_f42(child):
    before, bad = child.ask("before", 5), child.ask("loop", 0.2)
    after = child.ask("after", 5)
    assert [child.answer_to(before), child.answer_to(after)] == ["before", "after"]
    with pytest.raises(TooMuchWork, match="too long"):
        child.answer_to(bad)


def test_an_answer_is_plain_data_and_no_order_to_us(child):
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        child.call("takeover", 5)
    assert child.call("x", 5) == "x"


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("loop", "It takes too long to read."),
        ("memory", "It takes too much memory to read."),
        ("die", "It takes too much memory to read."),  # the system ends what takes too much of it
    ],
)
def test_a_call_that_breaks_a_limit_ends_and_the_next_one_works_f42(child, argument, reason):
    child.call("warm", 5)
    with pytest.raises(TooMuchWork, match=reason):
        child.call(argument, 0.2)
    assert child.call("again", 5) == "again"


def test_a_bug_is_told_with_its_trace(child):
    with pytest.raises(RuntimeError, match="KeyError: 'a bug'"):
        child.call("raise", 5)
    assert child.call("again", 5) == "again"


def test_what_a_library_prints_is_no_answer(child):
    assert child.call("print", 5) == "done"


def test_the_child_knows_no_secret_of_ours(child, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for parsers")
    assert "SECRET_KEY" not in child.call("secrets", 5)
    assert "DATABASE_URL" not in child.call("secrets", 5)


def test_a_child_that_was_killed_between_calls_is_replaced_o01(child):
    before = child.call("id", 5)
    os.kill(before, signal.SIGKILL)
    time.sleep(0.1)
    assert child.call("id", 5) != before


def test_a_child_ends_with_its_parent():
    code = (
        f"import os, time; from articles.ingest.child import LimitedChild; c = LimitedChild('{HERE}:work', 512)\n"
        "print(c.call('id', 5), flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(["python", "-c", code], capture_output=True, text=True, timeout=30)
    pid = int(done.stdout)
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the child lives on")
