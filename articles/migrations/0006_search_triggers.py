"""The table of articles was made anew by the columns that 0004 added, and on SQLite its triggers went with the old one."""

from importlib import import_module

from django.db import migrations

search_index = import_module("articles.migrations.0002_search_index")
TRIGGERS = [statement for statement in search_index.SQLITE if statement.startswith("CREATE TRIGGER")]
DROPPED = [statement for statement in search_index.SQLITE_REVERSE if statement.startswith("DROP TRIGGER")]


class Migration(migrations.Migration):
    dependencies = [("articles", "0005_feed_hosts")]

    operations = [
        migrations.RunPython(
            search_index.run({"sqlite": [*DROPPED, *TRIGGERS], "postgresql": []}),
            migrations.RunPython.noop,
        )
    ]
