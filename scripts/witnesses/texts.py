"""Texts for schemas of strings: at the edges of a pattern, of the lengths, and those that break services."""

from collections.abc import Callable, Iterator
from itertools import islice
from re import _constants as codes  # pyrefly: ignore[missing-module-attribute] # the names of the parser's nodes, not public
from re import _parser as parser  # pyrefly: ignore[missing-module-attribute] # Python's own parser, not public either
from typing import Any, Final

NASTY: Final = (
    "",
    " ",
    "\t\n",
    "\u00a0",
    "\u2028\u3000",
    " padded ",
    "x\x00",
    "x\x07",
    "x\r",
    "\x1bx",
    "x\x7f",
    "a/b",
    "100% _sure_\\",
    "\u00e9",
    "e\u0301",
    "\U0001f600",
    "null",
    "true",
    "1",
    "-1",
    "3.0",
    "NaN",
    "2026-12-24",
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "2026-12-24T17:00:00Z",
    "2026-12-24T17:00:00+01:00",
    "2026-12-24T17:00:00",
    "2026-02-30T17:00:00Z",
    "2026-12-24T24:00:00Z",
    "2026-12-24T17:00:60Z",
    "2026-12-24 17:00:00Z",
    "2026-12-24T17:00:00.1234567Z",
    "17:00:00Z",
    "a@example.org",
    "https://example.org/",
    "123e4567-e89b-12d3-a456-426614174000",
)
"""Near each format of JSON Schema, white space and controls of several kinds, code points of several sizes."""

_ASTRAL: Final = "\U0001f600"
"""One code point, two units of UTF-16, four bytes: lengths are counted in the first."""

_PLAIN: Final = "a"

_ENOUGH: Final = 64
"""Texts from one pattern, and repetitions of what may repeat for ever."""

_LETTERS: Final = "a0A-_. /:TZ+\u00e9"

_NodeOfParser = tuple[Any, Any]  # a name and any arguments


def texts(pattern: str | None, least: int, most: int | None, is_valid: Callable[[str], bool]) -> Iterator[str]:
    """Texts in and out of a schema.

    Args:
        pattern: the schema's own.
        least: its `minLength`.
        most: its `maxLength`.
        is_valid: whether a text would fit the schema if it had no bounds of length.
    """
    made = [] if pattern is None else list(islice(_of_pattern(pattern), _ENOUGH))
    yield from made
    yield from NASTY
    seeds = [text for text in (*made, "a", *NASTY) if text and is_valid(text)]
    for length in sorted({least - 1, least, least + 1, *(() if most is None else (most - 1, most, most + 1))}):
        fitting = (text for seed in seeds if (text := _of_length(seed, length, is_valid)) is not None)
        yield from islice(fitting, 1)
    if most is not None and is_valid(_ASTRAL):
        yield from (_ASTRAL * most, _ASTRAL * (most + 1))


def _of_length(seed: str, length: int, is_valid: Callable[[str], bool]) -> str | None:
    """The seed, shortened at its end or lengthened in some place, if that fits."""
    if len(seed) == length:
        return seed
    if len(seed) > length:
        return seed[:length] if length > 0 and is_valid(seed[:length]) else None
    more = length - len(seed)
    # By what is there already, or by a letter: between two quotes there may be anything but a quote.
    places = ((index, letter) for index, there in enumerate(seed) for letter in (there, _PLAIN))
    candidates = (seed[:index] + letter * more + seed[index:] for index, letter in places)
    return next((text for text in candidates if is_valid(text)), None)


def _of_pattern(pattern: str) -> Iterator[str]:
    """The plainest text of a pattern, that with all choices made otherwise, and those with one made otherwise.

    Otherwise is the last branch, the most repetitions and, where it is the one choice, the last letter.
    """
    nodes = list(parser.parse(pattern))
    yield _Choices(()).text(nodes)
    yield _Choices(None).text(nodes)
    number = 0
    while True:
        choices = _Choices((number,))
        text = choices.text(nodes)
        if choices.asked <= number:
            return
        yield text
        number += 1


class _Choices:
    """One way through a pattern. Every choice between two has a number, in the order in which they are met."""

    def __init__(self, otherwise: tuple[int, ...] | None) -> None:
        """`otherwise` numbers the choices to make otherwise than plainly; all of them if it is none."""
        self._otherwise = otherwise
        self.asked = 0

    def text(self, nodes: list[_NodeOfParser]) -> str:
        return "".join(self._one(node) for node in nodes)

    def _is_otherwise(self) -> bool:
        self.asked += 1
        return self._otherwise is None or self.asked - 1 in self._otherwise

    def _one(self, node: _NodeOfParser) -> str:
        kind, arguments = node
        if kind is codes.LITERAL:
            return chr(int(arguments))
        if kind is codes.IN:
            return _letter(arguments, last=self._otherwise is not None and self._is_otherwise())
        if kind in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
            least, most, repeated = arguments
            times: int = min(int(most), max(least, 1) + _ENOUGH) if self._is_otherwise() else least
            return self.text(list(repeated)) * times if times else ""
        if kind is codes.SUBPATTERN:
            return self.text(list(arguments[-1]))
        if kind is codes.BRANCH:
            return self._branch(arguments[1])
        return ""  # an anchor

    def _branch(self, branches: list[Any]) -> str:  # as above
        chosen = branches[0]
        for branch in branches[1:]:
            if self._is_otherwise():
                chosen = branch
        return self.text(list(chosen))


def _letter(arguments: list[_NodeOfParser], *, last: bool) -> str:
    fitting = [letter for letter in _alphabet(arguments) if _allows(arguments, letter)]
    return fitting[-1 if last else 0] if fitting else ""


def _alphabet(arguments: list[_NodeOfParser]) -> Iterator[str]:
    yield from _LETTERS
    for kind, argument in arguments:
        if kind is codes.LITERAL:
            yield chr(argument)
        elif kind is codes.RANGE:
            yield from map(chr, argument)


def _allows(arguments: list[_NodeOfParser], letter: str) -> bool:
    negated = arguments[0][0] is codes.NEGATE
    named = any(
        (kind is codes.LITERAL and ord(letter) == argument)
        or (kind is codes.RANGE and argument[0] <= ord(letter) <= argument[1])
        for kind, argument in arguments
    )
    return named != negated
