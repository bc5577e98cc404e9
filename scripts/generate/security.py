"""Who may call an operation: the ways to be let in, the schemes, and what handlers and the gate get of it."""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from scripts.generate.components import Components
from scripts.generate.design import Constant, Context, Method
from scripts.generate.python import invoke, literal, pack, unique
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import items, members

_CONTEXTS: Final = {
    "AnyoneT": "The context of an operation whose `security` is optional: it may have a caller.",
    "KnownT": "The context of an operation with `security`: it has a caller.",
    "OwnerT": "The context of an operation with `security`: it has a caller and an authorised owner.",
    "PublicT": "The context of a public operation: nobody is known.",
}
_CALLED: Final = frozenset({"AnyoneT", "KnownT", "OwnerT"})
"""The contexts that know of a caller."""
_AUTHENTICATE: Final = Method(
    "async def authenticate(self, credentials: tuple[Credentials, ...], /) -> CallerT:",
    "Turn what was sent into a caller: one or more credentials, all of which have to be good.",
)
_AUTHORISE: Final = Method(
    "def authorise(self, call: Call, caller: CallerT, owner: str, /) -> None:",
    "Let the caller act for the owner that the path names, by this operation, or raise.",
)
_OPENING: Final = {
    "AnyoneT": Method(
        "def anyone(self, call: Call, caller: CallerT | None, /) -> AbstractAsyncContextManager[AnyoneT_co]:",
        "Open what an operation may use that asks who calls and takes everybody.",
    ),
    "KnownT": Method(
        "def known(self, call: Call, caller: CallerT, /) -> AbstractAsyncContextManager[KnownT_co]:",
        "Open what an operation of a caller may use; leaving it without an exception commits.",
    ),
    "OwnerT": Method(
        "def owned(self, call: Call, caller: CallerT, owner: str, /) -> AbstractAsyncContextManager[OwnerT_co]:",
        "Open what an operation on the owner's things may use; leaving it without an exception commits.",
    ),
    "PublicT": Method(
        "def public(self, call: Call, /) -> AbstractAsyncContextManager[PublicT_co]:",
        "Open what a public operation may use.",
    ),
}
_KEEPING: Final = (
    Method(
        "async def recall(self, ctx: ContextT, attempt: Attempt, /) -> Kept | None:",
        "Give what is kept under the key of a request; raise if it is another request's, or that is still running.",
    ),
    Method(
        "async def keep(self, ctx: ContextT, attempt: Attempt, kept: Kept, /) -> None:",
        "Keep an answer for whoever asks again, in what leaving the context commits.",
    ),
)
ROLES: Final = "x-roles"
_SAFE: Final = frozenset({"get", "head", "options", "trace"})
"""Methods that only read (RFC 9110, section 9.2.1)."""
_TYPES: Final = frozenset({"apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"})


@dataclass(frozen=True)
class Security:
    """The security of one operation: `requirements`, of which one is enough."""

    components: Components
    requirements: list[Json]
    pointer: Pointer

    def context(self, owners: int, keys: int) -> str:
        """Name the context of a handler; refuse an owner or a key of whom nobody is asked for."""
        known = bool(self.requirements) and all(members(way) for way in self.requirements)
        if owners > 1 or (owners and not known):
            raise Refusal(self.pointer, "x-owner is for one path parameter of an operation that always asks who calls")
        if keys > 1 or (keys and not known):
            raise Refusal(self.pointer, "x-idempotency-key is for one header where it is always asked who calls")
        if owners:
            return "OwnerT"
        if known:
            return "KnownT"
        return "AnyoneT" if any(members(way) for way in self.requirements) else "PublicT"

    def roles(self, value: Object, method: str, *, is_owned: bool) -> str:
        """Write the roles whose callers are let in for every owner; refuse them where they say nothing, or too much."""
        if ROLES not in value:
            return ""
        roles, place = value[ROLES], (*self.pointer, ROLES)
        named = [role for role in items(roles) if isinstance(role, str) and role]
        if not named or named != roles or len(set(named)) != len(named):
            raise Refusal(place, f"{ROLES} is a list of names, each once")
        if not is_owned:
            raise Refusal(place, f"{ROLES} on an operation without x-owner: there is no owner to be let in for")
        if method not in _SAFE:
            raise Refusal(place, f"{ROLES} on a method that does not only read")
        return pack(map(literal, named))

    def written(self) -> str:
        """Write the ways to be let in."""
        if not self.requirements:
            return ""
        return pack(
            pack(
                f"Demand({self._scheme(name)}{', ' + pack(map(literal, items(scopes))) if scopes else ''})"
                for name, scopes in members(way).items()
            )
            for way in self.requirements
        )

    def callers(self, taken: Container[str]) -> dict[str, str]:
        """Write the parameters that tell FastAPI of every scheme with its scopes."""
        scopes: dict[str, list[Json]] = {}
        for way in self.requirements:
            for name, wanted in members(way).items():
                known = scopes.setdefault(self._scheme(name), [])
                known += [scope for scope in items(wanted) if scope not in known]
        callers: dict[str, str] = {}
        for scheme, wanted in scopes.items():
            name = unique("caller", {*callers} | {other for other in ("caller",) if other in taken})
            told = f", scopes={literal(wanted)}" if wanted else ""
            callers[name] = f"Annotated[object, Security({scheme}{told})]"
        return callers

    def _scheme(self, name: str) -> str:
        if name not in self.components.section("securitySchemes"):
            raise Refusal((*self.pointer, "security"), f"there is no security scheme {name}")
        return self.components.constant("securitySchemes", name)


def schemes(components: Components) -> tuple[Constant, ...]:
    """Write the security schemes of a document."""
    found = []
    for name, reference in components.section("securitySchemes").items():
        value = components.resolve(reference)
        if "name" in value and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z\[\]-]+", str(value["name"])):
            raise Refusal(("components", "securitySchemes", name, "name"), "a name that no key can have")
        if value.get("type") not in _TYPES:
            raise Refusal(("components", "securitySchemes", name), f"security by {value.get('type')}")
        written = invoke("Scheme", {"name": literal(name), "told": literal(value)})
        found.append(Constant(components.constant("securitySchemes", name), written))
    return tuple(found)


def contexts(used: Container[str], keyed: Container[str]) -> tuple[Context, ...]:
    """Describe the contexts that handlers get; those of `keyed` operations the gate also takes."""
    return tuple(
        Context(variable, doc, variable if variable in keyed else f"{variable}_co", variable not in keyed)
        for variable, doc in _CONTEXTS.items()
        if variable in used
    )


def variables(used: frozenset[str]) -> tuple[str, ...]:
    """Name the type variables of the gate."""
    return (*(["CallerT"] if used & _CALLED else []), *sorted(used))


def gate(used: frozenset[str], keyed: frozenset[str]) -> tuple[Method, ...]:
    """Describe what the backend decides: no more than the contract asks for."""
    asked = [_AUTHENTICATE] if used & _CALLED else []
    allowed = [_AUTHORISE] if "OwnerT" in used else []
    opened = [_opening(variable, is_keyed=variable in keyed) for variable in _OPENING if variable in used]
    context = " | ".join(sorted(keyed))
    kept = [Method(method.head.replace("ContextT", context), method.doc) for method in _KEEPING] if keyed else []
    return (*asked, *allowed, *opened, *kept)


def _opening(variable: str, *, is_keyed: bool) -> Method:
    method = _OPENING[variable]
    return Method(method.head.replace(f"{variable}_co", variable), method.doc) if is_keyed else method
