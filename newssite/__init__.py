"""Composition only: settings, addresses and the processes. It knows no domain."""

from newssite.celery import app as celery_app

__all__ = ["celery_app"]
