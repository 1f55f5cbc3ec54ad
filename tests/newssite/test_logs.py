"""What stands in the log, and what never does."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sentry_sdk
from celery.worker.consumer import consumer
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from sentry_sdk.transport import Transport

from accounts.hashers import Busy
from accounts.models import User
from newssite import logs, sentry
from newssite.celery import app
from tests.make import make_article

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
WHO, WHENCE = "nadia.quill@mail.example", "198.51.100.23"


def break_down(request: HttpRequest, token: str) -> HttpResponse:
    raise IntegrityError(f"Key (email)=({WHO}) already exists, asked by {WHENCE} for /search/?q=illness")


def hash_too_much(request: HttpRequest, token: str) -> HttpResponse:
    raise Busy


urlpatterns = [
    path("break/<str:token>/", break_down, name="break"),
    path("hash/<str:token>/", hash_too_much, name="hash"),
    path("", include("newssite.urls")),
]


@pytest.fixture
def log(settings) -> Iterator[io.StringIO]:
    """Everything that would be written in production."""
    settings.LOG_REQUESTS = True
    written = io.StringIO()
    wanted = {**settings.LOGGING, "handlers": {"console": {**settings.LOGGING["handlers"]["console"]}}}
    wanted["handlers"]["console"] |= {"stream": written, "formatter": "json"}
    logging.config.dictConfig(wanted)
    yield written
    logging.config.dictConfig(settings.LOGGING)


def lines(log: io.StringIO, logger: str = "") -> list[dict]:
    found = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in found if line["logger"].startswith(logger)]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"letter to {WHO} refused", "letter to <e-mail> refused"),
        (f"'{WHO}', <{WHO}>, to={WHO}.", "'<e-mail>', <<e-mail>>, to=<e-mail>"),
        ("postgres://newssite:hunter2@db.example/x", "postgres://newssite:<e-mail>/x"),
        (f"from {WHENCE}:443", "from <address>:443"),
        ("from 2001:db8::7 and ::1 and ::ffff:198.51.100.23", "from <address> and <address> and <address>"),
        ("GET /search/?q=illness HTTP/1.1", "GET /search/?… HTTP/1.1"),
        ("https://press.example/feed.xml?key=1&user=2", "https://press.example/feed.xml?…"),
        ("key sk_live_51HabcDEF and whsec_9f8e7d6c", "key <secret> and <secret>"),
        (
            "/briefing/unsubscribe/MTpi:1tQx9Z:mRqk1yXb0dJ8Xk2vR3wq5tU7yZ9aB1cD3eF5gH7iJ9k/",
            "/briefing/unsubscribe/<secret>/",
        ),
        (
            "at 13:56:24, version 5.2.19, 3:2, std::map, ratio 1.5",
            "at 13:56:24, version 5.2.19, 3:2, std::map, ratio 1.5",
        ),
        ("feeds not modified count=12", "feeds not modified count=12"),
    ],
)
def test_the_sieve_takes_out_who_and_leaves_what(said, written):
    assert logs.sieve(said) == written


def test_a_request_leaves_one_line_with_its_route(log, visitor):
    article = make_article()
    visitor.get(article.get_absolute_url(), {"utm_source": WHO}, headers={"user-agent": "Netscape"}, REMOTE_ADDR=WHENCE)
    (line,) = lines(log, "newssite.watch")
    assert re.fullmatch(r"[0-9a-f]{32}", line.pop("request"))
    assert line.pop("ms") >= 0
    del line["at"]
    assert line == {
        **{"level": "INFO", "logger": "newssite.watch", "message": "answered"},
        **{"route": "article", "method": "GET", "status": 200},
    }


def test_a_reader_at_work_is_named_in_no_line_b33(log, settings):
    """Signing up, a wrong password, searching, a missing page, a refused form: nothing tells who it was."""
    client = Client(raise_request_exception=False, REMOTE_ADDR=WHENCE)
    signed_up = {"email": WHO, "password1": "a quiet long password"}
    client.post("/account/signup/", signed_up)
    client.post("/account/login/", {"login": WHO, "password": "wrong wrong wrong"})
    client.get("/search/", {"q": "illness"})
    client.get(f"/nowhere/{WHO}/")
    Client(enforce_csrf_checks=True, REMOTE_ADDR=WHENCE).post("/account/login/", {"login": WHO})
    client.get("/", headers={"host": "evil.example"})
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert User.objects.filter(email=WHO).exists()
    assert len(lines(log, "newssite.watch")) == 6
    for word in (WHO, "nadia", WHENCE, "illness", "quiet long", "wrong wrong", session):
        assert word not in log.getvalue()


def test_a_fault_is_told_with_its_place_and_without_its_reader(log, settings):
    settings.ROOT_URLCONF = __name__
    Client(raise_request_exception=False, REMOTE_ADDR=WHENCE).get("/break/secret-token/?q=illness")
    (fault,) = lines(log, "django.request")
    assert fault["message"] == "500 at break"
    assert "break_down" in fault["error"]
    assert "IntegrityError: Key (email)=(<e-mail>) already exists, asked by <address>" in fault["error"]
    (request,) = lines(log, "newssite.watch")
    assert (request["status"], request["request"]) == (500, fault["request"])
    for word in (WHO, WHENCE, "illness", "secret-token"):
        assert word not in log.getvalue()


def test_a_form_that_is_refused_is_told_with_its_reason_and_without_its_address_b33(log):
    """A path may hold a link that acts for its reader."""
    Client(enforce_csrf_checks=True).post("/account/password/reset/key/3-cabc12-0123456789abcdef/")
    (refused,) = lines(log, "django.security.csrf")
    assert refused["message"] == "403 at account_reset_password_from_key: CSRF cookie not set."
    assert "0123456789abcdef" not in log.getvalue()


def test_too_many_passwords_are_told_without_their_address_b33(log, settings):
    settings.ROOT_URLCONF = __name__
    assert Client().post("/hash/secret-token/").status_code == 503
    assert lines(log, "newssite.errors")[0]["message"] == "too many passwords at once route=hash"
    assert "secret-token" not in log.getvalue()


def test_our_proxys_name_for_a_request_is_taken_and_nobody_elses(log, settings, visitor):
    name = "0123456789abcdef0123456789abcdef"
    for count, told in ((1, name), (1, "evil\nname"), (0, name)):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
        visitor.get("/privacy/", headers={"x-request-id": told})
    assert [line["request"] == name for line in lines(log, "newssite.watch")] == [True, False, False]


def test_what_somebody_hands_to_a_logger_beside_the_message_is_not_written(log):
    """Celery hands over arguments of tasks in this way."""
    logging.getLogger("celery.app.trace").info("done", extra={"data": {"args": [WHO]}, "email": WHO, "route": "x"})
    (line,) = lines(log, "celery")
    assert line["route"] == "x"
    assert not {"data", "email"} & set(line)


def test_a_task_that_a_worker_does_not_know_is_named_and_its_letter_is_not_written_b33(log):
    told = "'accounts.tasks.of_tomorrow'", '{"text": "Your code is 271828"}', {"kwargsrepr": "271828"}, {}
    consumer.logger.error(consumer.UNKNOWN_TASK_ERROR, *told)
    (line,) = lines(log, "celery")
    assert line["message"] == "Received unregistered task of type 'accounts.tasks.of_tomorrow'."
    assert "271828" not in log.getvalue()


def test_a_line_of_a_task_names_the_task_b33(log):
    @app.task(name="tests.complain")
    def complain(address: str) -> None:
        logging.getLogger("tests").warning("not taken: %s", address)

    complain.apply(args=[WHO], task_id="a-task")
    (line,) = lines(log, "tests")
    assert (line["task"], line["task_id"], line["message"]) == ("tests.complain", "a-task", "not taken: <e-mail>")
    assert WHO not in log.getvalue()


def test_for_people_the_same_stands_in_one_line(settings):
    record = logging.LogRecord("x", logging.INFO, "", 0, "told %s", (WHO,), None)
    record.route, record.ms = "front", 12
    assert logs.Line().format(record).endswith("INFO x told <e-mail> route=front ms=12")


def test_requests_are_written_down_in_production_only(settings, visitor, caplog):
    settings.LOG_REQUESTS = False
    visitor.get("/privacy/")
    assert not [one for one in caplog.records if one.name == "newssite.watch"]


def test_a_worker_writes_as_the_site_does_and_loads_no_sentry(tmp_path):
    """Celery's own set-up of logs would write without a sieve; Sentry is there only where it was asked for."""
    code = "from newssite.celery import app; app.log.setup(loglevel='INFO'); import logging, sys\n"
    code += f"logging.getLogger('celery.app.trace').info('done for {WHO}'); print('sentry_sdk' in sys.modules)"
    environment = {"SECRET_KEY": "x" * 50, "VAR_DIR": str(tmp_path), "LOG_FORMAT": "json", "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert json.loads(done.stderr.splitlines()[-1])["message"] == "done for <e-mail>"
    assert done.stdout == "False\n"


# Sentry ------------------------------------------------------------------------------------------


# As its integration with Django fills it in.
REQUEST = {
    "url": "https://news.example.org/break/secret-token/",
    "query_string": "q=illness",
    "method": "GET",
    "headers": {"User-Agent": "Netscape", "Cookie": "session=quartermaster", "X-Forwarded-For": WHENCE},
    "cookies": {"session": "quartermaster"},
    "env": {"REMOTE_ADDR": WHENCE},
    "data": {"email": WHO},
}


@pytest.fixture
def begun() -> Iterator[Callable[..., None]]:
    """Sentry without its integrations: they would stay in this process."""
    yield lambda **options: sentry.begin("http://key@127.0.0.1:1/1", default_integrations=False, **options)
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


def fail() -> None:
    try:
        break_down(HttpRequest(), "secret-token")
    except IntegrityError as error:
        sentry_sdk.capture_exception(error)


def test_sentry_is_told_of_the_fault_and_not_of_the_reader_b33(begun):
    told: list[dict] = []

    class Kept(Transport):
        def capture_envelope(self, envelope) -> None:
            told.extend(item.payload.json for item in envelope.items)

    begun(transport=Kept)
    with sentry_sdk.isolation_scope() as scope:
        scope.set_user({"id": "7", "email": WHO, "ip_address": WHENCE})
        scope.add_event_processor(lambda event, hint: {**event, "request": REQUEST})
        sentry_sdk.add_breadcrumb(message=f"letter to {WHO}")
        fail()
    (event,) = told
    assert event["exception"]["values"][-1]["type"] == "IntegrityError"
    assert "break_down" in str(event["exception"]["values"][-1]["stacktrace"])
    assert event["request"] == {"method": "GET"}
    assert "user" not in event
    for word in (WHO, "nadia", WHENCE, "illness", "Netscape", "quartermaster"):
        assert word not in json.dumps(told)


def test_a_sentry_that_is_away_changes_nothing_o17(begun, visitor):
    begun()
    fail()
    assert visitor.get("/privacy/").status_code == 200
