//! Every key of the format: what unknown keys are held against, and what `apitest schema` writes.

use super::Key;
pub use super::settings::{OPTIONS, TLS};

macro_rules! keys {
    ($($name:literal : $shape:literal, $about:literal;)*) => {
        &[$(Key { name: $name, shape: $shape, about: $about }),*]
    };
}
pub(super) use keys;

/// The top of a collection file.
pub const COLLECTION: &[Key] = keys! {
    "name": "string", "the collection's name; the file name by default";
    "description": "string", "what the collection is for";
    "tags": "#tags", "tags of every request in the file";
    "stage": "string", "the default stage";
    "base_url": "#base_url", "the URL that paths are joined to, if there are no stages";
    "stages": "#stages", "the stages, by name";
    "vars": "#vars", "variables, by name";
    "defaults": "#settings", "defaults of every request";
    "include": "strings", "collections whose setup, vars and defaults are included";
    "rows": "#rows", "runs the whole collection once per row";
    "setup": "#requests", "requests that run first";
    "request": "#requests", "the requests, in the order in which they run";
    "teardown": "#requests", "requests that always run last";
};

/// The top of the project file, `apitest.toml`.
pub const PROJECT: &[Key] = keys! {
    "stage": "string", "the default stage of collections that do not set one";
    "base_url": "#base_url", "the URL that paths are joined to, if there are no stages";
    "stages": "#stages", "the stages, by name";
    "vars": "#vars", "variables of every collection";
    "defaults": "#settings", "defaults of every request";
    "setup": "#requests", "requests that run once before all collections";
    "teardown": "#requests", "requests that run once after all collections";
    "run": "#run", "options of `apitest run`, by their long names";
    "report": "#report", "reports of every run: kind = file";
    "wait": "#wait", "what `--wait-ready` waits for";
    "snapshots": "#snapshots", "values that are volatile in every snapshot";
};

/// A stage.
pub const STAGE: &[Key] = keys! {
    "base_url": "#base_url", "the stage's URL: a string, `{ env }`, or `{ file, key }`";
    "gateway": "string", "a gateway file: the stage is started for the run on a free loopback port";
    "read_only": "boolean", "skips requests other than GET, HEAD and OPTIONS, unless they set `safe = true`";
    "vars": "#vars", "variables of the stage";
};

/// What identifies a request.
pub const IDENTITY: &[Key] = keys! {
    "name": "#request_name", "the request's name; method and path by default";
    "description": "string", "what the request is for";
    "tags": "#tags", "tags to select by";
    "safe": "boolean", "whether this request may be sent to a read-only stage";
    "vars": "#vars", "variables of this request";
    "rows": "#rows", "sends the request once per row";
    "repeat": "#repeat|positive", "sends the request several times and checks every response";
    "needs": "templates", "names of requests that must have passed first";
    "subprotocols": "strings", "the sub-protocols that a WebSocket's handshake offers";
    "messages": "#steps", "the conversation over a WebSocket, step by step";
    "capture": "#captures", "values to capture from the response: name = source";
};

/// Where a request goes.
pub const TARGET: &[Key] = keys! {
    "get": "template", "GET of a path or absolute URL";
    "head": "template", "HEAD of a path or absolute URL";
    "post": "template", "POST to a path or absolute URL";
    "put": "template", "PUT to a path or absolute URL";
    "patch": "template", "PATCH of a path or absolute URL";
    "delete": "template", "DELETE of a path or absolute URL";
    "options": "template", "OPTIONS of a path or absolute URL";
    "websocket": "template", "a WebSocket at a path or absolute URL";
    "method": "string", "any method; with `url`";
    "url": "template", "a path or absolute URL; with `method`";
};

/// The body of a request: at most one.
pub const BODY: &[Key] = keys! {
    "json": "any", "a document, sent as JSON";
    "json_text": "template", "JSON text with placeholders";
    "json_file": "#file", "a file of JSON";
    "text": "template", "a text";
    "text_file": "#file", "a file of text";
    "form": "#fields", "fields, sent as `application/x-www-form-urlencoded`";
    "xml": "template", "XML text";
    "xml_file": "#file", "a file of XML";
    "file": "template", "a file, sent as it is";
    "base64": "template", "bytes, written as base64";
    "graphql": "#graphql", "a GraphQL query: `{ query, variables, operation }`";
    "multipart": "#parts", "the parts of a form, sent as `multipart/form-data`";
};

/// What requests inherit: the keys of `[defaults]`, of stages and of requests.
pub const SETTINGS: &[Key] =
    &chained::<{ SENT.len() + OPTIONS.len() + FLOW.len() }>([SENT, OPTIONS, FLOW]);

/// What is sent. Connection options follow it.
const SENT: &[Key] = keys! {
    "path_params": "#fields", "values for `{name}` in the path, percent-encoded";
    "query": "#fields", "query parameters; a list repeats";
    "headers": "#fields", "headers; a list repeats, `false` drops an inherited one";
    "cookies": "#fields|boolean", "cookies to send; `false`: none, and no jar";
    "auth": "#auth|false", "credentials; `false` removes inherited ones";
};

/// Whether and how often it is sent, and what is expected.
const FLOW: &[Key] = keys! {
    "retry": "#retry|count|false", "retries on transport errors and overload, not on failed expectations";
    "poll": "#poll|false", "sends until the expectations hold";
    "delay": "duration", "the pause before the request";
    "skip": "boolean|string", "skips the request; a string is the reason";
    "when": "expression", "sends the request only if the expression is true";
    "expect": "#expect", "expectations on the response";
};

/// Tables one after the other.
const fn chained<const N: usize>(tables: [&[Key]; 3]) -> [Key; N] {
    let empty = Key {
        name: "",
        shape: "",
        about: "",
    };
    let (mut all, mut at, mut table) = ([empty; N], 0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[at] = tables[table][row];
            at += 1;
            row += 1;
        }
        table += 1;
    }
    all
}

/// The members of `proxy`.
pub const PROXY: &[Key] = keys! {
    "url": "template", "`http://host:port`, `https://…`, `socks5://…` or `socks5h://…`";
    "user": "template", "the user";
    "password": "template", "the password";
};

/// The members of `expect.events`.
pub const EVENTS: &[Key] = keys! {
    "first": "#events_wanted", "the first events, in order";
    "until": "#event_wanted", "the event that ends reading";
    "contains": "#events_wanted", "events that must occur, in any order";
    "all": "#event_wanted", "an expectation that every event meets";
    "count": "positive|#matcher", "how many events to read; as a matcher, how many may arrive";
    "retry": "#matcher", "the stream's reconnection time, in milliseconds";
    "within": "duration", "the time limit for reading; the request's `timeout` by default";
};

/// What a step of `messages` does: exactly one of these.
pub const STEP: &[Key] = keys! {
    "send": "#payload", "sends a string, or `{ text }`, `{ json }`, `{ base64 }`, `{ ping }`";
    "expect": "#message_wanted", "waits for a message and checks it";
    "silence": "duration", "waits; no message may arrive in this time";
    "close": "#close", "closes: a code, or `{ code, reason }`";
};

/// What may stand beside `send` and `expect`.
pub const STEP_OPTIONS: &[Key] = keys! {
    "fragment": "positive", "with `send`: the largest frame in bytes; longer messages are split";
    "within": "duration", "with `expect`: how long to wait";
    "skip_others": "boolean", "with `expect`: skips messages that do not match";
    "capture": "#captures", "with `expect`: values to capture from the message";
};

/// What is sent over a WebSocket: exactly one of these.
pub const PAYLOAD: &[Key] = keys! {
    "text": "scalar", "a text";
    "json": "any", "a JSON document, sent as text";
    "base64": "template", "bytes";
    "ping": "template", "a ping with this payload";
};

/// The members of `close`.
pub const CLOSE: &[Key] = keys! {
    "code": "#close_code", "the close code";
    "reason": "template", "the reason";
};

/// The members of `retry`.
pub const RETRY: &[Key] = keys! {
    "times": "count", "the maximum number of retries";
    "delay": "duration", "the delay before the first retry";
    "backoff": "factor", "the factor for each further delay";
    "max_delay": "duration", "the longest delay";
    "on": "#retry_on", "`connect`, `reset`, `timeout`, a status such as `429`, a class such as `5xx`, `propagation`";
};

/// The members of `poll`.
pub const POLL: &[Key] = keys! {
    "every": "duration", "the interval between attempts";
    "timeout": "duration", "when to give up";
    "stop": "expression", "an expression that stops polling and fails";
};

/// The members of `repeat`.
pub const REPEAT: &[Key] = keys! {
    "until": "expression", "an expression that ends the repetition";
    "max": "positive", "the maximum number of retries";
    "every": "duration", "the interval between two rounds";
    "pass": "#pass|count", "how many must pass, as a matcher; all by default";
};

/// The members of `[wait]`.
pub const WAIT: &[Key] = keys! {
    "consecutive": "count", "how many good responses in a row";
    "timeout": "duration", "when to give up";
    "every": "duration", "the interval between attempts";
};

/// The sources of a variable's value.
pub const VARIABLE: &[Key] = keys! {
    "env": "string", "an environment variable";
    "default": "any", "the value if the environment variable is not set";
    "file": "string", "the content of a file";
    "command": "strings", "the output of a command";
    "timeout": "duration", "the time limit of `command`; 30s by default";
    "value": "any", "the value itself";
    "secret": "boolean", "whether to mask the value in all output";
};

/// A base URL that does not stand in the file itself.
pub const BASE_URL: &[Key] = keys! {
    "env": "string", "the environment variable that holds the URL";
    "default": "string", "the URL if the variable is not set";
    "file": "string", "an outputs file; `-` is standard input";
    "key": "string", "which value of the file";
};

/// A body's file.
pub const FILE: &[Key] = keys! {
    "path": "template", "the file's path, from the collection's folder";
    "template": "boolean", "whether the file contains placeholders to evaluate";
};

/// A part of `multipart`: exactly one of `file`, `text` and `json`.
pub const PART: &[Key] = keys! {
    "file": "template", "a file, sent as it is";
    "text": "scalar", "a text";
    "json": "any", "a document, sent as JSON";
    "filename": "template", "the file name to send; its own name by default";
    "content_type": "template", "the content type of the part; for a file, by its extension by default";
};

/// The members of `graphql`.
pub const GRAPHQL: &[Key] = keys! {
    "query": "template", "the query";
    "query_file": "string", "a file that holds the query";
    "variables": "object|template", "its variables";
    "operation": "template", "the operation's name";
};

/// Which redirects are followed.
pub const REDIRECTS: &[Key] = keys! {
    "max": "count", "the limit; 20 by default";
    "send_secrets_to": "strings", "hosts, or `host:port`, to which a redirect may send a body with a secret";
};

/// How many rounds of a `repeat` must pass.
pub const PASS: &[Key] = keys! {
    "equals": "count", "exactly N";
    "gte": "count", "at least N";
    "gt": "count", "more than N";
    "lte": "count", "at most N";
    "lt": "count", "fewer than N";
};

/// The options that `[run]` may set; `-` may be written for `_`.
pub const RUN: &[Key] = keys! {
    "jobs": "positive", "how many collections run in parallel";
    "fail_fast": "boolean", "stops after the first failure";
    "max_failures": "positive", "stops after N failures";
    "retries": "count", "retries failed requests up to N times";
    "wait_ready": "duration", "waits up to this long until the stage is ready";
    "record": "string", "records every exchange in this file";
    "replay": "string", "checks the responses of this recording, without sending";
    "cookies": "string", "loads cookies from this file";
    "cookie_jar": "string", "loads cookies from this file if it exists, and saves them there at the end";
    "verbose": "boolean", "shows every exchange";
    "quiet": "boolean", "shows failures only";
    "no_progress": "boolean", "shows no progress";
    "snapshots": "#snapshot_mode", "how to handle new and changed snapshots";
    "unreferenced": "#unreferenced", "how to handle snapshots that no request uses any more";
};

/// What the user's own configuration may hold besides the options of [`RUN`].
pub const USER: &[Key] = keys! {
    "allow_commands": "boolean", "allows variables that are the output of a command";
    "allow_credentials": "strings", "hosts to which credentials from netrc files and AWS keys may go";
    "env_allow": "strings", "the environment variables that collections may read; a trailing `*` matches any rest";
    "base_url": "string", "the base URL to use without `--base-url`";
};

/// Keys of a request that belong to a later version, and what they will be.
pub const LATER: &[(&str, &str)] = &[("parallel", "parallel requests inside a collection")];
