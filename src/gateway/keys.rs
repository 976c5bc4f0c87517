//! The keys of a gateway file.

use crate::syntax::Key;

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The methods of a route.
pub const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY",
];

/// The keys of the file.
pub const FILE_KEYS: &[Key] = &[
    key(
        "kind",
        "#kind",
        "which API is played: `rest` (default) or `http`",
    ),
    key(
        "stage",
        "#stage_name",
        "the stage's name, which every path starts with",
    ),
    key("api_keys", "templates", "the API keys that are accepted"),
    key(
        "route",
        "#routes",
        "what answers: one `[[route]]` for each method and path",
    ),
];

/// The keys of a `[[route]]`.
pub const ROUTE_KEYS: &[Key] = &[
    key("method", "#route_method", "the method, or `ANY`"),
    key(
        "path",
        "#route_path",
        "the path behind the stage, with `{name}` and `{name+}`",
    ),
    key("api_key", "boolean", "whether an API key is asked for"),
    key("required", "#required", "the parameters that must be there"),
    key("throttle", "#throttle", "how many requests are let through"),
    key("respond", "#respond", "the answer"),
];

/// The keys of `required`.
pub const REQUIRED_KEYS: &[Key] = &[
    key("query", "strings", "query parameters that must be there"),
    key("headers", "strings", "headers that must be there"),
];

/// The keys of `throttle`.
pub const THROTTLE_KEYS: &[Key] = &[
    key("rate", "rate", "requests a second"),
    key("burst", "count", "requests at once, 1 where it is left out"),
];

/// The keys of `respond`.
pub const RESPOND_KEYS: &[Key] = &[
    key(
        "status",
        "#answer_status",
        "the status, 200 where it is left out",
    ),
    key("headers", "#fields", "headers; a list repeats"),
    key("json", "any", "the body as JSON"),
    key("text", "scalar", "the body as text"),
    key(
        "file",
        "string",
        "the body from a file beside the gateway file",
    ),
    key("delay", "duration", "how long the answer takes"),
];
