"""Compare every membership with Stripe and repair what differs. Fails where something could not be compared."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.gateway import client
from billing.gateway.errors import StripeAway
from billing.gateway.reconcile import reconcile


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: object) -> None:
        if not client.is_on():
            raise CommandError("STRIPE_SECRET_KEY is not set, so there is nothing to compare with.")
        try:
            done = reconcile(timezone.now())
        except StripeAway as error:
            raise CommandError("Stripe does not answer, so nothing was compared. Try again later.") from error
        self.stdout.write(
            f"{done.compared} customers compared, {len(done.drifted)} differed and were repaired, "
            f"{len(done.unknown)} belong to nobody here, {done.events} waiting events taken up."
        )
        for label, rows in (("differed", done.drifted), ("unknown", done.unknown), ("failed", done.failed)):
            for stripe_id in rows:
                self.stdout.write(f"  {label}: {stripe_id}")
        if done.failed:
            raise CommandError(f"{len(done.failed)} could not be compared.")
