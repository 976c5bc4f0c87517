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
        "the kind of API: `rest` (default) or `http`",
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
        "the routes: one `[[route]]` for each method and path",
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
    key("api_key", "boolean", "whether an API key is required"),
    key("required", "#required", "the required parameters"),
    key("throttle", "#throttle", "the request limit"),
    key("respond", "#respond", "the response"),
];

/// The keys of `required`.
pub const REQUIRED_KEYS: &[Key] = &[
    key("query", "strings", "required query parameters"),
    key("headers", "strings", "required headers"),
];

/// The keys of `throttle`.
pub const THROTTLE_KEYS: &[Key] = &[
    key("rate", "rate", "requests a second"),
    key("burst", "count", "the burst size; 1 by default"),
];

/// The keys of `respond`.
pub const RESPOND_KEYS: &[Key] = &[
    key("status", "#answer_status", "the status; 200 by default"),
    key("headers", "#fields", "headers; a list repeats"),
    key("json", "any", "the body as JSON"),
    key("text", "scalar", "the body as text"),
    key(
        "file",
        "string",
        "the body from a file beside the gateway file",
    ),
    key("delay", "duration", "the delay before the response"),
];
