from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0028_search_waiting")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="ttl_minutes",
            field=models.PositiveIntegerField(
                blank=True, editable=False, help_text="How long the document calls itself fresh.", null=True
            ),
        ),
    ]
