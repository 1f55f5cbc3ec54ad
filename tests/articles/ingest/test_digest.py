from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from articles.ingest.digest import digest
from articles.ingest.prose import text_of_clean, word_count
from articles.ingest.shapes import Failed, NotModified
from tests.articles.ingest.answers import NOW, answer, digested, state
from tests.publishers import item, rss

SENTENCES = [f"<p>Sentence number {number} of the report has nine words.</p>" for number in range(20)]
TEXT = "<content:encoded><![CDATA[" + "".join(SENTENCES) + "]]></content:encoded>"
PICTURE = '<media:content url="https://cdn.example/p.jpg" medium="image" width="900" height="600"/>'
REPORT = rss(item(text="A summary of its own, in ten words or so.", extra=TEXT + PICTURE))


def known_from(update) -> dict[str, str]:
    return {draft.entry_id: draft.content_hash for draft in update.drafts}


# Permission --------------------------------------------------------------------------------------


def test_headline_keeps_headline_and_link_only():
    draft = digested(REPORT, permission="headline").drafts[0]
    assert (draft.headline, draft.canonical_url) == ("Headline 1", "https://paper.example/1")
    assert (draft.standfirst, draft.opening_html, draft.body_html) == ("", "", "")
    assert (draft.picture, draft.thumbnail, draft.word_count) == (None, None, 0)


def test_teaser_keeps_sixty_words_and_the_picture():
    long = rss(item(text="One two three four five six. " * 40, extra=TEXT + PICTURE))
    draft = digested(long, permission="teaser").drafts[0]
    assert draft.body_html == ""
    assert 50 <= word_count(draft.standfirst) <= 60
    assert draft.standfirst.endswith(".")
    assert draft.opening_html == f"<p>{draft.standfirst}</p>"
    assert draft.picture.url == "https://cdn.example/p.jpg"


def test_teaser_takes_the_beginning_of_the_text_where_there_is_no_summary():
    draft = digested(rss(f"<item><guid>1</guid>{TEXT}</item>"), permission="teaser").drafts[0]
    assert draft.standfirst.startswith("Sentence number 0")
    assert word_count(draft.standfirst) <= 60
    assert "number 10" not in str(draft)


@pytest.mark.parametrize("permission", ["open", "full"])
def test_open_and_full_keep_the_text_and_a_short_opening(permission):
    draft = digested(REPORT, permission=permission).drafts[0]
    assert draft.body_html == "".join(SENTENCES)
    assert draft.standfirst == "A summary of its own, in ten words or so."
    assert draft.opening_html == "".join(SENTENCES[:5])
    assert draft.word_count == 180


def test_nothing_public_of_a_full_source_gives_the_end_away():
    text = "<p>" + "Only subscribers read how this ends. " * 12 + "The quartermaster did it.</p>"
    both = rss(item(text=f"<![CDATA[{text}]]>", extra=f"<content:encoded><![CDATA[{text} ]]></content:encoded>"))
    for body in (both, rss(item(text=f"<![CDATA[{text}]]>"))):
        draft = digested(body).drafts[0]
        assert "quartermaster" in draft.body_html
        assert "quartermaster" not in draft.standfirst + draft.opening_html + draft.headline
        assert word_count(text_of_clean(draft.opening_html)) * 4 <= draft.word_count


def test_a_summary_that_is_nearly_the_whole_text_is_not_public():
    summary = "Nearly all of it stands in the summary, word for word, and that is too much."
    text = f"<content:encoded><![CDATA[<p>{summary}</p><p>Only this is missing.</p>]]></content:encoded>"
    draft = digested(rss(item(text=summary, extra=text))).drafts[0]
    assert draft.standfirst == ""
    assert summary in draft.body_html


def encoded(markup: str) -> str:
    return f"<content:encoded><![CDATA[{markup}]]></content:encoded>"


def test_of_two_texts_that_say_the_same_the_one_with_paragraphs_and_pictures_is_kept():
    markup = '<p><a href="/1"><img src="/port.jpg"></a></p><p>The port is open.</p><p>The ferry <em>sails</em>.</p>'
    draft = digested(rss(item(text="The port is open. The ferry sails.", extra=encoded(markup)))).drafts[0]
    assert draft.body_html == "<p>The port is open.</p><p>The ferry <em>sails</em>.</p>"
    assert draft.picture.url == "https://paper.example/port.jpg"


def test_a_picture_beside_the_longer_text_is_found_too():
    markup = '<p><img src="/port.jpg"></p>'
    draft = digested(rss(item(text="The port is open, after a year.", extra=encoded(markup)))).drafts[0]
    assert draft.body_html == "<p>The port is open, after a year.</p>"
    assert draft.picture.url == "https://paper.example/port.jpg"


def test_a_first_picture_is_left_out_of_the_text_and_what_stands_with_it_is_not():
    text = "<p>The port is open again, and the ferry sails twice.</p>"

    def body(figure: str) -> str:
        return digested(rss(item(extra=encoded(f"<figure>{figure}</figure>{text}")))).drafts[0].body_html

    assert body('<img src="/port.jpg">') == text
    assert "ferry.jpg" in body('<img src="/port.jpg"><img src="/ferry.jpg">')
    assert "The port in numbers." in body('<img src="/port.jpg"><p>The port in numbers.</p>')


def test_who_took_the_picture_stands_beneath_it_and_not_in_the_teaser():
    text = encoded('<img src="/port.jpg"><p>The port is open.</p><p>(Image credit: Jo Ash/Agency)</p>')
    feed = rss(f"<item><guid>1</guid><title>The port</title>{text}</item>")
    full, short = (digested(feed, permission=permission).drafts[0] for permission in ("full", "teaser"))
    assert (full.body_html, short.standfirst) == ("<p>The port is open.</p>", "The port is open.")
    assert full.picture.caption == short.picture.caption == "Image credit: Jo Ash/Agency"


def test_a_feed_in_arabic_has_its_language_and_ours_is_kept_else():
    arabic = rss(item(extra="<dc:language>ar</dc:language>"), channel="<language>en-us</language>")
    assert digested(arabic, language="en").drafts[0].language == "ar"
    assert digested(REPORT, language="en-GB").drafts[0].language == "en-GB"
    assert digested(rss(item(), channel="<language>ar</language>"), language="").drafts[0].language == "ar"
    assert digested(rss(item(), channel="<language>no language</language>"), language="").drafts[0].language == "en"


# New, changed, unchanged -------------------------------------------------------------------------


def test_a_second_reading_finds_nothing_new():
    first = digested(REPORT)
    again = digested(REPORT + " ", known=known_from(first))
    assert (first.outcome, again.outcome, again.drafts, again.entry_count) == ("new", "unchanged", (), 1)


def test_the_same_bytes_are_not_even_parsed():
    first = digested(REPORT)
    again = digested(REPORT, body_hash=first.body_hash)
    assert (again.outcome, again.entry_count) == ("unchanged", 0)


def test_an_edit_is_found_and_sanitised_too_f51():
    first = digested(rss(item(1), item(2)))
    edited = rss(item(1), item(2, text="<![CDATA[<p>Corrected.</p><script>x</script>]]>"))
    again = digested(edited, known=known_from(first))
    assert [(draft.entry_id, draft.body_html) for draft in again.drafts] == [("id-2", "<p>Corrected.</p>")]
    assert again.entry_count == 2


def test_counters_and_tracking_are_no_edit_f53():
    first = digested(rss(item(1, link="https://paper.example/1?utm_source=a", extra="<comments>3</comments>")))
    again = digested(
        rss(item(1, link="https://paper.example/1?utm_source=b", extra="<comments>4</comments>")),
        known=known_from(first),
    )
    assert again.drafts == ()


def test_an_entry_between_known_ones_is_found_and_keeps_its_base():
    first = digested(rss(item(1), item(3)))
    again = digested(rss(item(1), item(2, text='&lt;img src="/p.png"&gt; here'), item(3)), known=known_from(first))
    assert [draft.entry_id for draft in again.drafts] == ["id-2"]
    assert "https://paper.example/p.png" in again.drafts[0].body_html


def test_entries_with_one_id_do_not_change_places_for_ever():
    twice = rss(item(1), item(2, guid="id-1"))
    first = digested(twice)
    assert [draft.entry_id for draft in first.drafts] == ["id-1", "https://paper.example/2"]
    assert digested(twice + " ", known=known_from(first)).drafts == ()


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_a_picture_that_stands_in_its_address_costs_no_word_behind_it_f41(quote):
    picture = f"<p><img src={quote}data:image/png;base64,{'iVBORw0KGgo+/' * 40_000}{quote}></p>"
    text = f"<p>It began so.</p>{picture}<p>And so on.</p>{picture}<p>It ended so.</p>"
    document = {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_html": text}]}
    for body in (rss(item(text=f"<![CDATA[{text}]]>")), json.dumps(document)):
        (draft,) = digested(body).drafts
        assert draft.body_html == "<p>It began so.</p><p>And so on.</p><p>It ended so.</p>"


@pytest.mark.parametrize(
    ("lead", "in_text", "is_left"),
    [
        ("/photo.php?id=1", "/photo.php?id=2", True),
        ("/_next/image?url=%2Fa.jpg&amp;w=1200&amp;q=75", "/_next/image?url=%2Fb.jpg&amp;w=640&amp;q=75", True),
        ("/_next/image?url=%2Fa.jpg&amp;w=1200&amp;q=75", "/_next/image?url=%2Fa.jpg&amp;w=640&amp;q=75", False),
        ("/im-1?width=1200&amp;height=800", "/im-1?width=300", False),
        ("/a.jpg?v=1", "/a.jpg?resize=300", False),
    ],
)
def test_a_picture_is_left_out_of_the_text_only_where_it_stands_above_it(lead, in_text, is_left):
    media = f'<media:content url="https://paper.example{lead}" medium="image"/>'
    text = f'<![CDATA[<p><img src="https://paper.example{in_text}"></p><p>Words that go on and on.</p>]]>'
    body = f"<content:encoded>{text}</content:encoded>{media}"
    (draft,) = digested(rss(item(text="In short.", extra=body))).drafts
    assert draft.picture.url == f"https://paper.example{lead}".replace("&amp;", "&")
    assert ("<img " in draft.body_html) == is_left


@pytest.mark.parametrize(
    ("pictures", "lead", "kept"),
    [("ab", "", "ab"), ("ab", "c", "ab"), ("b", "c", "b"), ("a", "a", ""), ("a", "", "")],
)
def test_pictures_that_a_text_without_a_summary_begins_with_stay_unless_above_it(pictures, lead, kept):
    images = "".join(f'<img src="https://paper.example/{name}.jpg">' for name in pictures)
    media = f'<media:content url="https://paper.example/{lead}.jpg" medium="image"/>' if lead else ""
    (draft,) = digested(rss(item(text=f"<![CDATA[<p>{images}</p><p>Words.</p>]]>", extra=media))).drafts
    assert draft.picture.url == f"https://paper.example/{lead or pictures[0]}.jpg"
    assert [name for name in "abc" if f"/{name}.jpg" in draft.body_html] == list(kept)


def notes(*numbers: int, page: str = "https://paper.example/notes?a=1&amp;b=2") -> str:
    return rss(*(item(number, link=f"{page}#v{number}") for number in numbers))


def links_of(update) -> list[str]:
    return [draft.canonical_url for draft in update.drafts]


def test_entries_that_are_parts_of_one_page_are_articles_each_with_a_link_of_its_own():
    page = "https://paper.example/notes?a=1&b=2"
    first = digested(notes(2, 1))
    assert links_of(first) == [f"{page}#v2", f"{page}#v1"]
    assert links_of(digested(notes(3, 2, 1), known=known_from(first))) == [f"{page}#v3"]
    assert links_of(digested(notes(1))) == [page]
    named = digested(rss(*(item(1, guid=name, link=f"https://paper.example/n#{name}") for name in ("a b", "é"))))
    assert links_of(named) == ["https://paper.example/n#a%20b", "https://paper.example/n#%C3%A9"]
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{}</feed>"""
    entry = '<entry><id>{0}</id><title>{0}</title><link rel="alternate" href="https://paper.example/n#{0}"/></entry>'
    first = digested(atom.format(entry.format("a")))
    again = digested(atom.format(entry.format("b") + entry.format("a")), known=known_from(first))
    assert links_of(again) == ["https://paper.example/n#b"]


def test_a_place_on_a_page_that_one_entry_leads_to_is_no_part_of_its_address_f53():
    contents = "<![CDATA[<a href='https://paper.example/1#one'>One</a> <a href='https://paper.example/1#two'>Two</a>]]>"
    first = digested(rss(item(2, link="https://paper.example/2#rss")))
    again = rss(item(1, link="https://paper.example/1#rss", text=contents), item(2, link="https://paper.example/2#rss"))
    assert links_of(first) == ["https://paper.example/2"]
    assert links_of(digested(again, known=known_from(first))) == ["https://paper.example/1"]


def test_only_the_newest_two_hundred_are_kept_f40():
    old_first = rss(
        *(
            f"<item><guid isPermaLink='false'>{number}</guid><dc:date>2025-01-01T{number // 60:02}:{number % 60:02}:00Z"
            f"</dc:date></item>"
            for number in range(900)
        )
    )
    update = digested(old_first)
    assert update.entry_count == 200
    assert {draft.entry_id for draft in update.drafts} == {str(number) for number in range(700, 900)}


# Authors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("Jo Ash", "Jo Ash"),
        ("By Jo Ash", "Jo Ash"),
        ("Par Zoé Léger", "Zoé Léger"),
        ("Text: Jo Ash", "Jo Ash"),
        ("By Jo Ash and Sam Oak", "Jo Ash and Sam Oak"),
        ("Jo Ash, Sam Oak; Jo Ash | Kim Elm", "Jo Ash, Sam Oak, Kim Elm"),
        ("Jo Ash, Reuters", "Jo Ash, Reuters"),
        ("Jo Ash (Reuters)", "Jo Ash (Reuters)"),
        ("jo@paper.example (Jo Ash)", "Jo Ash"),
        ("jo@paper.example (Jo Ash), sam@paper.example (Sam Oak)", "Jo Ash, Sam Oak"),
        ("Jo Ash &lt;jo@paper.example&gt;", "Jo Ash"),
        ("Jo Ash https://paper.example/jo @joash", "Jo Ash"),
        ("&lt;a href='mailto:jo@paper.example'&gt;Jo Ash&lt;/a&gt;", "Jo Ash"),
        ("noreply@paper.example", ""),
        ("admin", ""),
        ("noreply@paper.example (Author Unknown)", ""),
        ("Byron Parker", "Byron Parker"),
        ("Von der Leyen", "Von der Leyen"),
        ("Smith, John", "Smith, John"),
        (", ;", ""),
    ],
)
def test_an_author_is_names_and_nothing_else(written, author):
    assert digested(rss(item(extra=f"<author>{written}</author>"))).drafts[0].author == author


def test_several_authors_are_named_each_once():
    body = rss(item(extra="<dc:creator>Jo Ash</dc:creator><dc:creator>Sam Oak</dc:creator>"))
    assert digested(body).drafts[0].author in {"Jo Ash", "Sam Oak", "Jo Ash, Sam Oak"}


# Dates -------------------------------------------------------------------------------------------


def undated(number: int, date: str = "") -> str:
    return f"<item><guid>{number}</guid><title>Entry {number}</title>{date}</item>"


def dates_of(update) -> list:
    return [draft.published_at for draft in update.drafts]


def test_a_few_undated_entries_are_dated_now_in_the_feed_s_order_f55():
    dates = dates_of(digested(rss(*(undated(number) for number in range(20)))))
    assert dates == [NOW - timedelta(seconds=number) for number in range(20)]


@pytest.mark.parametrize(
    "date",
    [
        "",
        "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
        "<pubDate>Fri, 13 Dec 1901 20:45:52 GMT</pubDate>",
        "<pubDate>Sun, 01 Mar 2099 10:00:00 GMT</pubDate>",
        "<pubDate>yesterday, I think</pubDate>",
        "<dc:date>0000-00-00T00:00:00Z</dc:date>",
    ],
)
def test_a_flood_of_entries_without_a_sensible_date_does_not_fill_the_front_page_f55(date):
    dates = dates_of(digested(rss(*(undated(number, date) for number in range(40)))))
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == NOW
    assert [date for date in dates if date > NOW - timedelta(days=1)] == dates[:5]
    assert dates[5] - dates[6] == timedelta(hours=1)


def test_old_entries_keep_their_dates_in_a_flood_too_f55():
    dated = [undated(100 + number, "<pubDate>Mon, 02 Jun 2025 08:00:00 GMT</pubDate>") for number in range(3)]
    dates = dates_of(digested(rss(*(undated(number) for number in range(40)), *dated)))
    assert {date.isoformat() for date in dates[-3:]} == {"2025-06-02T08:00:00+00:00"}
    assert len(set(dates[:40])) == 40


def test_entries_that_were_seen_before_make_no_flood_f55():
    """A source that is read anew: their dates stand in the database."""
    known = {str(number): "" for number in range(40)}
    dates = dates_of(digested(rss(*(undated(number) for number in range(41))), known=known))
    assert min(dates) > NOW - timedelta(minutes=1)


def test_a_clock_that_is_a_little_fast_is_no_reason_to_doubt_the_date_f55():
    body = rss(undated(1, "<pubDate>Tue, 01 Jul 2025 14:00:00 GMT</pubDate>"))
    assert dates_of(digested(body)) == [NOW]


# What the publisher asks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "is_noindex"),
    [
        ("noindex", True),
        ("NoIndex, nofollow", True),
        ("none", True),
        ("noarchive\nnoindex", True),
        ("noindex, follow", False),  # what a common plugin says about the feed as a document
        ("otherbot: noindex", False),
        ("all", False),
        ("", False),
    ],
)
def test_an_answer_that_asks_search_engines_to_keep_away_is_heeded(value, is_noindex):
    update = digested(REPORT, {"x-robots-tag": value})
    assert update.drafts[0].is_noindex == is_noindex
    assert ("search engines" in update.refusal) == is_noindex
    assert update.drafts[0].body_html


@pytest.mark.parametrize(
    ("link", "hub", "topic"),
    [
        ('<https://hub.example/>; rel="hub", <https://paper.example/feed>; rel="self"', "https://hub.example/",
         "https://paper.example/feed"),
        ("</hub>;rel=hub,</me>;rel='self'", "https://paper.example/hub", ""),
        ('<https://hub.example/>; title="a, b; rel=x"; rel="alternate HUB self"', "https://hub.example/",
         "https://hub.example/"),
        ('<javascript:x>; rel="hub"', "", ""),
        ("<" * 5000, "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_header_names_the_hub(link, hub, topic):
    update = digested(REPORT, {"link": link})
    assert (update.hub_url, update.self_url) == (hub, topic)


BLOCK = '<podcast:block xmlns:podcast="https://podcastindex.org/namespace/1.0">yes</podcast:block>'


def test_of_a_feed_that_is_not_to_be_shown_by_others_only_headline_and_link_are_kept():
    update = digested(rss(item(text="A text.", extra=TEXT + PICTURE), channel=BLOCK), permission="full")
    (draft,) = update.drafts
    assert (draft.headline, draft.canonical_url) == ("Headline 1", "https://paper.example/1")
    assert (draft.standfirst, draft.opening_html, draft.body_html, draft.picture) == ("", "", "", None)
    assert draft.is_noindex
    assert update.refusal
    assert update.permission == "full"  # What the catalogue says is as it was: else the drafts would be dropped.


@pytest.mark.parametrize("cut", ["An excerpt cut off in a <!-- wp:par", "Words <!--", "Words --> and <!-- more"])
def test_a_comment_that_is_only_quoted_hides_no_wish_of_the_entries_behind_it(cut):
    document = rss(item(1, text=f"<![CDATA[{cut}]]>"), item(2, text="A text.", extra=TEXT + BLOCK))
    update = digested(document, permission="full")
    assert [draft.body_html for draft in update.drafts[1:]] == [""]


def test_a_wish_that_is_written_as_a_cdata_section_is_heard_and_one_that_a_section_quotes_is_not():
    update = digested(rss(item(text="A text.", extra=TEXT), channel=BLOCK.replace("yes", "<![CDATA[yes]]>")))
    assert update.refusal
    assert [draft.body_html for draft in update.drafts] == [""]
    quoted = digested(rss(item(text=f"<![CDATA[A text. {BLOCK} <meta name='robots' content='noindex'>]]>")))
    assert (quoted.refusal, quoted.drafts[0].is_noindex) == ("", False)
    assert quoted.drafts[0].body_html


# Failures ----------------------------------------------------------------------------------------


def test_a_failure_counts_and_keeps_the_validators():
    update = digest(state(etag='"a"', body_hash="b", failure_count=2), Failed("It broke.", 500), NOW)
    assert (update.outcome, update.failure_count, update.reason, update.status) == ("failed", 3, "It broke.", 500)
    assert (update.etag, update.body_hash, update.drafts) == ('"a"', "b", ())
    assert update.next_fetch_at > NOW


def test_what_is_no_feed_is_a_failure_and_its_validators_are_not_kept_f33():
    update = digested(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, {"etag": '"new"'}, etag='"old"')
    assert update.outcome == "failed"
    assert update.etag == '"old"'
    assert "not a feed" in update.reason


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\0\0\0", b"/etc/passwd", b"http://127.0.0.1/feed", bytes(range(256)) * 9]
)
def test_a_body_that_names_a_file_or_is_noise_is_refused_f32_f33(body):
    assert digested(body).outcome == "failed"


def test_a_success_forgets_earlier_failures():
    assert digested(REPORT, failure_count=9).failure_count == 0
    quiet = digest(state(failure_count=9, etag='"a"'), NotModified({}, 0.1), NOW)
    assert (quiet.outcome, quiet.failure_count, quiet.etag) == ("not_modified", 0, '"a"')


def test_410_is_gone():
    update = digest(state(), Failed("Gone.", 410, is_gone=True), NOW)
    assert (update.outcome, update.next_fetch_at) == ("gone", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("etag", "kept"),
    [('W/"a b"', 'W/"a b"'), ('"' + "e" * 100_000 + '"', ""), ('"é"', ""), ('"\udce9"', ""), ('"a\tb"', "")],
)
def test_only_validators_that_can_be_sent_back_are_kept_f12(etag, kept):
    assert digested(REPORT, {"etag": etag, "last-modified": etag}).etag == kept


# Size --------------------------------------------------------------------------------------------


def test_long_values_are_cut_and_the_neighbours_stay_f41():
    huge = "x" * 1_000_000
    drafts = digested(
        rss(item(1, title=huge, guid=huge, link=f"https://paper.example/{huge}", text=huge * 3), item(2))
    ).drafts
    assert len(drafts) == 2
    assert len(drafts[0].headline) == 500
    assert len(drafts[0].entry_id) < 100
    assert drafts[0].canonical_url is None
    assert len(drafts[0].body_html) <= 200_000


@pytest.mark.parametrize(
    "extra",
    [
        "".join(f"<category>term {number}</category>" for number in range(50_000)),
        "".join(f'<enclosure url="https://cdn.example/{number}.jpg" type="image/jpeg"/>' for number in range(20_000)),
        f"<media:keywords>{','.join(map(str, range(50_000)))}</media:keywords>",
        "<x>" * 50_000 + "</x>" * 50_000,
        "<x " + " ".join(f"a{number}='1'" for number in range(50_000)) + "/>",
    ],
    ids=["categories", "enclosures", "keywords", "nesting", "attributes"],
)
def test_excess_in_one_entry_costs_little_f42_f43(extra):
    drafts = digested(rss(item(1, extra=extra), item(2))).drafts
    assert [draft.headline for draft in drafts] == ["Headline 1", "Headline 2"]
    assert len(drafts[0].categories) <= 20


def test_one_bad_entry_does_not_take_its_neighbours_along_f36():
    bad = item(2, title="&#1114112; &#x7FFFFFFF; &#99999999999999999999;", text="\x0b\x0c<![CDATA[\x00]]>")
    assert [draft.entry_id for draft in digested(rss(item(1), bad, item(3))).drafts] == ["id-1", "id-2", "id-3"]


def test_pictures_of_the_demo_press_are_kept_where_it_is_allowed():
    body = rss(item(1, extra='<media:content url="http://127.0.0.1:8001/p.webp" medium="image" width="900"/>'))
    assert digest(state(), answer(body), NOW).drafts[0].picture is None
    allowed = digest(state(), answer(body), NOW, ["127.0.0.1:8001"]).drafts[0]
    assert allowed.picture.url == "http://127.0.0.1:8001/p.webp"


def test_the_same_update_comes_of_the_same_answer():
    assert digested(REPORT) == digested(REPORT)
    assert replace(digested(REPORT), feed_id=2) != digested(REPORT)
