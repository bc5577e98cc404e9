"""Entity tags: which version of a thing an answer shows, and whether that is the one that a request asks for.

Spec: specs/features/conditions.md; RFC 9110, sections 8.8.3 and 13.1.
"""

import re
from hashlib import sha256
from typing import Final

from pydantic import MISSING

from backend.errors import PreconditionFailed
from generated.api import CONTRACT_VERSION
from generated.models import EntityTags

_TAG: Final = re.compile(r'"([^"]*)"')
_ENCODING: Final = re.compile(r"-{1,2}(?:gzip|br|deflate|zstd)$")
"""What servers add to the tag of what they have compressed: Apache `-gzip` and `-br`, Jetty `--gzip`."""


def entity_tag(task_id: int, version: int) -> str:
    """The strong tag of a task: new with every version of it, and of the contract that says how it is written."""
    return f'"{task_id}-{version}-{CONTRACT_VERSION}"'


def tag_of_bytes(content: bytes) -> str:
    """The strong tag of what is the same for everybody: it is new when a byte is."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def is_named(tag: str, tags: EntityTags | MISSING) -> bool:
    """Whether the tags of a header, or its `*`, are about what has this tag now. No header names nothing.

    What proxies make of a tag, `W/` before it or an ending for its encoding, still names it (product: concurrency).
    """
    if tags is MISSING:
        return False
    own = tag.strip('"')
    return tags == "*" or any(_ENCODING.sub("", sent) == own for sent in _TAG.findall(tags))


def check(
    tag: str,
    task: str,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
    *,
    index: int | None = None,
) -> None:
    """Refuses a request whose conditions the task does not meet.

    Args:
        tag: the task's own.
        task: as JSON.
        if_match: the header.
        if_none_match: the header.
        index: that of the task's item in a bulk update.

    Raises:
        PreconditionFailed: with the task as it is.
    """
    if if_match is MISSING and if_none_match is MISSING:
        return
    is_another = if_match is not MISSING and not is_named(tag, if_match)
    if is_another or is_named(tag, if_none_match):
        raise PreconditionFailed(task, etag=tag if index is None else None, index=index)
