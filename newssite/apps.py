from django.apps import AppConfig


class NewssiteConfig(AppConfig):
    name = "newssite"

    def ready(self) -> None:
        from newssite import checks  # noqa: F401  registers the checks
