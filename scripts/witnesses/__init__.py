"""The contract mutation score: would an exchange over HTTP show that the contract says something else?

Every fact of the contract is changed, one at a time; the service stays as it is; requests that are made from the
changed contract alone are sent to it, and every answer is held to the changed contract. A mutant is noticed if an
exchange contradicts it. Spec: specs/toolchain/witnesses.md.
"""
