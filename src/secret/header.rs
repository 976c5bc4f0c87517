//! Which headers are secret by their name.

use super::STARS;

/// Names that are hidden whatever they hold.
const HIDDEN: [&str; 20] = [
    "authorization",
    "cookie",
    "dd-application-key",
    "ocp-apim-subscription-key",
    "private-token",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-amz-security-token",
    "x-auth-key",
    "x-auth-token",
    "x-aws-ec2-metadata-token",
    "x-csrf-token",
    "x-figma-token",
    "x-functions-key",
    "x-gitlab-token",
    "x-id-token",
    "x-shopify-access-token",
    "x-vault-token",
    "x-xsrf-token",
];

/// Names that every client and server sends: they tell nothing, whatever is secret.
const USUAL: [&str; 66] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "alt-svc",
    "authorization",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "link",
    "location",
    "origin",
    "permissions-policy",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "referrer-policy",
    "retry-after",
    "server",
    "server-timing",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
];

/// Whether every client and server sends a header of that name.
#[must_use]
pub fn is_usual_header(name: &str) -> bool {
    USUAL.iter().any(|usual| name.eq_ignore_ascii_case(usual))
}

/// Whether the value of a header of that name is hidden by default: credentials, cookies, API keys.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let parts = ["api-key", "apikey", "secret", "password"];
    HIDDEN.contains(&name.as_str()) || parts.iter().any(|part| name.contains(part))
}

/// The value of a secret header in parts, and of each whether it is hidden: schemes, the names of cookies and their
/// attributes are not.
#[must_use]
pub fn header_parts<'a>(name: &str, value: &'a str) -> Vec<(&'a str, bool)> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("cookie") {
        return value.split_inclusive(';').flat_map(pair_parts).collect();
    }
    if is("set-cookie") {
        let (pair, attributes) = value.split_at(value.find(';').unwrap_or(value.len()));
        return pair_parts(pair)
            .into_iter()
            .chain([(attributes, false)])
            .collect();
    }
    let scheme = value
        .find(' ')
        .filter(|_| is("authorization") || is("proxy-authorization"));
    let (scheme, rest) = value.split_at(scheme.map_or(0, |space| space + 1));
    vec![(scheme, false), (rest, true)]
}

fn pair_parts(pair: &str) -> Vec<(&str, bool)> {
    let (pair, end) = pair
        .strip_suffix(';')
        .map_or((pair, ""), |pair| (pair, ";"));
    let (name, value) = pair.split_at(pair.find('=').map_or(0, |sign| sign + 1));
    vec![(name, false), (value, true), (end, false)]
}

/// The value of a secret header with stars for what is hidden.
pub(super) fn hide(name: &str, value: &str) -> String {
    let shown = |(text, hidden): (&str, bool)| {
        if hidden && !text.is_empty() {
            STARS.to_owned()
        } else {
            text.to_owned()
        }
    };
    header_parts(name, value).into_iter().map(shown).collect()
}
