from __future__ import annotations

import re

from django.conf import settings
from django.urls import reverse

from articles.pictures.keys import key_of, name_of, path_of

URL = "https://cdn.example/bridge.jpg?width=900"


def test_an_address_has_one_key_and_another_address_another():
    assert re.fullmatch("[0-9a-f]{32}", key_of(URL))
    assert key_of(URL) == key_of(URL) != key_of(f"{URL}0")


def test_any_address_has_a_key():
    assert len({key_of(url) for url in ("", "https://bücher.example/ß", "https://x.example/\udcff")}) == 3


def test_a_path_is_the_one_that_the_site_answers():
    key = key_of(URL)
    assert path_of(key, 800) == reverse("picture", args=[key, 800])
    assert path_of(key, 800).startswith(settings.PICTURE_URL)


def test_files_are_spread_over_folders():
    assert name_of("abcd" + "0" * 28, 320) == f"ab/cd/abcd{'0' * 28}-320.webp"
