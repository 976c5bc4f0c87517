//! Close codes (RFC 6455 section 7.4, the registry of IANA) in plain words.

/// The code of a connection that ended without a close frame.
pub const MISSING: u16 = 1006;

/// What a close code means; `None` where it is an application's own.
#[must_use]
pub fn meaning(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1005 => "no status code",
        MISSING => "no close frame was received",
        1007 => "a text that is not UTF-8",
        1008 => "policy violation",
        1009 => "message or frame too big",
        1010 => "an extension is missing",
        1011 => "the server failed",
        1012 => "the server restarts",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS failed",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        _ => return None,
    })
}

/// The code with its meaning.
pub(super) fn told(code: u16) -> String {
    meaning(code).map_or_else(|| code.to_string(), |meaning| format!("{code}, {meaning}"))
}
