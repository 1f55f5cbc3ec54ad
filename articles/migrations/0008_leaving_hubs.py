from django.db import migrations, models

STATES = [
    ("wanted", "wanted: the hub is to be asked"),
    ("asked", "asked: the hub has yet to verify"),
    ("active", "active: the hub pushes"),
    ("refused", "refused: the hub will not, so we poll"),
    ("leaving", "leaving: the hub is to stop"),
]


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_picture_uses")]

    operations = [
        migrations.RemoveConstraint(model_name="hubsubscription", name="hub_state_is_known"),
        migrations.AlterField(
            model_name="hubsubscription",
            name="state",
            field=models.CharField(choices=STATES, default="wanted", max_length=8),
        ),
        migrations.AddConstraint(
            model_name="hubsubscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [state for state, _ in STATES])), name="hub_state_is_known"
            ),
        ),
    ]
