"""Dates as people and their programs write them, where feedparser reads them wrongly or not at all. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from time import struct_time
from unicodedata import normalize

# RFC 822 and ISO 8601 as nearly every feed has them: feedparser reads those, and all at once. It knows no months but
# English ones, and takes every zone that is not named here for GMT.
USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)? "
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][DS]T)"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
)
# The commonest of those: "Fri, 20 Nov 2026 10:00:00 +0100" and "2026-11-20T10:00:00.5Z".
RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|([+-]\d{4}))",
    re.ASCII,
)
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EPOCH = re.compile(r"(\d{10})(?:(?:\d{3}){1,3}|\.\d+)?", re.ASCII)
WITHOUT_SIGNS = re.compile(r"^((?:19|20)\d{6})(\d{6})$", re.ASCII)
CLOCK = re.compile(
    r"(오전|오후)?\s*(?<!\d)(\d{1,2})(?::|h|時|时|시\s?)(\d\d)(?::(\d\d))?(?:\.\d+)?\s*([ap]\.?m\b)?", re.I
)
OFFSET = re.compile(r"(?:^|[\s:TZ]|GMT|UTC)([+-])(\d\d):?(\d\d)(?!\d)")
HOURS_OFFSET = re.compile(r"(?<!/)(?:GMT|UTC)([+-]\d\d?)(?![\d:])")
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[-/.년年]\s*(\d{1,2})\s*[-/.월月]\s*(\d{1,2})(?!\d)")
YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([\s/.-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
DAY = re.compile(r"(?<![\d:.+-])(\d{1,2})(?:st|nd|rd|th|\.|er)?(?![\d:])", re.I)
YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
SHORT_YEAR = re.compile(r"(?<!\d)(\d{1,2}[-. ][^\W\d_]{3,}\.?[-. ])(\d\d)(?![\d:])")
ACCENT = re.compile("[\u0300-\u036f\u0653-\u0655]")
WORD = re.compile("[a-zа-яіα-ως\u0621-\u064a\u0e01-\u0e3a\u0e40-\u0e4e]{3,}")
MONTHS = (
    "jan ene gen sty oca ian tam янв січ ιαν ينا جان มกร",
    "feb fev lut sub hel фев лют φεβ فبر فيف شبا กุม",
    "mar mae mrt maa мар бер μαρ مار اذا มีน",
    "apr abr avr kwi nis huh апр кві απρ ابر افر نيس เมษ",
    "may mai mei mag maj tou мая маи тра μαι ماي ايا พฤษ",
    "jun juin giu cze haz iun kes июн чер ιουν يون جوا حزي มิถ",
    "jul juil lug lip tem iul hei июл лип ιουλ يول جوي تمو กรก",
    "aug ago aou agu sie elo авг сер αυγ اغس اوت สิง",
    "sep set wrz eyl syy сен вер σεπ سبت ايل กัน",
    "oct okt ott out paz eki lok окт жов οκτ اكت ตุล",
    "nov lis kas marr ноя лис νοε نوف พฤศ",
    "dec dez dic des gru ara jou дек гру δεκ ديس ธัน",
)
MONTH_OF = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
ZONES: dict[str, float] = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
ZONES |= {"GMT": 0, "UTC": 0, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "MEST": 2}
ZONES |= {"ET": -5, "CT": -6, "MT": -7, "PT": -8, "MSK": 3, "IST": 5.5, "JST": 9, "KST": 9, "WET": 0, "WEST": 1}
ZONES |= {"AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8, "NZST": 12, "NZDT": 13, "HKT": 8, "SGT": 8}
ZONES |= {"PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7, "PHT": 8, "TRT": 3, "EAT": 3, "SAST": 2, "CAT": 2, "WAT": 1}
ZONES |= {"EET": 2, "EEST": 3, "AST": -4, "ADT": -3, "AKST": -9, "AKDT": -8, "HST": -10, "NST": -3.5, "NDT": -2.5}
ZONES |= {"BRT": -3, "ART": -3}
ZONE = re.compile(rf"\b({'|'.join(ZONES)})\b")
MAX_LENGTH = 100


def is_usual(written: str) -> bool:
    return USUAL.fullmatch(written) is not None


def usual_date(written: str) -> struct_time | None:
    """In UTC, as feedparser reads the commonest kinds of dates; None for any other.

    Raises OverflowError or ValueError for what is no date, as feedparser expects of those that it asks.
    """
    if ISO_8601.fullmatch(written):
        return datetime.fromisoformat(written).utctimetuple()
    match = RFC_822.fullmatch(written)
    if match is None:
        return None
    day, name, year, clock, zone = match.groups("")
    month = ENGLISH.index(name) + 1
    return datetime.fromisoformat(f"{year}-{month:02}-{day:0>2}T{clock}{zone}").utctimetuple()


def read_date(written: str) -> datetime | None:
    """The moment, in UTC where no zone is named; None for what is no date or could be two.

    Months in twenty languages, 12 and 24 hours, offsets behind GMT, weeks of ISO 8601, seconds since 1970.
    """
    written = WITHOUT_SIGNS.sub(r"\1T\2", written.strip())
    if not written or len(written) > MAX_LENGTH:
        return None
    if epoch := EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    if (moment := _iso_8601(written)) is not None:
        return moment
    clock = CLOCK.search(written)
    date = _date(written.replace(clock[0], " ", 1) if clock else written)
    if date is None:
        return None
    try:
        hour, minute, second = _time(clock)
        # Midnight may be the last moment of a day: 24:00.
        is_over = (hour, minute, second) == (24, 0, 0)
        moment = datetime(*date, 0 if is_over else hour, minute, second, tzinfo=_zone(written, clock))
        return moment.astimezone(UTC) + timedelta(days=is_over)
    except (ValueError, OverflowError):
        return None


def _iso_8601(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written.replace(" +", "+"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _date(written: str) -> tuple[int, int, int] | None:
    if found := YEAR_FIRST.search(written):
        return int(found[1]), int(found[2]), int(found[3])
    if found := YEAR_LAST.search(written):
        return _year_last(int(found[1]), found[2], int(found[3]), found[4])
    return _with_name(written)


def _year_last(first: int, between: str, second: int, year: str) -> tuple[int, int, int] | None:
    """Day first, or month first where it can only be; None where strokes part two numbers that could be either."""
    full_year = int(year) if len(year) == 4 else 2000 + int(year)
    if second > 12:
        return full_year, first, second
    if between == "/" and first <= 12 and first != second:
        return None
    return full_year, second, first


def _with_name(written: str) -> tuple[int, int, int] | None:
    """A month's name, a year and perhaps a day. The last name counts: "mar., 01 déc." is a Tuesday in December."""
    plain = ACCENT.sub("", normalize("NFKD", written.lower().replace("ä", "ae")))
    months = [MONTH_OF.get(word[:4]) or MONTH_OF.get(word[:3]) for word in WORD.findall(plain)]
    if not YEAR.search(written):
        written = SHORT_YEAR.sub(r"\g<1>20\2", written)
    named, year = [month for month in months if month], YEAR.search(written)
    if not named or not year:
        return None
    day = DAY.search(OFFSET.sub(" ", written.replace(year[0], " ", 1)))
    return _of_ours(int(year[0])), named[-1], int(day[1]) if day else 1


def _of_ours(year: int) -> int:
    """Of the Gregorian calendar, where Thailand writes that of the Buddha."""
    return year - 543 if year >= 2500 else year


def _time(clock: re.Match[str] | None) -> tuple[int, int, int]:
    if clock is None:
        return 0, 0, 0
    hour = int(clock[2])
    half = (clock[5] or "").lower()[:1] or {"오전": "a", "오후": "p"}.get(clock[1] or "", "")
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(clock[3]), min(int(clock[4] or 0), 59)  # a leap second is none of ours


def _zone(written: str, clock: re.Match[str] | None) -> timezone:
    behind = written[clock.end() :] if clock else ""
    if found := OFFSET.search(behind):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    if hours := HOURS_OFFSET.search(behind):
        return timezone(timedelta(hours=int(hours[1])))
    if named := ZONE.search(behind):
        return timezone(timedelta(hours=ZONES[named[1]]))
    # Korea and Japan. China is an hour behind them: too early by that is better than ahead of the clock.
    return timezone(timedelta(hours=9)) if re.search(r"[년오年]", written) else UTC
