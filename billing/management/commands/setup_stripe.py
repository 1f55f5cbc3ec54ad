"""Make at Stripe what the site needs: the product, a price for each plan, the portal's settings, the webhook.

Safe to run again: what is there is kept. A price whose amount differs from the settings is replaced by a new one that
takes over the lookup key; those who pay the old one go on paying it.
"""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from billing.gateway import client, setup
from billing.gateway.errors import StripeAway


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: object) -> None:
        if not client.is_on():
            raise CommandError("Set STRIPE_SECRET_KEY first.")
        try:
            prices = setup.ensure_prices()
            portal = setup.ensure_portal(prices)
            secret = setup.ensure_webhook(settings.SITE_URL + reverse("webhook"))
        except StripeAway as error:
            raise CommandError("Stripe does not answer or refuses; the log says more. Run it again.") from error
        for plan, price_id in prices.items():
            self.stdout.write(f"price {plan}: {price_id}")
        self.stdout.write(f"STRIPE_PORTAL_CONFIGURATION={portal}")
        self.stdout.write(
            f"STRIPE_WEBHOOK_SECRET={secret}"
            if secret
            else "The webhook was there already; Stripe shows its secret in the dashboard only."
        )
