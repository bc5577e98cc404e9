"""The threat model says what is so: what specs/security.md cites exists, and what it says of the locks holds."""

import ast
import json
import re
from pathlib import Path

import pytest

from backend.about import DOCS
from backend.settings import Settings
from backend.tests.tools import require_tool

PROJECT = Path(__file__).parents[2]
TESTS = Path(__file__).parent
PAGE = (PROJECT / "specs" / "security.md").read_text(encoding="utf-8")
REPORTING = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")

RISKS = {
    "API1:2023": "Broken Object Level Authorization",
    "API2:2023": "Broken Authentication",
    "API3:2023": "Broken Object Property Level Authorization",
    "API4:2023": "Unrestricted Resource Consumption",
    "API5:2023": "Broken Function Level Authorization",
    "API6:2023": "Unrestricted Access to Sensitive Business Flows",
    "API7:2023": "Server Side Request Forgery",
    "API8:2023": "Security Misconfiguration",
    "API9:2023": "Improper Inventory Management",
    "API10:2023": "Unsafe Consumption of APIs",
}
"""The OWASP API Security Top 10 of 2023, by their names there."""

PARTS = ["Here", "Claims", "Tests", "Left"]
CITATION = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")
CLAIM = re.compile(r"\b[A-Z]+-\d+\b")
LOCKS = sorted(PROJECT.glob("requirements*.lock"))


def sections(text: str, level: str) -> list[tuple[str, str]]:
    """The headings of this level, each with what stands below it up to the next one of this or a higher level."""
    found = re.findall(rf"^{level} (.+)\n((?:(?!#{{1,{len(level)}}} ).*\n)*)", text, re.MULTILINE)
    return [(title, body.strip()) for title, body in found]


def parts(row: str) -> list[tuple[str, str]]:
    """The labelled paragraphs of a row: `**Here.**` and so on."""
    labelled = re.findall(r"^\*\*(\w+)\.\*\* ((?:.+\n?)+)", row, re.MULTILINE)
    return [(label, " ".join(text.split())) for label, text in labelled]


ROWS = [(title.partition(" ")[0], dict(parts(body))) for title, body in sections(PAGE, "###")]
each_row = pytest.mark.parametrize(("row", "told"), ROWS, ids=[row for row, _ in ROWS])


def functions(file: Path) -> set[str]:
    """The tests of a module by name, those it takes over from another one included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    taken = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    return defined | taken


def test_every_risk_of_owasp_has_one_row_with_all_its_parts() -> None:  # SEC-1
    assert [title.split(" ", 1) for title, _ in sections(PAGE, "###")] == [[row, name] for row, name in RISKS.items()]
    for title, body in sections(PAGE, "###"):
        assert [label for label, _ in parts(body)] == PARTS, title


@each_row
def test_what_a_row_cites_exists(row: str, told: dict[str, str]) -> None:  # SEC-1
    cited = CITATION.findall(told["Tests"])
    assert cited, row
    missing = [file for file, _ in cited if not (TESTS / file).exists()]
    assert missing == [], "no such file"
    assert [f"{file}::{name}" for file, name in cited if name and name not in functions(TESTS / file)] == []
    # Nothing that looks like a test is written in a way that this test does not see.
    assert CITATION.sub("", told["Tests"]).strip(" ,;") == "", told["Tests"]


@each_row
def test_each_claim_of_a_row_is_shown_by_a_file_that_it_cites(row: str, told: dict[str, str]) -> None:  # SEC-1
    claims = told["Claims"].split(", ")
    assert [claim for claim in claims if not CLAIM.fullmatch(claim)] == [], row
    specs = "".join(spec.read_text(encoding="utf-8") for spec in (PROJECT / "specs").rglob("*.md"))
    assert [claim for claim in claims if f"\n- **{claim}** " not in specs] == [], "made by no spec"
    files = {TESTS / file for file, _ in CITATION.findall(told["Tests"])}
    shown = "\n".join(file.read_text(encoding="utf-8") for file in files)
    comments = "\n".join(re.findall(r"# (.*)$", shown, re.MULTILINE))
    assert sorted(set(claims) - set(CLAIM.findall(comments))) == [], "shown by no file of the row"


def test_no_section_is_empty() -> None:  # SEC-2
    assert [title for title, _ in sections(PAGE, "##")] == [
        "Assets",
        "Actors",
        "Trust boundaries",
        "OWASP API Security Top 10, 2023",
        "Accepted risks",
        "What a deployment does",
        "Plan",
        "Tasks",
    ]
    for title, body in [*sections(PAGE, "##"), *sections(REPORTING, "##")]:
        assert len(body.split()) >= 10, title
    for title in ("Assets", "Actors", "Trust boundaries"):
        rows = dict(sections(PAGE, "##"))[title].splitlines()[2:]
        assert len(rows) >= 5, title
        assert [row for row in rows if not all(cell.strip() for cell in row.split("|")[1:-1])] == [], title


def test_every_risk_that_a_row_leaves_open_is_accepted_below() -> None:  # SEC-2
    risks = dict(sections(PAGE, "##"))["Accepted risks"]
    accepted = [risk.lower() for risk in re.findall(r"^- \*\*([^*]+?)\.?\*\*", risks, re.MULTILINE)]
    assert len(accepted) == len(set(accepted))
    named = {name.lower() for _, told in ROWS for name in re.findall(r"\*([^*]+)\*", told["Left"])}
    assert named - set(accepted) == set()


def test_every_setting_that_is_named_is_one() -> None:  # SEC-2
    settings = {name.upper() for name in Settings.model_fields}
    named = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)\b", PAGE + REPORTING)
    assert set(named) - settings == set()
    assert len(set(named)) >= 10


def test_a_reporter_is_told_where_and_no_address_is_made_up() -> None:  # SEC-3
    assert [title for title, _ in sections(REPORTING, "##")][:4] == [
        "Supported versions",
        "Report",
        "In scope",
        "Not in scope",
    ]
    assert "A fork fills in its own contact here." in REPORTING
    assert re.search(r"@|https?:", REPORTING) is None
    for link in re.findall(r"\]\(([^)]+)\)", REPORTING):
        assert (PROJECT / link).exists()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_package_by_its_hashes(lock: Path) -> None:  # SEC-4
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip()]
    assert entries
    pinned = re.compile(r"[a-z0-9-]+==[^\s;]+(?: ; [^#]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []


def test_the_npm_lock_has_the_integrity_of_every_package_and_no_script_runs() -> None:  # SEC-4
    packages = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    # Nobody sends these: the project itself, the package that it generates, and the link to that.
    own = {"", "generated/typescript", "node_modules/task-api-client"}
    assert {name for name, package in packages.items() if "integrity" not in package} == own
    assert "ignore-scripts=true" in (PROJECT / ".npmrc").read_text(encoding="utf-8").splitlines()


def test_the_page_that_is_served_is_the_package_that_is_pinned() -> None:  # SEC-5
    require_tool("node", "the comparison with the npm package")  # without it none is installed
    package = PROJECT / "node_modules" / "swagger-ui-dist"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert (DOCS / name).read_bytes() == (package / name).read_bytes(), name
