from django.apps import AppConfig
from django.db.backends.signals import connection_created

from articles.search.indexed import teach


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "News"

    def ready(self) -> None:
        connection_created.connect(teach, dispatch_uid="articles.search.indexed")
