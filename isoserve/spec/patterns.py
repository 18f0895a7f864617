"""Patterns of texts in the spec, each with the words that a message uses for it. Names are in `names`."""

from __future__ import annotations

SHA256 = r"^[0-9a-f]{64}$"
HOST = r"^(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$"
ROUTE = r"^/[^\s]*$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
IMAGE = r"^[a-z0-9][^\s@]*(@sha256:[0-9a-f]{64})?$"
LABEL = r"^[A-Za-z][A-Za-z0-9_.-]{0,62}$"
LINE = r"^[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"

CHECKSUM = (
    "`sha256sum FILE`, "
    "or of a folder `(cd FOLDER && find . -type f -print0 | LC_ALL=C sort -z"
    " | xargs -0 sha256sum | sed 's,  ./,  ,') | sha256sum`"
)
"""How a shell computes the checksum of an artifact."""

WORDS = {
    SHA256: "64 hexadecimal digits",
    HOST: "a host such as api.example.com or *.example.com:443",
    ROUTE: "a path such as /predict",
    VARIABLE: "a variable: letters, digits and '_', such as LOG_LEVEL",
    IMAGE: "an image such as registry/name:tag@sha256:<64 hexadecimal digits>",
    LABEL: "a label: a letter, then letters, digits, '.', '_' or '-', at most 63 characters",
    LINE: "one line of text without control characters",
}
