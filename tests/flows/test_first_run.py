"""`make run` as one process tree: database, fictional press, real worker and beat, site. And a reader's way through it:
sign up, read, pay, cancel, keep, let a card fail and mend it.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]

# One after the other, and with the browsers: one of them looks with a browser's eyes.
pytestmark = [pytest.mark.browser, pytest.mark.long]


@dataclass(frozen=True, slots=True)
class Demo:
    url: str
    port: int
    run: subprocess.Popen
    text: str  # what it printed until it was up


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A first run of its own; on PostgreSQL in a database of its own."""
    folder = tmp_path_factory.mktemp("first_run")
    found = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DEBUG": "true",
        "EDITION": "demo",
        "VAR_DIR": str(folder / "var"),
        "DEMO_PRESS_ADDRESS": f"127.0.0.1:{free_port()}",
        "STRIPE_STAND_IN_ADDRESS": f"127.0.0.1:{free_port()}",
        "PYTHONUNBUFFERED": "1",
    }
    if os.environ.get("REDIS_URL"):
        # Another database than the suite's own caches, and than another test process has.
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        found["REDIS_URL"] = re.sub(r"/\d*$", f"/{14 - worker}", os.environ["REDIS_URL"])
    if connection.vendor != "postgresql":
        yield found
        return
    name, url = f"first_run_{os.getpid()}", os.environ["DATABASE_URL"]
    execute_beside(url, f"CREATE DATABASE {name}")
    yield {**found, "DATABASE_URL": url.rsplit("/", 1)[0] + f"/{name}"}
    execute_beside(url, f"DROP DATABASE {name} WITH (FORCE)")


def execute_beside(url: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as database:
        database.execute(sql)


def start(environment: dict[str, str], port: int, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "run", "--port", str(port), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def worker_of(run: subprocess.Popen) -> int:
    found = subprocess.run(
        ["pgrep", "-P", str(run.pid), "-f", "hostname worker1"], capture_output=True, text=True, check=True
    )
    return int(found.stdout.split()[0])


def read_until(process: subprocess.Popen, words: str, seconds: int) -> str:
    until = time.monotonic() + seconds
    text = ""
    while time.monotonic() < until:
        line = process.stdout.readline()
        if not line:
            break
        text += line
        if words in line:
            return text
    raise AssertionError(f"{words!r} did not come:\n{text}")


@pytest.fixture(scope="module")
def demo(environment) -> Iterator[Demo]:
    """The running site of a first run: it takes a third of a minute, so all that can be asked of one is asked of it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    run = start({**environment, "SITE_URL": url}, port)
    yield Demo(url, port, run, read_until(run, "Ctrl-C ends everything", 150))
    end(run)


def end(run: subprocess.Popen) -> None:
    if run.poll() is None:
        run.send_signal(signal.SIGINT)
        run.wait(30)


def test_a_first_run_ends_in_a_living_front_page(demo):
    assert f"{demo.url}/" in demo.text
    assert "trial@demo.example" in demo.text
    with urlopen(f"{demo.url}/") as answer:
        front = answer.read().decode()
    assert "Eleven river states agree" in front
    assert "A ferry timetable, and everything it used to promise" in front
    assert "every title, person and event in it is fictional" in front
    with urlopen(f"{demo.url}/healthz") as answer:
        assert answer.status == 200


def sign_up(page, site: str) -> None:
    page.goto(f"{site}/account/signup/")
    page.get_by_label("E-mail").fill("ada@mail.example")
    page.get_by_label(re.compile("^Password")).fill("a quiet long password")
    page.locator("main").get_by_role("button", name=re.compile("Start|Continue")).first.click()


def await_account(page, site: str, words: str) -> None:
    """The account page, looked at again until a delivery of Stripe's has come through the worker."""
    for _ in range(30):
        page.goto(f"{site}/account/")
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{words!r} did not come:\n{page.locator('main').inner_text()}")


def pay_at_stripe(page, card: str, button: str) -> None:
    assert page.get_by_text("No money moves").is_visible()
    page.locator(f'input[value="{card}"]').first.check()
    page.get_by_role("button", name=button).click()


def test_a_reader_s_whole_way_from_sign_up_to_paid_and_out_again(page, demo):
    site = demo.url
    sign_up(page, site)
    page.goto(site)
    page.locator("main article a, main h2 a, main h3 a").first.click()
    assert page.locator("section.wall").count() == 0

    page.goto(f"{site}/membership/")
    page.get_by_text("Monthly", exact=True).click()
    assert "£0 today. £10 on" in page.locator(".plans .if-monthly").inner_text()
    assert page.locator(".plans .if-yearly").is_hidden()
    page.get_by_role("button", name="Become a member").click()
    pay_at_stripe(page, "4242424242424242", "Subscribe")
    assert page.get_by_role("heading", name=re.compile("^Welcome")).is_visible()

    await_account(page, site, "Ending 4242")
    page.locator("main").get_by_role("button", name=re.compile("^Change what stands")).click()
    page.get_by_role("button", name="Let the next payment fall due now").click()
    await_account(page, site, "£10")
    invoice = page.locator("main table a").first.get_attribute("href")
    assert page.request.get(invoice).body().startswith(b"%PDF-")

    page.goto(f"{site}/account/")
    page.get_by_role("link", name="Cancel membership").click()
    page.get_by_role("button", name="Cancel now").click()
    assert re.search(r"You read on until \w+day \d+ \w+", page.locator("main").inner_text())
    page.get_by_role("button", name="Keep my membership").click()
    assert page.get_by_role("link", name="Cancel membership").is_visible()

    page.locator("main").get_by_role("button", name=re.compile("^Change what stands")).click()
    pay_at_stripe(page, "4000000000000341", "Use another card")
    page.get_by_role("button", name="Let the next payment fall due now").click()
    await_account(page, site, "Pay now")
    assert page.get_by_text("Your payment did not go through.").first.is_visible()
    page.locator("main").get_by_role("button", name="Pay now").first.click()
    pay_at_stripe(page, "4242424242424242", "Pay with this card")
    await_account(page, site, "Member.")
    assert page.get_by_role("link", name="Cancel membership").is_visible()


def test_a_worker_that_is_killed_is_begun_again_and_the_site_reads_on_meanwhile_o01(demo):
    os.kill(worker_of(demo.run), signal.SIGKILL)
    assert "worker 1 process ended with code -9" in read_until(demo.run, "is begun again", 20)
    assert worker_of(demo.run)
    with urlopen(f"{demo.url}/") as answer:
        assert answer.status == 200


def test_a_second_run_keeps_the_data_and_a_taken_port_is_one_sentence(demo, environment):
    before = ids_in(environment)
    assert before
    end(demo.run)
    with socket.socket() as probe:  # nothing of the first is left on its port
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", demo.port))
    second = start(environment, demo.port, "--exit-when-ready")
    read_until(second, "Ctrl-C ends everything", 60)
    second.wait(30)
    assert before <= ids_in(environment)
    assert_a_taken_port_is_one_sentence(environment)


def ids_in(environment: dict[str, str]) -> set[str]:
    """Of every reader and every article, each with a letter before it."""
    code = (
        "from accounts.models import User; from articles.models import Article; "
        "print(*(f'r{pk}' for pk in User.objects.values_list('pk', flat=True)), "
        "*(f'a{pk}' for pk in Article.objects.values_list('pk', flat=True)))"
    )
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--verbosity", "0", "--command", code]
    return set(
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, text=True).stdout.split()
    )


def assert_a_taken_port_is_one_sentence(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(environment, port, "--exit-when-ready")
        output, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    sentence = f"CommandError: Port {port} is taken: end what uses it, or choose another with PORT."
    assert output.strip().splitlines()[-1] == sentence
