from urllib.parse import urlsplit

from django.db import migrations


def fill_hosts(apps, schema_editor):
    Feed = apps.get_model("articles", "Feed")
    feeds = list(Feed.objects.filter(host="").only("pk", "url"))
    for feed in feeds:
        feed.host = urlsplit(feed.url).netloc.rpartition("@")[2].lower()[:255]
    Feed.objects.bulk_update(feeds, ["host"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("articles", "0004_ingest_state")]

    operations = [migrations.RunPython(fill_hosts, migrations.RunPython.noop)]
