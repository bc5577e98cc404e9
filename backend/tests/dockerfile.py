"""A Dockerfile and a .dockerignore, read strictly: what is not known here is refused, never skipped.

Only what our own two files use is known (Dockerfile reference of BuildKit; the patterns are those of moby's
patternmatcher). Whoever needs more adds it here and to image.py, which executes it.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

FLAGS = {
    "ARG": set[str](),
    "CMD": set[str](),
    "COPY": {"from"},
    "ENV": set[str](),
    "EXPOSE": set[str](),
    "FROM": set[str](),
    "HEALTHCHECK": {"interval", "timeout", "start-period", "retries"},
    "LABEL": set[str](),
    "RUN": set[str](),
    "STOPSIGNAL": set[str](),
    "USER": set[str](),
    "WORKDIR": set[str](),
}
"""The instructions that are known, each with the flags that are."""


class NotUnderstood(Exception):  # a fact, like the errors of the service
    """A line that means something which nobody here would execute."""


@dataclass(frozen=True)
class Instruction:
    """One line of a stage."""

    name: str
    flags: dict[str, str]
    text: str
    """What follows the flags."""

    @property
    def command(self) -> list[str]:
        """What CMD and HEALTHCHECK start: without a shell, which would be the process that gets the signals."""
        text = self.text.removeprefix("CMD ") if self.name == "HEALTHCHECK" else self.text
        try:
            words = json.loads(text)
        except ValueError:
            raise NotUnderstood(f"{self.name} {self.text}: no JSON list") from None
        return [str(word) for word in words]

    @property
    def pairs(self) -> dict[str, str]:
        """The names and values of ARG, ENV and LABEL; values may hold variables."""
        words = [word.partition("=") for word in shlex.split(self.text)]
        if not all(equals for _, equals, _ in words):
            raise NotUnderstood(f"{self.name} {self.text}: a name without a value")
        return {name: value for name, _, value in words}


@dataclass(frozen=True)
class Stage:
    """What comes after a FROM."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        """The instructions of a kind."""
        return [instruction for instruction in self.instructions if instruction.name == name]

    def only(self, name: str) -> Instruction:
        """The one instruction of a kind: engines take the last, and what is before it was a mistake."""
        [instruction] = self.all(name)
        return instruction


def parse(text: str) -> list[Stage]:
    """The stages of a Dockerfile.

    Raises:
        NotUnderstood: an instruction, a flag or a form that is not known here.
    """
    stages: list[Stage] = []
    for line in _lines(text):
        instruction = _instruction(line)
        if instruction.name == "FROM":
            words = instruction.text.split()
            if len(words) not in {1, 3} or words[1:2] not in ([], ["AS"]):
                raise NotUnderstood(line)
            stages.append(Stage(words[0], words[-1]))
        elif not stages:
            raise NotUnderstood(f"{line}: before the first FROM")
        else:
            stages[-1].instructions.append(instruction)
    return stages


def _lines(text: str) -> Iterator[str]:
    """Whole instructions: comments are taken out, also between continued lines, and these are joined."""
    if re.match(r"#\s*\w+\s*=", text):
        raise NotUnderstood(f"{text.partition(chr(10))[0]}: a directive")
    kept = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    yield from (line.strip() for line in kept.replace("\\\n", " ").splitlines())


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    if name not in FLAGS:
        raise NotUnderstood(line)
    flags = {}
    while match := re.match(r"\s*--([a-z-]+)=(\S+)\s+", rest):
        if match[1] not in FLAGS[name]:
            raise NotUnderstood(line)
        flags[match[1]] = match[2]
        rest = rest[match.end() :]
    text = re.sub(r"\s+", " ", rest).strip()
    # A flag without a value, a here-document, or RUN's list form.
    if text.startswith("--") or "<<" in text or (name == "RUN" and text.startswith("[")):
        raise NotUnderstood(line)
    return Instruction(name, flags, text)


@dataclass(frozen=True)
class Ignored:
    """The patterns of a .dockerignore. The last one that matches a path, or a folder above it, decides."""

    patterns: Sequence[str]

    @classmethod
    def parse(cls, text: str) -> "Ignored":
        """Reads the file.

        Raises:
            NotUnderstood: a pattern with more than names, `*`, `**` and a leading `!`.
        """
        patterns = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        for pattern in patterns:
            if not re.fullmatch(r"!?[\w.*-]+(/[\w.*-]+)*", pattern):
                raise NotUnderstood(pattern)
        return cls(patterns)

    def __contains__(self, path: str) -> bool:
        """Whether the builder is not sent the file of this path, relative to the context."""
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        is_ignored = False
        for pattern in self.patterns:
            matched = _expression(pattern.removeprefix("!"))
            if any(matched.fullmatch(candidate) for candidate in above):
                is_ignored = not pattern.startswith("!")
        return is_ignored

    def may_hold(self, folder: str) -> bool:
        """Whether anything below a folder may be sent although the folder is ignored."""
        return folder not in self or any(pattern.startswith(f"!{folder}/") for pattern in self.patterns)


def _expression(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    words = re.split(r"(\*\*/|\*\*|\*)", pattern)
    return re.compile("".join(parts.get(word) or re.escape(word) for word in words))
