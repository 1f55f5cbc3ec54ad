"""Secrets and tokens as Django makes and takes them."""

from __future__ import annotations

from collections import Counter

from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, _check_token_format, _unmask_cipher_token

from articles.quick.tokens import LETTER_OF, UNFAIR, masked, new_secret


def test_a_token_is_its_secret_under_another_mask_each_time():
    secret = new_secret()
    tokens = {masked(secret) for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        _check_token_format(token)
        assert _unmask_cipher_token(token) == secret


def test_a_secret_is_as_long_as_django_s_and_never_the_same():
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    for secret in secrets:
        assert len(secret) == CSRF_SECRET_LENGTH
        _check_token_format(secret)


def test_every_letter_is_as_likely_as_any_other():
    letters = Counter(bytes(range(256)).translate(LETTER_OF, UNFAIR).decode())
    assert letters.keys() == set(CSRF_ALLOWED_CHARS)
    assert len(set(letters.values())) == 1


def test_a_secret_holds_every_letter_at_every_place_sooner_or_later():
    secrets = [new_secret() for _ in range(2000)]
    assert all(set(place) == set(CSRF_ALLOWED_CHARS) for place in zip(*secrets, strict=True))
