"""Who has a session when idle ones begin to be ended counts as seen then: nothing noted it before."""

from django.db import migrations
from django.utils import timezone


def note_now(apps, schema_editor):
    apps.get_model("usersessions", "UserSession").objects.update(last_seen_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("usersessions", "0001_initial")]

    operations = [migrations.RunPython(note_now, migrations.RunPython.noop)]
