"""What a report is compared by: its terms and how much each says, and the runs of words that betray a copy. Pure.

Terms are words to those who make them and numbers (keys) to those who compare: a Print is a few hundred bytes that a
row can hold, and a matrix takes thousands of them without looking at a word again.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from math import log

import numpy as np
from numpy.typing import NDArray

HEADLINE_WEIGHT = 4
LABEL_WEIGHT = 2  # an editor chose them to say what it is about
LEAD_WORDS = 60  # of the text: the sentences that say who did what; what follows tells what went before, too
SHINGLE_WORDS = 4
MULTIPLIER = 6_364_136_223_846_793_005  # of Knuth: spreads runs of words over all numbers, which wrap around
MOST_CHARACTERS = 4000  # that terms are taken from: what an article is about stands at its beginning
MOST_COPIED = 20_000  # characters that are looked through for the words of another title
NAMED = 100.0  # added in a print to what the headline names; no weight comes near it
LEAST_CAPITALS = 0.7  # of a headline's longer words: written like a title, it does not show what is a name
LEAST_SENTENCE = 4  # words; "He agreed." is nobody's own
# No blank follows a sentence of Chinese or Japanese.
SENTENCE_END = re.compile(r"(?<=[.!?…؟۔।])[\s\"”’»)]+|(?<=[。！？])|\n+|</p>|<br ?/?>")

# Chinese and Japanese have no blanks between words: two signs that stand together serve as a term.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# Vowels that Hindi and Thai write above, below and beside their letters.
SIGNS = "".join(sign for sign in map(chr, range(0x900, 0x1100)) if unicodedata.category(sign).startswith("M"))
# Within a sentence: a word that begins one begins with a capital whatever it is. "M25" is a name anywhere.
CAPITAL = re.compile(r"(?<=[\w,;:’'”\"»)] )[^\W\d_][\w’'-]*+|\b[A-Z]\d+\b")
WORD = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[{SIGNS}])+")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
IS_GRAMMAR = re.compile("[\u3040-\u309f]+")  # of Japanese: what a sentence is about is written in the other signs
TAG = re.compile(r"<[^<>]*>")
ACCENTS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]")
ARABIC_LETTERS = str.maketrans({"ى": "ي", "ة": "ه", "ـ": None})
ARABIC_ARTICLE = re.compile(r"(?:و?ال|بال|كال|فال|لل)(?=\w{3})")
GERMAN_ENDING = re.compile(r"(?<=\w{4})(?:en|er|es|e|n|s)$")

# Words that say nothing, or of what kind a report is and nothing of its event, for the languages that most of our
# titles are in; for the others a library knows them.
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
            saturday sunday liveblog blog follow updates happened obituary obituaries""",
        "fr": """a afin ai ainsi apres au aucun aussi autre autres aux avait avant avec avoir bien c ce cela celle celui
            ces cet cette ceux chez comme contre d dans de depuis des deux doit donc dont du elle elles en encore entre
            est et etait etaient ete etre eu eux faire fait font il ils j je jour jours jusqu l la le les leur leurs
            lors lui m ma mais me meme mes moins mois n ne ni nos notre nous nouveau nouvelle on ont ou par parce pas
            pendant peu peut plus plusieurs pour pourquoi premier premiere qu quand que quel quelle qui s sa sans se
            selon sera ses si soit son sont sous sur t ta tous tout toute toutes tres trois un une vers vos votre vous
            y an ans live direct suivez""",
        "es": """a al algo ante antes ano anos asi aun aunque bajo cada como con contra cual cuando de del desde despues
            dia dias dice dijo donde dos durante e el ella ellas ellos en entre era es esa ese eso esta estaba estan
            estar este esto estos fue fueron ha haber habia hace hacia han hasta hay la las le les lo los mas me
            mientras mi mismo mucho muy nada ni no nos nuestro nueva nuevo o otra otro otros para pero poco por porque
            primer primera pues que quien se sea segun ser si sido sin sobre solo son su sus tal tambien tan tanto te
            tiene tienen toda todas todo todos tras tres tu tuvo u un una uno unos va y ya yo live directo""",
        "de": """ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bin
            bis bisher da dabei dadurch dafur damit danach dann darauf das dass dazu dem den denn der des deshalb die
            dies diese diesem diesen dieser doch dort drei du durch ein eine einem einen einer eines einmal er es etwa
            euch fur gegen gibt habe haben hat hatte hatten heute hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
            immer in ins ist ja jahr jahre jahren jede jeder jetzt kann kein keine konnen man mehr mein mit mussen nach
            neue neuen neuer nicht nichts noch nun nur ob oder ohne schon sehr sei sein seine seinem seinen seiner seit
            sich sie sind so soll sollen sowie uber um und uns unter vom von vor wann war waren warum was weil weiter
            wenn wer werden wie wieder will wir wird wo wurde wurden zu zum zur zwei zwischen live
            liveticker liveblog newsblog ticker""",
        "ar": """في من الي علي عن مع ان انه انها كان كانت قد لا ما لم لن هذا هذه ذلك تلك التي الذي الذين هو هي هم بين
            بعد قبل عند منذ حتي كل كما او ثم بل لكن حول خلال اي غير اكثر اذا وقد وفي ومن وهو وهي وكان وان ولا وما هناك
            حيث اول يوم امس اليوم عام مثل ضد لدي فيه فيها عليه عليها له لها به بها منها منه الا ايضا بعض قال قالت واحد
            عبر""",
    }.items()
}

SAME_WORDS = {"nb": "no", "nn": "no"}

Terms = Mapping[str, float]


Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """The terms of a report as numbers: keys ascending, and how much the report makes of each, as terms_of() has it.

    Of what the headline names NAMED more: see parted().
    """

    keys: Keys
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.keys)

    def to_bytes(self) -> bytes:
        return self.keys.astype("<i8").tobytes() + self.weights.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Print:
        count = len(data) // 12
        return cls(np.frombuffer(data, "<i8", count), np.frombuffer(data, "<f4", count, offset=8 * count))


def print_of(terms: Terms, language: str, names: Collection[str] = ()) -> Print:
    """`language` is the main one. A word is another one in another language: their reports share nothing.

    `names` are those of the terms that names_in() has found.
    """
    pairs = sorted(
        (key_of(f"{language} {term}"), weight + NAMED if term in names else weight) for term, weight in terms.items()
    )
    return Print(np.array([key for key, _ in pairs], np.int64), np.array([weight for _, weight in pairs], np.float32))


def parted(weights: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Weights of prints as terms_of() has them, and which of them are of names."""
    is_named = weights > NAMED / 2
    return np.where(is_named, weights - np.float32(NAMED), weights), is_named


@lru_cache(maxsize=100_000)
def key_of(words: str) -> int:
    """A number that fits a database's big integer, the same in every process."""
    return int.from_bytes(blake2b(words.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def plain(markup: str, most: int = MOST_CHARACTERS) -> str:
    """The words of clean HTML."""
    return html.unescape(TAG.sub(" ", markup[:most]))


def terms_of(headline: str, text: str, labels: str, language: str) -> dict[str, float]:
    """term -> how much the report makes of it. `text` is plain, `language` the main one: "en".

    What is said twice counts for less than twice as much. Below nought for what neither headline nor lead has: the
    background, which reports of other events have too.
    """
    counts: Counter[str] = Counter()
    lead: set[str] = set()
    for weight, part, lead_words in (
        (HEADLINE_WEIGHT, headline, MOST_CHARACTERS),
        (1, text, LEAD_WORDS),
        (LABEL_WEIGHT, labels, 0),
    ):
        terms = [term_of(word, language) for word in words_of(part)]
        lead.update(terms[:lead_words])
        for term in terms:
            counts[term] += weight
    counts.pop("", None)
    if lead.isdisjoint(counts):
        lead.update(counts)
    return {term: (1 + log(count)) * (1 if term in lead else -1) for term, count in counts.items()}


def names_in(headline: str, text: str, language: str) -> set[str]:
    """Terms of the headline that are names, as far as capitals tell; none where there is no text to be named in.

    Of a headline in capitals the text tells: what it writes with one within a sentence.
    """
    if not text.strip():
        return set()
    found = _capitals(text, language).intersection(term_of(word, language) for word in words_of(headline))
    longer = [word for word in headline.split() if len(word) > 3]
    if len(longer) > 2 and sum(word[0].isupper() for word in longer) <= LEAST_CAPITALS * len(longer):
        found |= _capitals(headline, language)
    return found - {""}


def _capitals(text: str, language: str) -> set[str]:
    words = (word for word in CAPITAL.findall(text[:MOST_CHARACTERS]) if word[0].isupper())
    return {term_of(part, language) for word in words for part in words_of(word)}


def words_of(text: str, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """Words as one writes them without care: no case, no accents, no Arabic vowel signs. Of the first `most` signs."""
    flat = text[:most].casefold()
    if not flat.isascii():
        bare = ACCENTS.sub("", unicodedata.normalize("NFKD", flat)).translate(ARABIC_LETTERS)
        flat = unicodedata.normalize("NFC", bare)  # one sign again for what Japanese and Korean write as one
    for word in WORD.findall(flat):
        if IS_UNSPACED.match(word):
            yield from (word[place : place + 2] for place in range(max(1, len(word) - 1)))
        else:
            yield word


@lru_cache(maxsize=50_000)
def term_of(word: str, language: str) -> str:
    """What a word is compared as: "" for one that says nothing, otherwise roughly its singular."""
    if word in stop_words(language) or (len(word) < 2 and not IS_UNSPACED.match(word)) or IS_GRAMMAR.fullmatch(word):
        return ""
    return word if word.isdigit() or len(word) < 4 else _singular(word, language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """As words_of() writes them; none for a language that nobody has listed any of."""
    if language in STOP_WORDS:
        return STOP_WORDS[language]
    from stopwordsiso import stopwords  # a hundred kilobytes of words that most processes have no use for

    listed = stopwords(SAME_WORDS.get(language, language))
    # Of a longer one without blanks, a pair of signs may be a part of what does say something.
    usable = (word for word in listed if len(word) <= 2 or not IS_UNSPACED.search(word))
    return frozenset(chain.from_iterable(map(words_of, usable)))


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


def sentences_of(markup: str) -> list[str]:
    """The sentences of a text or of clean HTML, each as its words."""
    parts = SENTENCE_END.split(markup[:MOST_COPIED])
    return [sentence for part in parts if (sentence := " ".join(words_of(plain(part, MOST_COPIED), MOST_COPIED)))]


def sentence_keys(sentences: Iterable[str]) -> set[int]:
    """Of those that are long enough to be somebody's own."""
    return {key_of(sentence) for sentence in sentences if sentence.count(" ") >= LEAST_SENTENCE - 1}


def shingles_of(sentences: Iterable[str], repeated: Collection[int] = ()) -> Keys:
    """A key for every run of SHINGLE_WORDS words, across the sentences; none where they are fewer. Ascending.

    `repeated` are keys of the sentences that the source puts into many articles, which are left out.
    """
    words = [word for one in sentences if not repeated or key_of(one) not in repeated for word in one.split()]
    keys = np.array([key_of(word) for word in words], np.int64)
    count = max(0, len(words) - SHINGLE_WORDS + 1)
    runs = np.zeros(count, np.int64)
    for place in range(SHINGLE_WORDS):
        runs = runs * MULTIPLIER + keys[place : place + count]
    return np.unique(runs)
