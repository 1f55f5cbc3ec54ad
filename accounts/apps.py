from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # A signal, because a code confirms an address without passing through the adapter.
        from allauth.account.signals import email_confirmed
        from django.utils import timezone

        from accounts.adapter import note_confirmed

        def on_confirmed(email_address, **kwargs) -> None:
            note_confirmed(email_address, timezone.now())

        email_confirmed.connect(on_confirmed, weak=False, dispatch_uid="accounts.note_confirmed")
