"""A mail server on loopback: keeps what it takes, and answers as a test tells it to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message


@dataclass(frozen=True, slots=True)
class Taken:
    sender: str  # of the envelope
    to: str
    message: Message


class MailServer:
    """`answers` maps (verb, what follows it) -> a line to answer with, or None for the usual one.

    The verbs are those of SMTP, and "DOT" for the end of a letter: it is kept before that is answered.
    """

    def __init__(self, port: int = 0) -> None:
        self.taken: list[Taken] = []
        self.connections = 0
        self.answers: Callable[[str, str], str | None] = lambda verb, rest: None
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.connections += 1
                with suppress(ConnectionError, EOFError):
                    server.converse(self)

        class Threads(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.tcp = Threads(("127.0.0.1", port), Handler)
        self.port = self.tcp.server_address[1]
        threading.Thread(target=self.tcp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.tcp.shutdown()
        self.tcp.server_close()

    def converse(self, client: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            client.wfile.write(f"{line}\r\n".encode())

        say("220 ready")
        sender = to = ""
        while line := client.rfile.readline().decode("ascii", "replace").strip():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            answer = self.answers(verb, rest)
            if answer == "":
                return  # hangs up without a word
            if answer:
                say(answer)
                continue
            match verb:
                case "MAIL":
                    sender = rest.partition("<")[2].partition(">")[0]
                case "RCPT":
                    to = rest.partition("<")[2].partition(">")[0]
                case "DATA":
                    say("354 go on")
                    self.taken.append(Taken(sender, to, message_from_bytes(self.letter(client))))
                    end = self.answers("DOT", to)
                    if end == "":
                        return
                    say(end or "250 2.0.0 kept")
                    continue
                case "QUIT":
                    say("221 bye")
                    return
            say("250 ok")

    @staticmethod
    def letter(client: socketserver.StreamRequestHandler) -> bytes:
        lines: list[bytes] = []
        while (line := client.rfile.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)
