"""`make token`: a token for the development service, which needs no Better Auth for it (AUTH-30)."""

import argparse
import re
import sys
import time
from collections.abc import Sequence

import jwt

from backend.settings import Settings, SettingsError, load_settings

DEFAULT_SECONDS = 3600
LONGEST_SECONDS = 366 * 24 * 3600


def development_token(
    settings: Settings, *, user: str, email: str | None = None, seconds: int = DEFAULT_SECONDS
) -> str:
    """A token that a service with these settings accepts for `user`, valid for `seconds` from now.

    Raises:
        SettingsError: only whoever has the private keys can make one.
    """
    if "HS256" not in settings.algorithms:
        raise SettingsError(f"BETTER_AUTH_SECRET: HS256 is off, sign in at {settings.better_auth_url} to get a token")
    now = int(time.time())
    claims: dict[str, object] = {settings.user_id_claims("HS256")[0]: user, "iat": now, "exp": now + seconds}
    if email is not None:
        claims["email"] = email
    if settings.better_auth_issuer is not None:
        claims["iss"] = settings.better_auth_issuer
    if settings.better_auth_audience:
        claims["aud"] = settings.better_auth_audience[0]
    return jwt.encode(claims, settings.secrets[0].get_secret_value(), algorithm="HS256")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a token and nothing else; returns the exit status."""
    parser = argparse.ArgumentParser(prog="token", description="Print a development token.")
    parser.add_argument("--user", type=user_id, required=True, help="the user id, 1 to 128 characters")
    parser.add_argument("--email", help="the claim `email`; none without it")
    parser.add_argument("--ttl", type=_seconds, default=DEFAULT_SECONDS, help="seconds until it expires")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        token = development_token(settings, user=given.user, email=given.email, seconds=given.ttl)
    except SettingsError as error:
        print(f"token: {error}", file=sys.stderr)
        return 1
    if settings.environment != "development":
        print("token: ENVIRONMENT: outside development only the issuer makes tokens", file=sys.stderr)
        return 1
    print(token)
    return 0


def user_id(text: str) -> str:
    """A user id that a path can hold (`UserId` in openapi/tasks.yaml) and no service refuses (AUTH-21)."""
    if not re.fullmatch(r"[^/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}", text) or text != text.strip():
        raise argparse.ArgumentTypeError("must be 1 to 128 characters, without a slash, controls or outer blanks")
    return text


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 1 to {LONGEST_SECONDS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
