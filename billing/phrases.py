"""Dates, money and small numbers in words. Pure, and at the bottom of the arrows, so that every app may use it."""

from __future__ import annotations

from datetime import datetime, tzinfo

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
# How many decimals an amount has at Stripe where it is not two: it counts in the smallest unit of each currency.
DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


def money(cents: int, currency: str) -> str:
    """1000, "GBP" -> "£10"; 999, "CHF" -> "CHF 9.99"; 1000, "JPY" -> "JPY 1000"."""
    decimals = DECIMALS.get(currency, 2)
    amount = f"{cents / 10**decimals:.{decimals}f}".removesuffix("." + "0" * decimals)
    return f"{SYMBOLS[currency]}{amount}" if currency in SYMBOLS else f"{currency} {amount}"


def less(discount: str) -> str:
    """ "20%" -> "less 20% while the discount lasts"."""
    return f"less {discount} while the discount lasts"


def number(count: int) -> str:
    """14 -> "fourteen"; above twenty the figures."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def day(then: datetime, now: datetime, zone: tzinfo) -> str:
    """ "Saturday 22 November", with the year where it is another one."""
    local = then.astimezone(zone)
    return f"{local:%A %-d %B}" if local.year == now.astimezone(zone).year else f"{local:%A %-d %B %Y}"


def moment(then: datetime, now: datetime, zone: tzinfo) -> str:
    """ "Saturday 22 November at 14:05"."""
    return f"{day(then, now, zone)} at {then.astimezone(zone):%H:%M}"


def day_short(then: datetime, zone: tzinfo) -> str:
    return f"{then.astimezone(zone):%-d %b}"


def counted_days(count: int) -> str:
    """14 -> "fourteen days"."""
    return f"{number(count)} day{'' if count == 1 else 's'}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
