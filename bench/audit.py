"""What we pin: whether a weakness of it is known, and the list of all of it (SBOM, CycloneDX) in var/sbom.json.

Ends with 1 where a pinned release has a known weakness, and names it. Where no list of weaknesses can be reached, or
one answers that knows nothing of any, it says so and ends with 0: a machine without that way out stops nobody.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
SERVICES = ("pypi", "osv")
# Known to be weak for years: a list that does not know it knows nothing.
KNOWN_WEAK = "jinja2==2.4.1\n"
TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class Answer:
    """`weak`: name, release -> names of its weaknesses. `skipped`: what the list could say nothing of."""

    weak: dict[tuple[str, str], list[str]]
    skipped: list[str]


def ask(service: str, requirements: Path) -> Answer | None:
    """None where the list cannot be reached."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--requirement"]
    options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    ended = subprocess.run(
        [*command, str(requirements), *options, "--timeout", str(TIMEOUT_SECONDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None
    weak = {(row["name"], row["version"]): [one["id"] for one in row["vulns"]] for row in found if row.get("vulns")}
    return Answer(weak, [row["name"] for row in found if "skip_reason" in row])


def knows_anything(service: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(KNOWN_WEAK)
        file.flush()
        answer = ask(service, Path(file.name))
    return answer is not None and bool(answer.weak)


def pins() -> str:
    """Every pinned release once, without comments and references from file to file."""
    lines = (line.split("#")[0].strip() for name in PINS for line in (ROOT / name).read_text().splitlines())
    return "\n".join(sorted({line for line in lines if line and not line.startswith("-")})) + "\n"


def audit() -> int:
    service = next((name for name in SERVICES if knows_anything(name)), None)
    if service is None:
        print("audit: no list of known weaknesses can be reached from here, so nothing was compared.")
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pins())
        file.flush()
        answer = ask(service, Path(file.name))
    return report(service, answer)


def report(service: str, answer: Answer | None) -> int:
    """The status to end with."""
    if answer is None:
        print(f"audit: {service} broke off, so nothing was compared.")
        return 0
    for (name, release), weaknesses in answer.weak.items():
        print(f"audit: {name} {release} is known to be weak: {', '.join(weaknesses)}")
    if answer.skipped:
        print(f"audit: {service} could say nothing of {', '.join(answer.skipped)}")
    print(f"audit: {len(pins().splitlines())} releases compared with {service}, {len(answer.weak)} weak")
    return 1 if answer.weak else 0


def write_sbom() -> None:
    target = ROOT / "var" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    options = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(target)]
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", *options, "requirements.txt"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    count = len(json.loads(target.read_text())["components"])
    print(f"audit: {count} releases that a deployed site runs are listed in var/sbom.json")


if __name__ == "__main__":
    write_sbom()
    sys.exit(audit())
