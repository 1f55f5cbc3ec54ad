"""Work in the background. Each task holds one call and may run twice."""

from django.utils import timezone

from billing import notices, record, retention
from billing.background import task_app
from billing.gateway import client, inbox, sync
from billing.gateway.reconcile import reconcile as compare_with_stripe

app = task_app()


@app.task
def process_stripe_event(pk: int) -> None:
    inbox.process(pk, timezone.now())


@app.task
def sweep_stripe_events() -> None:
    inbox.sweep(timezone.now())


@app.task
def reconcile() -> None:
    if client.is_on():
        compare_with_stripe(timezone.now())


@app.task
def sync_customer(pk: int) -> None:
    sync.try_sync(pk, timezone.now())


@app.task
def send_letter(pk: int) -> None:
    notices.send_letter(pk, timezone.now())


@app.task
def send_due_letters() -> None:
    notices.send_due_letters(timezone.now())


@app.task
def write_time_letters() -> None:
    notices.write_time_letters(timezone.now())


@app.task
def write_time_lines() -> None:
    record.write_time_lines(timezone.now())


@app.task
def forget_old() -> None:
    retention.forget_old(timezone.now())
