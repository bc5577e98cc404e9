"""Fuzzing of the running service against its contract, and the proof that it reached something.

`python -m scripts.fuzz` runs Schemathesis over HTTP and judges its report. Spec: specs/toolchain.md (FUZZ-1 to FUZZ-8).
"""
