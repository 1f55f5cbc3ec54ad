from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0009_hub_rights'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('raised_at', models.DateTimeField(blank=True, help_text='Empty: all is well.', null=True)),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
    ]
