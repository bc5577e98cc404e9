"""The URLs of settings: which are read as they are meant, and which are refused. Spec: specs/features/settings.md.

Every refusal is a ValueError whose text never repeats the URL, for most carry a password.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

_REDIS: Final = re.compile(r"(rediss?://([^/?#@]*@)?[^/?#@]+(/[0-9]*)?|unix://([^/?#@]*@)?/[^?#]+)(\?[^?#@]+)?")
"""What redis-py reads as it is meant. A raw `/`, `?`, `#` or `@` in a password would make it another host."""

_WEB_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
"""A name as DNS has it, in its ASCII form, or an address."""

_NO_WEB_URL: Final = "must be a URL like https://app.example.com"

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def postgres_url(url: str) -> str:
    """The URL as libpq reads it, from any of the spellings that providers and SQLAlchemy users paste.

    Query parameters such as Neon's `sslmode` and `channel_binding` are libpq's own and stay.

    Raises:
        ValueError: not a PostgreSQL URL.
    """
    scheme, _, rest = url.strip().partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must be a URL like postgresql://user:password@host/database")
    try:
        parameters = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise ValueError("cannot be read by PostgreSQL's client library") from None
    host, port, name = (str(parameters.get(part, "")) for part in ("host", "port", "dbname"))
    # libpq splits at the first of these, and would tell the rest of the password as a host or port that is not there.
    if "@" in host or not re.fullmatch("[0-9,]*", port):
        raise ValueError("must have the characters / ? # @ : of user and password written as %2F %3F %23 %40 %3A")
    # Without them libpq would take a local server and the name of whoever runs the process.
    if not host or not name:
        raise ValueError("must name host and database, as in postgresql://user:password@host/database")
    return f"postgresql://{rest}"


def is_origin(text: str) -> bool:
    """Whether it is scheme, host and perhaps port and nothing else: RFC 6454, section 6.2, never with a path."""
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and text == f"{parts.scheme}://{parts.netloc}"


def origin_of(url: str) -> str:
    """The origin of a URL as JavaScript's `new URL(url).origin` has it, which is what Better Auth puts into `iss`.

    Raises:
        ValueError: see `web_url`.
    """
    parts = _web_parts(url)
    host = str(parts.hostname)
    if ":" in host:
        host = f"[{_shortest(host)}]"
    is_default = parts.port in {None, _DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"


def web_url(url: str) -> str:
    """The URL, which is one of http or https.

    Raises:
        ValueError: it is none, or has a user or a fragment.
    """
    _web_parts(url)
    return url


def is_plain_to_another_machine(url: str) -> bool:
    """Whether what is fetched there could be read and changed on its way."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(str(parts.hostname)).is_loopback
    except ValueError:
        return True


def refuse_unreadable_redis(url: str) -> None:
    """Refuses what redis-py would not read, or not as it is meant.

    Raises:
        ValueError: not a URL of Redis.
    """
    if not _REDIS.fullmatch(url):
        raise ValueError(
            "must be a URL like redis://user:password@host:6379/0, rediss://host or unix:///path, with the characters "
            "/ ? # @ of user and password written as %2F %3F %23 %40"
        )
    # A start without Redis need not wait for redis-py.
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - as above
    from redis.exceptions import RedisError  # noqa: PLC0415 - as above

    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call] # by redis-py
    except (ValueError, TypeError, RedisError):
        raise ValueError("has an option or a port that redis-py does not know") from None


def _shortest(address: str) -> str:
    """An IPv6 address as the URL standard writes it: the shortest way, and in hexadecimal digits only."""
    number = ipaddress.IPv6Address(address)
    if number.ipv4_mapped is None:
        return number.compressed
    low = int(number.ipv4_mapped)  # later Pythons write it with dots
    return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"


def _web_parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        # JavaScript reads 127.1 and 0177.0.0.1 as addresses too, and writes them otherwise.
        if ":" not in host and re.fullmatch(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", host):
            ipaddress.IPv4Address(host)
    except ValueError:  # of urllib, whose texts repeat parts of the URL
        raise ValueError(_NO_WEB_URL) from None
    # urllib takes a blank or a line break out of a URL, and reads on.
    if port == 0 or not _WEB_HOST.fullmatch(host) or not re.fullmatch(r"https?://[!-~]+", url, re.IGNORECASE):
        raise ValueError(_NO_WEB_URL)
    if "@" in parts.netloc or "#" in url:
        raise ValueError("must have no user, no password and no fragment")
    return parts
