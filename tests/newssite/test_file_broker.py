"""The broker in files, after the disk was full."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection, Exchange, Queue

from newssite.celery import app


@pytest.fixture
def queue(tmp_path: Path):
    """A queue on a broker of its own, as the site configures it where there is no Redis."""
    folders = {name: str(tmp_path / name) for name in ("in", "control", "processed")}
    for folder in folders.values():
        Path(folder).mkdir()
    options = {
        "data_folder_in": folders["in"],
        "data_folder_out": folders["in"],
        "control_folder": folders["control"],
        "processed_folder": folders["processed"],
        "store_processed": False,
    }
    with Connection(transport="newssite.file_broker:Transport", transport_options=options) as connection:
        name = tmp_path.name  # what is bound is remembered by name, in the process
        yield connection.SimpleQueue(Queue(name, Exchange(name), routing_key=name))


def put(queue, folder: Path, number: int) -> Path:
    """A message; its file."""
    before = set(folder.iterdir())
    queue.put({"number": number})
    [file] = set(folder.iterdir()) - before
    return file


def test_a_message_that_did_not_fit_on_the_disk_keeps_no_other_from_its_worker_o09(queue, tmp_path):
    first, second, _ = (put(queue, tmp_path / "in", number) for number in range(3))
    first.write_bytes(b"")
    second.write_bytes(second.read_bytes()[:40])
    message = queue.get(block=False)
    assert message.payload == {"number": 2}
    message.ack()
    with pytest.raises(queue.Empty):
        queue.get(block=False)


def test_a_worker_starts_where_the_list_of_queues_did_not_fit_o09(queue, tmp_path):
    put(queue, tmp_path / "in", 0)
    [control] = (tmp_path / "control").iterdir()
    control.write_bytes(b"")
    name = queue.queue.name
    queue.channel._queue_bind(name, name, "", name)  # as a process does it that has bound nothing yet
    put(queue, tmp_path / "in", 1)
    numbers = {queue.get(block=False).payload["number"] for _ in range(2)}
    assert numbers == {0, 1}
    assert control.read_bytes()


def test_the_site_uses_it_where_there_is_no_redis(settings):
    if settings.BROKER_URL:
        pytest.skip("there is a Redis")
    with app.connection_for_write() as connection:
        assert type(connection.transport).__module__ == "newssite.file_broker"
