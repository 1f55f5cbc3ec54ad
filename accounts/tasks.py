"""Work in the background. Letters leave through the worker: a mail server that is slow or away holds up no page."""

from django.utils import timezone

from accounts import second_factor
from accounts.idle import end_idle
from accounts.sessions import forget_ended
from billing.background import task_app
from billing.post import hand_over

app = task_app()


# Seven tries with growing pauses are about ten minutes, which is as long as a code is good for.
@app.task(autoretry_for=(OSError,), retry_backoff=5, max_retries=7)
def send_letter(to: str, subject: str, text: str, html: str) -> None:
    hand_over(to, subject, text, html)


@app.task
def renew_secrets() -> None:
    second_factor.renew_secrets()


@app.task
def forget_sessions() -> None:
    now = timezone.now()
    end_idle(now)
    forget_ended(now)
