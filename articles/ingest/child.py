"""One function in a process of its own, under limits that hold whatever it is given. The process is used again.

Parsers and decoders work on what strangers send, and some of it keeps them busy for hours or takes all memory; inside
this process nothing could stop them. The child knows no database, no key and no network address of ours: it gets an
argument and gives a result. One that breaks a limit is dead, and the next call begins another.

Called as a module it is the child:  python -m articles.ingest.child package.module:function MEGABYTES
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from io import BytesIO
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]
LENGTH = struct.Struct(">Q")
CALLS_OF_A_LIFE = 2000  # then it is replaced: what a library has lost of its memory comes back
PIPE_BYTES = 1 << 20  # most feeds pass in one piece
# What an answer may be made of, beside dataclasses of ours.
PLAIN = {
    *(("builtins", name) for name in ("MemoryError", "RuntimeError", "frozenset", "set")),
    *(("datetime", name) for name in ("date", "datetime", "timedelta", "timezone")),
}
WALL_SECONDS = 30  # over the processor time allowed: a machine may be busy, a child may not sleep


class TooMuchWork(Exception):
    """The limit of processor time or memory was reached; the text says which, in one sentence."""


@dataclass(slots=True, eq=False)
class Asked:
    """What the child was given to do and, once somebody has waited for it, what came of it."""

    argument: object
    cpu_seconds: float
    outcome: tuple[bool, Any] | None = None  # whether it is a result, and that or the exception


class LimitedChild:
    """Calls `function` ("package.module:function", one argument, one result, both to be pickled) in a child."""

    def __init__(self, function: str, memory_mb: int) -> None:
        self.function = function
        self.memory_mb = memory_mb
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._call_count = 0
        self._pending: Asked | None = None  # what it is doing
        self._turn = Lock()

    def call(self, argument: object, cpu_seconds: float) -> Any:
        """The function's result, or the exception that it raised. Raises TooMuchWork past a limit."""
        return self.answer_to(self.ask(argument, cpu_seconds))

    def ask(self, argument: object, cpu_seconds: float) -> Asked:
        """Let the child begin with this, once it has done what it was asked before.

        Who asks for something need not wait for it, and several threads may ask: answer_to() knows whose is whose.
        """
        with self._turn:
            self._finish()
            asked = Asked(argument, cpu_seconds)
            self._begin()
            try:
                self._write(asked)
            except BaseException as error:
                self.close()
                if not isinstance(error, TooMuchWork):
                    raise
                asked.outcome = False, error
            else:
                self._pending = asked
            return asked

    def answer_to(self, asked: Asked) -> Any:
        """As call()."""
        with self._turn:
            if asked.outcome is None:
                self._finish()
        assert asked.outcome is not None
        is_result, value = asked.outcome
        if is_result:
            return value
        raise value

    def _finish(self) -> None:
        """Have the outcome of what the child is doing, if anything."""
        asked, self._pending = self._pending, None
        if asked is None or self._owner != os.getpid():
            return
        try:
            asked.outcome = True, self._outcome(asked)
        except BaseException as error:
            # The next call must not be given the answer to this one.
            self.close()
            if not isinstance(error, Exception):
                raise
            asked.outcome = False, error

    def _outcome(self, asked: Asked) -> Any:
        try:
            return self._read(asked)
        except MemoryError as error:
            self.close()
            if self._call_count == 1:
                raise TooMuchWork("It takes too much memory to read.") from error
        # It may be what others left behind that took the room.
        self._begin()
        self._write(asked)
        return self._outcome(asked)

    def close(self) -> None:
        process, self._process = self._process, None
        # A child that came along through a fork belongs to the process that began it.
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.communicate()

    def _begin(self) -> None:
        """Have a living child."""
        is_ours = self._process is not None and self._owner == os.getpid()
        if is_ours and self._process and self._process.poll() is None and self._call_count < CALLS_OF_A_LIFE:
            return
        self.close()
        self._owner, self._call_count = os.getpid(), 0
        self._process = subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, "-m", "articles.ingest.child", self.function, str(self.memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            # Nothing of our environment: no key, no address of a database. One thread for libraries that like many.
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            # A Ctrl-C is for the parent.
            start_new_session=True,
            pipesize=PIPE_BYTES,
            bufsize=0,
        )

    def _write(self, asked: Asked) -> None:
        assert self._process is not None
        assert self._process.stdin
        self._call_count += 1
        try:
            write_frame(self._process.stdin, pickle.dumps((asked.cpu_seconds, asked.argument), pickle.HIGHEST_PROTOCOL))
        except BrokenPipeError as error:
            raise TooMuchWork(self._cause_of_death()) from error

    def _read(self, asked: Asked) -> Any:
        assert self._process is not None
        assert self._process.stdout
        try:
            frame = read_frame(self._process.stdout, time.monotonic() + asked.cpu_seconds + WALL_SECONDS)
        except EOFError as error:
            raise TooMuchWork(self._cause_of_death()) from error
        except TimeoutError as error:
            raise TooMuchWork("It takes too long to read.") from error
        is_result, value = _Answers(BytesIO(frame)).load()
        if is_result:
            return value
        raise value

    def _cause_of_death(self) -> str:
        assert self._process is not None
        self._process.wait(10)
        is_time = self._process.returncode in {-signal.SIGPROF, -signal.SIGXCPU}
        return "It takes too long to read." if is_time else "It takes too much memory to read."


class _Answers(pickle.Unpickler):
    """A decoder that a picture has taken over must not make us run what it likes: an answer is plain data."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN or module.startswith("articles."):
            found = super().find_class(module, name)
            if (module, name) in PLAIN or (isinstance(found, type) and is_dataclass(found)):
                return found
        raise pickle.UnpicklingError(f"no plain data: {module}.{name}")


def write_frame(stream: Any, frame: bytes) -> None:
    """In one piece with its length, so that who waits for it is woken once."""
    length = LENGTH.pack(len(frame))
    sent = os.writev(stream.fileno(), (length, frame))
    if sent < len(length) + len(frame):  # a signal came between
        rest = memoryview(length + frame)[sent:]
        while rest:
            rest = rest[os.write(stream.fileno(), rest) :]


def read_frame(stream: Any, until: float | None = None) -> bytes:
    """Raises EOFError where the other side has ended, TimeoutError after `until` on the monotonic clock."""
    return _read(stream, LENGTH.unpack(_read(stream, LENGTH.size, until))[0], until)


def _read(stream: Any, length: int, until: float | None) -> bytes:
    received = _piece(stream, length, until)
    if len(received) == length:  # as nearly always
        return received
    more = bytearray(received)
    while len(more) < length:
        more += _piece(stream, length - len(more), until)
    return bytes(more)


def _piece(stream: Any, length: int, until: float | None) -> bytes:
    """What is there of so many bytes, at least one unless none is asked for."""
    if until is not None and not _can_be_read(stream, until):
        raise TimeoutError
    piece = os.read(stream.fileno(), min(length, PIPE_BYTES))
    if not piece and length:
        raise EOFError
    return piece


def _can_be_read(stream: Any, until: float) -> bool:
    waiting = select.poll()
    waiting.register(stream, select.POLLIN)
    return bool(waiting.poll(max(0.0, until - time.monotonic()) * 1000))


def serve(function: str, memory_mb: int) -> None:
    """Answer calls until the parent is gone."""
    # What a library prints must not get between the answers.
    answers: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    module, _, name = function.partition(":")
    work = getattr(import_module(module), name)
    limit = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            cpu_seconds, argument = pickle.loads(read_frame(sys.stdin.buffer))  # noqa: S301  our own parent wrote it
        except EOFError:
            return
        _allow(cpu_seconds)
        try:
            answer: tuple[bool, Any] = (True, work(argument))
        except (Exception, MemoryError) as error:
            answer = (False, _to_send(error))
        write_frame(answers, pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


def _allow(cpu_seconds: float) -> None:
    """So much processor time from now on: past it the system ends this process, in whatever code it is."""
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = ceil(used.ru_utime + used.ru_stime + cpu_seconds) + 1  # should a library have played with the signal
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _to_send(error: BaseException) -> BaseException:
    """The error with its trace in words: a traceback does not travel."""
    import traceback

    if isinstance(error, MemoryError):
        return MemoryError()
    return RuntimeError("".join(traceback.format_exception(error))[-4000:])


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
