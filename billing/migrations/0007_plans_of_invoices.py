from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def tell(apps, schema_editor):
    """As the pages told it so far: by the price that the subscription has now."""
    Invoice, Subscription = apps.get_model("billing", "Invoice"), apps.get_model("billing", "Subscription")
    own = Subscription.objects.filter(pk=OuterRef("subscription"), price_cents=OuterRef("paid_cents"))
    same = Invoice.objects.annotate(paid_cents=F("total_cents") + F("discount_cents")).annotate(
        told=Subquery(own.values("plan"))
    )
    same.exclude(told=None).update(plan=F("told"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_discounts")]
    operations = [
        migrations.AddField(
            "invoice",
            "plan",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="That it was for, where its amount told that.",
                max_length=16,
            ),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
