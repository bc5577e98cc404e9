"""From the file to the design: every refusal happens here, before anything is written."""

from typing import Final

from scripts.generate import security
from scripts.generate.answers import Answers
from scripts.generate.bodies import Bodies
from scripts.generate.components import Components
from scripts.generate.design import Constant, Design
from scripts.generate.naming import name
from scripts.generate.operations import METHODS, Operations, in_order_of_matching
from scripts.generate.python import literal
from scripts.generate.reader import Document, Object
from scripts.generate.rewriting import members, rewrite
from scripts.generate.schemas import Definitions
from scripts.generate.vocabulary import refuse_unknown

_ELSEWHERE: Final = frozenset({"openapi", "paths", "components", "security"})
_DOCUMENTED: Final = ("callbacks", "pathItems")
"""Components that no request to this service depends on."""
_OF_OPERATIONS: Final = frozenset({*METHODS, "parameters"})


def plan(document: Document, source: str) -> Design:
    """Take every decision; `source` is how the generated files name their origin."""
    refuse_unknown(document)
    rewritten = rewrite(document)
    names = name(rewritten)
    inline = [names.classes[component] for component in rewritten.lifted]
    rewritten = rewritten.renamed(names.classes)
    components = Components(rewritten.content)
    interfaces = Operations(rewritten, names, components).interfaces()
    operations = [operation for interface in interfaces for operation in interface.operations]
    used = frozenset(operation.context for operation in operations)
    keyed = frozenset(operation.context for operation in operations if operation.is_keyed)
    return Design(
        source=source,
        version=literal(members(document.content, "info").get("version")),
        definitions=Definitions(rewritten).all(),
        inline=literal([*inline]),
        names=literal({given: component for component, given in names.classes.items() if given != component}),
        forms=Bodies(rewritten, components).forms(),
        schemes=security.schemes(components),
        constants=Answers(rewritten, components).constants(),
        interfaces=interfaces,
        routes=in_order_of_matching(interfaces),
        facts=_facts(document.content),
        contexts=security.contexts(used, keyed),
        variables=security.variables(used),
        gate=security.gate(used, keyed),
    )


def _facts(content: Object) -> tuple[Constant, ...]:
    """Write what a document says about itself and its paths; no request depends on it."""
    components = {section: value for section, value in members(content, "components").items() if section in _DOCUMENTED}
    told = {name: value for name, value in content.items() if name not in _ELSEWHERE}
    paths: Object = {
        path: said
        for path, item in members(content, "paths").items()
        if (said := {name: value for name, value in members(item).items() if name not in _OF_OPERATIONS})
        or not members(item)
    }
    return (
        Constant("openapi", literal(content.get("openapi"))),
        Constant("document", literal(told)),
        Constant("paths", literal(paths)),
        Constant("components", literal(components)),
    )
