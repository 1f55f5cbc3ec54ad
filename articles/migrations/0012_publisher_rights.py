from django.db import migrations

# Who chooses articles may see why a text is short; who keeps the catalogue also how servers treat us.
RIGHTS = {"Editors": ["articlepage"], "Catalogue": ["articlepage", "host"]}
NAMES = {"articlepage": "article page", "host": "host"}


def add_rights(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for group in Group.objects.filter(name__in=RIGHTS):
        for model in RIGHTS[group.name]:
            kind, _ = ContentType.objects.get_or_create(app_label="articles", model=model)
            permission, _ = Permission.objects.get_or_create(
                content_type=kind, codename=f"view_{model}", defaults={"name": f"Can view {NAMES[model]}"}
            )
            group.permissions.add(permission)


def remove_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    rights = Permission.objects.filter(content_type__app_label="articles", content_type__model__in=NAMES)
    for group in apps.get_model("auth", "Group").objects.filter(name__in=RIGHTS):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0011_category_rights"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_rights, remove_rights)]
