from django.apps import AppConfig


class RefreshConfig(AppConfig):
    name = "apps.refresh"
    default_auto_field = "django.db.models.BigAutoField"
