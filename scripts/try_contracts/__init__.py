"""`make try CONTRACTS=..`: what the generator makes of contracts that nobody here wrote.

Spec: specs/toolchain/foreign.md.

`attempt.py` generates and boots one contract in processes of its own, `boot.py` is the second of them, `__main__.py`
runs over many and prints the table.
"""
