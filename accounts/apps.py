from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # A signal, because a code confirms an address without passing through the adapter.
        from allauth.account.signals import email_confirmed
        from django.contrib.auth.signals import user_logged_in
        from django.utils import timezone

        from accounts.adapter import note_confirmed
        from accounts.idle import remember

        def on_confirmed(email_address, **kwargs) -> None:
            note_confirmed(email_address, timezone.now())

        def on_signed_in(request, **kwargs) -> None:
            # allauth writes the session's line now.
            if request.session.session_key:
                remember(request.session.session_key, timezone.now())

        user_logged_in.connect(on_signed_in, weak=False, dispatch_uid="accounts.remember")
        email_confirmed.connect(on_confirmed, weak=False, dispatch_uid="accounts.note_confirmed")
