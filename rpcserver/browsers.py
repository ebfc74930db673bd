"""What browsers are told with every answer: it is data for one caller, nothing to guess at, to run, to keep or to frame.

Whether a client may come by http at all (Strict-Transport-Security) is said by whoever ends TLS, which is the proxy.
"""

EVERY_ANSWER: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    # A token may stand in a query.
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""Headers that all answers have, refusals and faults included; no door says them itself."""
