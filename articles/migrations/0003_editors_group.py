from django.db import migrations

# Least rights: who chooses articles cannot change what a publisher allows, and nobody deletes a source here.
GROUPS = {
    "Editors": [
        ("pick", ["add", "change", "delete", "view"]),
        ("article", ["change", "view"]),
        ("story", ["view"]),
        ("source", ["view"]),
        ("feed", ["view"]),
        ("sourcechange", ["view"]),
    ],
    "Catalogue": [
        ("source", ["add", "change", "view"]),
        ("feed", ["add", "change", "view"]),
        ("sourcechange", ["view"]),
        ("article", ["view"]),
        ("story", ["view"]),
    ],
}


def add_groups(apps, schema_editor):
    """Django makes content types and permissions after all migrations, so those needed here are made now."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for group_name, rights in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=group_name)
        for model, verbs in rights:
            kind, _ = ContentType.objects.get_or_create(app_label="articles", model=model)
            name = apps.get_model("articles", model)._meta.verbose_name
            for verb in verbs:
                permission, _ = Permission.objects.get_or_create(
                    content_type=kind, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {name}"}
                )
                group.permissions.add(permission)


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_search_index"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_groups, remove_groups)]
