"""`make generate`: from the contract to `generated/`. Spec: specs/toolchain.md (GEN-1 to GEN-15).

    reader      the files become one document of OpenAPI 3.1 that knows its places: read (`source`), brought together
                (`references`, `bundling`), checked (`validity`), rewritten (`dialect`); what stands where: `grammar`;
                what is not carried is refused (`vocabulary`)
    rewriting   an equivalent document whose object schemas all have names
    naming      fastapi-code-generator's parser decides the Python names, bases and the order of definitions
    annotations one schema becomes one annotation
    schemas     components become models and aliases
    operations  paths become operations (parameters, answers, results)
    design      the frozen dataclasses of the three above: every decision is taken when they exist
    render      templates that only loop, then ruff
    output      compare with, or swap in whole as, `generated/`

The fixed half of the generated code is in scripts/templates/ too: exact.py, plumbing.py and others loop over nothing.
"""
