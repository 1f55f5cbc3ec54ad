from __future__ import annotations

import subprocess
import sys
import time

import pytest

from articles.ingest.language import LEAST_LENGTH, language_of
from tests.articles.ingest.answers import digested
from tests.publishers import item, rss

TEXTS = {
    "en": "The harbour of the old town was opened again on Friday, and the fishermen who had waited for it since the "
    "storms of March went out with the first light. Nobody had thought that it would take this long to mend a wall. ",
    "fr": "Le port de la vieille ville a rouvert vendredi, et les pêcheurs qui l'attendaient depuis les tempêtes de "
    "mars sont sortis dès l'aube. Personne n'aurait cru qu'il faudrait tant de temps pour réparer une jetée. ",
    "de": "Der Hafen der alten Stadt ist am Freitag wieder geöffnet worden, und die Fischer, die seit den Stürmen im "
    "März darauf gewartet hatten, fuhren im ersten Licht hinaus. Niemand hatte gedacht, dass es so lange dauert. ",
    "es": "El puerto de la ciudad vieja volvió a abrirse el viernes, y los pescadores que lo esperaban desde los "
    "temporales de marzo salieron con la primera luz. Nadie pensaba que fuera a tardarse tanto en reparar un muro. ",
    "pt": "O porto da cidade velha reabriu na sexta-feira, e os pescadores que o esperavam desde os temporais de março "
    "saíram com a primeira luz. Ninguém pensava que fosse demorar tanto para consertar uma muralha, dizem eles. ",
    "pl": "Port starego miasta otwarto ponownie w piątek, a rybacy, którzy czekali na to od marcowych sztormów, "
    "wypłynęli o świcie. Nikt nie myślał, że naprawa muru potrwa tak długo, mówią "
    "mieszkańcy nabrzeża i kapitanowie kutrów. ",
    "ar": "أعيد فتح ميناء المدينة القديمة يوم الجمعة، وخرج الصيادون الذين انتظروا ذلك منذ عواصف آذار مع "
    "أول ضوء. لم يكن أحد يظن أن إصلاح جدار واحد سيستغرق كل هذا الوقت، كما يقول "
    "سكان الرصيف وأصحاب القوارب في المدينة. ",
    "ja": "旧市街の港は金曜日に再び開かれ、三月の嵐からずっと待っていた漁師たちは夜明けとともに海へ出た。" * 5,
}


@pytest.mark.parametrize("written", TEXTS)
def test_a_blog_that_says_english_whatever_it_writes_is_not_believed(written):
    assert language_of(TEXTS[written] * 3, "", "en-US", "").partition("-")[0] == written
    assert language_of(TEXTS[written] * 3, "en", "en", "en").partition("-")[0] == written


@pytest.mark.parametrize("written", TEXTS)
def test_what_is_declared_rightly_stays_with_its_region(written):
    assert language_of(TEXTS[written] * 3, "", f"{written}-XX", "") == f"{written}-XX"
    assert language_of(TEXTS[written] * 3, "", "", f"{written}-XX") == f"{written}-XX"


@pytest.mark.parametrize(
    ("entry", "feed", "source", "tag"),
    [
        ("fr", "en", "de", "fr"),
        ("", "fr", "de", "fr"),
        ("", "en-us", "de", "de"),  # what a publishing system says unasked
        ("", "en-us", "en-GB", "en-GB"),
        ("", "pt", "pt-BR", "pt-BR"),
        ("", "", "sw", "sw"),
        ("", "fr_CA", "", "fr-CA"),
        ("no language", "nor here", "", "en"),
        ("", "", "", "en"),
    ],
)
def test_a_short_text_has_the_language_that_is_declared(entry, feed, source, tag):
    assert language_of(TEXTS["ja"][:40], entry, feed, source) == tag
    assert language_of("", entry, feed, source) == tag


def test_near_languages_are_not_told_apart():
    norwegian = (
        "Havnen i gamlebyen ble åpnet igjen fredag, og fiskerne som hadde ventet siden stormene i mars, dro ut med "
        "det første lyset. Ingen hadde trodd at det skulle ta så lang tid å reparere en mur, sier de på kaia i dag. "
    )
    assert len(norwegian) >= LEAST_LENGTH
    for tag in ("nb-NO", "nn", "no"):
        assert language_of(norwegian, "", tag, "") == tag


def test_what_is_in_no_language_has_the_declared_one():
    for noise in ("0123 4567 " * 50, "… — · " * 80, "x" * 500, "\u200b" * 300, "👩‍👩‍👧 " * 100):
        assert language_of(noise, "", "fr", "") == "fr"


def test_each_entry_of_a_feed_in_two_languages_has_its_own():
    body = rss(item(1, text=TEXTS["en"] * 2), item(2, text=TEXTS["fr"] * 2), channel="<language>en</language>")
    assert [draft.language for draft in digested(body).drafts] == ["en-GB", "fr"]


def test_a_language_costs_a_third_of_a_millisecond_at_most():
    """On average over a mixed catalogue, the model loaded; four times that is allowed to a busy machine."""
    language_of(TEXTS["ja"], "", "en", "")
    started = time.process_time()
    for _ in range(50):
        for tag, text in TEXTS.items():
            language_of(text * 4, "", tag, "")
    assert (time.process_time() - started) / (50 * len(TEXTS)) < 4 * 0.0003


def test_a_process_that_reads_english_only_never_loads_the_model():
    script = (
        "import sys; from articles.ingest.language import language_of; "
        f"assert language_of({TEXTS['en']!r}, '', 'en', '') == 'en'; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
