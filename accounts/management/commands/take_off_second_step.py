from argparse import ArgumentParser

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User


class Command(BaseCommand):
    help = (
        "Take the second step of signing in off an account whose owner has lost both app and recovery codes. "
        "For the last operator who can still do it in the admin; make sure first who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the account's address")

    def handle(self, *, email: str, **options: object) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"no account has the address {email}")
        count, _ = Authenticator.objects.filter(user=user).delete()
        if not count:
            raise CommandError(f"{email} has no second step")
        self.stdout.write(f"Taken off: {email} sets a new one up at the next way to the desk.")
