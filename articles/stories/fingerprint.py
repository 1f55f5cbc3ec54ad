"""What a report is compared by: its terms and how much each says, and the runs of words that betray a copy. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import log

HEADLINE_WEIGHT = 3
LABEL_WEIGHT = 2  # an editor chose them to say what it is about
SHINGLE_WORDS = 5
MOST_CHARACTERS = 4000

# Chinese and Japanese have no blanks between words: two signs that stand together serve as a term.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# Vowels that Hindi and Thai write above, below and beside their letters.
SIGNS = "".join(sign for sign in map(chr, range(0x900, 0x1100)) if unicodedata.category(sign).startswith("M"))
WORD = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[{SIGNS}])+")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
TAG = re.compile(r"<[^<>]*>")
ACCENTS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]")
ARABIC_LETTERS = str.maketrans({"ى": "ي", "ة": "ه", "ـ": None})
ARABIC_ARTICLE = re.compile(r"(?:و?ال|بال|كال|فال|لل)(?=\w{3})")
GERMAN_ENDING = re.compile(r"(?<=\w{4})(?:en|er|es|e|n|s)$")

STOP_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": """a about after again against all also am an and another any are as at back be because been before being
            between both but by came can come could day days did do does down during each even every few first for from
            get go had has have he her here him his how i if in into is it its just last latest least less like made
            make many may me might more most much must my near need new news next no nor not now of off old on once one
            only or other our out over own people per put said same say says see set she should since so some still
            such take than that the their them then there these they thing this those three through time to today told
            too two under until up upon us use very was way we week well were what when where which while who whom whose
            why will with without would year years yesterday yet you your monday tuesday wednesday thursday friday
            saturday sunday""",
        "fr": """a afin ai ainsi apres au aucun aussi autre autres aux avait avant avec avoir bien c ce cela celle celui
            ces cet cette ceux chez comme contre d dans de depuis des deux doit donc dont du elle elles en encore entre
            est et etait etaient ete etre eu eux faire fait font il ils j je jour jours jusqu l la le les leur leurs
            lors lui m ma mais me meme mes moins mois n ne ni nos notre nous nouveau nouvelle on ont ou par parce pas
            pendant peu peut plus plusieurs pour pourquoi premier premiere qu quand que quel quelle qui s sa sans se
            selon sera ses si soit son sont sous sur t ta tous tout toute toutes tres trois un une vers vos votre vous
            y an ans""",
        "es": """a al algo ante antes ano anos asi aun aunque bajo cada como con contra cual cuando de del desde despues
            dia dias dice dijo donde dos durante e el ella ellas ellos en entre era es esa ese eso esta estaba estan
            estar este esto estos fue fueron ha haber habia hace hacia han hasta hay la las le les lo los mas me
            mientras mi mismo mucho muy nada ni no nos nuestro nueva nuevo o otra otro otros para pero poco por porque
            primer primera pues que quien se sea segun ser si sido sin sobre solo son su sus tal tambien tan tanto te
            tiene tienen toda todas todo todos tras tres tu tuvo u un una uno unos va y ya yo""",
        "de": """ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bin
            bis bisher da dabei dadurch dafur damit danach dann darauf das dass dazu dem den denn der des deshalb die
            dies diese diesem diesen dieser doch dort drei du durch ein eine einem einen einer eines einmal er es etwa
            euch fur gegen gibt habe haben hat hatte hatten heute hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
            immer in ins ist ja jahr jahre jahren jede jeder jetzt kann kein keine konnen man mehr mein mit mussen nach
            neue neuen neuer nicht nichts noch nun nur ob oder ohne schon sehr sei sein seine seinem seinen seiner seit
            sich sie sind so soll sollen sowie uber um und uns unter vom von vor wann war waren warum was weil weiter
            wenn wer werden wie wieder will wir wird wo wurde wurden zu zum zur zwei zwischen""",
        "ar": """في من الي علي عن مع ان انه انها كان كانت قد لا ما لم لن هذا هذه ذلك تلك التي الذي الذين هو هي هم بين
            بعد قبل عند منذ حتي كل كما او ثم بل لكن حول خلال اي غير اكثر اذا وقد وفي ومن وهو وهي وكان وان ولا وما هناك
            حيث اول يوم امس اليوم عام مثل ضد لدي فيه فيها عليه عليها له لها به بها منها منه الا ايضا بعض قال قالت واحد
            عبر""",
    }.items()
}

Terms = Mapping[str, float]
Shingles = frozenset[tuple[str, ...]]


def plain(markup: str) -> str:
    """The words of clean HTML."""
    return html.unescape(TAG.sub(" ", markup[:MOST_CHARACTERS]))


def terms_of(headline: str, text: str, labels: str, language: str) -> dict[str, float]:
    """term -> how much the report makes of it. `text` is plain, `language` the main one: "en".

    What is said twice counts for less than twice as much.
    """
    counts: Counter[str] = Counter()
    for weight, part in ((HEADLINE_WEIGHT, headline), (1, text), (LABEL_WEIGHT, labels)):
        for word in words_of(part):
            counts[term_of(word, language)] += weight
    counts.pop("", None)
    return {term: 1 + log(count) for term, count in counts.items()}


def words_of(text: str) -> Iterator[str]:
    """Words as one writes them without care: no case, no accents, no Arabic vowel signs."""
    flat = text[:MOST_CHARACTERS].casefold()
    if not flat.isascii():
        flat = ACCENTS.sub("", unicodedata.normalize("NFKD", flat)).translate(ARABIC_LETTERS)
    for word in WORD.findall(flat):
        if IS_UNSPACED.match(word):
            yield from (word[place : place + 2] for place in range(max(1, len(word) - 1)))
        else:
            yield word


@lru_cache(maxsize=50_000)
def term_of(word: str, language: str) -> str:
    """What a word is compared as: "" for one that says nothing, otherwise roughly its singular."""
    if word in STOP_WORDS.get(language, ()) or (len(word) < 2 and not IS_UNSPACED.match(word)):
        return ""
    return word if word.isdigit() or len(word) < 4 else _singular(word, language)


def _singular(word: str, language: str) -> str:
    """It need not be a word: two forms of one word must only come out alike."""
    match language:
        case "en" if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        case "en" if word.endswith(("sses", "shes", "ches", "xes")):
            return word[:-2]
        case "en" if word.endswith(("ss", "us", "is")):
            return word
        case "fr" if word.endswith("aux"):
            return word[:-3] + "al"
        case "es" if word.endswith("es") and len(word) > 5:
            return word[:-2]
        case "fr" | "es" | "pt":
            return word[:-1] if word.endswith(("s", "x")) and not word.endswith("ss") else word
        case "en":
            return word.removesuffix("s")
        case "de":
            return GERMAN_ENDING.sub("", word)
        case "ar":
            return ARABIC_ARTICLE.sub("", word, count=1) if ARABIC_ARTICLE.match(word) else word
    return word


def inverse_frequency(documents: Iterable[Terms]) -> dict[str, float]:
    """term -> how rare it is among them, from nearly 0 for one that all have. Rare ones count more than in plain IDF:
    names and numbers tell events apart, words that half the paper uses do not."""
    frequency: Counter[str] = Counter()
    count = 0
    for document in documents:
        frequency.update(document.keys())
        count += 1
    return {term: log((count + 1) / (times + 0.5)) ** 1.5 for term, times in frequency.items()}


def shingles_of(text: str) -> Shingles:
    """Every run of SHINGLE_WORDS words of a plain text; none where it is shorter."""
    words = list(words_of(text))
    return frozenset(tuple(words[place : place + SHINGLE_WORDS]) for place in range(len(words) - SHINGLE_WORDS + 1))
