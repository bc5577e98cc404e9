"""Compares what is sent and answered: parameters, bodies, statuses, headers, links. Spec: DIFF-3, DIFF-10, DIFF-11."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scripts.contract_diff.findings import Findings, Spot, Way
from scripts.contract_diff.pair import Pair
from scripts.contract_diff.schemas import Comparison
from scripts.contract_diff.side import Side, Sub, TooManyAlternatives, mark, telling
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import members

_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
"""How a parameter is written unless it says so (OpenAPI 3.1, 4.8.12)."""

_FORMS: Final = {"allowEmptyValue": "empty values", "allowReserved": "reserved characters"}
_FIRST_ERROR: Final = "4"


def deprecation(old: Object, new: Object, spot: Spot, found: Findings) -> None:
    """Say that something is on its way out, or no longer."""
    before, after = old.get("deprecated") is True, new.get("deprecated") is True
    if before != after:
        rule, fact = (
            ("deprecated", "it is deprecated now") if after else ("undeprecated", "it is not deprecated any longer")
        )
        found.add(rule, fact, spot.text, spot.after)


@dataclass(frozen=True)
class Traffic:
    """Compares what one side sends, and adds what it finds."""

    pair: Pair
    way: Way
    found: Findings
    is_problem: bool = False

    def schema(self, old: Object, new: Object, spot: Spot) -> None:
        """Compare what a parameter, a header or a media type may hold; without a schema it is anything."""
        one, other = _sub(old), _sub(new)
        before = self.pair.before.place(one[0]) if one else None
        after = self.pair.after.place(other[0]) if other else None
        below = Spot(spot.text, before or spot.before, after or spot.after)
        Comparison(self.pair, self.way, self.found, is_problem=self.is_problem).compare(one, other, below)

    def parameters(self, old: dict[tuple[str, str], Object], new: dict[tuple[str, str], Object], spot: Spot) -> None:
        """Compare the parameters of an operation."""
        for key in dict.fromkeys((*old, *new)):
            one, other = old.get(key), new.get(key)
            shown = other or one or {}
            named = self._at(f"{shown.get('in')} parameter {shown.get('name')}", one, other, spot)
            if one is None:
                is_required = shown.get("required") is True
                rule = "parameter-added-required" if is_required else "parameter-added"
                fact = f"the {'required' if is_required else 'optional'} parameter is new"
                self.found.add(rule, fact, named.text, named.after)
            elif other is None:
                self.found.add("parameter-removed", "the parameter is gone", named.text, named.before, is_after=False)
            else:
                self._parameter(one, other, named)

    def _at(self, text: str, old: Object | None, new: Object | None, spot: Spot) -> Spot:
        before, after = self.pair.before.place(old), self.pair.after.place(new)
        return Spot(f"{spot.text} {text}".strip(), before or spot.before, after or spot.after)

    def _parameter(self, old: Object, new: Object, spot: Spot) -> None:
        self._required("parameter", old, new, spot)
        deprecation(old, new, spot, self.found)
        one, other = _written(old), _written(new)
        is_single = _is_single(self.pair.before, _sub(old)) and _is_single(self.pair.after, _sub(new))
        if one[0] != other[0] or (one != other and not (is_single and one[0] in {"form", "simple"})):
            fact = f"it was written as {' '.join(one)} and is now as {' '.join(other)}"
            self.found.add("parameter-style-changed", fact, spot.text, spot.after)
        for keyword, what in _FORMS.items():
            allowed = old.get(keyword) is True, new.get(keyword) is True
            if allowed[0] != allowed[1]:
                rule, word = ("widened", "allowed") if allowed[1] else ("narrowed", "refused")
                self.found.add(f"parameter-form-{rule}", f"{what} are {word} now", spot.text, spot.after)
        self.schema(old, new, spot)
        if "content" in old and "content" in new:
            self.content(old, new, spot)

    def _required(self, what: str, old: Object, new: Object, spot: Spot) -> None:
        before, after = old.get("required") is True, new.get("required") is True
        if before != after:
            rule, fact = ("required", "it is required now") if after else ("optional", "it is optional now")
            self.found.add(f"{what}-{rule}", fact, spot.text, spot.after)

    def body(self, old: Object, new: Object, spot: Spot) -> None:
        """Compare what is sent as body of a request."""
        one = self.pair.before.resolve(old["requestBody"]) if "requestBody" in old else None
        other = self.pair.after.resolve(new["requestBody"]) if "requestBody" in new else None
        named = self._at("body" if self.way is Way.ANSWER else "request body", one, other, spot)
        if one is None and other is not None:
            rule = "body-added-required" if other.get("required") is True else "body-added"
            self._ask(rule, "a body is new", named)
        elif one is not None and other is None:
            self._ask("body-removed", "the body is gone", named, is_after=False)
        elif one is not None and other is not None:
            if self.way is Way.REQUEST:
                self._required("body", one, other, named)
            self.content(one, other, named)

    def _ask(self, rule: str, fact: str, spot: Spot, *, is_after: bool = True) -> None:
        """Report a body that is new or gone, by the rule of who sends it."""
        if self.way is Way.ANSWER:
            rule = "answer-body-added" if is_after else "answer-media-type-removed"
        self.found.add(rule, fact, spot.text, spot.after if is_after else spot.before, is_after=is_after)

    def content(self, old: Object, new: Object, spot: Spot) -> None:
        """Compare bodies media type by media type; a range holds for the types within it."""
        before, after = _content(old), _content(new)
        for name, one in before.items():
            partner = _covering(name, after)
            text = f"{spot.text} ({name})" if len(before) + len(after) > 2 else spot.text  # noqa: PLR2004 - one each
            if partner is None:
                place = self.pair.before.place(one) or spot.before
                rule, fact = f"{self.way}-media-type-removed", f"the media type {name} is gone"
                self.found.add(rule, fact, text, place, is_after=False)
            else:
                named = self._at("", one, after[partner], Spot(text, spot.before, spot.after))
                self._encoding(one, after[partner], named)
                self.schema(one, after[partner], named)
        for name, other in after.items():
            if _covering(name, before) is None and not any(_covers(name, one) for one in before):
                place = self.pair.after.place(other) or spot.after
                is_first = self.way is Way.ANSWER and not before
                rule = "answer-body-added" if is_first else f"{self.way}-media-type-added"
                self.found.add(rule, f"the media type {name} is new", spot.text, place)

    def _encoding(self, old: Object, new: Object, spot: Spot) -> None:
        one, other = (
            {name: mark(telling(members(part))) for name, part in members(value, "encoding").items()}
            for value in (old, new)
        )
        if one != other:
            place = (*spot.after, "encoding") if other else spot.after
            self.found.add("encoding-changed", "how the parts of the body are written changed", spot.text, place)

    def headers(self, old: Object, new: Object, spot: Spot) -> None:
        """Compare the headers of an answer; their names have no case."""
        before = {name.lower(): self.pair.before.resolve(value) for name, value in old.items()}
        after = {name.lower(): self.pair.after.resolve(value) for name, value in new.items()}
        shown = {name.lower(): name for name in (*old, *new)}
        for name in dict.fromkeys((*before, *after)):
            one, other = before.get(name), after.get(name)
            named = self._at(f"header {shown[name]}", one, other, spot)
            if other is None:
                self.found.add("header-removed", "the header is gone", named.text, named.before, is_after=False)
            elif one is None:
                self.found.add("header-added", "the header is new", named.text, named.after)
            else:
                self._required("header", one, other, named)
                deprecation(one, other, named, self.found)
                self.schema(one, other, named)


def answers(pair: Pair, old: Object, new: Object, spot: Spot, found: Findings) -> None:
    """Compare what an operation answers, status by status; a range or `default` holds for what has no entry."""
    before, after = (members(value, "responses") for value in (old, new))
    forms = _error_forms(pair.before)
    for status in dict.fromkeys((*before, *after)):
        one, other = _entry(status, before), _entry(status, after)
        named = spot.named(status, "responses", status)
        if one is None:
            answer = pair.after.resolve(other)
            found.add(_newness(status, answer, forms), f"the status {status} is new", named.text, named.after)
        elif other is None:
            rule = "error-removed" if _is_error(status) else "success-removed"
            found.add(rule, f"the status {status} is gone", named.text, named.before, is_after=False)
        else:
            _answer(pair, status, (pair.before.resolve(one), pair.after.resolve(other)), named, found)


def _newness(status: str, answer: Object, forms: set[str]) -> str:
    """Give the rule of a new status: clients read an unknown error by its class, if its form is that of those known."""
    if not _is_error(status):
        return "success-added"
    return "error-added" if set(_content(answer)) <= forms else "error-unlike-added"


def _answer(pair: Pair, status: str, both: tuple[Object, Object], spot: Spot, found: Findings) -> None:
    is_problem = _is_error(status) and "application/problem+json" in _content(both[0])
    told = Traffic(pair, Way.ANSWER, found, is_problem=is_problem)
    places = pair.before.place(both[0]) or spot.before, pair.after.place(both[1]) or spot.after
    named = Spot(spot.text, *places)
    told.headers(members(both[0], "headers"), members(both[1], "headers"), named)
    told.content(both[0], both[1], Spot(f"{spot.text} body", *places))
    _links(pair, both, named, found)


def _links(pair: Pair, both: tuple[Object, Object], spot: Spot, found: Findings) -> None:
    before = {name: pair.before.resolve(link) for name, link in members(both[0], "links").items()}
    after = {name: pair.after.resolve(link) for name, link in members(both[1], "links").items()}
    for name in dict.fromkeys((*before, *after)):
        text = f"{spot.text} link {name}"
        if name not in after:
            place = pair.before.place(before[name]) or spot.before
            found.add("link-removed", "the link is gone", text, place, is_after=False)
        elif name not in before:
            found.add("link-added", "the link is new", text, pair.after.place(after[name]) or spot.after)
        elif mark(telling(before[name])) != mark(telling(after[name])):
            found.add("link-changed", "the link leads elsewhere", text, pair.after.place(after[name]) or spot.after)


def replies(pair: Pair, old: Object, new: Object, spot: Spot, found: Findings) -> None:
    """Compare what those who are called may reply."""
    before, after = (members(value, "responses") for value in (old, new))
    for status in dict.fromkeys((*before, *after)):
        one, other = _entry(status, before), _entry(status, after)
        named = spot.named(f"reply {status}", "responses", status)
        if other is None:
            found.add("reply-removed", f"the status {status} is gone", named.text, named.before, is_after=False)
        elif one is None:
            found.add("reply-added", f"the status {status} is new", named.text, named.after)
        else:
            bodies = pair.before.resolve(one), pair.after.resolve(other)
            Traffic(pair, Way.REQUEST, found).content(*bodies, Spot(f"{named.text} body", named.before, named.after))


def _sub(holder: Object) -> Sub:
    return (holder["schema"],) if "schema" in holder and holder["schema"] is not True else ()


def _written(parameter: Object) -> tuple[str, str]:
    """Say how a parameter is written on the wire: its style, and whether its items or members are apart."""
    if "content" in parameter:
        return "content", "whole"
    style = str(parameter.get("style", _STYLES.get(str(parameter.get("in")), "form")))
    return style, "exploded" if parameter.get("explode", style == "form") is True else "joined"


def _is_single(side: Side, sub: Sub) -> bool:
    try:
        return all(piece.kind not in {"array", "object"} for piece in side.pieces(sub))
    except TooManyAlternatives:
        return False


def _content(holder: Object) -> dict[str, Object]:
    """Give the content by media type; case and blanks mean nothing (RFC 9110, 8.3.1)."""
    return {re.sub(r"\s", "", name).lower(): members(value) for name, value in members(holder, "content").items()}


def _covering(name: str, content: Iterable[str]) -> str | None:
    """Give the entry that holds for a media type: its own, else a range."""
    return name if name in content else next((other for other in content if _covers(other, name)), None)


def _covers(wide: str, name: str) -> bool:
    kind, _, rest = wide.partition("/")
    return wide == "*/*" or (rest == "*" and name.partition("/")[0] == kind)


def _entry(status: str, responses: Object) -> Json:
    """Give the answer that holds for a status."""
    for key in (status, f"{status[0]}XX", "default"):
        if key in responses:
            return responses[key]
    return None


def _is_error(status: str) -> bool:
    return status == "default" or status >= _FIRST_ERROR


def _error_forms(side: Side) -> set[str]:
    """Give the media types that errors of a contract have anywhere."""
    return {
        name
        for item in members(side.content, "paths").values()
        for operation in side.resolve(item).values()
        for status, answer in members(members(operation), "responses").items()
        if _is_error(status)
        for name in _content(side.resolve(answer))
    }
