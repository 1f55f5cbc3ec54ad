"""What comes back every day is known by its name; what is reported of it is a report like any other."""

import pytest

from articles.stories.formats import tells_no_event


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "Cryptic crossword No 29,943"),
        ("en", "Today’s Wordle: hints and answer"),
        ("en", "Horoscope today: what the stars have in store for you on 2 March"),
        ("en", "Quiz of the week: which singer surprised fans at a wedding?"),
        ("en", "MORNING BRIEFING – five things to know before you start the day"),
        ("en", "What's on TV tonight: the best shows to watch"),
        ("en", "The day in pictures"),
        ("en", "Lotto results: winning numbers for Wednesday"),
        ("fr", "Horoscope du jour : Bélier, Taureau, Gémeaux"),
        ("fr", "Mots croises du 2 mars"),
        ("es", "Horóscopo de hoy, lunes 2 de marzo"),
        ("de", "Tageshoroskop: Das sagen die Sterne"),
        ("it", "Oroscopo di oggi: le previsioni per tutti i segni"),
        ("pt", "Palavras cruzadas de segunda-feira"),
        ("pl", "Prognoza pogody na jutro"),
        ("cs", "Denní horoskop na pondělí"),
        ("ru", "Гороскоп на сегодня для всех знаков"),
        ("uk", "Прогноз погоди на завтра"),
        ("tr", "Günlük burç yorumları: 2 Mart"),
        ("el", "Ζώδια σήμερα: προβλέψεις"),
        ("fi", "Viikon visa: seurasitko uutisia?"),
        ("nb", "Ukens quiz: fulgte du med?"),
        ("ar", "حظك اليوم وتوقعات الأبراج"),
        ("he", "הורוסקופ יומי: מה אומרים הכוכבים"),
        ("hi", "आज का राशिफल: मेष से मीन तक"),
        ("vi", "Tử vi hôm nay của 12 con giáp"),
        ("zh", "今日运势：十二星座"),
        ("ja", "【星座占い】今日の運勢ランキング"),
        ("ko", "[오늘의 운세] 3월 2일"),
    ],
)
def test_a_form_that_comes_back_is_known_by_what_it_is_called(language, headline):
    assert tells_no_event(headline, language)


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "Crossword setter wins the Estuary prize"),
        ("en", "Host of a quiz show dies at 71"),
        ("en", "Weather bureau warns of a storm over Low Marrick"),
        ("en", "Lottery winner gives the town a bridge"),
        ("en", "Briefing of ministers ends without a paper"),
        ("de", "Wetterdienst warnt vor Sturm"),
        ("tr", "Meteoroloji uyardı: hava durumu uçuşları aksattı"),
        ("zh", "台风登陆 天气预报系统中断"),
        ("xx", "Quiz of the week"),
        ("", ""),
    ],
)
def test_what_is_reported_of_it_is_a_report_like_any_other(language, headline):
    assert not tells_no_event(headline, language)
