"""Seeded faults: a contract without any, and changes of it that each make one. Spec: LINT-13."""
