"""The stand-in itself: its objects, its clock, its answers, and what tests do with it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stripe

from tests.stripe_api import (
    catalogue,
    checkout,
    customers,
    discounts,
    events,  # noqa: F401  its operations
    invoices,
    portal,
    subscriptions,
    timeline,
)
from tests.stripe_api.faults import ANSWERS, Faults
from tests.stripe_api.operations import find, keys
from tests.stripe_api.refusals import Refused, missing
from tests.stripe_api.shapes.gate import API_VERSION, Gate

logger = logging.getLogger(__name__)

KEYS_KEPT_FOR = 86400
DEEPEST = 4  # levels of an expansion; the `data` of a list is one
TEST_KEYS = ("Bearer sk_test_", "Bearer rk_test_")


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    operation: str
    params: dict[str, Any]
    idempotency_key: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`fault` tells the server to hang or to close the connection instead of answering."""

    status: int
    body: bytes
    fault: str = ""


class StandIn:
    """Stateful; one lock around everything. `deliver(body, signature)` posts an event and returns the status."""

    def __init__(
        self,
        now: datetime,
        secret: str = "whsec_test",
        deliver: Callable[[bytes, str], int] | None = None,
        is_clock_real: bool = False,
        store_path: Path | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.gate = Gate(keys())
        self.secret, self.deliver, self.is_clock_real, self.store_path = secret, deliver, is_clock_real, store_path
        self.url = ""
        self.clock = int(now.timestamp())
        self.number = 0
        self.objects: dict[str, dict] = {}
        self.behaviours: dict[str, str] = {}  # payment method -> what its card does
        self.asked: dict[str, dict] = {}  # session -> what it was made with
        self.drafts: dict[str, int] = {}  # invoice -> when it is finalised
        self.tries: dict[str, int] = {}  # invoice -> how often it was tried by itself, not by a person
        self.warned: set[str] = set()
        self.outbox: list[dict] = []
        self.saved: dict[str, tuple[int, str, int, str]] = {}  # key -> time, parameters, status, body
        self.retry_days: tuple[int, ...] = (3, 5, 7)
        self.after_last_retry = "cancel"
        self.is_present = False  # the cardholder sits before the page
        self.faults = Faults()
        self.is_down, self.delay_seconds, self.hang_seconds = False, 0.0, 5.0
        self.calls: list[Call] = []
        self.refused: list[str] = []
        self.faults_of_ours: list[str] = []
        self.server: Any = None
        if not self._load():
            catalogue.seed(self)

    # Objects

    @property
    def is_checked(self) -> bool:
        return self.gate.is_checked

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{self.next_number():06d}"

    def make(self, kind: str, object_id: str, **facts: Any) -> dict:
        """An object with its required fields grown from the document, and these facts."""
        made = {
            **self.gate.grown(kind),
            "id": object_id,
            "object": kind,
            "livemode": False,
            "created": self.clock,
            **facts,
        }
        known = self.gate.document.schemas[kind]["properties"] if self.gate.document else None
        if known is not None:
            made = {name: value for name, value in made.items() if name in known or name in facts}
        self.objects[object_id] = made
        return made

    def get(self, object_id: str, kind: str) -> dict:
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind, object_id)
        return found

    def all(self, kind: str) -> list[dict]:
        """Oldest first."""
        return [one for one in list(self.objects.values()) if one["object"] == kind]

    def find(self, object_id: str) -> dict:
        return self.objects[object_id]

    @staticmethod
    def page(rows: list[dict], url: str, has_more: bool = False) -> dict:
        return {"object": "list", "data": rows, "has_more": has_more, "url": url}

    def subscriptions(self, customer_id: str | None = None) -> list[dict]:
        found = self.all("subscription")
        return [one for one in found if customer_id is None or one["customer"] == customer_id]

    def invoices(self, customer_id: str | None = None) -> list[dict]:
        found = self.all("invoice")
        return [one for one in found if customer_id is None or one["customer"] == customer_id]

    def refunds(self) -> list[dict]:
        return self.all("refund")

    def sessions(self) -> list[dict]:
        return self.all("checkout.session")

    @property
    def events(self) -> list[dict]:
        return self.all("event")

    # Events

    def emit(self, kind: str, found: dict, before: dict | None = None) -> None:
        copy = json.loads(json.dumps(found))
        faults = self.gate.faults_of_object(copy)
        self.faults_of_ours += [f"{kind}: {fault}" for fault in faults if not self._is_ordered(fault)]
        data = {"object": copy, **({"previous_attributes": before} if before else {})}
        event = self.make(
            "event",
            self.new_id("evt"),
            type=kind,
            api_version=API_VERSION,
            pending_webhooks=1,
            data=data,
            request={"id": None, "idempotency_key": None},
        )
        self.outbox.append(event)

    def signed(self, event: dict) -> tuple[bytes, str]:
        """The body and its header; signed by the clock of the process, which is what its reader compares with."""
        body = json.dumps(event, separators=(",", ":"))
        return body.encode(), stripe.WebhookSignature.generate_signature_header(body, self.secret)

    def flush(
        self,
        order: str = "in",
        times: int = 1,
        drop: Callable[[dict], bool] = lambda event: False,
        seed: int = 7,
    ) -> list[int]:
        """Deliver what waits; the statuses. What is dropped stays undelivered for ever."""
        with self.lock:
            waiting, self.outbox[:] = [one for one in self.outbox if not drop(one)], []
        if order == "reversed":
            waiting.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(waiting)
        assert self.deliver is not None
        answers = [(one, self.deliver(*self.signed(one))) for one in waiting for _ in range(times)]
        taken = {one["id"] for one, status in answers if 200 <= status < 300}
        with self.lock:  # Stripe tries again what nobody took
            self.outbox += [one for one in waiting if one["id"] not in taken]
        return [status for _, status in answers]

    # Time

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock, UTC)

    def advance(self, to: datetime) -> None:
        with self.changing():
            timeline.advance(self, int(to.timestamp()))

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.lock:
            yield
            self._save()

    @contextmanager
    def present(self) -> Iterator[None]:
        """The cardholder answers the bank's question on the spot."""
        self.is_present = True
        try:
            yield
        finally:
            self.is_present = False

    # What tests and pages do in a person's place

    def add_price(self, price_id: str, lookup_key: str, cents: int, interval: str, currency: str) -> dict:
        return catalogue.add_price(self, price_id, lookup_key, cents, interval, currency)

    def price(self, lookup_key: str) -> dict:
        return next(one for one in self.all("price") if one["lookup_key"] == lookup_key)

    def make_customer(self, metadata: dict[str, str], customer_id: str = "") -> dict:
        with self.changing():
            return customers.make(self, customer_id or self.new_id("cus"), metadata=metadata)

    def complete_checkout(self, session_id: str, card: str = "4242424242424242") -> dict:
        with self.changing():
            return checkout.complete(self, session_id, card)

    def expire_checkout(self, session_id: str) -> None:
        with self.changing():
            checkout.expire(self, {}, session_id)

    def subscribe_beside(
        self, customer_id: str, lookup_key: str, card: str = "4242424242424242", metadata: dict | None = None
    ) -> dict:
        """A subscription that came about past the site: two pages at once, the dashboard, another shop."""
        with self.changing():
            method = customers.attach_card(self, customer_id, card)
            wanted = {"metadata": {"reader": "x"} if metadata is None else metadata}
            return subscriptions.begin(self, customer_id, self.price(lookup_key), wanted, method["id"])

    def portal_cancel(self, subscription_id: str) -> None:
        with self.changing():
            portal.cancel(self, self.get(subscription_id, "subscription"))

    def portal_keep(self, subscription_id: str) -> None:
        with self.changing():
            portal.keep(self, self.get(subscription_id, "subscription"))

    def portal_use_card(self, customer_id: str, number: str) -> dict:
        with self.changing():
            return portal.use_card(self, customer_id, number)

    def portal_switch(self, subscription_id: str, lookup_key: str) -> None:
        with self.changing():
            portal.switch(self, self.get(subscription_id, "subscription"), self.price(lookup_key))

    def pay_invoice(self, invoice_id: str, card: str | None = None) -> None:
        """On the invoice's own page."""
        with self.changing():
            invoice = self.get(invoice_id, "invoice")
            if card:
                method = customers.attach_card(self, invoice["customer"], card)
                one = invoices.subscription_of(self, invoice)
                subscriptions.change(self, one, default_payment_method=method["id"])
            with self.present():
                invoices.collect(self, invoice, is_by_hand=True)

    def confirm_payment(self, invoice_id: str) -> None:
        with self.changing():
            invoices.collect(self, self.get(invoice_id, "invoice"), is_confirmed=True, is_by_hand=True)

    def bill_now(self, subscription_id: str) -> None:
        """Let the next payment fall due now, without the hour's wait."""
        with self.changing():
            one = self.get(subscription_id, "subscription")
            if one["status"] in subscriptions.ENDED:
                return
            if one["cancel_at"]:
                subscriptions.end(self, one, "cancellation_requested")
                return
            one["billing_cycle_anchor"] = self.clock
            if one["status"] == "trialing":
                one["trial_end"] = self.clock
                subscriptions.end_trial(self, one, wait=0)
            else:
                subscriptions.renew(self, one, wait=0)

    def end_period_now(self, subscription_id: str) -> None:
        with self.changing():
            subscriptions.end(self, self.get(subscription_id, "subscription"), "cancellation_requested")

    def set_status(self, subscription_id: str, status: str) -> None:
        with self.changing():
            subscriptions.change(self, self.get(subscription_id, "subscription"), status=status)

    def delete_customer(self, customer_id: str) -> None:
        with self.changing():
            customers.delete(self, {}, customer_id)

    def dispute(self, invoice_id: str) -> None:
        self._about_payment(invoice_id, "dispute", "dp", "charge.dispute.created", status="needs_response")
        with self.changing():
            charge = invoices.charge_of(self, self.intent_of(invoice_id))
            assert charge is not None
            charge["disputed"] = True

    def fraud_warning(self, invoice_id: str, *, names_charge_alone: bool = False) -> None:
        kind = "radar.early_fraud_warning"
        facts: dict[str, Any] = {"actionable": True, "fraud_type": "misc"}
        self._about_payment(invoice_id, kind, "issfr", f"{kind}.created", names_charge_alone, **facts)

    def _about_payment(
        self, invoice_id: str, kind: str, prefix: str, event: str, names_charge_alone: bool = False, **facts: Any
    ) -> None:
        with self.changing():
            intent_id = self.intent_of(invoice_id)
            charge = invoices.charge_of(self, intent_id)
            assert charge is not None
            made = self.make(kind, self.new_id(prefix), payment_intent=intent_id, charge=charge["id"], **facts)
            if names_charge_alone:
                del made["payment_intent"]
            self.emit(event, made)

    def intent_of(self, invoice_id: str) -> str:
        return self.get(invoice_id, "invoice")["payments"]["data"][0]["payment"]["payment_intent"]

    # In the dashboard

    def give_back(self, invoice_id: str, cents: int | None = None) -> dict:
        """All of what is left of its payment, or a part."""
        with self.changing():
            wanted = {"payment_intent": self.intent_of(invoice_id)}
            return invoices.refund(self, wanted if cents is None else {**wanted, "amount": cents})

    def credit(self, invoice_id: str, cents: int, *, to_card: bool = False) -> dict:
        with self.changing():
            return invoices.credit(self, invoice_id, cents, to_card=to_card)

    def fail_refund(self, refund_id: str) -> None:
        with self.changing():
            invoices.fail_refund(self, refund_id)

    def give_discount(
        self,
        subscription_id: str,
        *,
        percent: float | None = None,
        cents: int | None = None,
        lasts: str = "forever",
        to_customer: bool = False,
    ) -> None:
        with self.changing():
            one = self.get(subscription_id, "subscription")
            off = {"percent_off": percent} if cents is None else {"amount_off": cents, "currency": one["currency"]}
            coupon = discounts.make_coupon(self, {**off, "duration": lasts})
            discounts.give(self, one["customer"], None if to_customer else one, coupon)

    def take_discount_back(self, subscription_id: str) -> None:
        with self.changing():
            discounts.take_back(self, self.get(subscription_id, "subscription"))

    def fail_next(self, kind: str | int, times: int = 1, only: str | None = None) -> None:
        self.faults.order(kind, times, only)

    # Answers

    def answer(self, method: str, path: str, query: str, body: str, headers: dict[str, str]) -> Answer:
        """One request on the wire."""
        with self.lock:
            fault = "503" if self.is_down else self.faults.take(path)
            if fault in {"timeout", "reset"}:
                return Answer(0, b"", fault)
            if fault in ANSWERS and fault != "saved_500":
                status, error = ANSWERS[fault]
                return Answer(status, json.dumps({"error": error}).encode())
            status, text = self._answer(method, path, query if method in {"GET", "DELETE"} else body, headers, fault)
            self._save()
            return Answer(status, text.encode(), "reset" if fault == "reset_after" else "")

    def _answer(self, method: str, path: str, form: str, headers: dict[str, str], fault: str) -> tuple[int, str]:
        key = headers.get("idempotency-key", "") if method == "POST" else ""
        print_of = hashlib.sha256(f"{method} {path} {form}".encode()).hexdigest()
        self.saved = {name: row for name, row in self.saved.items() if self.clock - row[0] < KEYS_KEPT_FOR}
        if key in self.saved:
            _, old, status, text = self.saved[key]
            if old == print_of:
                return status, text
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            return 400, json.dumps({"error": {"type": "idempotency_error", "message": message}})
        if fault == "saved_500":
            status, text = 500, json.dumps({"error": ANSWERS[fault][1]})
        else:
            status, text, is_begun = self._run(method, path, form, headers, key)
            if not is_begun:  # what is refused before it begins is not kept: a corrected request may use the key
                return status, text
        if key:
            self.saved[key] = (self.clock, print_of, status, text)
        return status, text

    def _run(self, method: str, path: str, form: str, headers: dict[str, str], key: str) -> tuple[int, str, bool]:
        """Status, body, and whether the operation itself was begun."""
        is_begun = False
        try:
            one, params, ids = self._read(method, path, form, headers, key)
            is_begun = True
            return 200, json.dumps(self._reply(one, params, ids, path), default=str), is_begun
        except Refused as refused:
            return refused.status, json.dumps({"error": refused.error}), is_begun
        except Exception as error:  # ours: a closed connection would look like the network's
            logger.exception("the stand-in failed method=%s path=%s", method, path)
            self.faults_of_ours.append(f"{method} {path}: {type(error).__name__}: {error}")
            message = f"The stand-in failed: {type(error).__name__}: {error}"
            return 500, json.dumps({"error": {"type": "api_error", "message": message}}), is_begun

    def _read(self, method: str, path: str, form: str, headers: dict[str, str], key: str) -> tuple[Any, dict, tuple]:
        if not headers.get("authorization", "").startswith(TEST_KEYS):
            raise Refused(401, "This is a stand-in for Stripe: it refuses live keys, and whatever is no test key.")
        if headers.get("stripe-version") != API_VERSION:
            raise self._refuse(f"Stripe-Version must be {API_VERSION}, not {headers.get('stripe-version')}")
        found = find(method, path)
        if found is None:
            raise Refused(404, f"Unrecognized request URL ({method}: {path}).")
        one, ids = found
        params, faults = self.gate.read(method, one.path, one.params, form)
        self.calls.append(Call(method, one.path, params, key, path))
        if faults:
            raise self._refuse(f"{method} {one.path}: {'; '.join(faults)}")
        for wanted in params.get("expand", ()):
            if wanted.count(".") >= DEEPEST:
                raise self._refuse(f"You cannot expand more than {DEEPEST} levels of a property. Property: {wanted}")
        return one, params, ids

    def _reply(self, one: Any, params: dict, ids: tuple, path: str) -> dict:
        method = one.method
        if self.is_clock_real:
            timeline.advance(self, int(datetime.now(UTC).timestamp()))
        reply = one.run(self, params, *ids)
        if isinstance(reply, list):
            reply = self._page_of(reply, params, path)
        reply = json.loads(json.dumps(reply, default=str))
        for wanted in params.get("expand", ()):
            self._expand(reply, wanted.split("."))
        self.faults_of_ours += [
            f"{method} {one.path}: {fault}" for fault in self._reply_faults(method, one.path, reply)
        ]
        return reply

    def _reply_faults(self, method: str, path: str, reply: dict) -> list[str]:
        return [fault for fault in self.gate.faults_of_reply(method, path, reply) if not self._is_ordered(fault)]

    def _is_ordered(self, fault: str) -> bool:
        """A status that a test has set on purpose."""
        return "status: " in fault and "is not one of" in fault

    def _refuse(self, message: str) -> Refused:
        self.refused.append(message)
        return Refused(400, message, code="parameter_unknown")

    def _page_of(self, rows: list[dict], params: dict, path: str) -> dict:
        """Newest first, as Stripe gives them."""
        span = params.get("created")
        if span is not None:
            rows = [
                one
                for one in rows
                if _is_within(one["created"], span if isinstance(span, dict) else {"gte": span, "lte": span})
            ]
        newest_first = reversed(rows)  # of the same second too
        rows = sorted(newest_first, key=lambda one: one.get("created", 0), reverse=True)
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise self._refuse(f"Invalid integer: limit must be between 1 and 100, not {limit}")
        if after := params.get("starting_after"):
            rows = rows[self._place_of(rows, after) + 1 :]
        if before := params.get("ending_before"):
            rows = rows[: self._place_of(rows, before)]
            return self.page(rows[-limit:], path, len(rows) > limit)
        return self.page(rows[:limit], path, len(rows) > limit)

    def _place_of(self, rows: list[dict], object_id: str) -> int:
        ids = [one["id"] for one in rows]
        if object_id not in ids:
            raise missing(rows[0]["object"] if rows else "object", object_id)
        return ids.index(object_id)

    def _expand(self, place: Any, steps: list[str]) -> None:
        if not steps:
            return
        if isinstance(place, list):
            for inner in place:
                self._expand(inner, steps)
            return
        if not isinstance(place, dict):
            return
        if steps[0] not in place and self.is_checked and not place.get("deleted"):
            raise self._refuse(f"This property cannot be expanded ({steps[0]}).")
        found = place.get(steps[0])
        if isinstance(found, str) and found in self.objects:
            found = place[steps[0]] = json.loads(json.dumps(self.objects[found]))
        elif isinstance(found, list):
            ids = [one if isinstance(one, str) and one in self.objects else None for one in found]
            found[:] = [
                json.loads(json.dumps(self.objects[name])) if name else one
                for name, one in zip(ids, found, strict=True)
            ]
        self._expand(found, steps[1:])

    # The server

    def start(self, port: int = 0) -> None:
        from tests.stripe_api.server import serve

        self.server = serve(self, port)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # What outlives the process

    STATE = (
        "clock",
        "number",
        "objects",
        "behaviours",
        "asked",
        "drafts",
        "tries",
        "saved",
        "retry_days",
        "after_last_retry",
    )

    def _save(self) -> None:
        if self.store_path is None:
            return
        state = {name: getattr(self, name) for name in self.STATE}
        state |= {"warned": sorted(self.warned), "outbox": [one["id"] for one in self.outbox]}
        waiting = self.store_path.with_suffix(".new")
        waiting.write_text(json.dumps(state))
        os.replace(waiting, self.store_path)

    def _load(self) -> bool:
        if self.store_path is None or not self.store_path.exists():
            return False
        state = json.loads(self.store_path.read_text())
        for name in self.STATE:
            setattr(self, name, state.get(name, getattr(self, name)))
        self.warned = set(state["warned"])
        self.outbox = [self.objects[one] for one in state["outbox"]]
        # What was one object is one again: a subscription holds its item, an invoice its payment.
        for one in self.all("subscription"):
            one["items"]["data"] = [self.objects[row["id"]] for row in one["items"]["data"]]
        for one in self.all("invoice"):
            one["payments"]["data"] = [self.objects[row["id"]] for row in one["payments"]["data"]]
        return True


def _is_within(created: int, span: dict[str, int]) -> bool:
    low, high = span.get("gte", 0), span.get("lte", 1 << 40)
    return low <= created <= high and created > span.get("gt", -1) and created < span.get("lt", 1 << 41)
