from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_refunds")]
    operations = [
        migrations.AddField(
            "invoice",
            "discount_cents",
            models.PositiveIntegerField(
                db_default=0, default=0, help_text="Taken off by discounts; the total is what is left."
            ),
        ),
        migrations.AddField(
            "subscription",
            "discount",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What a discount takes off the price: 20%",
                max_length=80,
            ),
        ),
        migrations.AddField(
            "subscription",
            "next_cents",
            models.PositiveIntegerField(
                blank=True, help_text="What the next payment comes to, where a discount applies.", null=True
            ),
        ),
    ]
