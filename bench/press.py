"""Made-up publishers for measuring: feed number n says the same words for the same seed. Pure.

Of a hundred feeds 70 are RSS, 25 Atom, 3 RDF and 2 broken XML. A body is 3.3 kB of HTML in the mean (from 0.8 to 8),
as publishing systems write it: pictures, relative links, share buttons, a script, a tracking pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random

NOUNS = """
harbour council bridge budget minister river school factory teacher farmer railway village strike museum forest
hospital engineer judge station market ferry union library fisher airport vaccine satellite orchestra stadium canal
tenant nurse reservoir harvest border treaty ship committee election cathedral tram glacier quarry bakery tunnel mayor
inspector researcher pension senate island lighthouse vineyard laboratory court dock turbine pilot archive garden wall
""".split()
VERBS = """
opens delays rejects repairs promises measures questions rebuilds closes funds describes inspects welcomes loses finds
counts doubts postpones restores explains protects studies sells returns tests approves halves doubles names visits
""".split()
ADJECTIVES = """
old quiet northern crowded narrow costly late careful unlikely public local flooded empty modern wooden royal distant
hidden young steady coastal heavy early bright broken rural shared frozen rare former second final
""".split()
LINKING = "after before near beside without despite under beyond across until".split()
SURNAMES = "Abery Calloway Dunmore Eastlake Ferris Galbraith Hollins Ingram Jessop Kettering Lorimer Maddox".split()
FIRST_NAMES = "Ada Bruno Clara Dario Edith Felix Greta Henrik Iris Jonas Kaya Leon Mara Nils Olga Petra".split()
SUBJECTS = ("Politics", "Business", "Science", "Culture", "Sport", "Weather", "Travel", "Health")

KINDS = ("rss",) * 70 + ("atom",) * 25 + ("rdf",) * 3 + ("broken",) * 2
ENTRY_GAP = timedelta(minutes=110)  # forty entries reach back three days
BODY_BYTES = 2750  # without the last block; with it 3.3 kB in the mean
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


@dataclass(frozen=True, slots=True)
class Story:
    """One entry before it is written down in a feed's dialect."""

    number: int  # of its feed, from 0; those of later versions are negative, the newest the lowest
    link: str
    headline: str
    summary: str
    body_html: str
    author: str
    subjects: tuple[str, ...]
    picture_url: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Press:
    """`feed_count` feeds with `entry_count` entries each, the newest of the first version a moment before `now`."""

    feed_count: int
    now: datetime
    entry_count: int = 40
    seed: int = 1
    hub_url: str = ""  # that pushes what is new; RSS feeds name it

    def feed(self, number: int, version: int = 0) -> bytes:
        """The document; each version has one new entry on top of the one before, and one less at its end."""
        stories = [self.story(number, place) for place in range(-version, self.entry_count - version)]
        name, home = f"The {NOUNS[number % len(NOUNS)].title()} Courier {number}", f"https://paper-{number}.example"
        kind = KINDS[number * 37 % 100]  # spread, so that a few feeds show every kind
        text = WRITERS[kind](name, home, stories, self.now + version * timedelta(minutes=1))
        if self.hub_url:
            text = text.replace("<lastBuildDate>", f'<atom:link rel="hub" href="{self.hub_url}"/>\n<lastBuildDate>', 1)
        return text.encode()

    def story(self, feed: int, number: int) -> Story:
        random = Random(f"{self.seed}/{feed}/{number}")
        slug = "-".join(random.choices(NOUNS, k=3))
        age = max(number, 0) * ENTRY_GAP + timedelta(seconds=30 + random.randrange(3000) if number > 0 else 30)
        return Story(
            number=number,
            link=f"https://paper-{feed}.example/news/{slug}-{number + 1000}",
            headline=f"{_headline(random)}, {feed}-{number + 1000}",
            summary=f"{_sentence(random)} {_sentence(random)}",
            body_html=_body(random, f"paper-{feed}.example", min(9000, max(600, random.gauss(BODY_BYTES, 1500)))),
            author=f"{random.choice(FIRST_NAMES)} {random.choice(SURNAMES)}",
            subjects=tuple(random.sample(SUBJECTS, 3)),
            picture_url=f"https://pictures.paper-{feed}.example/{slug}.jpg?w=1200&q=80",
            published_at=self.now - age if number >= 0 else self.now + -number * timedelta(seconds=1),
        )


def _headline(random: Random) -> str:
    adjective, noun, verb, other = (random.choice(words) for words in (ADJECTIVES, NOUNS, VERBS, NOUNS))
    return f"{adjective.title()} {noun} {verb} {other} {random.choice(LINKING)} {random.choice(NOUNS)}"


def _sentence(random: Random) -> str:
    """With as many small words as real prose has: what guesses a language goes by them."""
    adjective, noun, verb, other = (random.choice(words) for words in (ADJECTIVES, NOUNS, VERBS, NOUNS))
    claim = f"the {adjective} {noun} of {random.choice(SURNAMES)} {verb} the {other}"
    place = f"{random.choice(LINKING)} the {random.choice(ADJECTIVES)} {random.choice(NOUNS)}"
    match random.randrange(4):
        case 0:
            return f"T{claim[1:]} {place}, and it was not to be the last."
        case 1:
            return (
                f"T{claim[1:]}, which is for a {random.choice(NOUNS)} to judge and not for the {random.choice(NOUNS)}."
            )
        case 2:
            return f"From this {random.choice(NOUNS)} {claim} with care, as was to be read by all that are in it."
        case _:
            return f"It is {random.choice(ADJECTIVES)} that {claim}."


def _body(random: Random, host: str, size: float) -> str:
    pieces = [
        f'<figure><img src="https://pictures.{host}/{random.choice(NOUNS)}.jpg" width="1200" height="800" '
        f'alt="{random.choice(ADJECTIVES)} {random.choice(NOUNS)}" loading="lazy" style="width:100%">'
        f"<figcaption>{_sentence(random)}</figcaption></figure>"
    ]
    length = len(pieces[0])
    while length < size:
        pieces.append(_block(random, host))
        length += len(pieces[-1])
    pieces.append(
        f'<div class="share" onclick="share()"><a href="https://social.example/post?u={random.random()}">Share</a></div>'
        f'<script>track("{host}")</script><img src="https://count.{host}/pixel.gif" width="1" height="1">'
    )
    return "".join(pieces)


def _block(random: Random, host: str) -> str:
    text = " ".join(_sentence(random) for _ in range(random.choice((2, 3, 4))))
    match random.randrange(12):
        case 0:
            return f'<h2 class="wp-block-heading" id="h-{random.randrange(999)}">{_sentence(random)}</h2>'
        case 1:
            return (
                f'<blockquote class="wp-block-quote"><p>{text}</p><cite>{random.choice(SURNAMES)}</cite></blockquote>'
            )
        case 2:
            return "<ul>" + "".join(f"<li>{_sentence(random)}</li>" for _ in range(3)) + "</ul>"
        case 3 | 4:
            href = f"/news/{random.choice(NOUNS)}-{random.randrange(999)}?utm_source=feed"
            return f'<p>{text} <a href="{href}" target="_blank" rel="noopener">{_sentence(random)}</a></p>'
        case 5:
            number = random.randrange(9999)
            return f'<p style="text-align:left" data-id="{number}"><em>{text}</em> &#8220;{text}&#8221;</p>'
        case 6:
            return f"<p><strong>{random.choice(SURNAMES)}</strong>: {text} &amp; more&nbsp;follows.</p>\n"
        case _:
            return f"<p>{text}</p>\n"


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"


def _rss(name: str, home: str, stories: Sequence[Story], at: datetime) -> str:
    items = "".join(
        f"<item>\n<title>{escape(story.headline)}</title>\n<link>{story.link}?utm_source=rss</link>\n"
        f'<guid isPermaLink="false">{home}/?p={story.number + 1000}</guid>\n'
        f"<pubDate>{format_datetime(story.published_at)}</pubDate>\n<dc:creator>{_cdata(story.author)}</dc:creator>\n"
        + "".join(f"<category>{_cdata(subject)}</category>\n" for subject in story.subjects)
        + f"<description>{_cdata(f'<p>{story.summary}</p>')}</description>\n"
        f"<content:encoded>{_cdata(story.body_html)}</content:encoded>\n"
        f'<media:content url="{escape(story.picture_url)}" medium="image" width="1200" height="800">'
        f"<media:description>{escape(story.headline)}</media:description></media:content>\n</item>\n"
        for story in stories
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {NAMESPACES}>\n<channel>\n<title>{name}</title>\n'
        f'<link>{home}/</link>\n<atom:link href="{home}/feed" rel="self" type="application/rss+xml"/>\n'
        f"<description>News of {name}</description>\n<lastBuildDate>{format_datetime(at)}</lastBuildDate>\n"
        f"<language>en-GB</language>\n{items}</channel>\n</rss>\n"
    )


def _atom(name: str, home: str, stories: Sequence[Story], at: datetime) -> str:
    entries = "".join(
        f'<entry>\n<title type="html">{escape(story.headline)}</title>\n<id>{home}/id/{story.number + 1000}</id>\n'
        f'<link rel="alternate" type="text/html" href="{story.link}"/>\n'
        f"<published>{story.published_at.isoformat()}</published>\n<updated>{story.published_at.isoformat()}</updated>\n"
        f"<author><name>{story.author}</name></author>\n"
        + "".join(f'<category term="{subject}"/>\n' for subject in story.subjects)
        + f'<summary type="html">{escape(f"<p>{story.summary}</p>")}</summary>\n'
        f'<content type="html">{escape(story.body_html, quote=False)}</content>\n'
        f'<media:thumbnail url="{escape(story.picture_url)}" width="1200" height="800"/>\n</entry>\n'
        for story in stories
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" '
        f'xmlns:media="http://search.yahoo.com/mrss/">\n<title>{name}</title>\n<id>{home}/</id>\n'
        f'<link href="{home}/"/>\n<link rel="self" href="{home}/feed"/>\n<updated>{at.isoformat()}</updated>\n'
        f"{entries}</feed>\n"
    )


def _rdf(name: str, home: str, stories: Sequence[Story], at: datetime) -> str:
    items = "".join(
        f'<item rdf:about="{story.link}">\n<title>{escape(story.headline)}</title>\n<link>{story.link}</link>\n'
        f"<dc:date>{story.published_at.isoformat()}</dc:date>\n<dc:creator>{story.author}</dc:creator>\n"
        + "".join(f"<dc:subject>{subject}</dc:subject>\n" for subject in story.subjects)
        + f"<description>{escape(story.summary)}</description>\n"
        f"<content:encoded>{_cdata(story.body_html)}</content:encoded>\n</item>\n"
        for story in stories
    )
    links = "".join(f'<rdf:li rdf:resource="{story.link}"/>' for story in stories)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/" {NAMESPACES} '
        f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<channel rdf:about="{home}/feed">\n'
        f"<title>{name}</title>\n<link>{home}/</link>\n<description>News of {name}</description>\n"
        f"<dc:date>{at.isoformat()}</dc:date>\n<items><rdf:Seq>{links}</rdf:Seq></items>\n</channel>\n{items}</rdf:RDF>\n"
    )


def _broken(name: str, home: str, stories: Sequence[Story], at: datetime) -> str:
    """Not well-formed: a bare ampersand in the title, an entity of HTML, an element that is never closed."""
    text = _rss(f"{name} & Sons &rsquo;", home, stories, at)
    return text.replace("<language>", "<category>news<language>", 1)


WRITERS = {"rss": _rss, "atom": _atom, "rdf": _rdf, "broken": _broken}
