from django.db import migrations, models


def from_deals(apps, schema_editor):
    """Until now deals were the only table a KPI could be taken from."""
    apps.get_model("goals", "Goal").objects.update(variant="deals")


class Migration(migrations.Migration):
    dependencies = [("goals", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="goal",
            name="variant",
            field=models.CharField(blank=True, help_text="which of the KPI's definitions", max_length=60),
        ),
        migrations.RunPython(from_deals, migrations.RunPython.noop),
    ]
