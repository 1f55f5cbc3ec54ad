"""Another title's words are found, and what a title says every day makes no copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from articles.stories.copies import Text, copies_among, repeated
from articles.stories.fingerprint import sentence_keys, sentences_of, shingles_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
numbers = count(1)

WIRE = (
    "The lander touched down on the far side of the moon at four minutes past six on Tuesday, the agency said, and "
    "sent nineteen pictures before its antenna turned away from the Earth for the night."
)


def text(words: str, *, standfirst: str = "", hours: float = 0, **fields) -> Text:
    number = next(numbers)
    own = shingles_of(sentences_of(words or standfirst))
    return Text(
        **{
            "article_id": number,
            "source_id": number,
            "published_at": NOON + timedelta(hours=hours),
            "own": own,
            "all": np.union1d(own, shingles_of(sentences_of(standfirst))),
            **fields,
        }
    )


def test_the_later_of_two_titles_with_one_text_is_the_copy():
    late, early = text(WIRE, hours=1), text(WIRE)
    assert copies_among([late, early]) == {late.article_id: early.article_id}


@pytest.mark.parametrize(
    "printed", [WIRE[:140], f"{WIRE} A spokeswoman for the harbour of Halden said she had seen it."]
)
def test_a_shortened_and_a_lengthened_text_are_copies(printed):
    agency, paper_ = text(WIRE), text(printed, hours=1)
    assert copies_among([agency, paper_]) == {paper_.article_id: agency.article_id}


def test_own_words_on_the_same_event_are_no_copy():
    own = text(
        "At four minutes past six on Tuesday nobody in the control room of the agency said anything at all.", hours=1
    )
    assert copies_among([text(WIRE), own]) == {}


def test_a_title_does_not_copy_itself():
    assert copies_among([text(WIRE, source_id=3), text(WIRE, source_id=3, hours=1)]) == {}


def test_a_text_too_short_to_tell_is_no_copy():
    assert copies_among([text("It rained in Halden today."), text("It rained in Halden today.", hours=1)]) == {}


def test_a_teaser_that_quotes_the_standfirst_of_another_title_is_a_copy():
    first, second = text("Other words entirely here.", standfirst=WIRE), text("", standfirst=WIRE, hours=1)
    assert copies_among([first, second]) == {second.article_id: first.article_id}


def test_every_copy_leads_to_the_earliest_report_and_none_to_a_copy():
    agency, *papers = (text(WIRE, hours=hours) for hours in range(4))
    assert copies_among([*papers, agency]) == {one.article_id: agency.article_id for one in papers}


def test_a_third_of_an_agency_text_is_still_a_copy():
    """Newspapers cut: containment sees it, likeness would not."""
    more = " ".join(f"The engineers counted {number} lamps on the far side of the craft." for number in range(20))
    agency, paper_ = text(f"{WIRE} {more}"), text(WIRE, hours=1)
    assert copies_among([agency, paper_]) == {paper_.article_id: agency.article_id}


@pytest.mark.parametrize(
    ("bodies", "manner"),
    [
        (
            [
                "It rained on the fields all day. ",
                "The bridge is closed until Monday. ",
                "Nobody has seen the cat since. ",
            ],
            "Write to our desk with what you have seen.",
        ),
        (["今天田野下了一整天雨。", "大桥封闭到星期一！", "有谁见过那只猫吗？"], "更多内容请关注本报官方网站。"),
        (
            ["畑では一日中雨が降った。", "橋は月曜まで通れない。", "猫を見た人はいない。"],
            "続きは本紙の電子版でお読みください。",
        ),
        (
            ["खेतों में दिन भर बारिश हुई। ", "पुल सोमवार तक बंद रहेगा। ", "बिल्ली को किसी ने नहीं देखा। "],
            "पूरी खबर हमारी वेबसाइट पर पढ़ें।",
        ),
    ],
)
def test_what_a_source_says_under_every_article_is_its_own(bodies, manner):
    keys = repeated(sentence_keys(sentences_of(f"{body}{manner}")) for body in bodies)
    assert keys
    assert keys == frozenset(sentence_keys(sentences_of(manner)))
