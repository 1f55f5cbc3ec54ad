from django.db import migrations

GROUP, MODEL = "Catalogue", "categoryrule"
VERBS = ("add", "change", "delete", "view")


def add_rights(apps, schema_editor):
    """Who keeps the catalogue says where publishers' categories belong."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _ = ContentType.objects.get_or_create(app_label="articles", model=MODEL)
    for group in Group.objects.filter(name=GROUP):
        for verb in VERBS:
            permission, _ = Permission.objects.get_or_create(
                content_type=kind, codename=f"{verb}_{MODEL}", defaults={"name": f"Can {verb} category rule"}
            )
            group.permissions.add(permission)


def remove_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.remove(*Permission.objects.filter(content_type__model=MODEL))


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0010_alarm"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_rights, remove_rights)]
