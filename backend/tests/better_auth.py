"""Better Auth as the tests need it: the real one in a process of its own, its users, and faults on the way to it."""

import json
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from os import environ
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import httpx
import jwt

from backend.settings import PROJECT
from backend.tests.tools import require_tool

SERVER: Final = PROJECT / "scripts" / "better_auth" / "server.mjs"
PASSWORD: Final = "correct horse battery staple"
PATIENCE: Final = 120
"""Seconds for whatever Node does, on a busy machine."""


def environment(**variables: str) -> dict[str, str]:
    """What Better Auth's process is told, and nothing that the tests were told of secrets."""
    kept = {name: value for name, value in environ.items() if "AUTH" not in name}
    return kept | {"PORT": "0", **variables}


@contextmanager
def patient(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kills a process for which this takes too long, which ends the wait for what it prints."""
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def http_client(url: str, **headers: str) -> httpx.Client:
    """A client of Better Auth, for several threads."""
    # Nothing here speaks TLS, and the default loads the certificates of the world. No connection is kept: Node ends
    # one that is idle for 5 s, perhaps just as it is used again. No cookie is, so that a client can be several users.
    return httpx.Client(
        base_url=url, headers=headers, timeout=PATIENCE, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        limits=httpx.Limits(max_keepalive_connections=0), cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )  # fmt: skip # one name a line says no more


@dataclass(frozen=True)
class User:
    """Somebody who has signed up, and the session that this began."""

    id: str
    email: str
    session: str
    """The session token: the `token` of the answer, which the plugin `bearer` takes."""
    cookies: dict[str, str]
    """By their names without the prefix `better-auth.`, as values that `Cookie` would carry."""
    _client: httpx.Client = field(repr=False)

    def token(self) -> str:
        """A new token for the API."""
        answer = self._client.get("/token", headers=self.authorization)
        answer.raise_for_status()
        token: str = answer.json()["token"]
        return token

    def post(self, path: str, **body: str) -> httpx.Response:
        """Asks Better Auth for something in this session."""
        answer = self._client.post(path, json=body, headers=self.authorization)
        answer.raise_for_status()
        return answer

    @property
    def authorization(self) -> dict[str, str]:
        """For Better Auth, not for the API."""
        return {"Authorization": f"Bearer {self.session}"}


class BetterAuth:
    """A running server. Its users and keys are in its memory."""

    def __init__(self, url: str, process: subprocess.Popen[str], mails: Path) -> None:
        self.client = http_client(f"{url}/api/auth", Origin=url)
        self.url = url
        self.process = process
        self._mails = mails

    def sign_up(self, name: str) -> User:
        """A new user and session."""
        return self._signed("/sign-up/email", name=name, email=f"{name}@example.com")

    def sign_in(self, name: str) -> User:
        """A new session of a user."""
        return self._signed("/sign-in/email", email=f"{name}@example.com")

    def key_ids(self) -> list[str]:
        """The keys that it publishes now."""
        return [key["kid"] for key in self.client.get("/jwks").raise_for_status().json()["keys"]]

    def expire_key(self) -> None:
        """Ends the current key's time, soon after this call: the next token has a new one."""
        self.process.send_signal(signal.SIGUSR2)

    def mails(self) -> list[dict[str, str]]:
        """What it would have sent by e-mail, in order: `kind`, `to`, `token`."""
        return [json.loads(line) for line in self._mails.read_text(encoding="utf-8").splitlines()]

    def _signed(self, path: str, **body: str) -> User:
        answer = self.client.post(path, json={**body, "password": PASSWORD}).raise_for_status()
        cookies = {name.removeprefix("better-auth."): value for name, value in answer.cookies.items()}
        return User(answer.json()["user"]["id"], body["email"], answer.json()["token"], cookies, self.client)


@contextmanager
def better_auth(folder: Path, **variables: str) -> Iterator[BetterAuth]:
    """A server with those variables that runs meanwhile; a server in the same folder later has its users and keys."""
    program = require_tool("node", "Better Auth")
    files = {"MAIL_FILE": str(folder / "mails"), "STATE_FILE": str(folder / "state")}
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen(  # noqa: S603 - our own words
            [program, SERVER], env=environment(**files | variables), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            with patient(process):
                url = process.stdout.readline().removeprefix("Better Auth at ").strip()
            assert url, (folder / "errors").read_text(encoding="utf-8")
            server = BetterAuth(url, process, folder / "mails")
            with server.client:
                yield server
        finally:
            process.terminate()
            with patient(process):
                told = process.stdout.read(), process.wait()
        assert told == ("", 0)


class Between:
    """An HTTP proxy between the service and Better Auth, on 127.0.0.1, one thread per connection."""

    def __init__(self, target: str) -> None:
        self._client = http_client(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._hangs_up = False
        self._passes = threading.Event()
        self._passes.set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.fetched: list[str] = []
        """The paths that the target has answered, held answers included."""

    @contextmanager
    def hanging_up(self) -> Iterator[None]:
        """Nobody is answered meanwhile, at once."""
        self._hangs_up = True
        try:
            yield
        finally:
            self._hangs_up = False

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Nobody gets what the target answers before this ends: frozen to who stops waiting, slow to who waits."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    def serve(self) -> None:
        """Accepts until it is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._talk, args=[connection]))
            self._threads[-1].start()

    def close(self) -> None:
        """Ends it, once all who wait are answered."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, IndexError):  # who stops waiting hangs up, perhaps before it asks
            path = connection.recv(65_536).split(b" ")[1].decode()
            if self._hangs_up:
                return
            answer = self._client.get(path)
            self.fetched.append(path)
            self._passes.wait()
            head = f"HTTP/1.1 {answer.status_code} -\r\nContent-Type: {answer.headers['content-type']}\r\n"
            length = f"Content-Length: {len(answer.content)}\r\nConnection: close\r\n\r\n"
            connection.sendall((head + length).encode() + answer.content)


@contextmanager
def between(target: str) -> Iterator[Between]:
    """A proxy that runs meanwhile."""
    proxy = Between(target)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()


def session_cookie(user: User) -> str:
    """The signed session token: the value of the cookie, and of the header `set-auth-token`."""
    return unquote(user.cookies["session_token"])


def key_id(token: str) -> str:
    """The name of the key that signed it."""
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid
