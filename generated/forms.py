# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Takes forms apart: urlencoded ones into texts, multipart ones into parts, of which the large ones are on disk."""

from collections.abc import AsyncGenerator
from importlib.util import find_spec
from io import BytesIO
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope
from typing_extensions import override

from .head import Lines
from .strict_json import MAX_BODY_BYTES, MalformedBody, chunks
from .styles import pairs, unplus

MAX_FORM_BYTES: Final = 33_554_432
"""Of a form with files, all together."""
MAX_MEMBERS: Final = 1000
"""Names and values of a form, files among them."""


class Part:
    """One part of a form, a file maybe: what a handler gets for a file."""

    def __init__(self, part: UploadFile) -> None:
        self._part = part
        self.filename = part.filename or ""
        self.content_type = part.content_type or "application/octet-stream"
        self.size = part.size or 0

    async def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes, all that are left by default; nothing at the end."""
        return await self._part.read(size)

    async def seek(self, offset: int, /) -> None:
        """Go on reading at a byte, counted from 0."""
        await self._part.seek(offset)

    async def close(self) -> None:
        """Delete it."""
        await self._part.close()

    def text(self) -> str:
        """Give a part that is no file as text; raise `MalformedBody` for what is none."""
        if self.size > MAX_BODY_BYTES:
            raise MalformedBody(f"a part that is no file has more than {MAX_BODY_BYTES} bytes")
        try:
            return self._part.file.read().decode()  # in memory: it is no larger than what is spooled
        except UnicodeDecodeError:
            raise MalformedBody("a part that is no file is not UTF-8") from None


class _Parser(MultiPartParser):
    """Starlette's parser, which keeps the bytes of every part and sees where a form breaks off."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes]) -> None:
        super().__init__(headers, stream, max_files=MAX_MEMBERS, max_fields=MAX_MEMBERS, max_part_size=MAX_BODY_BYTES)
        self.parts: list[tuple[str, UploadFile]] = []
        self._has_ended = False

    @override
    def on_part_end(self) -> None:
        """Keep a part that has no file name as it is; the original guesses its charset."""
        part = self._current_part
        if part.file is None:
            headers = Headers(raw=part.item_headers)
            part.file = UploadFile(BytesIO(bytes(part.data)), size=len(part.data), headers=headers)
        else:
            self._file_parts_to_finish.append(part)
        self.parts.append((part.field_name, part.file))

    @override
    def on_end(self) -> None:
        """Remember that the last boundary came; the library does not miss it."""
        self._has_ended = True

    async def parts_of_form(self) -> list[tuple[str, UploadFile]]:
        """Give all parts; raise `MultiPartException`, and delete what is on disk, unless the form is whole."""
        await self.parse()
        if not self._has_ended:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("it ends before its last boundary")
        return self.parts


def check_installed() -> None:
    """Raise `RuntimeError` unless multipart forms can be read: Starlette needs a package for that, and no other does."""
    if find_spec("python_multipart") is None:
        raise RuntimeError("the contract has multipart forms: install python-multipart")


def urlencoded(raw: bytes) -> dict[str, list[str]]:
    """Give the values, still percent-encoded, by the names of a form; raise `MalformedBody`."""
    if raw.count(b"&") >= MAX_MEMBERS:
        raise MalformedBody(f"the form has more than {MAX_MEMBERS} members")
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise MalformedBody("the form is not UTF-8") from None
    return pairs(raw.decode(), "&", unplus)


async def multipart(scope: Scope, receive: Receive, lines: Lines) -> list[tuple[str, Part]]:
    """Give the parts of a form by their names; raise `MalformedBody` or `ContentTooLarge`, and leave no file then."""
    try:
        parts = await _Parser(Headers(scope=scope), chunks(receive, lines, MAX_FORM_BYTES)).parts_of_form()
    except MultiPartException as error:
        raise MalformedBody(error.message) from None
    return [(name, Part(part)) for name, part in parts]
