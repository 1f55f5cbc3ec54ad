"""Invoices and payments: drafted, finalised, tried, tried again, given back."""

from __future__ import annotations

from typing import Any

from tests.stripe_api import discounts, periods, subscriptions
from tests.stripe_api.cards import ASKS_ALWAYS, ASKS_LATER, OK
from tests.stripe_api.operations import operation
from tests.stripe_api.refusals import Refused

DAY = 86400


def draft(stand_in: Any, subscription: dict, amount: int, reason: str) -> dict:
    invoice = _made(stand_in, stand_in.new_id("in"), subscription, amount, reason)
    if invoice["total_discount_amounts"]:
        discounts.use_up(stand_in, subscription)
    subscription["latest_invoice"] = invoice["id"]
    stand_in.emit("invoice.created", invoice)
    return invoice


def _made(stand_in: Any, invoice_id: str, subscription: dict, amount: int, reason: str) -> dict:
    found = discounts.of(stand_in, subscription) if amount else []
    taken_off = discounts.take_off(stand_in, found, amount)
    total = amount - sum(one["amount"] for one in taken_off)
    item = subscriptions.item_of(subscription)
    details = {"subscription": subscription["id"], "metadata": dict(subscription["metadata"])}
    parent = {"type": "subscription_details", "quote_details": None, "subscription_details": details}
    times = {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None}
    return stand_in.make(
        "invoice",
        invoice_id,
        customer=subscription["customer"],
        currency=subscription["currency"],
        status="draft",
        number=None,
        billing_reason=reason,
        collection_method="charge_automatically",
        metadata={},
        lines=stand_in.page([_line(stand_in, invoice_id, item, amount)], f"/v1/invoices/{invoice_id}/lines"),
        subtotal=amount,
        total=total,
        amount_due=total,
        amount_remaining=total,
        amount_paid=0,
        total_discount_amounts=taken_off,
        attempt_count=0,
        attempted=False,
        auto_advance=True,
        next_payment_attempt=None,
        hosted_invoice_url=None,
        invoice_pdf=None,
        status_transitions=times,
        period_start=item["current_period_start"],
        period_end=item["current_period_end"],
        discounts=[one["id"] for one in found],
        parent=parent,
        payments=stand_in.page([], f"/v1/invoice_payments?invoice={invoice_id}"),
    )


def _line(stand_in: Any, invoice_id: str, item: dict, amount: int) -> dict:
    price = item["price"]
    each = f"{price['unit_amount'] / 100:.2f} {price['currency'].upper()} / {price['recurring']['interval']}"
    facts = {
        "id": stand_in.new_id("il"),
        "object": "line_item",
        "livemode": False,
        "invoice": invoice_id,
        "amount": amount,
        "subtotal": amount,
        "currency": price["currency"],
        "description": f"1 × Membership (at {each})",
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "quantity": 1,
        "metadata": {},
        "discounts": [],
    }
    return {**stand_in.gate.grown("line_item"), **facts}


def finalize(stand_in: Any, invoice: dict) -> None:
    invoice.update(
        status="open",
        number=f"STAND-{stand_in.next_number():04d}",
        hosted_invoice_url=f"{stand_in.url}/invoice/{invoice['id']}",
        invoice_pdf=f"{stand_in.url}/invoice/{invoice['id']}/pdf",
    )
    invoice["status_transitions"]["finalized_at"] = stand_in.clock
    stand_in.emit("invoice.finalized", invoice)
    collect(stand_in, invoice)


def subscription_of(stand_in: Any, invoice: dict) -> dict:
    return stand_in.get(invoice["parent"]["subscription_details"]["subscription"], "subscription")


def collect(stand_in: Any, invoice: dict, is_confirmed: bool = False, is_by_hand: bool = False) -> None:
    """Try the card that is on file. What a person tries by hand uses up none of the retries."""
    subscription = subscription_of(stand_in, invoice)
    method = subscriptions.method_of(stand_in, subscription)
    behaviour = stand_in.behaviours.get(method or "")
    invoice["attempted"] = True
    invoice["attempt_count"] += 1 if invoice["total"] else 0
    stand_in.tries[invoice["id"]] = stand_in.tries.get(invoice["id"], 0) + (0 if is_by_hand else 1)
    asks = behaviour in {ASKS_LATER, ASKS_ALWAYS} and not (is_confirmed or stand_in.is_present)
    if not invoice["total"] or behaviour == OK or (behaviour in {ASKS_LATER, ASKS_ALWAYS} and not asks):
        _paid(stand_in, invoice, subscription, method)
    else:
        _failed(stand_in, invoice, subscription, method, asks, is_by_hand)


def _paid(stand_in: Any, invoice: dict, subscription: dict, method: str | None) -> None:
    amount = invoice["amount_remaining"]
    invoice.update(status="paid", amount_paid=amount, amount_remaining=0, next_payment_attempt=None)
    invoice["status_transitions"]["paid_at"] = stand_in.clock
    if amount:
        payment = _payment(stand_in, invoice, method, "succeeded")
        payment.update(status="paid", amount_paid=amount)
        _charge(stand_in, invoice, payment["payment"]["payment_intent"], method)
        invoice["payments"]["data"] = [payment]
    stand_in.emit("invoice.paid", invoice)
    if subscription["status"] in {"past_due", "unpaid", "incomplete"}:
        subscriptions.change(stand_in, subscription, status="active")


def _failed(stand_in: Any, invoice: dict, subscription: dict, method: str | None, asks: bool, is_by_hand: bool) -> None:
    count, waits = stand_in.tries[invoice["id"]], stand_in.retry_days
    again_at = stand_in.clock + waits[count - 1] * DAY if count <= len(waits) else None
    if not is_by_hand and subscription["status"] != "incomplete":
        invoice["next_payment_attempt"] = again_at
    payment = _payment(stand_in, invoice, method, "requires_action" if asks else "requires_payment_method")
    invoice["payments"]["data"] = [payment]
    stand_in.emit("invoice.payment_failed", invoice)
    if asks:
        stand_in.emit("invoice.payment_action_required", invoice)
    if is_by_hand or subscription["status"] in {*subscriptions.ENDED, "incomplete"}:
        return
    if again_at is None and stand_in.after_last_retry == "cancel":
        subscriptions.end(stand_in, subscription, "payment_failed")
    elif again_at is None and stand_in.after_last_retry == "unpaid":
        subscriptions.change(stand_in, subscription, status="unpaid")
    else:
        subscriptions.change(stand_in, subscription, status="past_due")


def _payment(stand_in: Any, invoice: dict, method: str | None, status: str) -> dict:
    """The one payment of an invoice and its intent, made at the first try."""
    found = [one for one in stand_in.all("invoice_payment") if one["invoice"] == invoice["id"]]
    if found:
        intent = stand_in.get(found[0]["payment"]["payment_intent"], "payment_intent")
    else:
        intent = stand_in.make(
            "payment_intent",
            stand_in.new_id("pi"),
            amount=invoice["total"],
            currency=invoice["currency"],
            customer=invoice["customer"],
            payment_method_types=["card"],
            metadata={},
        )
    intent.update(status=status, payment_method=method)
    intent["amount_received"] = invoice["total"] if status == "succeeded" else 0
    if found:
        return found[0]
    return stand_in.make(
        "invoice_payment",
        stand_in.new_id("inpay"),
        invoice=invoice["id"],
        amount_paid=None,
        amount_requested=invoice["total"],
        currency=invoice["currency"],
        status="open",
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
    )


def _charge(stand_in: Any, invoice: dict, intent_id: str, method: str | None) -> dict:
    charge = stand_in.make(
        "charge",
        stand_in.new_id("ch"),
        amount=invoice["total"],
        amount_captured=invoice["total"],
        amount_refunded=0,
        captured=True,
        currency=invoice["currency"],
        customer=invoice["customer"],
        disputed=False,
        metadata={},
        paid=True,
        payment_intent=intent_id,
        payment_method=method,
        refunded=False,
        status="succeeded",
    )
    stand_in.get(intent_id, "payment_intent")["latest_charge"] = charge["id"]
    return charge


def matching(rows: list[dict], params: dict, *names: str) -> list[dict]:
    """Those that are as is asked for under these names."""
    return [one for one in rows if all(name not in params or one[name] == params[name] for name in names)]


def charge_of(stand_in: Any, intent_id: str) -> dict | None:
    """None for a payment of before the stand-in knew charges."""
    return next((one for one in stand_in.all("charge") if one["payment_intent"] == intent_id), None)


@operation("GET", "/v1/charges", "ChargeListParams")
def list_charges(stand_in: Any, params: dict) -> list[dict]:
    return matching(stand_in.all("charge"), params, "customer", "payment_intent")


@operation("GET", "/v1/charges/{id}", "ChargeRetrieveParams")
def get_charge(stand_in: Any, params: dict, charge_id: str) -> dict:
    return stand_in.get(charge_id, "charge")


@operation("POST", "/v1/invoices/create_preview", "InvoiceCreatePreviewParams")
def preview(stand_in: Any, params: dict) -> dict:
    """What the next invoice would be; refused where none comes."""
    subscription = stand_in.get(params["subscription"], "subscription")
    if subscription["status"] in subscriptions.ENDED or subscription["cancel_at"]:
        raise Refused(404, "No upcoming invoices for customer", code="invoice_upcoming_none")
    item = subscriptions.item_of(subscription)
    price = item["price"]
    if subscription["schedule"]:
        schedule = stand_in.get(subscription["schedule"], "subscription_schedule")
        price = stand_in.get(schedule["phases"][-1]["items"][0]["price"], "price")
    begins = item["current_period_end"]
    invoice_id = stand_in.new_id("upcoming_in")
    invoice = _made(stand_in, invoice_id, subscription, price["unit_amount"], "upcoming")
    del stand_in.objects[invoice_id]
    invoice["period_end"] = periods.add(begins, price["recurring"]["interval"], 1)
    return {**invoice, "period_start": begins}


@operation("GET", "/v1/invoices", "InvoiceListParams")
def list_invoices(stand_in: Any, params: dict) -> list[dict]:
    found = matching(stand_in.all("invoice"), params, "customer", "status")
    wanted = params.get("subscription")
    return [one for one in found if not wanted or one["parent"]["subscription_details"]["subscription"] == wanted]


@operation("GET", "/v1/invoices/{id}", "InvoiceRetrieveParams")
def get(stand_in: Any, params: dict, invoice_id: str) -> dict:
    return stand_in.get(invoice_id, "invoice")


@operation("POST", "/v1/invoices/{id}/void", "InvoiceVoidInvoiceParams")
def void(stand_in: Any, params: dict, invoice_id: str) -> dict:
    invoice = stand_in.get(invoice_id, "invoice")
    if invoice["status"] not in {"open", "uncollectible"}:
        raise Refused(400, "You can only void an open or uncollectible invoice.")
    invoice.update(status="void", next_payment_attempt=None, amount_remaining=invoice["amount_remaining"])
    invoice["status_transitions"]["voided_at"] = stand_in.clock
    stand_in.emit("invoice.voided", invoice)
    return invoice


@operation("POST", "/v1/invoices/{id}/pay", "InvoicePayParams")
def pay(stand_in: Any, params: dict, invoice_id: str) -> dict:
    invoice = stand_in.get(invoice_id, "invoice")
    if invoice["status"] != "open":
        raise Refused(400, "Invoice is already paid or void.", code="invoice_not_open")
    collect(stand_in, invoice, is_by_hand=True)
    if invoice["status"] != "paid":
        raise Refused(402, "Your card was declined.", type="card_error", code="card_declined")
    return invoice


@operation("GET", "/v1/invoice_payments", "InvoicePaymentListParams")
def list_payments(stand_in: Any, params: dict) -> list[dict]:
    found = matching(stand_in.all("invoice_payment"), params, "invoice", "status")
    intent_id = params.get("payment", {}).get("payment_intent")
    return [one for one in found if not intent_id or one["payment"]["payment_intent"] == intent_id]


@operation("GET", "/v1/payment_intents/{id}", "PaymentIntentRetrieveParams")
def get_intent(stand_in: Any, params: dict, intent_id: str) -> dict:
    return stand_in.get(intent_id, "payment_intent")


@operation("POST", "/v1/refunds", "RefundCreateParams")
def refund(stand_in: Any, params: dict) -> dict:
    intent = stand_in.get(params["payment_intent"], "payment_intent")
    charge = charge_of(stand_in, intent["id"])
    if charge and charge["disputed"]:
        raise Refused(400, "This charge has been charged back and cannot be refunded.", code="charge_disputed")
    living = [one for one in stand_in.all("refund") if one["status"] not in {"failed", "canceled"}]
    back = sum(one["amount"] for one in living if one["payment_intent"] == intent["id"])
    amount = params.get("amount", intent["amount"] - back)
    if amount <= 0 or back + amount > intent["amount"]:
        raise Refused(400, "Charge has already been refunded.", code="charge_already_refunded")
    made = stand_in.make(
        "refund",
        stand_in.new_id("re"),
        amount=amount,
        currency=intent["currency"],
        payment_intent=intent["id"],
        charge=charge["id"] if charge else None,
        status="succeeded",
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
    )
    stand_in.emit("refund.created", made)
    if charge:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        stand_in.emit("charge.refunded", charge)
    return made


def fail_refund(stand_in: Any, refund_id: str) -> None:
    """The bank sent the money back to the account at Stripe."""
    made = stand_in.get(refund_id, "refund")
    made.update(status="failed", failure_reason="lost_or_stolen_card")
    charge = charge_of(stand_in, made["payment_intent"])
    if charge:
        charge["amount_refunded"] -= made["amount"]
        charge["refunded"] = False
    stand_in.emit("refund.failed", made)


def credit(stand_in: Any, invoice_id: str, cents: int, *, to_card: bool = False) -> dict:
    """A credit note: off an open invoice, or of a paid one, kept for later ones or given back to the card."""
    invoice = stand_in.get(invoice_id, "invoice")
    is_paid = invoice["status"] == "paid"
    invoice["post_payment_credit_notes_amount" if is_paid else "pre_payment_credit_notes_amount"] += cents
    if not is_paid:
        invoice["amount_remaining"] -= cents
    if to_card:
        refund(stand_in, {"payment_intent": stand_in.intent_of(invoice_id), "amount": cents})
    made = stand_in.make(
        "credit_note",
        stand_in.new_id("cn"),
        customer=invoice["customer"],
        invoice=invoice_id,
        currency=invoice["currency"],
        amount=cents,
        subtotal=cents,
        total=cents,
        status="issued",
        type="post_payment" if is_paid else "pre_payment",
    )
    stand_in.emit("credit_note.created", made)
    return made


@operation("GET", "/v1/refunds", "RefundListParams")
def list_refunds(stand_in: Any, params: dict) -> list[dict]:
    return matching(stand_in.all("refund"), params, "charge", "payment_intent")
