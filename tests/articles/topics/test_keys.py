from __future__ import annotations

import pytest

from articles.topics.keys import forms_of, key_of


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Wildfires", "wildfire"),
        (" WILDFIRE ", "wildfire"),
        ("Water treaties", "water treatie"),
        ("Économie", "economie"),
        ("Gas", "gas"),
        ("Mars", "mars"),
        ("Business", "business"),
        ("US: news", "us news"),
        ("2026", ""),
        ("--", ""),
        ("", ""),
        ("疫情", "疫情"),
        ("Виборы", "виборы"),
    ],
)
def test_labels_of_one_meaning_have_one_key(label, key):
    assert key_of(label) == key


@pytest.mark.parametrize("label", ["Wildfires", "Gas", "Business", "US: news", "疫情"])
def test_every_form_of_a_key_has_it(label):
    assert all(key_of(form) == key_of(label) for form in forms_of(key_of(label)))
