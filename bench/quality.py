"""How well stories, copies, related articles and rank agree with people: python -m bench.quality [--only g5w] [--show]

Reads the labelled sets from QUALITY_DIR (../shared/quality); a set that is not there is skipped, and said so. No text
of any is kept. Each figure stands beside its bar, the best that a method tuned for that very set has reached; here one
setting serves all.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from articles.pages.plan import DAY_SHARE, MOST_OF_ONE_TITLE, TOP_COUNT
from articles.stories import copies, related
from articles.stories.cluster import Group, Report, Standing, group
from articles.stories.copies import Text
from articles.stories.fingerprint import names_in, print_of, sentence_keys, sentences_of, shingles_of, terms_of
from articles.stories.vectors import vocabulary_of
from bench.results import Line, table

FOLDER = Path(os.environ.get("QUALITY_DIR", "") or Path(__file__).parents[2] / "shared" / "quality")
SOME_DAY = datetime(2020, 1, 1, tzinfo=UTC)
UNRELATED = 1500
BARS = {"g5w": 0.93, "g5w+": 0.905, "ecbplus": 0.88, "basil": 0.95, "uci": 0.82}
OTHERS = ("load", "copies", "related", "ranking")
COPY_BAR, RELATED_BAR, LARGEST_BAR = 0.97, 0.65, 45
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report of a set; cluster "" where people have said nothing."""

    report: Report
    headline: str
    text: str
    cluster: str


def rows_of(name: str) -> list[dict]:
    """Of every part of a set that is here; [] where there is none."""
    paths = sorted((FOLDER / name).glob("*.jsonl.gz")) or sorted(FOLDER.glob(f"{name}.jsonl.gz"))
    return [json.loads(line) for path in paths for line in gzip.open(path, "rt", encoding="utf-8")]


def labelled(rows: Iterable[Mapping], *, is_dated: bool, start: int = 0) -> list[Labelled]:
    """As production sees them: headline, opening, source, language, date; all of one day where dates tell nothing."""
    sources: dict[str, int] = {}
    found = []
    for number, row in enumerate(rows, start):
        headline = row.get("title") or ""
        text = " ".join(filter(None, (row.get("description") or row.get("subtitle"), row.get("text"))))
        source = row.get("source") or urlsplit(row.get("url", "")).netloc or f"unknown {number}"
        report = Report(
            article_id=number,
            source_id=sources.setdefault(source, start + len(sources)),
            language=row.get("language", "en"),
            published_at=date_of(row["date"]) if is_dated else SOME_DAY,
            is_opinion=False,
            print=print_of(terms_of(headline, text, "", "en"), "en", names_in(headline, text, "en")),
        )
        found.append(Labelled(report, headline, row.get("text") or "", str(row.get("cluster") or "")))
    return found


def date_of(text: str) -> datetime:
    """ "2016-04-19", "2016/4/19", with or without a time, which is left out."""
    year, month, day = (int(part) for part in text.split()[0].split("T")[0].replace("/", "-").split("-"))
    return datetime(year, month, day, tzinfo=UTC)


def b_cubed(groups: Iterable[Group], gold: Mapping[int, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over the reports that have a label; the others spoil precision where they join."""
    sizes = Counter(gold[pk] for pk in gold if gold[pk])
    precision = recall = 0.0
    for one in groups:
        labels = Counter(gold[report.article_id] for report in one.reports)
        for label, count in labels.items():
            if label:
                precision += count * count / len(one.reports)
                recall += count * count / sizes[label]
    total = sum(sizes.values())
    precision, recall = precision / total, recall / total
    return precision, recall, 2 * precision * recall / (precision + recall)


def placed(reports: Sequence[Report], seed: int = 1) -> list[Group]:
    """One by one as they come in, those of one day in any order, with a vocabulary that is a pass old."""
    order = list(reports)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda report: report.published_at)
    standing = Standing([], {"en": vocabulary_of([report.print for report in reports])})
    for report in order:
        standing.place(report)
    return standing.groups


def clustering_sets() -> dict[str, list[Labelled]]:
    """Of those that are here. g5w joins reports that are years apart, and most sets have no dates."""
    g5w = rows_of("clustering/g5w_newscluster")
    unrelated = rows_of("load")
    random.Random(1).shuffle(unrelated)
    mixed = labelled(g5w, is_dated=False) + labelled(unrelated[:UNRELATED], is_dated=False, start=len(g5w))
    sets = {
        "g5w": labelled(g5w, is_dated=False),
        "g5w+": mixed if g5w and unrelated else [],
        "ecbplus": labelled(rows_of("clustering/ecbplus"), is_dated=False),
        "basil": labelled(rows_of("clustering/basil"), is_dated=True),
        "uci": labelled(rows_of("clustering/uci_first6367"), is_dated=False),
    }
    return sets


def measure_grouping(name: str, rows: Sequence[Labelled]) -> list[Line]:
    reports, gold = [row.report for row in rows], {row.report.article_id: row.cluster for row in rows}
    lines = []
    for way, groups, bar in (("batch", group(reports), BARS[name]), ("placed one by one", placed(reports), None)):
        precision, recall, f1 = b_cubed(groups, gold)
        note = f"precision {precision:.3f}, recall {recall:.3f}; {len(reports)} reports, {len(groups)} stories"
        lines.append(line(f"{name}: {way}, B-cubed F1", f1, bar, note))
    return lines


def measure_load(rows: Sequence[Labelled], *, is_shown: bool) -> list[Line]:
    reports = [row.report for row in rows]
    groups = sorted(group(reports), key=lambda one: -len(one.reports))
    if is_shown:
        show(groups[:SHOWN], {row.report.article_id: row.headline for row in rows})
    ways = (("batch", groups), ("placed one by one", placed(reports)))
    return [
        at_most(f"load: {way}, largest story", max(len(one.reports) for one in some), LARGEST_BAR) for way, some in ways
    ]


def show(groups: Iterable[Group], headlines: Mapping[int, str]) -> None:
    """For an editor to read."""
    for number, one in enumerate(groups, 1):
        titles = len({report.source_id for report in one.reports})
        print(
            f"\n{number}. {len(one.reports)} reports of {titles} titles, {one.first_at:%d %b} to {one.last_at:%d %b %Y}"
        )
        for report in one.reports:
            print(f"   {report.published_at:%d %b}  {headlines[report.article_id]}")


def measure_copies() -> list[Line]:
    """Over all pairs of articles of two titles: copies are those marked so, and those in doubt are left out."""
    judged = [
        pair for path in sorted((FOLDER / "neardup").glob("*pairs*.json")) for pair in json.loads(path.read_text())
    ]
    rows = {row["id"]: row for row in rows_of("clustering/g5w_newscluster")} if judged else {}
    labels = {frozenset((pair["a"], pair["b"])): pair["label"] for pair in judged}
    if not rows:
        return []
    names, texts = list(rows), list(copy_texts(rows).values())
    found = {frozenset((names[one], names[other])) for one, other in copies.alike(texts)}
    sources = {pk: row["source"] for pk, row in rows.items()}
    marked = {pair for pair, label in labels.items() if label == "copy" and len({sources[pk] for pk in pair}) > 1}
    found -= {pair for pair, label in labels.items() if label == "unsure"}
    right, wrong, missed = len(found & marked), len(found - marked), len(marked - found)
    f1 = 2 * right / (2 * right + wrong + missed)
    return [line("wire copies, F1", f1, COPY_BAR, f"{right} found, {missed} missed, {wrong} wrong")]


def copy_texts(rows: Mapping[str, Mapping]) -> dict[str, Text]:
    """Without what each source repeats."""
    sentences = {pk: sentences_of(row.get("text") or "") for pk, row in rows.items()}
    by_source: defaultdict[str, list[set[int]]] = defaultdict(list)
    for pk, row in rows.items():
        by_source[row["source"]].append(sentence_keys(sentences[pk]))
    refrains = {source: copies.repeated(some) for source, some in by_source.items()}
    places = {source: place for place, source in enumerate(refrains)}
    texts = {}
    for number, (pk, row) in enumerate(rows.items()):
        own = shingles_of(sentences[pk], refrains[row["source"]])
        texts[pk] = Text(number, places[row["source"]], SOME_DAY, own, own)
    return texts


def measure_related() -> list[Line]:
    """Nearness of pairs of short news items beside that which people gave them; other news of that time beside them."""
    pairs, items = [row for row in rows_of("related") if "human" in row], rows_of("related/docs*")
    if not pairs or not items:
        return []
    texts = [row["text"] for row in [*items, *rows_of("related/background*")]]
    rows = related.widened([print_of(terms_of("", text, "", "en"), "en") for text in texts])
    places = {row["id"]: place for place, row in enumerate(items)}
    nearness = {place: related.nearness_to(place, rows) for place in places.values()}
    ours = [nearness[places[pair["a"]]][places[pair["b"]]] for pair in pairs]
    r = float(np.corrcoef(ours, [pair["human"] for pair in pairs])[0, 1])
    return [line("related, Pearson r", r, RELATED_BAR, f"{len(pairs)} pairs")]


def line(what: str, value: float, bar: float | None, note: str = "") -> Line:
    goal = "" if bar is None else f"≥ {bar:g}"
    return Line("", what, "", value, None, None, goal, None if bar is None else round(value, 3) >= bar, note)


def at_most(what: str, value: float, bar: float, note: str = "") -> Line:
    return Line("", what, "", value, None, None, f"< {bar:g}", value < bar, note)


def measure_ranking() -> list[Line]:
    """What human editors chose, beside the limits that our ranking keeps: how much of theirs ours would have refused.

    Their lists name no coverage, so that the order itself cannot be compared.
    """
    lists = [(moment(row["t"]), row["top"]) for row in rows_of("topstories")]
    if not lists:
        return []
    titles = [[choice[2] for choice in chosen] for _, chosen in lists]
    crowded = sum(max(Counter(some).values(), default=0) > MOST_OF_ONE_TITLE for some in titles) / len(titles)
    twice = sum(max(Counter(some).values(), default=0) > 1 for some in titles) / len(titles)
    beyond, largest = day_shares(lists)
    kept = {hours: kept_after(lists, hours) for hours in (1, 3, 6)}
    slots = sorted(len(some) for some in titles)[len(titles) // 2]
    left = ", ".join(f"{share:.2f} after {hours} h" for hours, share in kept.items())
    return [
        at_most(
            "ranking: editors' lists that our limit of one title refuses", crowded, 0.02, f"one twice: {twice:.3f}"
        ),
        at_most(
            "ranking: editors' choices beyond our share of the day", beyond, 0.1, f"largest title {largest:.2f} of all"
        ),
        line("ranking: editors' slots", slots, None, f"Top News has {TOP_COUNT}"),
        line("ranking: editors' list that is left after 1 h", kept[1], None, left),
    ]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_shares(lists: Sequence[tuple[datetime, list]]) -> tuple[float, float]:
    """The share of a day's choices, each counted once, that their title had no room for; the largest title's share."""
    days: defaultdict[object, dict[str, str]] = defaultdict(dict)
    for at, chosen in lists:
        days[at.date()].update({choice[3]: choice[2] for choice in chosen})
    beyond = total = 0
    every: Counter[str] = Counter()
    for choices in days.values():
        counts = Counter(choices.values())
        room = max(1, DAY_SHARE * len(choices))
        beyond += sum(max(0, count - room) for count in counts.values())
        total += len(choices)
        every += counts
    return beyond / total, max(every.values()) / total


def kept_after(lists: Sequence[tuple[datetime, list]], hours: int) -> float:
    """The mean share of a list that is in the one of so many hours later, where there is one within 20 minutes."""
    moments = [at for at, _ in lists]
    shares = []
    for at, chosen in lists:
        place = bisect_left(moments, at + timedelta(hours=hours))
        if place < len(lists) and moments[place] - at < timedelta(hours=hours, minutes=20):
            later = {choice[3] for choice in lists[place][1]}
            shares.append(sum(choice[3] in later for choice in chosen) / max(1, len(chosen)))
    return sum(shares) / max(1, len(shares))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description="How well we agree with people.")
    parser.add_argument("--only", help="of " + ",".join((*BARS, *OTHERS)))
    parser.add_argument("--show", action="store_true", help=f"the {SHOWN} largest stories of the load data, to be read")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",") if options.only else [*BARS, *OTHERS]
    if unknown := set(wanted) - {*BARS, *OTHERS}:
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join((*BARS, *OTHERS))}")
    lines = []
    for name, found in measured(wanted, is_shown=options.show):
        lines += found
        if not found:
            print(f"{name}: not in {FOLDER}, skipped")
    if lines:
        print(f"\n{table(lines)}")
    return 0


def measured(wanted: Sequence[str], *, is_shown: bool) -> Iterator[tuple[str, list[Line]]]:
    for name, rows in clustering_sets().items():
        if name in wanted:
            yield name, measure_grouping(name, rows) if rows else []
    if "load" in wanted:
        rows = labelled(rows_of("load"), is_dated=True)
        yield "load", measure_load(rows, is_shown=is_shown) if rows else []
    others = {"copies": measure_copies, "related": measure_related, "ranking": measure_ranking}
    for name, measure in others.items():
        if name in wanted:
            yield name, measure()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
