# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What the contract became: owned by the generator, wiped and rewritten whole. `api.py` is the file to read."""
