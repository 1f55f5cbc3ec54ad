from django.db import migrations

# What newspapers of seven languages file articles under. Only names that say one thing: "society" or "life" do not.
SEED = {
    "world": """
        world, world news, international, international news, foreign affairs, foreign policy, global, global news,
        europe, africa, asia, asia pacific, middle east, americas, latin america, war in ukraine, ukraine, gaza,
        monde, étranger, moyen-orient, afrique, asie, amériques, ausland, welt, nahost, afrika, asien,
        mundo, internacional, américa latina, oriente medio, oriente próximo, áfrica, europa,
        médio oriente, oriente médio, esteri, mondo, medio oriente, buitenland, wereld, midden-oosten
    """,
    "business": """
        business, business news, economy, economics, finance, markets, money, companies, personal finance, banking,
        stock market, trade, startups, économie, entreprises, bourse, marchés, wirtschaft, finanzen, unternehmen, börse,
        economía, empresas, mercados, finanzas, negocios, economia, finanças, negócios, mercado, finanza, affari,
        economie, bedrijven, financiën, beurs
    """,
    "technology": """
        technology, tech, tech news, ai, artificial intelligence, cybersecurity, internet, gadgets, software, computing,
        technologie, numérique, high-tech, intelligence artificielle, technik, digital, netzwelt, künstliche intelligenz,
        tecnología, inteligencia artificial, tecnologia, inteligência artificial, intelligenza artificiale,
        technologie en media, kunstmatige intelligentie
    """,
    "science": """
        science, science news, space, astronomy, physics, archaeology, biology, sciences, espace, wissenschaft, wissen,
        weltraum, ciencia, espacio, ciência, ciências, scienza, scienze, spazio, wetenschap, ruimtevaart
    """,
    "climate": """
        climate, climate change, environment, climate crisis, energy transition, global warming, biodiversity, climat,
        environnement, planète, écologie, klima, umwelt, klimawandel, klimaschutz, clima, medio ambiente,
        cambio climático, meio ambiente, mudanças climáticas, mudança climática, ambiente, cambiamento climatico,
        klimaat, milieu, duurzaamheid
    """,
    "health": """
        health, health news, medicine, public health, mental health, wellness, nutrition, santé, médecine, gesundheit,
        medizin, salud, medicina, saúde, salute, sanità, gezondheid, zorg
    """,
    "culture": """
        culture, arts, arts & culture, art, books, film, movies, music, theatre, theater, television, tv & radio,
        entertainment, architecture, photography, livres, cinéma, musique, théâtre, littérature, kultur, bücher, kino,
        musik, feuilleton, literatur, cultura, libros, cine, música, literatura, livros, cinema, libri, musica,
        spettacoli, cultuur, boeken, muziek, kunst
    """,
    "sport": """
        sport, sports, football, soccer, cricket, rugby, tennis, golf, basketball, baseball, athletics, cycling, boxing,
        formula 1, f1, nfl, nba, olympics, cyclisme, jeux olympiques, fussball, bundesliga, radsport, deportes,
        deporte, fútbol, baloncesto, ciclismo, esporte, esportes, desporto, futebol, calcio, voetbal, wielrennen,
        motorsport
    """,
    "politics": """
        politics, political news, elections, election, government, parliament, congress, politique, élections,
        assemblée nationale, politik, wahlen, bundestag, innenpolitik, política, elecciones, eleições, politica,
        elezioni, politiek, verkiezingen, tweede kamer
    """,
    "opinion": """
        opinion, opinions, comment, commentary, editorial, editorials, op-ed, columnists, columns,
        idées, tribune, tribunes, éditorial, débats, meinung, kommentar, kommentare, leitartikel, kolumne, opinión,
        columnas, editoriales, tribuna, opinião, colunistas, editoriais, opinioni, commenti, editoriali, opinie,
        columnisten, commentaar
    """,
}
# Who works with articles sees what stood there before; who keeps the catalogue also what became of their pictures.
RIGHTS = {"Editors": ["articleversion"], "Catalogue": ["articleversion", "storedpicture"]}


def rules():
    return {name.strip(): section for section, names in SEED.items() for name in names.split(",")}


def add_rules(apps, schema_editor):
    """Without those that editors have made meanwhile."""
    CategoryRule = apps.get_model("articles", "CategoryRule")
    CategoryRule.objects.bulk_create(
        [CategoryRule(name=name, section=section) for name, section in rules().items()], ignore_conflicts=True
    )


def remove_rules(apps, schema_editor):
    CategoryRule = apps.get_model("articles", "CategoryRule")
    for section, names in SEED.items():
        CategoryRule.objects.filter(section=section, name__in=[name.strip() for name in names.split(",")]).delete()


def rights(apps):
    """(group, permission) pairs. Django makes permissions after all migrations, so those needed here are made now."""
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=RIGHTS):
        for model in RIGHTS[group.name]:
            kind, _ = ContentType.objects.get_or_create(app_label="articles", model=model)
            name = apps.get_model("articles", model)._meta.verbose_name
            permission, _ = Permission.objects.get_or_create(
                content_type=kind, codename=f"view_{model}", defaults={"name": f"Can view {name}"}
            )
            yield group, permission


def add_rights(apps, schema_editor):
    for group, permission in rights(apps):
        group.permissions.add(permission)


def remove_rights(apps, schema_editor):
    for group, permission in rights(apps):
        group.permissions.remove(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0012_publisher_rights"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(add_rules, remove_rules),
        migrations.RunPython(add_rights, remove_rights),
    ]
