"""Plain pages that stand for Stripe's: Checkout, the portal, an invoice. They say what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from tests.stripe_api import subscriptions
from tests.stripe_api.refusals import CardDeclined, Refused

STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:24px 16px}
h1{font-size:1.5rem;line-height:1.2}.note{border:1px solid;padding:8px 12px;border-radius:4px}.err{color:#b3261e}
label{display:block;padding:6px 0}button{font:inherit;padding:10px 16px;margin:4px 8px 4px 0;cursor:pointer}
section{border-top:1px solid #8888;margin-top:24px;padding-top:8px}dt{font-weight:600}dd{margin:0 0 8px}
input[type=text]{font:inherit;padding:8px;width:100%;box-sizing:border-box}
@media(prefers-color-scheme:dark){.err{color:#ffb4ab}}
"""
CHOICES = (
    ("4242424242424242", "4242 4242 4242 4242: pays"),
    ("4000000000000341", "4000 0000 0000 0341: is accepted now, and declined when it is charged later"),
    ("4000002500003155", "4000 0025 0000 3155: the bank asks to confirm later payments"),
    ("4000000000000002", "4000 0000 0000 0002: is declined at once"),
)


@dataclass(frozen=True, slots=True)
class Page:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    location: str = ""


def answer(stand_in: Any, method: str, path: str, form: dict[str, str]) -> Page:
    """A page by its address, or what a button on it does."""
    steps = [part for part in path.split("/") if part]
    try:
        match (method, steps):
            case ("GET", []):
                return page("Stand-in for Stripe", "<p>Pages are reached from the site.</p>")
            case (_, ["checkout", session_id]):
                return checkout(stand_in, method, session_id, form)
            case (_, ["portal", session_id]):
                return portal(stand_in, method, session_id, form)
            case ("GET", ["invoice", invoice_id, "pdf"]):
                return Page(200, pdf(stand_in, invoice_id), "application/pdf")
            case (_, ["invoice", invoice_id]):
                return invoice(stand_in, method, invoice_id, form)
    except CardDeclined as declined:
        return page(
            "The card was not taken", f'{alert(str(declined))}<p><a href="{escape(path)}">Try another</a></p>', 402
        )
    except Refused:
        pass
    return page("There is no such page", "<p>The link is old.</p>", 404)


def page(title: str, body: str, status: int = 200) -> Page:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    note = '<p class="note">This is a stand-in for Stripe on this machine. No money moves, no card is real.</p>'
    main = f"<main><h1>{escape(title)}</h1>{note}{body}</main>"
    text = f"{head}{view}<style>{STYLE}</style></head><body>{main}</body></html>"
    return Page(status, text.encode())


def checkout(stand_in: Any, method: str, session_id: str, form: dict[str, str]) -> Page:
    session = stand_in.get(session_id, "checkout.session")
    if session["status"] != "open":
        return page("This page is closed", back(session["cancel_url"], "Back to the site"))
    if method == "POST":
        try:
            stand_in.complete_checkout(session_id, card_of(form))
        except CardDeclined as declined:
            return checkout_form(stand_in, session, str(declined))
        return Page(location=session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))
    return checkout_form(stand_in, session)


def checkout_form(stand_in: Any, session: dict, error: str = "") -> Page:
    asked = stand_in.asked[session["id"]]
    price = stand_in.get(asked["line_items"][0]["price"], "price")
    free_until = asked.get("subscription_data", {}).get("trial_end")
    first = f"Nothing today. First payment on {day(free_until)}." if free_until else "Charged today."
    text = asked.get("custom_text", {}).get("submit", {}).get("message", "")
    words = f"<p>{money(price['unit_amount'], price['currency'])} each {price['recurring']['interval']}. {first}</p>"
    form = f'<form method="post">{card_choices()}<button name="do" value="pay">Subscribe</button></form>'
    body = f"{words}{alert(error)}{form}<p>{escape(text)}</p>{back(session['cancel_url'], 'Back without paying')}"
    return page("Checkout", body, 402 if error else 200)


def portal(stand_in: Any, method: str, session_id: str, form: dict[str, str]) -> Page:
    session = stand_in.get(session_id, "billing_portal.session")
    asked = stand_in.asked[session_id]
    flow = asked.get("flow_data") or {}
    if method == "POST":
        act(stand_in, session["customer"], form, flow)
        done = flow.get("type") and form.get("do") in {"card", "switch"}
        return Page(location=session["return_url"] if done else f"{stand_in.url}/portal/{session_id}")
    found = [one for one in stand_in.subscriptions(session["customer"]) if one["status"] not in subscriptions.ENDED]
    match flow.get("type"):
        case "payment_method_update":
            body = card_form("Use this card")
        case "subscription_update_confirm":
            body = button("switch", "Confirm the other plan")
        case _:
            body = "".join(subscription_section(stand_in, one) for one in found) or "<p>No subscription is running.</p>"
            body += card_form("Use another card") + invoice_list(stand_in, session["customer"])
    return page("Your subscription", body + back(session["return_url"], "Back to the site"))


def act(stand_in: Any, customer_id: str, form: dict[str, str], flow: dict) -> None:
    subscription_id = form.get("subscription", "")
    if subscription_id and stand_in.get(subscription_id, "subscription")["customer"] != customer_id:
        raise Refused(404, "another customer's")
    match form.get("do"):
        case "card":
            stand_in.portal_use_card(customer_id, card_of(form))
        case "cancel":
            stand_in.portal_cancel(subscription_id)
        case "keep":
            stand_in.portal_keep(subscription_id)
        case "bill":
            stand_in.bill_now(subscription_id)
        case "end":
            stand_in.end_period_now(subscription_id)
        case "switch":
            wanted = flow["subscription_update_confirm"]
            price = stand_in.get(wanted["items"][0]["price"], "price")
            stand_in.portal_switch(wanted["subscription"], price["lookup_key"])


def subscription_section(stand_in: Any, one: dict) -> str:
    item = subscriptions.item_of(one)
    price = item["price"]
    ends = f", ends on {day(one['cancel_at'])}" if one["cancel_at"] else ""
    what = f"{money(price['unit_amount'], price['currency'])} each {price['recurring']['interval']}"
    title = f"<h2>{what}: {escape(one['status'])}{ends}</h2>"
    until = f"<p>This period ends on {day(item['current_period_end'])}.</p>"
    change = button("keep", "Keep", one["id"]) if one["cancel_at"] else button("cancel", "Cancel", one["id"])
    own = button("bill", "Let the next payment fall due now", one["id"]) + button(
        "end", "End the period now", one["id"]
    )
    return f"<section>{title}{until}{change}<p>Only here, not at Stripe:</p>{own}</section>"


def invoice_list(stand_in: Any, customer_id: str) -> str:
    found = [one for one in stand_in.invoices(customer_id) if one["hosted_invoice_url"]]
    rows = "".join(
        f'<li><a href="{escape(one["hosted_invoice_url"])}">{escape(one["number"])}</a>,'
        f" {money(one['total'], one['currency'])}, {escape(one['status'])}</li>"
        for one in reversed(found)
    )
    return f"<section><h2>Invoices</h2><ul>{rows}</ul></section>"


def invoice(stand_in: Any, method: str, invoice_id: str, form: dict[str, str]) -> Page:
    found = stand_in.get(invoice_id, "invoice")
    if method == "POST" and found["status"] == "open":
        if form.get("do") == "confirm":
            stand_in.confirm_payment(invoice_id)
        else:
            stand_in.pay_invoice(invoice_id, card_of(form))
    state = f"<p>{money(found['total'], found['currency'])}, {escape(found['status'])}.</p>"
    if found["status"] == "open":
        state += card_form("Pay with this card") + button("confirm", "Confirm with the bank (3-D Secure)")
        state = (alert("The card was declined.") if method == "POST" else "") + state
    pdf_link = f'<p><a href="/invoice/{escape(invoice_id)}/pdf">Invoice as PDF</a></p>'
    return page(f"Invoice {found['number']}", state + pdf_link)


def card_of(form: dict[str, str]) -> str:
    typed = "".join(letter for letter in form.get("number", "") if letter.isdigit())
    return typed or form.get("card", "4242424242424242")


def card_choices() -> str:
    rows = "".join(
        f'<label><input type="radio" name="card" value="{number}"{checked}> {escape(words)}</label>'
        for (number, words), checked in zip(CHOICES, (" checked", "", "", ""), strict=True)
    )
    other = '<label>Another test card <input type="text" name="number" inputmode="numeric" autocomplete="off"></label>'
    return f"<fieldset><legend>Card</legend>{rows}{other}</fieldset>"


def card_form(label: str) -> str:
    button = f'<button name="do" value="card">{escape(label)}</button>'
    return f'<section><h2>Card</h2><form method="post">{card_choices()}{button}</form></section>'


def button(action: str, label: str, subscription_id: str = "") -> str:
    hidden = f'<input type="hidden" name="subscription" value="{escape(subscription_id)}">'
    return f'<form method="post">{hidden}<button name="do" value="{action}">{escape(label)}</button></form>'


def back(url: str | None, label: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(label)}</a></p>' if url else ""


def alert(text: str) -> str:
    return f'<p class="err" role="alert">{escape(text)}</p>' if text else ""


def money(cents: int, currency: str) -> str:
    return f"{cents / 100:.2f} {escape(currency.upper())}"


def day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %B %Y}"


def pdf(stand_in: Any, invoice_id: str) -> bytes:
    """One page, one line of text: the smallest document that every reader opens."""
    found = stand_in.get(invoice_id, "invoice")
    line = f"Invoice {found['number']}: {money(found['total'], found['currency'])}, {found['status']}. Not real."
    text = f"BT /F1 14 Tf 72 720 Td ({line}) Tj ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{part}\nendobj\n"
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    table = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{rows}"
    return f"{body}{table}trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
