from django.db import migrations


def name_readers(apps, schema_editor):
    """Claims made before they named their reader: the trial that began at that very moment is theirs."""
    claims = apps.get_model("billing", "TrialClaim").objects.filter(user=None)
    memberships = apps.get_model("billing", "Membership").objects
    for claim in claims.iterator():
        users = list(memberships.filter(trial_started_at=claim.claimed_at).values_list("user_id", flat=True)[:2])
        if len(users) == 1:
            claim.user_id = users[0]
            claim.save(update_fields=["user"])


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_stripe")]
    operations = [migrations.RunPython(name_readers, migrations.RunPython.noop)]
