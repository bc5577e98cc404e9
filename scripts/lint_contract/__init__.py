"""`make lint-contract`: faults of a contract, and the style that it keeps so that it can be carried exactly.

Spec: specs/toolchain/lint.md. Every finding has a file, a line, a JSON pointer and the name of its rule.
"""
