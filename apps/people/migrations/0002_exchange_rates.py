import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(help_text="ISO 4217", max_length=3)),
                ("valid_from", models.DateField()),
                ("rate", models.DecimalField(decimal_places=10, max_digits=18)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("known_from", models.DateTimeField()),
                ("known_to", models.DateTimeField(blank=True, null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exchange_rates",
                        to="people.workspace",
                    ),
                ),
            ],
            options={
                "ordering": ["currency", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("known_to__isnull", True)),
                        fields=("workspace", "currency", "valid_from"),
                        name="one_rate_a_currency_and_day",
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="a_rate_is_above_zero"),
                ],
            },
        ),
    ]
