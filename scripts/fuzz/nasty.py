"""The strings that break services, for every free-text field; spec: specs/toolchain.md (FUZZ-6).

Which of them a field may hold is not decided here: Schemathesis validates each against the field's schema and sends the
fitting ones as valid data and the others as invalid data.
"""

NASTY: tuple[str, ...] = (
    # SQL, and what LIKE takes for a wildcard or an escape
    "'",
    "''; DROP TABLE tasks; --",
    "' OR '1'='1",
    "$$; SELECT pg_sleep(10); $$",
    "%",
    "_",
    "100% _sure_",
    "\\",
    "\\%",
    # what formats strings or substitutes variables
    "%s %(title)s",
    "{0} {title} ${HOME} {{7*7}}",
    # what other readers of the same text take for markup, a formula, a path, a log line
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "../../etc/passwd",
    "line\nbreak\tand tab",
    # words that loose typing turns into something else
    "null",
    "true",
    "0",
    "1e309",
    "NaN",
    "-1",
    "2026-02-30",
    # white space: around text, and alone, also that of other scripts
    " padded ",
    "\u00a0padded\u3000",
    "\ufeffpadded",
    " ",
    "\t\n",
    "\u2003\u2028",
    # code points: combining, normalised in two ways, folded to more than one, changed by a locale
    "e\u0301",
    "\u00e9",
    "\ufb01",
    "STRASSE stra\u00dfe",
    "\u0130stanbul \u0131",
    # right to left, with an override that is never closed
    "\u0645\u0631\u062d\u0628\u0627",
    "\u202egnp.exe",
    # astral: two UTF-16 units each, joined into one picture; a flag; a non-character
    "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e9\U0001f1ea",
    "\U0001d573\U0001f000 mahjong",
    "\uffff",
    # lengths: at and just over a limit, counted in code points and not in bytes or UTF-16 units
    "x" * 200,
    "\U0001f600" * 200,
    "x" * 201,
    "\U0001f600" * 1000,
    "x" * 1001,
    # control characters
    "nul\x00inside",
    "bell\x07",
    "carriage\rreturn",
    "escape\x1b[31m",
    "\x7f",
)
