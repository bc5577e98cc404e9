"""`make seed`: made-up tasks, for trying lists (specs/features/commands.md).

They go into the database past the service, many in a few seconds, and obey its constraints. What cannot be done is one
line on standard error and exit status 1.
"""

import argparse
import random
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from backend import migrations
from backend.db import located
from backend.models import STATUSES
from backend.settings import Settings, SettingsError, load_settings
from scripts.seed_words import LABELS, LANGUAGES, Language
from scripts.token import development_token, user_id

DEFAULT_COUNT = 1_000
GREATEST_COUNT = 1_000_000

TITLE = 200
DESCRIPTION = 1_000
"""The longest there may be, in code points (`Title` and `Description` in openapi/tasks.yaml)."""

MONTHS = timedelta(days=270)
"""How long ago the first of them was written down."""

STATUS_SHARES = {"new": (74, 16, 6, 4), "old": (12, 6, 74, 8)}
"""In the order of `STATUSES`: what was just written down is not done, and most of what is old is."""

PRIORITY_SHARES = (50, 8, 12, 15, 10, 5)
DUE_SHARES = {"none": 30, "day": 45, "instant": 25}
DESCRIBED = 0.4
LONG = 0.03
"""The share of titles that are as long as they may be."""


@dataclass(frozen=True, slots=True)
class Made:
    """A row of `tasks`, by its columns; the database makes the others."""

    user_id: str
    title: str
    description: str | None
    status: str
    priority: int
    due_at: datetime | None
    due_on: date | None
    metadata: Jsonb
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Adds tasks and says so; returns the exit status."""
    # Without the usage: what is wrong is one line.
    parser = argparse.ArgumentParser(prog="seed", description="Add made-up tasks.", usage=argparse.SUPPRESS)
    parser.add_argument("--user", type=user_id, required=True, help="whose tasks, 1 to 128 characters")
    parser.add_argument("--count", type=_count, default=DEFAULT_COUNT, help=f"how many, 1 to {GREATEST_COUNT}")
    parser.add_argument("--seed", type=int, help="the same number makes the same tasks; without it each run others")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    began = time.monotonic()
    try:
        settings = _safe_settings()
        with located(settings) as url:
            migrations.upgrade(url)
            _store(url, given.user, given.count, seed)
    except (SettingsError, migrations.MigrationFailed) as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        # Not its message, which may repeat the connection string.
        print(f"seed: DATABASE_URL: the database refuses: {type(error).__name__}", file=sys.stderr)
        return 1
    print(f"Added {given.count:,} tasks of {given.user} in {time.monotonic() - began:.1f} s (SEED={seed})")
    print(_command(settings, given.user))
    return 0


def made(user: str, count: int, seed: int, now: datetime) -> Iterator[Made]:
    """Tasks as somebody might have written them down over months, the oldest first; `now` is in UTC."""
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    for number in range(count):
        # More of late than long ago, in the order of their ids.
        age = (1 - (number + chance.random()) / count) ** 1.5
        yield _task(chance, user, age, now)


def _safe_settings() -> Settings:
    settings = load_settings()
    if settings.environment == "production":
        raise SettingsError("ENVIRONMENT: production gets no made-up tasks")
    return settings


def _task(chance: random.Random, user: str, age: float, now: datetime) -> Made:
    """One task, `age` of `MONTHS` old."""
    created = now - MONTHS * age
    shares = STATUS_SHARES["old" if chance.random() < age * 1.5 else "new"]
    [status] = chance.choices(STATUSES, shares)
    changes = chance.choice((0, 0, 1, 2, 5)) + (status != "pending")
    updated = created + (now - created) * chance.random() if changes else created
    [language] = chance.choices(LANGUAGES, [language.share for language in LANGUAGES])
    # What is open is due about now, what is not was due soon after it was written down.
    near = now if status in {"pending", "in_progress"} else created
    due = near + timedelta(days=chance.gauss(10, 14), minutes=chance.randrange(1440))
    [kind] = chance.choices(list(DUE_SHARES), list(DUE_SHARES.values()))
    return Made(
        user_id=user,
        title=_title(chance, language),
        description=_description(chance, language) if chance.random() < DESCRIBED else None,
        status=status,
        priority=chance.choices(range(len(PRIORITY_SHARES)), PRIORITY_SHARES)[0],
        due_at=due.replace(second=0, microsecond=0) if kind == "instant" else None,
        due_on=due.date() if kind == "day" else None,
        metadata=Jsonb(_labels(chance)),
        created_at=created,
        updated_at=updated,
        completed_at=updated if status == "completed" else None,
        version=1 + changes,
    )


def _title(chance: random.Random, language: Language) -> str:
    title = _filled(chance, language, chance.choice(language.titles))
    if chance.random() < LONG:  # people who paste whole mails
        while len(title) < TITLE:
            title = f"{title} - {_filled(chance, language, chance.choice(language.titles))}"
    return title[:TITLE].strip()


def _description(chance: random.Random, language: Language) -> str:
    notes = chance.choices(language.notes, k=chance.choice((1, 1, 2, 3, 30)))
    return chance.choice((" ", "\n")).join(_filled(chance, language, note) for note in notes)[:DESCRIPTION]


def _filled(chance: random.Random, language: Language, pattern: str) -> str:
    """The pattern with a word for each name, also for one that it has twice."""
    parts = pattern.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled += [str(chance.randrange(2, 99)) if name == "number" else chance.choice(language.words[name]), rest]
    return "".join(filled)


def _labels(chance: random.Random) -> dict[str, str]:
    """Metadata: none for most."""
    names = chance.sample(sorted(LABELS), chance.choice((0, 0, 0, 1, 2)))
    return {name: chance.choice(LABELS[name]) for name in names}


def _store(url: SecretStr, user: str, count: int, seed: int) -> None:
    """All of them, or none."""
    columns = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(Made))
    with psycopg.connect(migrations.direct(url).get_secret_value(), prepare_threshold=None) as connection:
        connection.execute("INSERT INTO users (id) VALUES (%s) ON CONFLICT DO NOTHING", [user])
        now = connection.execute("SELECT now()").fetchall()[0][0].astimezone(UTC)
        with connection.cursor().copy(sql.SQL("COPY tasks ({}) FROM STDIN").format(columns)) as copy:
            for task in made(user, count, seed, now):
                copy.write_row(astuple(task))
        # Or the plans of lists are those for a few tasks until PostgreSQL looks by itself.
        connection.execute("ANALYZE tasks")


def _command(settings: Settings, user: str) -> str:
    """A command that shows them; only in development, and not for public keys, is there a token for it."""
    can_sign = settings.environment == "development" and "HS256" in settings.algorithms
    token = development_token(settings, user=user) if can_sign else "$TOKEN"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}/api/{quote(user, safe='')}/tasks?limit=5"
    return f'Try      curl -H "Authorization: Bearer {token}" {shlex.quote(url)}'


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= GREATEST_COUNT:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {GREATEST_COUNT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
