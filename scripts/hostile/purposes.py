"""Tokens that Better Auth truly signs with the same keys, for something else than calling this API.

As better-auth 1.7 and its OAuth provider make them: their claims were read off its source.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator

from scripts.hostile.issuer import ASYMMETRIC, Issuer, segment


def with_the_secret(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """E-mail verification (api/routes/email-verification.mjs) and cookie caches (cookies/index.mjs)."""
    times = {"iat": issuer.now, "exp": issuer.now + 3_600}
    email = "alice@example.com"
    session = _session()
    payloads: dict[str, dict[str, object]] = {
        "an e-mail verification": {"email": email},
        "a change of the e-mail address": {"email": email, "updateTo": "alice@example.org"},
        "a confirmed change of the e-mail address": {"email": email, "requestType": "change-email-verification"},
        "an e-mail verification that names the user": {"email": email, "userId": "alice"},
        "a deletion of the account": {"userId": "alice", "requestType": "delete-account"},
        "a cookie cache": {**session, "updatedAt": issuer.now * 1_000, "version": "1"},
        "a cookie cache with an e-mail address": {**session, "email": email, "updatedAt": issuer.now * 1_000},
        "an account cookie": {"accountId": "alice", "userId": "alice", "providerId": "github"},
    }
    for name, payload in payloads.items():
        yield name, issuer.token("HS256", {**payload, **times})
        yield (
            f"{name}, from here and for here",
            issuer.token("HS256", {**payload, **times, "iss": issuer.origin, "aud": issuer.origin}),
        )
    compact = {"session": session, "expiresAt": (issuer.now + 300) * 1_000}
    signature = hmac.digest(issuer.secret.encode(), json.dumps(compact).encode(), hashlib.sha256)
    yield "a compact cookie cache", segment({**compact, "signature": segment(signature)})
    token = str(session["session"]["token"])
    yield "a session token", token
    yield "a session cookie", f"{token}.{segment(hmac.digest(issuer.secret.encode(), token.encode(), hashlib.sha256))}"
    header = {"alg": "dir", "enc": "A256CBC-HS512", "kid": segment(secrets.token_bytes(32))}
    parts = [segment(secrets.token_bytes(size)) for size in (16, 320, 32)]
    yield "an encrypted cookie cache", ".".join([segment(header), "", *parts])


def with_the_keys(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Id, logout and access tokens of its OAuth provider, and cookie caches of the jwt plugin."""
    client = "the-client-id"
    times = {"iat": issuer.now, "exp": issuer.now + 3_600}
    identity: dict[str, object] = {
        "iss": issuer.origin,
        "sub": "alice",
        "aud": client,
        "nonce": "n",
        "at_hash": "h",
        **times,
    }
    events: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    logout = {**identity, "events": events, "sid": "s", "jti": "j"}
    ours = {**logout, "aud": issuer.origin}
    session = {**_session(), "sid": "s", "updatedAt": issuer.now * 1_000, "sub": "alice", "iss": issuer.origin, **times}
    cache = "better-auth:session-cache"
    kinds: dict[str, tuple[str | None, dict[str, object]]] = {
        "an id token": (None, identity),
        "an id token with typ": ("JWT", identity),
        "an id token for two clients": (None, {**identity, "aud": [client, "another"], "azp": client}),
        "a logout token": ("logout+jwt", logout),
        "a logout token for here": ("logout+jwt", ours),
        "a logout token without typ": (None, logout),
        "an access token": ("at+jwt", {**ours, "scope": "openid", "client_id": client}),
        "an access token by its media type": ("application/at+jwt", {**ours, "client_id": client}),
        "an access token for another API": (None, {**identity, "aud": "https://other.example", "scope": "openid"}),
        "a cookie cache of the jwt plugin": ("better-auth.session-cache+jwt", {**session, "aud": cache}),
        "a cookie cache of the jwt plugin without typ": (None, {**session, "aud": cache}),
        "a cookie cache of the jwt plugin for here": (
            "better-auth.session-cache+jwt",
            {**session, "aud": issuer.origin},
        ),
        "a client's assertion": (None, {**times, "iss": client, "sub": client, "aud": issuer.origin, "jti": "j"}),
        "a token of another issuer with these keys": (
            None,
            {**identity, "iss": f"{issuer.origin}/b", "aud": issuer.origin},
        ),
    }
    for algorithm in ASYMMETRIC:
        for name, (typ, payload) in kinds.items():
            header = issuer.header(algorithm) if typ is None else issuer.header(algorithm, typ=typ)
            yield f"{algorithm}: {name}", issuer.token(algorithm, payload, header)


def _session() -> dict[str, dict[str, object]]:
    """What a cookie cache holds: both halves name the user, at places that do not identify."""
    token = secrets.token_urlsafe(24)
    return {
        "session": {"id": "s", "token": token, "userId": "alice", "expiresAt": "2999-01-01T00:00:00.000Z"},
        "user": {"id": "alice", "email": "alice@example.com", "name": "Alice", "emailVerified": True},
    }
