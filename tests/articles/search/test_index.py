"""The database keeps the index: what is written is found, what is changed or deleted no longer is."""

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article
from articles.search.find import search
from articles.search.query import parse_query
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[int]:
    return [match.article_id for match in search(parse_query(typed), timezone.now()).matches]


@pytest.mark.parametrize(
    ("field", "text", "typed"),
    [
        ("headline", "Eleven states share a river", "river"),
        ("standfirst", "What the harbour owes", "harbour"),
        ("author", "Marta Okonjo", "okonjo"),
        ("opening_html", "<p>The <em>gauge</em> at Marrick</p>", "gauge marrick"),
        ("opening_html", "<p>It fell.</p><p>Freight &amp; fees rose</p>", '"freight fees"'),
        ("opening_html", '<p>See <a href="https://hidden.example/path">the register</a></p>', '"see the register"'),
        ("headline", "Le lac de Genève déborde", "geneve"),
        ("headline", "LE LAC DE GENEVE", "Genève"),
        ("headline", "ÉCOLES FERMÉES", "école"),
        ("headline", "اتفاق المياه في أكتوبر", "اكتوبر"),
        ("headline", "اتفاق المياه في اكتوبر", "أكتوبر"),
        ("headline", "جداً ممكن", "جدا"),
        ("headline", "Straße nach Łódź", "straße łódź"),
        ("headline", "Ørsted’s and/or Example.com’s U.S. e-mail", "ørsted example.com U.S. e-mail and/or"),
        ("headline", "दिल्ली में बारिश", "दिल्ली"),
        ("headline", "Ferry strikes end", "strike"),
        ("headline", "COVID19 at 3.5% on 2026-01-31", "covid19 3.5 2026-01-31"),
        ("headline", "اتفاق مصر", "مِصْر"),
        ("headline", "Straßen in Großbritannien", "strassen GROSSBRITANNIEN"),
        ("headline", "Strassen in Grossbritannien", "Straßen großbritannien"),
        ("headline", "Ørsted in Łódź, Kılıç, Encyclopædia", "orsted lodz kilic encyclopaedia"),
        ("headline", "CO₂ rises", "CO2"),
        ("headline", "CO2 rises", "CO₂"),
        ("headline", "Apple™ and 3½ pears", "apple 3 pears"),
        ("headline", "Елка: мои районы", "ёлка мой"),
        ("headline", "ΕΛΛΑΔΑ", "Ελλάδα"),
        ("headline", "\u095bमीन का दाम", "\u091c\u093cमीन"),
        ("headline", "東京都で震度5弱の地震", "東京 地震"),
        ("headline", "東京都で震度5弱の地震", '"震度5弱の地震"'),
        ("standfirst", "ＮＨＫは１２月に値下げ", "NHK 12月"),
        ("opening_html", "<p>東京MXの佐々木</p>", "東京MX MX 佐々木"),
        ("headline", "中国国家统计局公布GDP数据", "统计局 gdp"),
        ("headline", "น้ำท่วมประเทศไทย", "น้ำ ไทย"),
        ("headline", "မြန်မာနိုင်ငံ ရွေးကောက်ပွဲ", "နိုင်ငံ"),
        ("headline", "កម្ពុជា និងថៃ", "ថៃ"),
        ("headline", "Bugs in C++, again", "c++ bugs"),
        ("standfirst", "Written in C#", '"written in C#"'),
        ("opening_html", "<p>.NET and <b>F#</b></p>", ".net F#"),
        ("headline", "삼성전자가 실적을 발표했다", "삼성전자"),
        ("standfirst", "대통령은 서울로 돌아왔다", "대통령 서울"),
        ("opening_html", "<p>LG전자의 <b>주가</b>를 보면</p>", "LG전자"),
    ],
)
def test_public_text_is_found_as_people_write_it(field, text, typed):
    article = make_article(**{field: text})
    make_article(headline="Something else", opening_html="<p>Quite another thing</p>")
    assert found(typed) == [article.pk]


@pytest.mark.parametrize(
    ("headline", "typed"),
    [
        ("京都の東", "東京"),
        ("東の京都", "東京"),
        ("मैदान में", "मोदी"),
        ("मैदान में", "मैद"),
        ("Straßen", "strasen"),
        ("Vitamin C for all", "C++"),
        ("C++ or C", "C#"),
        ("F-16 # F", "F#"),
        ("Net profit of example.net", ".NET"),
        ("물가가 올랐다", "물"),
        ("신한국당", "한국"),
        ("삼성전자가 실적을 발표했다", '"삼성전자 실적"'),
    ],
)
def test_what_is_only_like_it_is_not_found(headline, typed):
    make_article(headline=headline)
    assert found(typed) == []


def test_a_korean_word_is_left_out_with_its_particles_too():
    article = make_article(headline="정부는 실적을 본다")
    make_article(headline="삼성전자의 실적을 본다")
    assert found("실적 -삼성전자") == [article.pk]


def test_a_title_is_not_meant_by_the_beginning_of_its_name():
    make_article(make_source(name="서울신문"), headline="부산에서")
    article = make_article(headline="서울에서")
    assert found("서울") == [article.pk]


def test_a_phrase_does_not_reach_from_one_text_into_the_next():
    make_article(headline="It goes on", standfirst="The band", author="Plays Jones", opening_html="<p>All night</p>")
    assert found('"on the"') == found('"band plays"') == found('"jones all"') == []
    assert len(found('"it goes on" "the band" "plays jones" "all night"')) == 1


def test_the_name_of_a_title_is_found_also_under_its_new_name():
    source = make_source(name="The Harbour Ledger")
    article = make_article(source, headline="Ferries at night")
    make_article(headline="Ferries by day")
    assert found("harbour ferries") == [article.pk]
    source.name = "The Quay"
    source.save()
    assert found("harbour ferries") == []
    assert found('"the quay"') == [article.pk]


@pytest.mark.parametrize("typed", ["href", "p", "amp", "https", "hidden", "nbsp"])
def test_markup_is_not_found(typed):
    make_article(opening_html='<p>Fish &amp; ships&nbsp;<a href="https://hidden.example/">here</a></p>')
    assert found(typed) == []


def test_no_word_behind_the_wall_is_found_a05(walled_article):
    assert found("engineers") == [walled_article.pk]
    assert found(f'"{SECRET_SENTENCE}"') == []
    assert found("quartermaster") == []


def test_an_edited_headline_is_found_and_the_old_one_is_not():
    article = make_article(headline="Minister resigns")
    article.headline = "Minister stays"
    article.save()
    assert found("resigns") == []
    assert found("stays") == [article.pk]
    Article.objects.filter(pk=article.pk).update(headline="Minister sleeps")
    assert found("stays") == []
    assert found("sleeps") == [article.pk]


def test_articles_written_in_bulk_are_found_and_deleted_ones_are_gone():
    source = make_source()
    now = timezone.now()
    Article.objects.bulk_create(
        Article(source=source, section="world", headline=f"Bulletin {number}", published_at=now, first_seen_at=now)
        for number in range(3)
    )
    assert len(found("bulletin")) == 3
    Article.objects.filter(headline="Bulletin 1").delete()
    assert len(found("bulletin")) == 2
    source.delete()
    assert found("bulletin") == []


def test_nothing_of_a_deleted_article_stays_in_the_index():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps the index in the article's own row")
    article = make_article(headline="أكتوبر “quoted” \\ back", opening_html="<p>a &lt; b</p>", author="Zoë")
    article.opening_html = "<p>changed <b>twice</b></p>"
    article.save()
    Article.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, articles_search, row)")
        cursor.execute("SELECT * FROM temp.vocabulary")
        left = cursor.fetchall()
        cursor.execute("DROP TABLE temp.vocabulary")
    assert left == []
