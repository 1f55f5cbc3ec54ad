"""The measuring of quality itself, on sets made up here. No figure is judged."""

from __future__ import annotations

import gzip
import json

from articles.stories.cluster import group_of
from bench import quality
from bench.quality import b_cubed, labelled, main


def rows(*clusters: str) -> list[dict]:
    return [{"title": f"Report {n}", "text": "", "cluster": name, "source": f"{n}"} for n, name in enumerate(clusters)]


def test_b_cubed_counts_joined_events_against_precision_and_parted_ones_against_recall():
    reports = [one.report for one in labelled(rows("a", "a", "b", "b"), is_dated=False)]
    gold = {report.article_id: name for report, name in zip(reports, "aabb", strict=True)}
    right = [group_of(*reports[:2]), group_of(*reports[2:])]
    assert b_cubed(right, gold) == (1, 1, 1)
    assert b_cubed([group_of(*reports)], gold)[:2] == (0.5, 1)
    assert b_cubed([group_of(report) for report in reports], gold)[:2] == (1, 0.5)


def test_an_unrelated_report_in_a_story_costs_precision():
    reports = [one.report for one in labelled(rows("a", "a", ""), is_dated=False)]
    gold = {reports[0].article_id: "a", reports[1].article_id: "a", reports[2].article_id: ""}
    assert b_cubed([group_of(*reports)], gold)[0] == 2 / 3


def test_sets_that_are_not_there_are_skipped_and_said_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(quality, "FOLDER", tmp_path)
    assert main([]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}: not in" in said for name in (*quality.BARS, *quality.OTHERS))


def test_a_set_that_is_there_stands_beside_its_bar(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "clustering" / "basil"
    folder.mkdir(parents=True)
    events = [{**row, "date": "2016-04-19"} for row in rows("a", "a", "b")]
    with gzip.open(folder / "other.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    monkeypatch.setattr(quality, "FOLDER", tmp_path)
    main(["--only", "basil"])
    assert "≥ 0.95" in capsys.readouterr().out
