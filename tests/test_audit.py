"""`make audit` fails for what is known to be weak, and only for that."""

from __future__ import annotations

from bench.audit import ROOT, Answer, pins, report


def test_a_pin_with_a_known_weakness_fails_and_is_named(capsys):
    assert report("pypi", Answer({("jinja2", "2.4.1"): ["GHSA-1"]}, [])) == 1
    assert "jinja2 2.4.1 is known to be weak: GHSA-1" in capsys.readouterr().out


def test_what_the_list_cannot_say_is_told_and_fails_nobody(capsys):
    assert report("pypi", Answer({}, ["nh3"])) == 0
    assert "could say nothing of nh3" in capsys.readouterr().out
    assert report("osv", None) == 0
    assert "nothing was compared" in capsys.readouterr().out


def test_every_pin_of_the_site_is_compared():
    site = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    assert {line for line in site if line} <= set(pins().split("\n"))
