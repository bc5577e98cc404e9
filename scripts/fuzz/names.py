"""The environment variables by which a run tells its hooks whom to be, and where."""

USER, TOKEN, URL = "FUZZ_USER", "FUZZ_TOKEN", "FUZZ_URL"
LEAVER, LEAVER_TOKEN = "FUZZ_LEAVER", "FUZZ_LEAVER_TOKEN"
