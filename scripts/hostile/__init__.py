"""Tokens and headers that nobody may be let in with. Spec: specs/features/authentication.md, "Hostile tokens".

Made anew for each run, with keys of their own: no secret is kept in a file. `issuer` signs, `endpoint` publishes the
keys and counts who asks for what, `table` has all tokens, the good and the hostile, and `shapes` the headers around
them. There is one module for each part of a token that can lie: `algorithms`, `signatures`, `headers`, `claims`,
`purposes` (good tokens for something else) and `texts` (the token as characters). The tests and
`scripts/bench/hostile_tokens.py` use the same table.
"""
