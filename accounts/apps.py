from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        # A signal, because a code confirms an address without passing through the adapter.
        from allauth.account.signals import email_confirmed
        from django.contrib.auth.signals import user_logged_in
        from django.utils import timezone

        from accounts.adapter import note_confirmed, shut_out_others
        from accounts.idle import remember

        def on_confirmed(request, email_address, **kwargs) -> None:
            is_first = note_confirmed(email_address, timezone.now())
            # Who opens a link may do so in another browser than the one that signed up; who types a code signs in.
            page = getattr(request, "resolver_match", None)
            if is_first and page is not None and page.view_name == "account_confirm_login_code":
                shut_out_others(request, email_address.user)

        def on_signed_in(request, **kwargs) -> None:
            # allauth writes the session's line now.
            if request.session.session_key:
                remember(request.session.session_key, timezone.now())

        user_logged_in.connect(on_signed_in, weak=False, dispatch_uid="accounts.remember")
        email_confirmed.connect(on_confirmed, weak=False, dispatch_uid="accounts.note_confirmed")
