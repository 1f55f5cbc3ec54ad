"""Pictures that wait for a script tell where they really are: rewritten before the HTML policy sees them. Pure.

Nothing here is trusted: what comes out goes through clean.py like everything else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

WIDEST = 2000
SIGNS = ("srcset", "<noscript")
# A sign "<" within a value ends the search: so a hostile document costs no more than its length.
IMAGE_TAG = re.compile(
    r"""<(?P<name>/?picture|source|img)(?=[\s/>])(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""", re.I
)
ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++))""")
# What a browser without scripts is shown instead.
SPARE_IMAGE = re.compile(r"<noscript\b[^<>]*>\s*+((?:<(?:img|/?picture|source)\b[^<>]*>\s*+)++)</noscript\s*>", re.I)
WAITING = ("data-lazy-src", "data-src", "data-original", "data-lazy", "data-hi-res-src", "data-orig-src")
WAITING_SETS = ("data-lazy-srcset", "data-srcset", "srcset")
# A picture that stands in the address itself, of the size of one.
INLINE = re.compile(r"""([=(]\s*+["']?\s*+)data:[^\s"'<>,()]{0,200}+,[^\s"'<>()]{1000,}+""", re.I)
PLACEHOLDER = re.compile(r"(?:data|about|blob):|.*\b(?:placeholder|spacer|blank|transparent|lazy)\b[^/]*$", re.I)


def with_real_addresses(markup: str) -> str:
    """The same HTML, in which each picture's first `src` is where it is. It costs more than to ask waits() before."""
    markup = SPARE_IMAGE.sub(r"\1", markup)
    offered: list[str] = []  # by the sources of the picture element that we are in

    def rewrite(match: re.Match[str]) -> str:
        name = match["name"].lower()
        if name in {"picture", "/picture"}:
            offered.clear()
        elif name == "source":
            offered.extend(_from_sets(_attributes(match["attributes"])))
        else:
            address = _address(_attributes(match["attributes"]), offered)
            # Of two attributes with one name a parser believes the first.
            return f'<img src="{html.escape(address)}" {match["attributes"]}>' if address else match[0]
        return match[0]

    return IMAGE_TAG.sub(rewrite, markup)


def without_inline_data(markup: str) -> str:
    """Without the bytes of pictures that stand in their addresses: nobody is shown them, and a text has its limits."""
    return INLINE.sub(r"\1data:,", markup) if "data:" in markup else markup


def waits(lowered: str) -> bool:
    """Whether any picture may, given tags. Many systems write attributes that begin with "data-" elsewhere."""
    if any(sign in lowered for sign in SIGNS):
        return True
    return "data-" in lowered and any("data-" in picture.partition("<")[0] for picture in lowered.split("<img")[1:])


def _attributes(written: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in ATTRIBUTE.findall(written):
        found.setdefault(name.lower(), html.unescape("".join(values)).strip())
    return found


def _address(attributes: dict[str, str], offered: list[str]) -> str:
    """Where it differs from `src`, else ""."""
    waiting = [attributes[name] for name in WAITING if _is_real(attributes.get(name, ""))]
    if waiting:
        return waiting[0]
    if _is_real(attributes.get("src", "")):
        return ""
    return next(iter([*_from_sets(attributes), *offered]), "")


def _from_sets(attributes: dict[str, str]) -> Iterator[str]:
    for name in WAITING_SETS:
        if best := _best_of(attributes.get(name, "")):
            yield best


def _best_of(srcset: str) -> str:
    """The widest that is no wider than a screen, else the first; "" where there is none."""
    sized = []
    for candidate in re.split(r",\s+", srcset[:20_000]):
        url, _, size = candidate.strip().partition(" ")
        if _is_real(url.strip(",")):
            sized.append((_width(size.strip(" ,")), url.strip(",")))
    fitting = [one for one in sized if one[0] <= WIDEST]
    return max(fitting, key=lambda one: one[0], default=sized[0] if sized else (0, ""))[1]


def _width(size: str) -> float:
    """In pixels; "2x" counts as a multiple of an ordinary width."""
    number = size[:-1]
    if not re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", number):
        return 0
    return float(number) * (1 if size[-1] == "w" else 800)


def _is_real(url: str) -> bool:
    return 0 < len(url) <= 1000 and not PLACEHOLDER.match(url)
