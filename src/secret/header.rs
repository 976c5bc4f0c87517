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

/// Whether the value of a header of that name is hidden by default: credentials, cookies, API keys.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let parts = ["api-key", "apikey", "secret", "password"];
    HIDDEN.contains(&name.as_str()) || parts.iter().any(|part| name.contains(part))
}

/// The value of a secret header without what is secret in it: schemes, the names of cookies and their attributes stay.
pub(super) fn hide(name: &str, value: &str) -> String {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("cookie") {
        return value.split(';').map(hide_pair).collect::<Vec<_>>().join(";");
    }
    if is("set-cookie") {
        let (pair, attributes) = value.split_at(value.find(';').unwrap_or(value.len()));
        return hide_pair(pair) + attributes;
    }
    let scheme = value.split_once(' ').filter(|_| is("authorization") || is("proxy-authorization"));
    scheme.map_or_else(|| STARS.to_owned(), |(scheme, _)| format!("{scheme} {STARS}"))
}

fn hide_pair(pair: &str) -> String {
    pair.split_once('=').map_or_else(|| STARS.to_owned(), |(name, _)| format!("{name}={STARS}"))
}
