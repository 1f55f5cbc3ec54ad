from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_claims_of_readers")]
    operations = [
        migrations.AddField(
            "invoice",
            "reported_payment",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text=(
                    "A payment of it that the card's owner reported: it is given back, whatever becomes of the rest."
                ),
                max_length=64,
            ),
        ),
    ]
