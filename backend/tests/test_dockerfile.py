"""What can be read off Dockerfile and .dockerignore, and how strictly they are read (specs/features/deployment.md)."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from backend.settings import PROJECT
from backend.tests.dockerfile import Ignored, NotUnderstood, parse
from backend.tests.image import IGNORED, STAGES, context

BUILD, LAST = STAGES


def test_both_stages_have_the_same_base_of_a_pinned_version() -> None:  # DEPLOY-13
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", LAST.base)
    assert BUILD.base == LAST.base


def test_the_labels_say_what_is_in_the_image() -> None:  # DEPLOY-13
    labels = {name.rpartition(".")[2]: value for name, value in LAST.only("LABEL").pairs.items()}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (labels["title"], labels["version"]) == (project["name"], project["version"])
    assert labels["licenses"] == project["license"]
    assert labels["name"] == f"docker.io/library/{LAST.base}"
    assert labels["revision"] == "$REVISION"
    assert LAST.only("ARG").pairs == {"REVISION": "unknown"}


def test_the_process_has_a_fixed_user_who_is_not_root_and_to_whom_nothing_belongs() -> None:  # DEPLOY-9
    assert re.fullmatch(r"([1-9]\d{4}):\1", LAST.only("USER").text)
    assert LAST.all("RUN") == [], "what it makes could be the user's; COPY without a flag makes it root's"
    assert all(copied.flags.keys() <= {"from"} for copied in LAST.all("COPY"))


def test_it_is_told_to_stop_by_the_signal_that_the_service_knows() -> None:  # DEPLOY-12
    assert LAST.only("STOPSIGNAL").text == "SIGTERM"
    assert LAST.only("CMD").command == ["python", "-m", "backend"]


def test_a_change_of_the_code_installs_nothing_anew() -> None:  # DEPLOY-11
    [install, _] = BUILD.all("RUN")
    before = BUILD.instructions[: BUILD.instructions.index(install)]
    assert {copied.text for copied in before if copied.name == "COPY"} == {
        "requirements.lock requirements-telemetry.lock /locks/"
    }
    # In the image, too, the packages are a layer of their own, below that of the code and of what differs by commit.
    names = [instruction.text.split()[0] for instruction in LAST.instructions if instruction.name in {"COPY", "ARG"}]
    assert names == ["/venv", "/app", "REVISION=unknown"]


def pins(lock: str) -> set[str]:
    """The names and versions of a lock file, whatever the platform."""
    lines = (PROJECT / lock).read_text(encoding="utf-8").splitlines()
    return {str(Requirement(line.removesuffix(" \\")).name) + line for line in lines if re.match(r"\w", line)}


def test_the_packages_are_those_of_a_lock_by_their_hashes() -> None:  # DEPLOY-6
    install = BUILD.all("RUN")[0].text
    assert {"--require-hashes", "--only-binary=:all:"} <= set(install.split())
    assert install.endswith('-r "/locks/$REQUIREMENTS"')
    assert BUILD.only("ARG").pairs == {"REQUIREMENTS": "requirements.lock"}
    assert pins("requirements.lock") < pins("requirements-telemetry.lock")


def test_the_builder_is_sent_what_the_image_is_made_of_and_nothing_else() -> None:  # DEPLOY-8
    sent = set(context())
    tops = {path.partition("/")[0] for path in sent}
    assert tops == {
        "LICENSE", "requirements.lock", "requirements-telemetry.lock", "backend", "generated", "openapi", "scripts"
    }  # fmt: skip # one name a line says no more
    assert {path for path in sent if path.startswith(("openapi/", "scripts/"))} == {
        "openapi/tasks.yaml",
        "scripts/__init__.py",
        "scripts/migrate.py",
    }
    assert {"backend/app.py", "backend/migrations/versions/0001_users_and_tasks.py", "generated/openapi.json"} <= sent
    assert {path.rpartition(".")[2] for path in sent - {"LICENSE", "backend/docs/LICENSE", "backend/docs/NOTICE"}} <= {
        "py", "json", "yaml", "lock", "html", "js", "css", "txt"
    }  # fmt: skip # the same
    assert not [path for path in sent if "test" in path or "embedded" in path or "typescript" in path]


@pytest.mark.parametrize(
    "path",
    [
        ".env", ".git/config", ".venv/bin/python", "node_modules/a/index.js", "compose.yaml", "Dockerfile",
        "backend/tests/conftest.py", "backend/auth/__pycache__/keys.cpython-311.pyc", "backend/CLAUDE.md",
        "generated/typescript/src/index.ts", "openapi/tasks.yaml.orig", "scripts/seed.py", ".dev/secret",
    ],
)  # fmt: skip # one name a line says no more
def test_what_lies_in_a_working_folder_does_not_get_in(path: str) -> None:  # DEPLOY-8
    assert path in IGNORED


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=docker/dockerfile:1\nFROM a",
        "RUN true",
        "FROM a AS b extra",
        "FROM a as b",
        "FROM a\nADD x /x",
        "FROM a\nrun true",
        "FROM a\nCOPY --chown=1 x /x",
        "FROM a\nRUN --mount=type=cache,target=/x true",
        "FROM a\nCOPY --link x /x",
        "FROM a\nRUN <<END\nEND",
        'FROM a\nRUN ["true"]',
    ],
)
def test_what_is_not_known_in_a_dockerfile_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(text)


def test_commands_without_a_list_and_names_without_a_value_are_refused() -> None:
    [stage] = parse("FROM a\nCMD python\nENV A 1")
    with pytest.raises(NotUnderstood):
        _ = stage.only("CMD").command
    with pytest.raises(NotUnderstood):
        _ = stage.only("ENV").pairs


def test_lines_are_joined_and_comments_between_them_left_out() -> None:
    [stage] = parse("\n# A comment\nFROM a AS b\nRUN one && \\\n  # another\n\n  two\n")
    assert (stage.base, stage.name, stage.only("RUN").text) == ("a", "b", "one && two")


def test_the_last_pattern_that_matches_decides() -> None:
    ignored = Ignored.parse("# all\n*\n!src\nsrc/tests\n**/*.md\n!src/tests/keep.md\n")
    kept = ["src/a.py", "src/deep/b.py", "src/tests/keep.md"]
    assert [path for path in [*kept, "a.py", "src/tests/t.py", "src/read.md", "srcs"] if path not in ignored] == kept
    assert [folder for folder in ("src", "src/tests", "other") if ignored.may_hold(folder)] == ["src", "src/tests"]


@pytest.mark.parametrize("pattern", ["[ab]", "a?", "/a", "a/", "\\!a", "!!a", "a b"])
def test_patterns_that_are_not_known_are_refused(pattern: str) -> None:
    with pytest.raises(NotUnderstood):
        Ignored.parse(pattern)
