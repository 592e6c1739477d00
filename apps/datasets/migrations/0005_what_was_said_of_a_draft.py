from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0004_drafts_mappings_sources_and_modes")]

    operations = [
        migrations.AddField("draft", "said", models.JSONField(blank=True, default=dict)),
        migrations.AddField("draft", "look", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "draft",
            "checksum",
            models.CharField(blank=True, help_text="SHA-256 of the file, once it is whole", max_length=64),
        ),
    ]
