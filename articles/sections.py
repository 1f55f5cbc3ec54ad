"""The sections of the paper, in the order of the masthead. Pure."""

SECTIONS: dict[str, str] = {
    "top": "Top News",
    "world": "World",
    "business": "Business",
    "technology": "Technology",
    "science": "Science",
    "climate": "Climate",
    "health": "Health",
    "culture": "Culture",
    "sport": "Sport",
    "politics": "Politics",
    "opinion": "Opinion",
}
SECTION_CHOICES = list(SECTIONS.items())
