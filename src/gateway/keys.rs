//! The keys of a gateway file.

use crate::syntax::Key;

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The keys of the file.
pub const FILE_KEYS: &[Key] = &[
    key("kind", "string", "which API is played: `rest` (default) or `http`"),
    key("stage", "string", "the stage's name, which every path starts with"),
    key("api_keys", "array", "the API keys that are accepted"),
    key("route", "array", "what answers: one `[[route]]` for each method and path"),
];

/// The keys of a `[[route]]`.
pub const ROUTE_KEYS: &[Key] = &[
    key("method", "string", "the method, or `ANY`"),
    key("path", "string", "the path behind the stage, with `{name}` and `{name+}`"),
    key("api_key", "boolean", "whether an API key is asked for"),
    key("required", "object", "the parameters that must be there"),
    key("throttle", "object", "how many requests are let through"),
    key("respond", "object", "the answer"),
];

/// The keys of `required`.
pub const REQUIRED_KEYS: &[Key] =
    &[key("query", "array", "query parameters that must be there"), key("headers", "array", "headers that must be there")];

/// The keys of `throttle`.
pub const THROTTLE_KEYS: &[Key] =
    &[key("rate", "number", "requests a second"), key("burst", "integer", "requests at once, 1 where it is left out")];

/// The keys of `respond`.
pub const RESPOND_KEYS: &[Key] = &[
    key("status", "integer", "the status, 200 where it is left out"),
    key("headers", "object", "headers; a list repeats"),
    key("json", "any", "the body as JSON"),
    key("text", "string", "the body as text"),
    key("file", "string", "the body from a file beside the gateway file"),
    key("delay", "string", "how long the answer takes"),
];
