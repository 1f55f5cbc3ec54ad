import pytest

from articles.countries import COUNTRIES, country_name
from articles.languages import language_name
from articles.pages.directory import Title, Wanted, grouped


def title(name: str, language: str = "en", country: str = "GB") -> Title:
    return Title(name, "slug", country, language)


@pytest.mark.parametrize(
    ("name", "language", "heading", "sort_name"),
    [
        ("The Lagos Reader", "en-NG", "L", "Lagos Reader"),
        ("Le Monde", "fr-FR", "M", "Monde"),
        ("L'Équipe", "fr", "E", "Équipe"),
        ("L’Obs", "fr", "O", "Obs"),
        ("La Nación", "es-AR", "N", "Nación"),
        ("Der Spiegel", "de-DE", "S", "Spiegel"),
        ("Die Zeit", "de", "Z", "Zeit"),
        ("O Globo", "pt-BR", "G", "Globo"),
        ("De Morgen", "nl", "M", "Morgen"),
        ("Los Angeles Times", "en-US", "L", "Los Angeles Times"),
        ("Die Another Day", "en", "D", "Die Another Day"),
        ("Theatre Weekly", "en", "T", "Theatre Weekly"),
        ("The", "en", "T", "The"),
        ("Łódź Post", "pl", "L", "Łódź Post"),
        ("Østlendingen", "no", "O", "Østlendingen"),
        ("Æra", "da", "A", "Æra"),
        ("heise online", "de", "H", "heise online"),
        ("404 Media", "en", "0–9", "404 Media"),
        ("¡Hola!", "es", "H", "¡Hola!"),
        ("المرفأ", "ar", "Other scripts", "المرفأ"),
        ("दैनिक", "hi", "Other scripts", "दैनिक"),
        ("…", "en", "Other scripts", "…"),
        ("", "en", "Other scripts", ""),
    ],
)
def test_a_title_stands_where_a_reader_looks_for_it(name, language, heading, sort_name):
    assert (title(name, language).heading, title(name, language).sort_name) == (heading, sort_name)


def test_titles_are_sorted_without_their_article_and_odd_ones_come_last():
    names = ["المرفأ", "404 Media", "The Zebra", "Étoile", "Le Echo", "Alpha", "The Eagle"]
    groups = grouped(title(name, "fr" if name == "Le Echo" else "en") for name in names)
    assert [(group.heading, [one.name for one in group.titles]) for group in groups] == [
        ("A", ["Alpha"]),
        ("E", ["The Eagle", "Le Echo", "Étoile"]),
        ("Z", ["The Zebra"]),
        ("0–9", ["404 Media"]),
        ("Other scripts", ["المرفأ"]),
    ]


@pytest.mark.parametrize("q", ["nacion", "NACIÓN", "la n", "ación", ""])
def test_a_part_of_the_name_finds_a_title_whatever_its_case_and_accents(q):
    assert Wanted(q=q).includes(title("La Nación", "es"))


def test_country_and_language_narrow_the_search_together():
    swiss = title("Le Temps", "fr-CH", "CH")
    assert Wanted(country="CH", language="fr").includes(swiss)
    assert not Wanted(country="CH", language="de").includes(swiss)
    assert not Wanted(q="monde", country="CH").includes(swiss)


def test_countries_and_languages_have_english_names():
    assert [country_name(code) for code in ("GB", "us", "CI", "QQ")] == [
        "United Kingdom",
        "United States",
        "Côte d’Ivoire",
        "QQ",
    ]
    assert [language_name(tag) for tag in ("en-GB", "pt-BR", "AR", "am", "qq", "")] == [
        "English",
        "Portuguese",
        "Arabic",
        "Amharic",
        "qq",
        "",
    ]


def test_the_table_of_countries_is_whole():
    assert all(len(code) == 2 and code.isupper() and name.strip() == name and name for code, name in COUNTRIES.items())
    assert len(COUNTRIES) > 200
