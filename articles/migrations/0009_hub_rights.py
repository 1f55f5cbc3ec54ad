from django.db import migrations

GROUP, MODEL = "Catalogue", "hubsubscription"


def add_right(apps, schema_editor):
    """Who keeps the catalogue sees what hubs have promised, and may have them asked again."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _ = ContentType.objects.get_or_create(app_label="articles", model=MODEL)
    permission, _ = Permission.objects.get_or_create(
        content_type=kind, codename=f"view_{MODEL}", defaults={"name": "Can view hub subscription"}
    )
    for group in Group.objects.filter(name=GROUP):
        group.permissions.add(permission)


def remove_right(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.remove(*Permission.objects.filter(content_type__model=MODEL))


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0008_leaving_hubs"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_right, remove_right)]
