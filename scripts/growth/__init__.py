"""What of the service grows with a user's tasks, with requests and with connections, and what does not.

`python -m scripts.growth` measures it beside goals, on what `scripts/bench/` starts and fills. No test depends on a
clock. Spec: specs/toolchain/benchmarks.md (BENCH-12 to BENCH-17).
"""
