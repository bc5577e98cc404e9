"""The frozen dataclasses between reading and writing: when they exist, every decision is taken.

Texts named `annotation`, `default` or `value` are Python expressions; the templates put them down as they are.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Annotation:
    """One schema as Python: `bare` for people (`int`), `full` with all that is checked and published."""

    bare: str
    full: str


@dataclass(frozen=True, slots=True)
class Field:
    """A member of an object; `default` is an expression or None where the member is required."""

    name: str
    annotation: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A component that is no schema (a header, a link, an answer): a name for an expression; data has a `type`."""

    name: str
    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A component of the contract: a class if it has `bases`, else an alias for `annotation`.

    `facts` are what a class has beside its fields; one that is `deferred` uses what stands below it.
    """

    name: str
    doc: str = ""
    annotation: str = ""
    bases: str = ""
    config: str = ""
    facts: tuple[Constant, ...] = ()
    fields: tuple[Field, ...] = ()
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a client sends, the body among it; `path` is its name there if it is a part of the path.

    FastAPI is told `annotation` and `default`, if it is told; handlers see `bare` and `offered`, if it is handed over.
    With `is_key` it names a request that may be sent again.
    """

    name: str
    path: str
    bare: str
    annotation: str
    default: str | None
    text: str
    owner: bool
    offered: str | None
    is_handed: bool = True
    is_told: bool = True
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form with files: a class of generated/uploads.py."""

    name: str
    doc: str
    config: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a result class; `header` names the header that it is, if it is one."""

    name: str
    annotation: str
    header: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a handler returns for one status, for a range of them (`4XX`), or by `default`."""

    name: str
    status: int | str
    doc: str
    members: tuple[Member, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is an error; those that are not for `handlers` come from the plumbing or the edge alone."""

    status: int | str
    codes: str
    answer: str
    handlers: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A member of a declaration that only some have: its name there, and an expression."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a signature that nobody sends: what security asks for."""

    name: str
    annotation: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract.

    Attributes:
        function: its name in Python; `signature` and `constant` are those of what declares it in routes.py.
        title: method, path and summary.
        context: the variable of what its handler is given.
        is_keyed: whether a request may be sent again under a key.
        callers: what tells FastAPI of its security.
        facts: what else it is declared with.
    """

    id: str
    function: str
    signature: str
    constant: str
    tag: str
    tags: str
    module: str
    method: str
    path: str
    pointer: str
    title: str
    description: str
    context: str
    is_keyed: bool
    callers: tuple[Argument, ...]
    facts: tuple[Fact, ...]
    parameters: tuple[Parameter, ...]
    body: str
    arguments: tuple[Parameter, ...]
    results: tuple[Result, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What handlers are given: the variable of its type, and what it says; the gate has one of its own."""

    variable: str
    doc: str
    of_the_gate: str
    is_covariant: bool


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the gate: its head, in one or more lines, and what it does."""

    head: str
    doc: str


@dataclass(frozen=True, slots=True)
class Interface:
    """A tag: one Protocol, one handwritten module."""

    module: str
    protocol: str
    doc: str
    contexts: tuple[str, ...]
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """All that the templates need."""

    source: str
    version: str
    definitions: tuple[Definition, ...]
    forms: tuple[Form, ...]
    names: str
    inline: str
    schemes: tuple[Constant, ...]
    constants: tuple[Constant, ...]
    interfaces: tuple[Interface, ...]
    routes: tuple[Operation, ...]
    facts: tuple[Constant, ...]
    contexts: tuple[Context, ...]
    variables: tuple[str, ...]
    gate: tuple[Method, ...]
