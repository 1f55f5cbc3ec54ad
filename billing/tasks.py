"""Work in the background. Each task holds one call and may run twice."""

from celery import shared_task
from django.utils import timezone

from billing import notices, record, retention
from billing.gateway import client, inbox
from billing.gateway.reconcile import reconcile as compare_with_stripe


@shared_task
def process_stripe_event(pk: int) -> None:
    inbox.process(pk, timezone.now())


@shared_task
def sweep_stripe_events() -> None:
    inbox.sweep(timezone.now())


@shared_task
def reconcile() -> None:
    if client.is_on():
        compare_with_stripe(timezone.now())


@shared_task
def send_letter(pk: int) -> None:
    notices.send_letter(pk, timezone.now())


@shared_task
def send_due_letters() -> None:
    notices.send_due_letters(timezone.now())


@shared_task
def write_time_letters() -> None:
    notices.write_time_letters(timezone.now())


@shared_task
def write_time_lines() -> None:
    record.write_time_lines(timezone.now())


@shared_task
def forget_old() -> None:
    retention.forget_old(timezone.now())
