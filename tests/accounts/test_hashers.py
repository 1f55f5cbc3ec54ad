"""L03: a storm of sign-ins costs a bounded number of hashes at once, and everybody beyond it a moment's patience."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts import hashers
from accounts.hashers import Busy, Turns
from accounts.models import User
from tests.accounts.doing import PASSWORD, sign_in, sign_up
from tests.make import make_user


@pytest.fixture
def argon2(settings) -> None:
    settings.PASSWORD_HASHERS = [
        "accounts.hashers.Argon2Hasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


def test_as_many_as_there_is_room_for_work_some_wait_and_nobody_else():
    turns, working, go_on = Turns(at_once=1, in_line=1, seconds=30), threading.Event(), threading.Event()
    done = []

    def work() -> None:
        with turns.one():
            working.set()
            go_on.wait(30)
            done.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    threads[0].start()
    assert working.wait(30)
    threads[1].start()
    while turns._inside._value:  # until the second stands in line
        pass
    with pytest.raises(Busy), turns.one():
        pass
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert done == [1, 1]
    with turns.one():
        done.append(1)


def test_who_waits_too_long_is_refused_and_the_place_is_free_again():
    turns = Turns(at_once=1, in_line=1, seconds=0)
    with turns.one():
        for _ in range(3):
            with pytest.raises(Busy), turns.one():
                pass
    with turns.one():
        pass


def test_a_sign_in_beyond_the_bound_is_asked_for_patience_l03(argon2, db, monkeypatch, caplog):
    make_user("nadia@mail.example")
    monkeypatch.setattr(hashers, "HASHING", Turns(at_once=1, in_line=0, seconds=0))
    with hashers.HASHING.one():
        for answer in (sign_in("nadia@mail.example"), sign_in("nobody@mail.example"), sign_up("new@mail.example")):
            assert answer.status_code == 503
            assert answer["Retry-After"] == "5"
            assert answer["Cache-Control"] == "private, no-store"
            assert "Very many are signing in" in answer.text
        assert Client().get("/account/login/").status_code == 200
    assert "Traceback" not in caplog.text
    assert not User.objects.filter(email="new@mail.example").exists()
    assert sign_in("nadia@mail.example").status_code == 302


@pytest.mark.parametrize("before", ["pbkdf2_sha256", "argon2"])
def test_an_old_hash_becomes_a_new_one_at_the_next_sign_in(argon2, db, before, settings):
    reader = make_user("nadia@mail.example")
    if before == "argon2":
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
        User.objects.filter(pk=reader.pk).update(password=make_password(PASSWORD))
        settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
    else:
        User.objects.filter(pk=reader.pk).update(password=make_password(PASSWORD, hasher=before))
    reader.refresh_from_db()
    assert "m=19456" not in reader.password
    assert sign_in(reader.email).status_code == 302
    reader.refresh_from_db()
    assert "argon2id$v=19$m=19456,t=2,p=1" in reader.password


def test_a_known_and_an_unknown_address_cost_the_same_work_a18(argon2, db, monkeypatch):
    make_user("nadia@mail.example")
    hashed = []

    class Counting(Turns):
        def one(self):
            hashed.append(1)
            return super().one()

    monkeypatch.setattr(hashers, "HASHING", Counting(at_once=1, in_line=0, seconds=0))
    counts = []
    for name in ("nadia", "nobody"):
        hashed.clear()
        sign_in(f"{name}@mail.example", "not the password")
        counts.append(len(hashed))
    assert counts == [1, 1]


@pytest.mark.parametrize("password", ["x" * 1_000_000, "x" * 5_000, "nul\x00nul nul nul"])
@pytest.mark.parametrize("path", ["login", "signup"])
def test_a_password_that_nobody_typed_is_a_bad_request_before_it_is_hashed_a24(path, password, settings, db):
    settings.PASSWORD_HASHERS = ["no.such.Hasher"]
    form = {"login": "nadia@mail.example", "email": "nadia@mail.example", "password": password, "password1": password}
    answer = Client().post(f"/account/{path}/", form)
    assert answer.status_code == 400
    assert "We could not read that request" in answer.text
