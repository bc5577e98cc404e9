"""Whom a fetch of the public keys trusts, and what it takes from around it (specs/features/authentication.md)."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.auth.jwks import trusted
from backend.tests.authority import Authority
from backend.tests.key_endpoint import publishing
from backend.tests.test_jwks import NEVER, NEW, OLD, SET, Clock, caching, has, in_a_loop, wait_of
from scripts.hostile.endpoint import http


@in_a_loop
async def test_neither_the_environment_nor_the_endpoint_changes_what_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # AUTH-51
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with publishing() as endpoint:
        endpoint.answer = http(SET, headers=["Set-Cookie: a=b; Path=/"])
        async with caching(endpoint, Clock()) as cache:
            assert await has(cache, NEW.kid)
            assert not await has(cache, NEVER.kid)
    assert [headers["Cookie"] for headers in endpoint.requests] == [None, None]
    assert [headers["Accept-Encoding"] for headers in endpoint.requests] == ["identity"] * 2


@in_a_loop
async def test_what_a_cache_between_has_kept_is_not_asked_for() -> None:  # AUTH-62
    with publishing(OLD.jwk()) as endpoint:
        async with caching(endpoint, Clock()) as cache:
            await cache.key(OLD.kid)
            await cache.key(NEVER.kid)
    assert [headers.get_all("Cache-Control") for headers in endpoint.requests] == [["no-cache"]] * 2


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Authority]:
    """Trusted, for OpenSSL reads SSL_CERT_FILE where a context is made."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    trusted.cache_clear()
    yield made
    trusted.cache_clear()


@in_a_loop
async def test_a_private_authority_is_trusted_where_openssl_is_told_of_it(
    authority: Authority,
) -> None:  # AUTH-55
    with publishing(OLD.jwk(), tls=authority.server()) as endpoint:
        async with caching(endpoint, Clock()) as cache:
            assert await has(cache, OLD.kid)
    certificates = trusted().cert_store_stats()["x509_ca"]
    assert certificates > 100, "and those of Mozilla's list"


@pytest.mark.parametrize("flaw", ["another authority", "another address", "out of date"])
@in_a_loop
async def test_a_certificate_that_is_not_trusted_is_a_failure_that_says_so(
    authority: Authority, caplog: pytest.LogCaptureFixture, tmp_path: Path, flaw: str
) -> None:  # AUTH-55, AUTH-52
    (tmp_path / "other").mkdir()
    servers: dict[str, Callable[[], ssl.SSLContext]] = {
        "another authority": Authority(tmp_path / "other").server,
        "another address": lambda: authority.server("127.0.0.2"),
        "out of date": lambda: authority.server(days=-1),
    }
    with publishing(OLD.jwk(), tls=servers[flaw]()) as endpoint:
        async with caching(endpoint, Clock()) as cache:
            assert await wait_of(cache, OLD.kid) == 2
    [told] = [record.__dict__["fields"] for record in caplog.records if record.name == "backend.auth.jwks"]
    assert told == {"reason": "the certificate is not trusted"}
    assert endpoint.requests == []
