from django.apps import AppConfig


class GoalsConfig(AppConfig):
    name = "apps.goals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.goals.uses import open_goals_on
        from apps.metrics.own_uses import register

        register("goal", open_goals_on)
