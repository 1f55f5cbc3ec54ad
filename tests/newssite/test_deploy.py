"""The files of deploy/ agree with the site, with each other and with the programs that read them."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from newssite import figures, metrics
from newssite.caching import own_cookies
from newssite.queues import QUEUES
from tests.newssite.deployed import Deployed, missing

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
WHOLE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
COMPOSE = WHOLE["services"]
ALERTS = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
HARDENING = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "ProtectHome=yes",
    "CapabilityBoundingSet=",
)


def of_unit(path: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", path.read_text().replace("\\\n", " "), re.MULTILINE)


# nginx -------------------------------------------------------------------------------------------


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_nginx_takes_the_files(tmp_path):
    assert "warn" not in Deployed(tmp_path, "", {}).check()


@pytest.mark.parametrize("is_https", [True, False])
def test_nginx_knows_every_cookie_of_ours_a09(settings, is_https):
    prefix = "__Host-" if is_https else ""
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = f"{prefix}session", f"{prefix}csrf"
    pattern = re.search(r'map \$http_cookie \$page_cache \{.*?"~([^"]+)" "off"', site_conf(), re.DOTALL)[1]
    for name in own_cookies():
        assert re.search(pattern, f"_other=1; {name}=x")
    assert not re.search(pattern, "_session=1; my-theme=2; psession=3")


def test_nginx_limits_a_push_as_the_site_does(settings):
    assert f"client_max_body_size {settings.FEED_MAX_BYTES // 1024 // 1024}m;" in site_conf()
    assert f"client_max_body_size {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024}m;" in site_conf()


def test_hsts_is_said_once_and_the_forwarded_host_never():
    every = "".join(path.read_text() for path in (DEPLOY / "nginx").iterdir())
    assert "Strict-Transport-Security" not in every
    assert "proxy_add_x_forwarded_for" not in every
    assert 'proxy_set_header X-Forwarded-Host "";' in every


def site_conf() -> str:
    return (DEPLOY / "nginx/site.conf").read_text()


# systemd -----------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="not at hand: systemd-analyze")
def test_systemd_takes_the_units(tmp_path):
    """Under names that exist here, for it looks for every program."""
    for path in UNITS:
        text = re.sub(r"/srv/newssite/\S+/\.venv/bin/\w+", "/bin/true", path.read_text())
        text = text.replace("/srv/newssite/current/deploy/await_site.py", "/bin/true")
        (tmp_path / path.name).write_text(
            re.sub(r"/srv/newssite/(current|releases/%i)$", "/", text, flags=re.MULTILINE)
        )
    named = [tmp_path / path.name.replace("@.", "@feeds.") for path in UNITS]
    for path in UNITS:
        if "@" in path.name:
            shutil.copy(tmp_path / path.name, tmp_path / path.name.replace("@.", "@feeds."))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *named]
    environment = {"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    ours = [line for line in done.stderr.splitlines() if "newssite" in line]
    assert ours == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_every_service_is_held_in(unit):
    text = unit.read_text()
    assert [line for line in HARDENING if f"\n{line}\n" not in text] == []
    assert of_unit(unit, "User") == ["newssite"]
    if "oneshot" not in text:
        assert of_unit(unit, "MemoryMax")
        assert of_unit(unit, "Restart") == ["always"]
        assert of_unit(unit, "TimeoutStopSec")


def test_a_worker_is_given_the_time_that_it_is_promised_o12(settings):
    (worker,) = (path for path in SERVICES if "worker" in path.name)
    promised = settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert int(of_unit(worker, "TimeoutStopSec")[0]) > promised
    assert all(
        int(service["stop_grace_period"][:-1]) > promised for name, service in COMPOSE.items() if "worker" in name
    )


def test_every_queue_has_a_worker():
    target = (DEPLOY / "systemd/newssite.target").read_text()
    assert {*re.findall(r"newssite-worker@(\w+)\.service", target)} == {*QUEUES}
    asked = [service["command"] for name, service in COMPOSE.items() if name.startswith("worker-")]
    assert {queue for command in asked for queue in command[command.index("--queues") + 1].split(",")} == {*QUEUES}


# compose -----------------------------------------------------------------------------------------


def test_the_broker_forgets_nothing_and_the_cache_makes_room_o05():
    broker, cache = " ".join(COMPOSE["broker"]["command"]), " ".join(COMPOSE["cache"]["command"])
    assert "noeviction" in broker
    assert "--appendonly yes" in broker
    assert "allkeys-lru" in cache
    for name in ("web-a", "web-b", "worker-feeds", "beat", "metrics", "migrate"):
        asked = COMPOSE[name]["environment"]
        assert (asked["BROKER_URL"], asked["CACHE_URL"]) == ("redis://broker:6379/0", "redis://cache:6379/0")


def test_only_nginx_is_reached_from_outside():
    assert [name for name, service in COMPOSE.items() if service.get("ports")] == ["nginx"]
    assert all(COMPOSE[name]["networks"] == ["inside"] for name in ("postgres", "broker", "cache", "metrics"))


def test_what_others_wait_for_says_when_it_is_there():
    for service in COMPOSE.values():
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert COMPOSE[name]["healthcheck"]["test"]
    assert COMPOSE["web-a"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_what_comes_from_elsewhere_has_a_version():
    images = [service["image"] for service in COMPOSE.values() if not service["image"].startswith("newssite:")]
    images += re.findall(r"^(?:FROM |# syntax=)(\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.search(r":\d+\.\d|:\d+-", image) for image in images)


def test_the_site_is_built_once():
    """Built once for each service, the next `up` would begin all of them anew, both instances at once."""
    ours = {name: service for name, service in COMPOSE.items() if service["image"].startswith("newssite:")}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]
    assert {service["pull_policy"] for service in ours.values()} == {"never"}


def test_settings_are_looked_at_before_the_database_changes():
    lines = COMPOSE["migrate"]["command"][-1].splitlines()
    assert "check --deploy --fail-level WARNING" in lines[0]
    assert "manage.py migrate" in lines[1]


def test_the_database_is_not_there_while_its_image_still_makes_it():
    """Until then it answers on its socket alone."""
    assert "--host 127.0.0.1" in COMPOSE["postgres"]["healthcheck"]["test"][-1]


def test_a_reader_by_ipv6_keeps_an_address_of_their_own_a19():
    assert WHOLE["networks"][COMPOSE["nginx"]["networks"][0]]["enable_ipv6"]


def test_beat_knows_after_a_restart_what_it_has_begun():
    """In VAR_DIR (newssite/settings.py), not in a folder that goes with the container."""
    assert "--schedule" not in COMPOSE["beat"]["command"]
    assert COMPOSE["beat"]["environment"]["VAR_DIR"] == "/srv/var"
    assert "var:/srv/var" in COMPOSE["beat"]["volumes"]


def test_what_an_installation_keeps_here_is_not_committed():
    assert {".env", "production.env", "tls/"} <= {*(DEPLOY / ".gitignore").read_text().splitlines()}


def test_an_instance_takes_its_door_away_before_it_ends(tmp_path):
    """The command itself: what says only `docker stop` must be enough."""
    with instance(tmp_path, says="true") as shell:
        wait_for(tmp_path / "web-a.sock")
        asked_at = time.monotonic()
        shell.terminate()
        assert shell.wait(10) == 7
    assert time.monotonic() - asked_at >= 1
    assert "no door" in (tmp_path / "log").read_text()


def test_an_instance_that_never_answers_begins_anew(tmp_path):
    """The one who waits for it is the one who tells nginx: without them it would stay, and nobody would come."""
    with instance(tmp_path, says="sleep 0.5; false") as shell:
        assert shell.wait(10) == 7


@contextmanager
def instance(folder: Path, says: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command of one instance, with a server that ends with 7 and writes down whether the door was still there."""
    door, log = folder / "web-a.sock", folder / "log"
    server = f"""
        trap 'ls {door} >>{log} 2>&1 || echo no door >>{log}; exit 7' TERM
        touch {door}
        for turn in $(seq 400); do sleep 0.05; done
    """
    for name, text in {"granian": server, "python": says}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    *shell, script = COMPOSE["web-a"]["command"]
    script = script.replace("$$", "$").replace("/run/newssite", str(folder))
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "INSTANCE": "web-a"}
    with subprocess.Popen([*shell, script], env=environment) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_for(path: Path) -> None:
    until = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


# Alarms ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_alarms_ask_for_figures_that_there_are():
    registry = CollectorRegistry()
    registry.register(figures.Figures())
    registry.register(metrics.PAGES)
    told = {*re.findall(r"^# TYPE (\S+)", generate_latest(registry).decode(), re.MULTILINE)}
    for rule in ALERTS:
        asked = {re.sub(r"_(count|bucket)$", "", name) for name in re.findall(r"newssite_\w+", rule["expr"])}
        assert asked
        assert asked <= told, rule["alert"]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alarm_says_what_to_do(rule):
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert re.search(rf"^\| `{rule['alert']}` \|", OPERATIONS, re.MULTILINE)
