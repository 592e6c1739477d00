from django.apps import AppConfig


class RefreshConfig(AppConfig):
    name = "apps.refresh"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.refresh import workers  # noqa: F401  (connects Celery's signals)
