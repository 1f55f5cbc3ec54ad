"""Which articles are of a form that comes back day after day and tells of no event: puzzles, horoscopes, digests. Pure.

They are near to each other in everything but an event, as two reports of one are near: "Quiz of the week" of two titles
would make a story that two titles report. They stand alone, unless an editor says otherwise. A form is known by what
its headlines call it, in words that hardly anything else is called; a form that is missed here is judged as any report.
"""

from __future__ import annotations

from functools import cache

from articles.stories.fingerprint import SAME_WORDS, words_of

FORMS = {
    language: [name.strip() for name in names.split(",")]
    for language, names in {
        "en": """cryptic crossword, quick crossword, daily crossword, crossword no, crossword answers, sudoku no,
            wordle today, today's wordle, wordle hints, wordle answer, connections hints, today's connections,
            strands hints, daily horoscope, weekly horoscope, horoscope today, today's horoscope,
            your horoscope, horoscope for, horoscopes for, horoscopes today, quiz of the week, quiz of the day,
            weekly quiz, weekly news quiz, the news quiz, daily quiz, news quiz of, morning briefing,
            evening briefing, afternoon briefing, daily briefing, morning newsletter, today's weather,
            weather today, weather forecast for, tv tonight, what's on tv, what to watch tonight,
            letters to the editor, letter to the editor, readers' letters, corrections and clarifications,
            cartoon of the day, today's cartoon, photo of the day, photos of the day, photos of the week,
            picture of the day, pictures of the day, pictures of the week, day in pictures, week in pictures,
            day in photos, week in photos, recipe of the day, recipe of the week, word of the day,
            quote of the day, this day in history, lottery results, lotto results, euromillions results,
            powerball results, winning numbers for, winning lottery numbers""",
        "fr": """mots croisés, mots fléchés, horoscope du jour, horoscope de la semaine, votre horoscope,
            quiz de la semaine, le quiz du jour, météo du jour, la météo de ce, prévisions météo pour,
            programme tv, ce soir à la télé, courrier des lecteurs, recette du jour, dessin du jour,
            photo du jour, photos du jour, photos de la semaine, la semaine en images, résultats du loto,
            tirage du loto, résultat euromillions, la matinale du, revue de presse""",
        "es": """crucigrama, horóscopo de hoy, horóscopo diario, horóscopo hoy, horóscopo semanal, tu horóscopo,
            el test de la semana, pronóstico del tiempo para hoy, el tiempo hoy, clima hoy, clima de hoy,
            tiempo para hoy, programación de tv, cartas al director, cartas de los lectores, receta del día,
            viñeta del día, foto del día, fotos del día, fotos de la semana, las imágenes del día, efemérides,
            resultados de la lotería, sorteo de hoy, números ganadores, santoral""",
        "de": """kreuzworträtsel, horoskop heute, horoskop für, tageshoroskop, wochenhoroskop,
            quiz der woche, quiz des tages, wetter heute, das wetter am, wetter am montag, wetter am dienstag,
            wetter am mittwoch, wetter am donnerstag, wetter am freitag, wetter am samstag, wetter am sonntag,
            tv-programm heute, tv-programm am, tv-tipps, tv-tipp, leserbriefe, rezept des tages,
            karikatur des tages, bild des tages, bilder des tages, bilder der woche, lottozahlen,
            zitat des tages, wort des tages, morgenbriefing, nachrichten am morgen, der tag im überblick,
            nachrichtenüberblick""",
        "it": """cruciverba, oroscopo di oggi, oroscopo del giorno, oroscopo oggi, oroscopo della settimana,
            previsioni meteo di oggi, previsioni meteo per domani, meteo oggi, meteo di oggi, stasera in tv,
            programmi tv, lettere al direttore, ricetta del giorno, vignetta del giorno, foto del giorno,
            foto della settimana, estrazioni del lotto, estrazioni lotto, almanacco del giorno,
            rassegna stampa, il santo del giorno""",
        "pt": """palavras cruzadas, horóscopo do dia, horóscopo de hoje, horóscopo hoje, horóscopo diário,
            previsão do tempo para hoje, previsão do tempo para esta, programação da tv, cartas dos leitores,
            cartas ao diretor, receita do dia, charge do dia, foto do dia, fotos do dia, imagens do dia,
            imagens da semana, resultado da mega-sena, resultado da lotofácil, resultado da quina,
            números sorteados, resultado do euromilhões, quiz da semana""",
        "nl": """kruiswoordpuzzel, horoscoop van vandaag, je horoscoop, weekhoroscoop, quiz van de week,
            het weer vandaag, vanavond op tv, ingezonden brieven, lezersbrieven, recept van de dag,
            cartoon van de dag, foto van de dag, de dag in beeld, de week in beeld""",
        "sv": """korsord, dagens horoskop, veckans horoskop, veckans quiz, nyhetsquiz, dagens väder, tv-tipsen,
            insändare, dagens recept, dagens bild, veckans bilder""",
        "da": """krydsord, dagens horoskop, ugens quiz, dagens vejr, læserbrev, dagens opskrift, dagens billede""",
        "no": """kryssord, dagens horoskop, ukens quiz, nyhetsquiz, dagens vær, leserbrev, dagens oppskrift,
            dagens bilde""",
        "fi": """sanaristikko, päivän ristikko, päivän horoskooppi, viikon horoskooppi, viikon visa, uutisvisa,
            päivän sää, mielipidekirjoitus, päivän resepti, päivän kuva, viikon kuvat, lottonumerot,
            lottotulokset, tv-poiminnat""",
        "pl": """krzyżówka, horoskop dzienny, horoskop na dziś, horoskop na dzisiaj, horoskop tygodniowy,
            quiz tygodnia, prognoza pogody na, pogoda na dziś, pogoda na jutro, program tv na,
            listy do redakcji, przepis dnia, zdjęcie dnia, zdjęcia tygodnia, wyniki lotto, kartka z kalendarza,
            prasówka""",
        "cs": """křížovka, denní horoskop, horoskop na dnes, týdenní horoskop, kvíz týdne, předpověď počasí na,
            počasí dnes, počasí na dnes, tv program na dnes, dopisy čtenářů, recept dne, fotka dne,
            fotografie dne, výsledky sportky""",
        "ru": """кроссворд, гороскоп на сегодня, гороскоп на завтра, гороскоп на неделю, ежедневный гороскоп,
            гороскоп на, прогноз погоды на, погода на сегодня, погода сегодня, программа передач,
            письма читателей, рецепт дня, фото дня, фотографии недели, курс валют на, анекдот дня,
            утренний дайджест, викторина недели""",
        "uk": """кросворд, гороскоп на сьогодні, гороскоп на завтра, гороскоп на тиждень, гороскоп на,
            прогноз погоди на, погода на сьогодні, програма передач, листи читачів, рецепт дня, фото дня,
            курс валют на, яке сьогодні свято, вікторина тижня""",
        "tr": """bulmaca, günlük burç, burç yorumları, günün burcu, haftalık burç, haftanın testi,
            bugün hava durumu, hava durumu bugün, günlük hava durumu, tv yayın akışı, günün karikatürü,
            günün tarifi, günün fotoğrafı, okur mektupları, çekiliş sonuçları, tarihte bugün, namaz vakitleri,
            iftar saatleri""",
        "el": """σταυρόλεξο, ζώδια σήμερα, τα ζώδια, ωροσκόπιο, κουίζ της εβδομάδας, ο καιρός σήμερα,
            πρόγνωση καιρού για, συνταγή της ημέρας, φωτογραφία της ημέρας, εορτολόγιο, αποτελέσματα τζόκερ""",
        "ar": """الكلمات المتقاطعة, حظك اليوم, توقعات الأبراج, برجك اليوم, أبراج اليوم, حالة الطقس اليوم, طقس اليوم,
            درجات الحرارة اليوم, صورة اليوم, صور اليوم, كاريكاتير اليوم, مواقيت الصلاة, أسعار الذهب اليوم,
            رسائل القراء""",
        "he": """תשבץ, הורוסקופ יומי, הורוסקופ שבועי, ההורוסקופ היומי, תחזית מזג האוויר להיום,
            תחזית מזג האוויר למחר, חידון השבוע, תמונת היום, מכתבים למערכת, תוצאות הלוטו""",
        "hi": """आज का राशिफल, राशिफल, आज का पंचांग, आज का मौसम, वर्ग पहेली, आज का इतिहास, आज का विचार""",
        "vi": """tử vi hôm nay, tử vi ngày, tử vi tuần, ô chữ, dự báo thời tiết hôm nay, dự báo thời tiết ngày,
            thời tiết hôm nay, lịch phát sóng, ảnh trong ngày, ảnh trong tuần, kết quả xổ số, kết quả vietlott""",
        "zh": """今日运势, 今日運勢, 星座运势, 星座運勢, 今日天气, 今日天氣, 明日天气, 明日天氣, 填字游戏, 填字遊戲,
            每日一图, 读者来信, 讀者來信, 开奖结果, 開獎結果, 历史上的今天, 歷史上的今天""",
        "ja": """今日の運勢, 今週の運勢, 星座占い, 今日の天気, 明日の天気, クロスワード, 読者の声, 写真で見る一週間,
            首相動静, ロト6当選番号, 今日は何の日""",
        "ko": """오늘의 운세, 이주의 운세, 오늘의 날씨, 십자말풀이, 오늘의 사진, 독자의 소리, 로또 당첨번호,
            오늘의 역사""",
    }.items()
}


def tells_no_event(headline: str, language: str) -> bool:
    """`language` is the main one: "en". In others than those above nothing is known of forms."""
    said = _row(headline)
    return any(form in said for form in _forms(SAME_WORDS.get(language, language)))


@cache
def _forms(language: str) -> tuple[str, ...]:
    return tuple(map(_row, FORMS.get(language, ())))


def _row(text: str) -> str:
    """Whole words alone are found in it."""
    return f" {' '.join(words_of(text))} "
