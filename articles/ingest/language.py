"""Which language an article is in: as declared, unless its text is plainly in another. Pure.

What is declared: the entry's own language, then the feed's, then the source's in our catalogue. Many publishing systems
say "en-US" whatever is written in them: a feed that says English beside a source of another language is not believed.

Most texts show by their commonest words that they are what they are said to be, for some microseconds. The others are
judged by a model (py3langid, naive Bayes over byte n-grams, no network): it costs 0.9 s of processor time and 90 MB
once in a process that meets such a text, then 0.2 to 0.5 ms each.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

LEAST_LENGTH = 200  # characters of a text that can be judged
SAMPLE = 240  # characters that are: half of the beginning, half of the middle, for a text may begin with a quotation
CERTAIN = 0.97
UNKNOWN = "en"
TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
# Languages that news is written in. The model knows more, and takes Nigerian Pidgin for English and the like.
JUDGED = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr hu hy id is it ja ka kk km kn "
    "ko ku ky lo lt lv mk ml mn mr ms mt my ne nl no or pa pl ps pt ro ru si sk sl so sq sr sv sw ta te tg th tl tr uk "
    "ur uz vi xh yo zh zu"
).split()
# Tags of one language, or of languages so near that the model guesses between them.
NEAR = {
    **dict.fromkeys(("nb", "nn"), "no"),
    **dict.fromkeys(("bs", "hr", "sh", "cnr"), "sr"),
    **dict.fromkeys(("ms", "in"), "id"),
    **dict.fromkeys(("cmn", "yue", "wuu"), "zh"),
    **dict.fromkeys(("arz", "ary"), "ar"),
    **dict.fromkeys(("prs", "tg"), "fa"),
    **dict.fromkeys(("fil",), "tl"),
    **dict.fromkeys(("iw",), "he"),
    **dict.fromkeys(("gl",), "pt"),
}
# Words that hardly a sentence goes without, and that no near language has.
COMMON_WORDS = {
    "en": frozenset("the of and to is for that with was from are this have by".split()),
    "fr": frozenset("le les des une est dans du et pour au qui sur".split()),
    "de": frozenset("der die und das ist nicht ein mit den von im auf zu".split()),
    "es": frozenset("el los las y es más por para pero fue".split()),
    "pt": frozenset("os uma não com dos em ao são foi mais".split()),
    "it": frozenset("il gli della di che è nel sono dei alla".split()),
    "nl": frozenset("het een niet voor zijn ook naar worden deze bij".split()),
}
COMMON_ENOUGH = 3  # of them in a sample
WORD = re.compile(r"\w+")


def language_of(text: str, entry: str, feed: str, source: str) -> str:
    """The BCP 47 tag of an article. `entry`, `feed` and `source` are what those declare, "" or nonsense allowed."""
    declared = _declared(entry, feed, source)
    if len(text) < LEAST_LENGTH:
        return declared
    sample = _sample(text)
    if _has_common_words(sample.lower(), COMMON_WORDS.get(_near(declared), frozenset())):
        return declared
    found = detected(sample)
    return found if found and _near(found) != _near(declared) else declared


def _has_common_words(sample: str, common: frozenset[str]) -> bool:
    """Whether there are enough of them. What stands between blanks is looked at first: mostly that is enough."""
    return (
        len(common.intersection(sample.split())) >= COMMON_ENOUGH
        or len(common.intersection(WORD.findall(sample))) >= COMMON_ENOUGH
    )


def _sample(text: str) -> str:
    middle = max(SAMPLE // 2, len(text) // 2)
    return f"{text[: SAMPLE // 2]} {text[middle : middle + SAMPLE // 2]}"


def detected(sample: str) -> str:
    """The main language of a plain text; "" where it is not plainly in any."""
    identifier = _identifier()
    if identifier is None:
        return ""
    code, probability = identifier.classify(sample)
    return str(code) if probability >= CERTAIN else ""


@lru_cache(maxsize=64)  # the entries of a feed declare the same
def _declared(entry: str, feed: str, source: str) -> str:
    own, said, known = (_tag(value) for value in (entry, feed, source))
    if own:
        return own
    if known and (not said or _near(said) == _near(known) or _near(said) == "en"):
        return known  # Our editors know the region as well: en-GB, pt-BR.
    return said or known or UNKNOWN


def _tag(value: str) -> str:
    value = value.strip().replace("_", "-")
    return value if TAG.fullmatch(value) else ""


def _near(tag: str) -> str:
    main = tag.partition("-")[0].lower()
    return NEAR.get(main, main)


@cache
def _identifier() -> Any:
    """The model of this process; None where there is no room for it: then what is declared stands."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # numpy: 0.4 s that not every process needs

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages(JUDGED)
    except (MemoryError, ImportError):
        return None
    return identifier
