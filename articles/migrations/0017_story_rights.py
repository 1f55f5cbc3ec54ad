from django.db import migrations

GROUP, MODEL, CODENAME = "Editors", "story", "change_story"


def add_right(apps, schema_editor):
    """Editors merge, split and move; who keeps the catalogue only looks."""
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _ = ContentType.objects.get_or_create(app_label="articles", model=MODEL)
    permission, _ = Permission.objects.get_or_create(
        content_type=kind, codename=CODENAME, defaults={"name": "Can change story"}
    )
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.add(permission)


def remove_right(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    rights = Permission.objects.filter(content_type__app_label="articles", content_type__model=MODEL, codename=CODENAME)
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0016_story_moves"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_right, remove_right)]
