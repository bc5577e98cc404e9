"""`make mock`: the generated routes, answered with examples instead of a backend. Spec: specs/toolchain/mock.md."""
