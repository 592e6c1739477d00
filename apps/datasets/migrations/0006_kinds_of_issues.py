from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0005_what_was_said_of_a_draft")]

    operations = [
        migrations.AddField("import", "issue_groups", models.JSONField(blank=True, default=list)),
        migrations.AddField(
            "rowissue",
            "header",
            models.CharField(
                blank=True, default="", help_text="the column of the file that the cell stands in", max_length=300
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "rowissue",
            "kind",
            models.CharField(blank=True, default="", help_text="what is wrong, in one word (checks.py)", max_length=20),
            preserve_default=False,
        ),
    ]
