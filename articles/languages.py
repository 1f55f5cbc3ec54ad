"""Languages by name, in English. Only the main language counts: en-GB and en-US are one."""

from __future__ import annotations

from django.conf.locale import LANG_INFO

# What Django's own table lacks or divides by script.
ALSO = {
    "am": "Amharic",
    "fil": "Filipino",
    "ha": "Hausa",
    "lo": "Lao",
    "mt": "Maltese",
    "ps": "Pashto",
    "si": "Sinhala",
    "so": "Somali",
    "tl": "Tagalog",
    "xh": "Xhosa",
    "yo": "Yoruba",
    "zh": "Chinese",
    "zu": "Zulu",
}


def main_language(tag: str) -> str:
    """ "pt-BR" -> "pt"; "" stays ""."""
    return tag.split("-")[0].lower()


def language_name(tag: str) -> str:
    """ "pt-BR" -> "Portuguese"; a language that we cannot name keeps its code."""
    code = main_language(tag)
    return ALSO.get(code) or LANG_INFO.get(code, {}).get("name") or code
