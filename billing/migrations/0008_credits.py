from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_plans_of_invoices")]
    operations = [
        migrations.AddField(
            "invoice",
            "credited_cents",
            models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Taken off by credit notes before it was paid, or kept for later invoices.",
            ),
        ),
    ]
