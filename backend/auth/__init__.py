"""Who is calling: a header becomes a `Caller`, or an error. Spec: specs/features/authentication.md.

`tokens.py` reads headers and tokens and remembers the good ones, `keys.py` turns the text of a JWK set into keys,
`jwks.py` fetches that text and keeps the keys, `strict.py` has the rules of JSON and base64url that both texts are read
by, `roles.py` reads the claim of roles.
"""

from backend.auth.tokens import Caller, Verifier, authorise

__all__ = ["Caller", "Verifier", "authorise"]
