from django.apps import AppConfig
from django.db.backends.signals import connection_created

from articles.search import indexed


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "News"

    def ready(self) -> None:
        from articles import muting  # late: it needs the models

        for module in (indexed, muting):
            connection_created.connect(module.teach, dispatch_uid=module.__name__)
