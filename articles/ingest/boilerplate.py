"""What a publishing system or a newsletter desk writes around every article, and no author did. Pure.

Rules know how such lines begin in a dozen languages. They judge whole short paragraphs at the two edges of a text, and
what hangs on the end of the last one; a sentence in the middle of an article is never touched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from articles.ingest.prose import text_of_clean

MAX_LINE = 300  # characters of a paragraph that can be boilerplate
MAX_LINES = 6  # that are taken from one edge
MAX_TAILS = 20  # of a paragraph that are looked at
REPEATED = 3  # entries of one document that end alike
LEAST_PROBE = 25  # characters that are looked for in other entries

NETWORK = (
    r"(?:twitter|x\b|facebook|instagram|threads|bluesky|mastodon|linkedin|you ?tube|tik ?tok|telegram|whats ?app"
    r"|spotify|google (?:news|actualités|noticias)"
    r"|flipboard|pinterest|reddit|social|(?:\w+ ){0,2}(?:réseaux|redes|sociale?)\b)"
)
# The rest of a sentence, where no second clause follows as in an author's.
CLAUSE = r"(?:[^.!?,;:]|[.:](?=[\w/])){0,80}"
NAMED = r"(?-i:[^\Wa-z]|[“\"‘«'@])"  # how a title or a name begins
# No author ends an article so.
OPENERS = (
    rf"continue reading(?=(?: on)?\W*$| (?:(?:on|at|in) )?(?:{NAMED}|our\b|the\b|this\b)| here\b)",
    rf"read (?:the )?(?:full|entire|whole|rest of (?:the|this)) (?:article|story|post|piece|report|text|interview)"
    rf"(?: (?:on|at|in|here|from|via|by|about|with|online)\b{CLAUSE})?(?=\W*$)",
    r"read more of (?:this|the) (?:article|story|post)",
    rf"(?:read|see|learn|find out|discover|view) more (?:at|on|about|here|from|via|in (?:our|the|this|{NAMED}))"
    rf"(?!\w){CLAUSE}(?=\W*$)",
    r"(?:read|see) (?:also|next)\s?:",
    rf"(?:click|tap) here (?:to|for)(?!\w){CLAUSE}(?=\W*$)",
    r"(?:sign up|subscribe|register) (?:\w+ ){0,2}(?:for|to) (?:our|the|my|this) (?:[\w-]+ ){0,4}"
    r"(?:newsletter|e-?mails?|briefing|bulletin|digest|podcast|channel|feed|updates?|magazine)s?",
    r"(?:get|receive) (?:our|the) .{1,60} (?:in|to) your inbox",
    rf"(?:follow|find|like|join) (?:us|me|our [^,.;:]{{1,40}}) on {NETWORK}",
    rf"(?:follow|find|join) {NAMED}[^,.;:]{{1,50}} on {NETWORK}",
    rf"share (?:this|on|via) ?(?:article|story|post|page|{NETWORK}|e-?mail|:)"
    rf"(?:[\W_]|{NETWORK}|and|or|on|via|by|with|your|friends|e-?mail|link|print|copy)*(?=\W*$)",
    rf"download (?:our|the) (?:[\w-]+ ){{0,4}}app\b(?: (?:for|from|on|in|at|now|today|here|to)\b{CLAUSE})?(?=\W*$)",
    rf"leave a (?:comment|reply)(?: (?:below|here|on|to|at|and|or|with)\b{CLAUSE})?(?=\W*$)",
    r"(?:inscrivez-vous|abonnez-vous|s['’]inscrire|s['’]abonner) (?:\w+ )?(?:à|a) (?:notre|nos|la|l['’]) ?"
    r"(?:newsletter|infolettre|lettre|chaîne)",
    rf"(?:suivez|retrouvez|rejoignez)[- ]nous sur {NETWORK}",
    r"(?:abonnieren sie|abonniere|bestellen sie|melden sie sich) .{0,60}newsletter",
    rf"(?:folgen sie|folge|folgt) uns (?:auf|bei) {NETWORK}",
    r"(?:suscríbete|suscríbase|suscribirse|apúntate) (?:\w+ )?(?:a|al) .{0,40}(?:bolet[ií]n|newsletter|canal)",
    rf"(?:síguenos|síganos|siguenos) en {NETWORK}",
    r"(?:assine|inscreva-se|subscreva) .{0,40}(?:newsletter|boletim|canal)",
    rf"siga[- ]nos (?:no|na|em) {NETWORK}",
    r"(?:iscriviti|iscrivetevi|abbonati) .{0,40}(?:newsletter|canale)",
    rf"(?:seguici|seguiteci) su {NETWORK}",
    r"(?:meld je aan|schrijf je in|abonneer je) .{0,40}nieuwsbrief",
    rf"volg ons (?:op|via) {NETWORK}",
    r"подпис(?:ывайтесь|аться|ывайся) на",
    r"تابعونا على",
)
# Invitations to read on. An author may begin a sentence with these words, but ends it with a full stop.
INVITATIONS = (
    r"(?:lire|lisez) (?:la suite|plus|aussi|également)|(?:à|a) lire (?:aussi|également)|lire l['’]article",
    r"en savoir plus|continuer (?:la lecture|à lire)",
    r"(?:hier )?weiterlesen|(?:mehr|weiter) lesen|(?:lesen sie|lies) (?:auch|mehr|weiter|hier)",
    r"mehr (?:dazu|zum thema|infos?|informationen)\b|zum (?:ganzen |vollständigen )?(?:artikel|beitrag)",
    r"leer (?:más|mas|la noticia)|(?:sigue|seguir|continúa|continuar) leyendo|(?:lea|lee|leer) (?:también|tambien)",
    r"(?:leia|ler|veja|saiba) mais|(?:leia|veja) (?:também|tambem)|(?:continue|continuar) (?:a ler|lendo|a leitura)",
    r"leggi (?:tutto|anche|di più|l['’]articolo)|(?:continua|continuare) a leggere|scopri di più",
    r"lees (?:meer|verder|ook|het (?:hele|volledige))|verder lezen",
    r"(?:läs|les|læs) (?:mer|mere|også|också)\b",
    r"czytaj (?:więcej|dalej|także|też)",
    r"devamını oku|citește (?:mai mult|și)",
    r"(?:читать|читайте) (?:далее|полностью|также|дальше)",
    r"اقرأ (?:المزيد|أيض\w*)",
    r"続きを読む|阅读(?:更多|全文)",
)
# The whole line, with nothing but signs around it.
LINES = (
    r"(?:read|see|show|view|learn) more",
    r"(?:keep|continue) reading",
    rf"(?:this|the) (?:post|article|story|entry) {NAMED}.{{0,250}} (?:first appeared|appeared first) (?:on|at|in) "
    r".{1,120}",
    r"the post .{1,250} appeared first on .{1,120}",
    r"(?:l['’]|cet )article .{1,250} est apparu en premier sur .{1,120}",
    r"der (?:beitrag|artikel) .{1,250} erschien zuerst (?:auf|bei) .{1,120}",
    r"la entrada .{1,250} (?:se publicó|apareció|aparece) primero en .{1,120}",
    r"o (?:post|conteúdo|artigo) .{1,250} (?:apareceu primeiro|aparece primeiro) (?:em|no|na) .{1,120}",
    r"l['’]articolo .{1,250} (?:proviene da|sembra essere il primo su) .{1,120}",
    r"het bericht .{1,250} verscheen eerst op .{1,120}",
    r"(?:©|(?:copyright|copr\.) (?:©|\(c\))).{1,250}",
    r"(?:copyright|copr\.|\(c\))\W{0,3}(?:by )?(?:19|20)\d\d\b.{0,150}",
    rf"copyright:? (?:by )?{NAMED}.{{0,60}}\W(?:19|20)\d\d",
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie"
    r"|реклама)",
    r"(?:story|article) continues (?:after|below)(?: this)?(?: advertisement| ad)?",
    r"skip (?:past )?(?:the )?(?:newsletter )?(?:promotion|advertisement)",
    r"(?:like|share|partager|compartir|teilen|condividi|delen) ?(?:this)?\s?:(?: like)?(?: loading)?",
    r"(?:\d+ )?comments?(?: \(\d+\))?",
)
# The same, and looked for only where one of these words stands: it takes as long as all others together.
RESERVED = (
    r".{0,120}(?:all rights reserved|tous droits réservés|alle rechte vorbehalten|todos los derechos reservados"
    r"|todos os direitos reservados|tutti i diritti riservati|riproduzione riservata|alle rechten voorbehouden)"
)
RESERVING = re.compile("r[eéi]serv|vorbehalten|voorbehouden")
SIGNS = r"[\s\W]*"
REST = r"(?:[^.!?]|[.](?=\w)){0,160}"  # of the sentence
BOILERPLATE = re.compile(
    rf"{SIGNS}(?:(?:{'|'.join(OPENERS)})(?!\w){REST}{SIGNS}|(?:{'|'.join(INVITATIONS)})(?!\w){REST}(?:\.\.\.|[^\w.!?]*)"
    rf"|(?:{'|'.join(LINES)}){SIGNS})",
    re.I,
)
RIGHTS = re.compile(rf"{SIGNS}{RESERVED}{SIGNS}", re.I)
# Where a tail may begin inside a paragraph: after a break, before a link, after the end of a sentence.
# It begins with one class of signs, which the engine finds three times as fast as alternatives.
TAIL_STARTS = re.compile(r"[.!?…»”\"\]<](?:(?<=<)(?:br>|a )|(?<!<)(?:\s+(?=[^\s<])|\s*(?=<)))")
ENDED, WORDS = re.compile(r"(?:[.!?…»”\"\])]|<br>)(?:</\w+>)*$"), re.compile(r"\w")
TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
PLAIN_RUN = re.compile(r"[^<>&\"'’“”\n]+")
ENTRY_START = re.compile(r"<(?:item|entry)[\s>]", re.I)


def is_boilerplate(text: str) -> bool:
    """Whether a paragraph, given as plain text, is certainly none of an author's."""
    return 0 < len(text) <= MAX_LINE and _is_known(text)


# The same line ends many articles, and one paragraph may be both the first and the last.
@lru_cache(maxsize=256)
def _is_known(text: str) -> bool:
    if BOILERPLATE.fullmatch(text):
        return True
    return RESERVING.search(text.lower()) is not None and RIGHTS.fullmatch(text) is not None


def without_edges(blocks: Sequence[str]) -> list[str]:
    """Blocks of HTML that clean_html made, without boilerplate before the first and behind the last of its own."""
    end = len(blocks)
    while end and len(blocks) - end < MAX_LINES and _is_dropped(blocks[end - 1]):
        end -= 1
    start = 0
    while start < min(end, MAX_LINES) and _is_dropped(blocks[start]):
        start += 1
    kept = list(blocks[start:end])
    if kept:
        kept[-1] = _without_tail(kept[-1])
    return kept


def _is_dropped(block: str) -> bool:
    return block == "<hr>" or (_is_line(block) and is_boilerplate(text_of_clean(block)))


def _is_line(block: str) -> bool:
    return block.startswith("<p>") and "<img" not in block


def _without_tail(block: str) -> str:
    """A last paragraph without what hangs on it: "… came home. Continue reading"."""
    if not _is_line(block):
        return block
    inner = block.removeprefix("<p>").removesuffix("</p>")
    first = max(0, len(inner) - 4 * MAX_LINE)
    for start in islice(_tail_starts(inner, first), MAX_TAILS):
        head, tail = inner[:start].rstrip(), inner[start:]
        if is_boilerplate(text_of_clean(tail)) and head and _is_balanced(head) and _hangs(head, tail):
            return f"<p>{head}</p>"
    return block


def _hangs(head: str, tail: str) -> bool:
    """Not so where a sentence goes on through the link that the tail begins with: "please <read more> and write"."""
    is_whole = ENDED.search(head) is not None or not tail.startswith("<a ")
    return is_whole or not WORDS.search(text_of_clean(tail.partition("</a>")[2]))


def _tail_starts(inner: str, first: int) -> Iterator[int]:
    last = -1
    for match in TAIL_STARTS.finditer(inner, max(0, first - 1)):
        start = match.start() if match[0].startswith("<") else match.start() + 1
        if start > last:  # A link behind the end of a sentence is found twice.
            yield start
        last = start


def _is_balanced(markup: str) -> bool:
    depth = 0
    for match in TAG.finditer(markup):
        if match[2] not in {"br", "img"}:
            depth += -1 if match[1] else 1
    return depth == 0


def without_lines(blocks: Iterable[str], lines: Collection[str]) -> list[str]:
    """Without the blocks that begin with one of these lines, which editors gave for the source."""
    if not lines:
        return list(blocks)
    beginnings = tuple(lines)
    return [block for block in blocks if not text_of_clean(block).startswith(beginnings)]


def ending_of(blocks: Sequence[str]) -> str:
    """The text of a short last paragraph that stands beneath others; "" where the text does not end with one."""
    if len(blocks) < 2 or not _is_line(blocks[-1]) or len(blocks[-1]) > 6 * MAX_LINE:
        return ""
    text = text_of_clean(blocks[-1])
    return text if len(text) <= MAX_LINE else ""


def repeated_endings(endings: Iterable[str], document: str) -> frozenset[str]:
    """Those that at least REPEATED entries have.

    Entries that are known already are not cleaned again, but they stand in the document: what is long enough to be
    recognised in raw markup is looked for there.
    """
    counts = Counter(ending for ending in endings if ending)
    if not document:
        return frozenset(ending for ending, count in counts.items() if count >= REPEATED)
    probes = {ending: _probe_of(ending) for ending, count in counts.items() if count < REPEATED}
    entries = ENTRY_START.split(document)[1:] if any(probes.values()) else []
    return frozenset(
        ending
        for ending in counts
        if ending not in probes or (probes[ending] and _count_in(probes[ending], entries) >= REPEATED)
    )


def _probe_of(ending: str) -> str:
    """What it is recognised by in raw markup; "" where that would be too little of it."""
    probe = max(PLAIN_RUN.findall(ending), key=len, default="").strip()
    return probe if len(probe) >= LEAST_PROBE and len(probe) * 10 >= len(ending) * 6 else ""


def _count_in(probe: str, entries: Sequence[str]) -> int:
    return sum(probe in entry for entry in entries)
