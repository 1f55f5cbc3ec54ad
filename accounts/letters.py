"""What our letters say. Pure: facts in, words out; templates/emails/letter.* give them their look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from billing.post import Sender, Words

Facts = Mapping[str, Any]


def compose(kind: str, facts: Facts, sender: Sender) -> Words:
    """The letter of a kind that allauth or we send. KeyError for a kind without words."""
    return LETTERS[kind](facts, sender)


def _confirm_sign_up(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"Confirm your address for {sender.name}",
        (
            f"Somebody signed up at {sender.name} with this address. If it was you, confirm it:"
            " after the first day whole articles wait until you have.",
        ),
        "Confirm this address",
        facts["activate_url"],
        adds=(
            "The link works for three days. If it was not you, do nothing; no card was given and nothing is charged.",
        ),
    )


def _confirm_address(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"Confirm your address for {sender.name}",
        (
            f"This address was given for an account at {sender.name}."
            " Confirm that it is yours, and the account uses it.",
        ),
        "Confirm this address",
        facts["activate_url"],
        adds=(
            "The link works for three days. If you know nothing of this, do nothing: no account will use the address.",
        ),
    )


def _sign_in_code(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"Your code for {sender.name}",
        ("Type these six figures in the window where you asked for them, within ten minutes.",),
        code=facts["code"],
        adds=(
            "Nobody who works here will ever ask you for it."
            " If you did not ask for a code, do nothing: without it nobody gets in.",
        ),
    )


def _reset_password(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"A new password for {sender.name}",
        ("Somebody, probably you, asked to choose a new password for the account with this address.",),
        "Choose a new password",
        facts["password_reset_url"],
        adds=("The link works once, within an hour. If it was not you, do nothing: the old password stays.",),
    )


def _unknown_account(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"There is no account with this address at {sender.name}",
        (
            "Somebody, perhaps you, tried to sign in with this address. No account has it."
            " If you signed up with another one, try that; if you are new here, your free days have not begun.",
        ),
        "Start reading",
        f"{sender.url}/account/signup/",
        adds=("If it was not you, do nothing.",),
    )


def _account_already_exists(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"You already have an account at {sender.name}",
        (
            "Somebody, perhaps you, tried to sign up with this address. It has an account, so nothing was changed."
            " Sign in with your password, or have a six-figure code mailed to you.",
        ),
        "Sign in",
        f"{sender.url}/account/login/",
        adds=("If it was not you, do nothing.",),
    )


def _account_deleted(facts: Facts, sender: Sender) -> Words:
    return Words(
        f"Your account at {sender.name} is deleted",
        (
            "The account and everything that belonged to it are gone. What stays are keyed hashes of this address and"
            " of a card that was used, from which neither can be read back, so that free days are given once; and the"
            " invoices, where something was paid.",
        ),
        adds=(f"If it was not you, write to {sender.contact} at once.", _where_from(facts)),
    )


def _notice(subject: str, says: str) -> Callable[[Facts, Sender], Words]:
    """A change of the account, told to its owner; `says` may name facts in braces."""

    def compose_notice(facts: Facts, sender: Sender) -> Words:
        return Words(
            f"{subject} at {sender.name}",
            (says.format_map(facts),),
            "Look at your account",
            f"{sender.url}/account/",
            adds=(f"If it was not you, write to {sender.contact} at once.", _where_from(facts)),
        )

    return compose_notice


def _where_from(facts: Facts) -> str:
    at: datetime = facts["timestamp"]
    return f"It was done on {at:%-d %B %Y at %H:%M} UTC, from {facts['ip']}, with {facts['browser']}."


LETTERS: dict[str, Callable[[Facts, Sender], Words]] = {
    "email_confirmation_signup": _confirm_sign_up,
    "email_confirmation": _confirm_address,
    "login_code": _sign_in_code,
    "password_reset_key": _reset_password,
    "unknown_account": _unknown_account,
    "account_already_exists": _account_already_exists,
    "account_deleted": _account_deleted,
    "email_changed": _notice("Your address has changed", "Your account now uses {to_email} in place of {from_email}."),
    "email_deleted": _notice("An address was taken off", "{deleted_email} no longer belongs to your account."),
    "password_changed": _notice(
        "Your password has changed", "Your account has a new password. Passkeys stay: your account page lists them."
    ),
    "password_reset": _notice(
        "Your password has changed",
        "Your account has a new password, chosen by a link in the mail. Passkeys stay: your account page lists them.",
    ),
    "password_set": _notice("You have a password", "Your account now has a password beside the codes by mail."),
    "totp_activated": _notice(
        "A second step was set up", "Signing in now needs a code of your authenticator app as well."
    ),
    "totp_deactivated": _notice("The second step was taken off", "Signing in no longer needs a code of an app."),
    "webauthn_added": _notice("A passkey was added", "Your account can now be entered with one passkey more."),
    "webauthn_removed": _notice("A passkey was taken off", "One of your passkeys no longer opens your account."),
    "recovery_codes_generated": _notice(
        "New recovery codes were made", "The list that you had before no longer works; the new one does."
    ),
    "account_connected": _notice("A way to sign in was added", "You can now sign in with {provider}."),
    "account_disconnected": _notice("A way to sign in was taken off", "You can no longer sign in with {provider}."),
}
