"""What support may look at, and the few things it may do. Every fact here has its one writer in the code, so none can
be edited: what staff do goes through support.py, by the pages of support_pages.py.

No payload is kept and none is shown; of a card there are the last four figures only.
"""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing import phrases
from billing.lists import NarrowedByFilters, NewestPaginator, column, within
from billing.models import (
    AccessLine,
    Consent,
    Customer,
    Finding,
    Invoice,
    Letter,
    Membership,
    Refund,
    StripeEvent,
    Subscription,
)
from billing.record import access_now
from billing.support import refunds_of, subscriptions_of, sync_now
from billing.support_pages import ACTIONS, SUPPORT, support_page

LINES_SHOWN = 50
REFUNDS_SHOWN = 50
# Each may wait for Stripe until its time is up, and so does the page.
FEW = 10


class ReadOnly:
    """Rows to look at: no adding, changing or deleting, whoever is signed in."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnlyList(ReadOnly, NarrowedByFilters, admin.ModelAdmin):
    list_per_page = 50
    ordering = ("-pk",)
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER


class MembershipForm(forms.ModelForm):
    """The words for its columns: nothing of it can be changed."""

    class Meta:
        model = Membership
        fields = ()
        labels = {
            "trial_started_at": "Free days began",
            "trial_ends_at": "Free days end",
            "given_until": "Given by staff until",
            "status": "Status at Stripe",
            "paid_until": "Paid until",
            "cancels_at": "Cancelled for",
            "past_due_since": "Payment failed at",
        }
        help_texts = {"given_until": "", "plan": ""}


class SaysRefused:
    """In words: a mark for "no" would show as something wrong where all is well."""

    @admin.display(description="Free days refused")
    def refused(self, membership: Membership) -> str:
        return "yes: this person has had them before" if membership.is_trial_used else "no"


@admin.register(Membership)
class MembershipAdmin(SaysRefused, ReadOnlyList):
    form = MembershipForm
    list_display = (
        *("address", "name", "status", "plan", column("trial_ends_at", "Free days end")),
        *(column("given_until", "Given until"), "paid_until", column("cancels_at", "Cancelled for")),
    )
    list_filter = (within("created_at", "began"), "status", "plan")
    list_select_related = ("user",)
    search_fields = ("user__email", "=user__customer__stripe_id", "=user__customer__subscriptions__stripe_id")
    search_help_text = "Part of an address, or a whole Stripe id (cus_…, sub_…)."
    actions = ("sync",)
    change_form_template = "admin/billing/membership/change_form.html"
    fields = (
        *("reader", "address", "access", "trial_started_at", "trial_ends_at", "refused", "given_until"),
        *("status", "plan", "paid_until", "cancels_at", "past_due_since", "subscriptions", "refunds", "history"),
    )
    readonly_fields = ("reader", "address", "access", "refused", "subscriptions", "refunds", "history")

    def has_view_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return self.has_support_permission(request) or super().has_view_permission(request, obj)

    def get_object(self, request, object_id, from_field=None) -> Membership | None:
        """With where its links may lead: what support may do to a membership opens neither account nor subscription."""
        membership = super().get_object(request, object_id, from_field)
        if membership is not None:
            membership.is_account_open = request.user.has_perm("accounts.view_user")
            membership.are_subscriptions_open = request.user.has_perm("billing.view_subscription")
        return membership

    def has_support_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SUPPORT)

    def get_urls(self) -> list:
        page = self.admin_site.admin_view(support_page)
        return [path("<int:pk>/support/<slug:name>/", page, name="billing_membership_support"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        if self.has_support_permission(request):
            context.update(tools=[("sync", "Ask Stripe now")], support_actions=ACTIONS.values())
        context["subtitle"] = obj.user.email
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(self, request, object_id, extra_context=None) -> HttpResponse:
        membership = self.get_object(request, object_id)
        email = membership.user.email if membership else ""
        named = {"title": f"History of the membership of {email}", "name": email} if membership else {}
        return super().history_view(request, object_id, {**named, **(extra_context or {})})

    # What the page says

    @admin.display(description="Address")
    def address(self, membership: Membership) -> str:
        return membership.user.email

    @admin.display(description="Name")
    def name(self, membership: Membership) -> str:
        return membership.user.name

    @admin.display(description="Reader")
    def reader(self, membership: Membership) -> SafeString | str:
        url = reverse("admin:accounts_user_change", args=[membership.user_id])
        return linked(url, str(membership.user), membership.is_account_open)

    @admin.display(description="May read now")
    def access(self, membership: Membership) -> str:
        access = access_now(membership.user, timezone.now())
        return f"{'yes' if access.is_granted else 'no'}: {access.value.replace('_', ' ')}"

    @admin.display(description="Subscriptions, newest first")
    def subscriptions(self, membership: Membership) -> SafeString | str:
        rows = (
            (linked(subscription_url(one), one.stripe_id, membership.are_subscriptions_open), one.status)
            for one in subscriptions_of(membership.user)
        )
        return format_html_join("", "{} {}<br>", rows) or "None."

    @admin.display(description="Given back, newest first")
    def refunds(self, membership: Membership) -> SafeString | str:
        rows = refunds_of(membership.user)[:REFUNDS_SHOWN]
        return format_html_join("", "{}<br>", ((refund_line(row),) for row in rows)) or "Nothing."

    @admin.display(description="History, newest first")
    def history(self, membership: Membership) -> SafeString | str:
        lines = AccessLine.objects.filter(user=membership.user)[:LINES_SHOWN]
        rows = ((when(line.at), line.rule, line.access.replace("_", " "), line.actor) for line in lines)
        items = format_html_join("", "<li><b>{}</b> {} <i>{}</i> {}</li>", rows)
        return format_html("<ul>{}</ul>", items) if items else "Nothing was written down."

    # What can be done

    @admin.action(description="Ask Stripe now", permissions=["support"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Membership]) -> HttpResponse | None:
        rows = list(queryset.select_related("user")[: FEW + 1])
        if len(rows) > FEW:
            self.message_user(request, f"Choose {FEW} readers at the most. Nothing was asked.", messages.ERROR)
            return None
        now = timezone.now()
        away = [row for row in rows if not sync_now(row.user, now)]
        done = [row for row in rows if row not in away]
        if done:
            LogEntry.objects.log_actions(request.user.pk, done, CHANGE, "Asked Stripe.")
            self.message_user(request, f"As Stripe has it now: {addresses_of(done)}", messages.SUCCESS)
        if away:
            self.message_user(request, f"Stripe did not answer about {addresses_of(away)}.", messages.ERROR)
        is_on_page = "on_page" in request.POST and len(rows) == 1
        return HttpResponseRedirect(membership_url(rows[0])) if is_on_page else None


@admin.register(Customer)
class CustomerAdmin(ReadOnlyList):
    list_display = ("stripe_id", "reader", "synced_at", "is_lost", "erased_at", "created_at")
    list_filter = (within("created_at", "began"), "is_lost", ("erased_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("user__email", "email", "=stripe_id", "=subscriptions__stripe_id")
    fields = ("user", "stripe_id", "email", "synced_at", "is_lost", "erased_at", "created_at")

    @admin.display(description="Reader")
    def reader(self, customer: Customer) -> str:
        return reader_of(customer)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyList):
    list_display = ("stripe_id", "reader", "status", "plan", "price", "began_at", "period_ends_at", "cancels_at")
    list_filter = (within("began_at", "began"), "status", "plan", "end_reason", "is_to_be_wound_up")
    list_select_related = ("customer__user",)
    search_fields = ("customer__user__email", "=customer__stripe_id", "=stripe_id")
    fields = (
        *("customer", "stripe_id", "status", "plan", "price", "began_at", "trial_ends_at", "period_ends_at"),
        *("cancels_at", "ended_at", "past_due_since", "next_plan", "discount", "next_payment", "card_last4"),
        *("end_reason", "is_to_be_wound_up"),
    )
    readonly_fields = ("price", "next_payment")

    @admin.display(description="Reader")
    def reader(self, subscription: Subscription) -> str:
        return reader_of(subscription.customer)

    @admin.display(description="Price", ordering="price_cents")
    def price(self, subscription: Subscription) -> str:
        return phrases.money(subscription.price_cents, subscription.currency.upper())

    @admin.display(description="Next payment, with the discount")
    def next_payment(self, subscription: Subscription) -> str:
        cents = subscription.next_cents
        return "-" if cents is None else phrases.money(cents, subscription.currency.upper())


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    verbose_name_plural = "given back"
    fields = ("made_at", "amount", "status", "payment_id", "stripe_id")
    readonly_fields = ("amount",)

    @admin.display(description="Amount")
    def amount(self, refund: Refund) -> str:
        return amount_of(refund)


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyList):
    list_display = ("__str__", "reader", "status", "total", "refunded", "issued_at")
    list_filter = (within("issued_at", "issued"), "status", "reason")
    list_select_related = ("subscription__customer__user",)
    search_fields = (
        *("subscription__customer__user__email", "=subscription__customer__stripe_id"),
        *("=subscription__stripe_id", "=stripe_id", "=number"),
    )
    # Not the addresses of Stripe's pages: whoever has one sees the invoice without signing in.
    fields = (
        *("subscription", "stripe_id", "number", "status", "reason"),
        *("total", "discount", "due", "refunded", "credited"),
        *("issued_at", "is_tried", "needs_confirmation", "next_try_at", "reported_payment"),
    )
    readonly_fields = ("total", "discount", "due", "refunded", "credited")
    inlines = (RefundInline,)

    @admin.display(description="Reader")
    def reader(self, invoice: Invoice) -> str:
        return reader_of(invoice.subscription.customer)

    @admin.display(description="Total", ordering="total_cents")
    def total(self, invoice: Invoice) -> str:
        return phrases.money(invoice.total_cents, invoice.currency.upper())

    @admin.display(description="Due", ordering="due_cents")
    def due(self, invoice: Invoice) -> str:
        return phrases.money(invoice.due_cents, invoice.currency.upper())

    @admin.display(description="Taken off by a discount", ordering="discount_cents")
    def discount(self, invoice: Invoice) -> str:
        return phrases.money(invoice.discount_cents, invoice.currency.upper()) if invoice.discount_cents else "-"

    @admin.display(description="Given back", ordering="refunded_cents")
    def refunded(self, invoice: Invoice) -> str:
        return phrases.money(invoice.refunded_cents, invoice.currency.upper()) if invoice.refunded_cents else "-"

    @admin.display(description="Credited by credit notes", ordering="credited_cents")
    def credited(self, invoice: Invoice) -> str:
        return phrases.money(invoice.credited_cents, invoice.currency.upper()) if invoice.credited_cents else "-"


@admin.register(Refund)
class RefundAdmin(ReadOnlyList):
    list_display = ("stripe_id", "reader", "amount", "invoice", "status", "made_at")
    list_filter = (within("made_at", "made"), "status")
    list_select_related = ("invoice__subscription__customer__user",)
    search_fields = (
        *("invoice__subscription__customer__user__email", "=invoice__subscription__customer__stripe_id"),
        *("=invoice__stripe_id", "=invoice__number", "=payment_id", "=stripe_id"),
    )
    search_help_text = "Part of an address, or a whole Stripe id (re_…, pi_…, in_…, cus_…)."
    fields = ("invoice", "stripe_id", "payment_id", "amount", "status", "made_at")
    readonly_fields = ("amount",)

    @admin.display(description="Reader")
    def reader(self, refund: Refund) -> str:
        return reader_of(refund.invoice.subscription.customer)

    @admin.display(description="Amount", ordering="amount_cents")
    def amount(self, refund: Refund) -> str:
        return amount_of(refund)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyList):
    list_display = ("event_id", "type", "customer_stripe_id", "received_at", "outcome", "attempts", "last_error")
    list_filter = (within("received_at", "received"), "outcome", "type", "is_live")
    search_fields = ("=event_id", "=customer_stripe_id", "=object_id")
    search_help_text = "A whole Stripe id (evt_…, cus_…, sub_…, in_…)."
    fields = (
        *("event_id", "type", "customer_stripe_id", "object_id", "is_live", "created_at", "received_at"),
        *("processed_at", "outcome", "attempts", "next_try_at", "last_error"),
    )

    def get_search_results(self, request, queryset, search_term):
        """An event knows no address, so an address is looked up among the customers."""
        if "@" not in search_term:
            return super().get_search_results(request, queryset, search_term)
        ids = Customer.objects.filter(user__email__icontains=search_term.strip()).values("stripe_id")
        return queryset.filter(customer_stripe_id__in=ids), False


@admin.register(Letter)
class LetterAdmin(ReadOnlyList):
    list_display = ("kind", "reader", "about", "wanted_at", "sent_at", "dropped_at", "attempts")
    list_filter = (
        within("wanted_at", "wanted"),
        "kind",
        ("sent_at", admin.EmptyFieldListFilter),
        ("dropped_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user",)
    search_fields = ("user__email", "=about", "=user__customer__stripe_id")
    fields = ("user", "kind", "about", "wanted_at", "taken_at", "sent_at", "dropped_at", "attempts")

    @admin.display(description="Reader")
    def reader(self, letter: Letter) -> str:
        return letter.user.email


@admin.register(Finding)
class FindingAdmin(ReadOnlyList):
    list_display = ("kind", "about", "text", "count", "first_at", "last_at")
    list_filter = (
        within("last_at", "seen last"),
        "kind",
    )
    search_fields = ("about", "text")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyList):
    list_display = ("at", "reader", "plan", "price", "first_charge_at")
    list_filter = (
        within("at", "given"),
        "plan",
    )
    list_select_related = ("customer__user",)
    search_fields = ("customer__user__email", "=customer__stripe_id")
    fields = ("customer", "at", "plan", "price", "first_charge_at", "text", "ip", "user_agent")
    readonly_fields = ("price",)

    @admin.display(description="Reader")
    def reader(self, consent: Consent) -> str:
        return reader_of(consent.customer)

    @admin.display(description="Price", ordering="price_cents")
    def price(self, consent: Consent) -> str:
        return phrases.money(consent.price_cents, consent.currency.upper())


class MembershipInline(SaysRefused, ReadOnly, admin.StackedInline):
    model = Membership
    form = MembershipForm
    fields = (
        *("trial_started_at", "trial_ends_at", "refused", "given_until"),
        *("status", "plan", "paid_until", "cancels_at", "past_due_since"),
    )
    readonly_fields = ("refused",)
    show_change_link = True


class AccessLineInline(ReadOnly, admin.TabularInline):
    model = AccessLine
    fields = ("at", "cause", "rule", "access", "actor")


def reader_of(customer: Customer) -> str:
    return customer.user.email if customer.user else "erased"


def amount_of(refund: Refund) -> str:
    return phrases.money(refund.amount_cents, refund.currency.upper())


def refund_line(refund: Refund) -> str:
    """ "£4 on 24 November 2026, 10:30 UTC, of the payment of £10 of 22 November 2026 (STAND-0004): succeeded"."""
    invoice = refund.invoice
    paid = f"{phrases.money(invoice.total_cents, invoice.currency.upper())} of {invoice.issued_at:%-d %B %Y}"
    name = invoice.number or invoice.stripe_id
    return f"{amount_of(refund)} on {when(refund.made_at)}, of the payment of {paid} ({name}): {refund.status}"


def linked(url: str, words: str, is_open: bool) -> SafeString | str:
    """A link for who may see where it leads, else the words alone."""
    return format_html('<a href="{}">{}</a>', url, words) if is_open else words


def addresses_of(memberships: list[Membership]) -> str:
    return ", ".join(membership.user.email for membership in memberships)


def membership_url(membership: Membership) -> str:
    return reverse("admin:billing_membership_change", args=[membership.pk])


def subscription_url(subscription: Subscription) -> str:
    return reverse("admin:billing_subscription_change", args=[subscription.pk])


def when(then) -> str:
    return f"{then:%-d %B %Y, %H:%M} UTC"
