"""From the file to the design: every refusal happens here, before anything is written."""

from typing import Final

from scripts.generate.answers import Answers
from scripts.generate.design import Constant, Design
from scripts.generate.naming import name
from scripts.generate.operations import Operations, in_order_of_matching
from scripts.generate.python import literal
from scripts.generate.reader import Document
from scripts.generate.rewriting import members, rewrite
from scripts.generate.schemas import Definitions
from scripts.generate.vocabulary import refuse_unknown

_FACTS: Final = ("openapi", "info", "servers", "tags")
"""What a document says about itself; no request depends on it."""


def plan(document: Document, source: str) -> Design:
    """Take every decision; `source` is how the generated files name their origin."""
    refuse_unknown(document)
    rewritten = rewrite(document)
    names = name(rewritten)
    rewritten = rewritten.renamed(names.classes)
    operations = Operations(rewritten, names)
    interfaces = operations.interfaces()
    return Design(
        source=source,
        version=literal(members(members(document.content).get("info")).get("version")),
        definitions=Definitions(rewritten).all(),
        names=literal({given: component for component, given in names.classes.items() if given != component}),
        schemes=operations.schemes(interfaces),
        constants=Answers(rewritten).constants(),
        interfaces=interfaces,
        routes=in_order_of_matching(interfaces),
        facts=tuple(Constant(fact, literal(members(document.content).get(fact))) for fact in _FACTS),
    )
