"""`make generate`: from the contract to `generated/`. Spec: specs/toolchain.md (GEN-1 to GEN-15) and specs/toolchain/.

    reader      the files become one document of OpenAPI 3.1 that knows its places: read (`source`), brought together
                (`references`, `bundling`), checked (`validity`), rewritten (`dialect`); what stands where: `grammar`;
                what is not carried is refused (`vocabulary`, `refusal`)
    rewriting   an equivalent document whose object schemas all have names (`objects`, `disjoint`)
    naming      fastapi-code-generator's parser decides the Python names
    annotations one schema becomes one annotation (`scalars`)
    schemas     components become models and aliases, in an order that Python can read (`ordering`)
    operations  paths become operations: who may call (`security`), what is taken (`parameters`, `bodies`), what is
                answered (`answers`, `results`), what they share (`components`)
    design      the frozen dataclasses of the three above: every decision is taken when they exist (`plan`)
    render      templates that only loop, then ruff (`python` writes expressions)
    ledger      how each kind of fact is carried
    typescript  the types of front ends; `client` and `package` make a package of them
    output      compare with, or swap in whole as, `generated/`

The fixed half of the generated code is in scripts/templates/ too: exact.py, plumbing.py and others loop over nothing.
"""
