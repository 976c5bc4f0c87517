//! Every key of the format: what unknown keys are held against, and what `apitest schema` writes.

use super::Key;

macro_rules! keys {
    ($($name:literal : $shape:literal, $about:literal;)*) => {
        &[$(Key { name: $name, shape: $shape, about: $about }),*]
    };
}

/// The top of a collection file.
pub const COLLECTION: &[Key] = keys! {
    "name": "string", "the collection's name; the file's name where there is none";
    "description": "string", "what the collection is for";
    "tags": "#tags", "tags of every request in the file";
    "stage": "string", "the stage that is used where the command line names none";
    "base_url": "#base_url", "the URL that paths are joined to, where there are no stages";
    "stages": "#stages", "the stages, by name";
    "vars": "#vars", "variables, by name";
    "defaults": "#settings", "every request's starting point";
    "include": "strings", "collections whose setup, vars and defaults are taken over";
    "rows": "#rows", "runs the whole collection once a row";
    "setup": "#requests", "requests that run before the others";
    "request": "#requests", "the requests, in the order in which they run";
    "teardown": "#requests", "requests that always run at the end";
};

/// The top of the project file, `apitest.toml`.
pub const PROJECT: &[Key] = keys! {
    "stage": "string", "the stage that is used where neither command line nor collection names one";
    "base_url": "#base_url", "the URL that paths are joined to, where there are no stages";
    "stages": "#stages", "the stages, by name";
    "vars": "#vars", "variables of every collection";
    "defaults": "#settings", "every request's starting point";
    "setup": "#requests", "requests that run once before all collections";
    "teardown": "#requests", "requests that run once after all collections";
    "run": "#run", "options of `apitest run`, by their long names";
    "report": "#report", "reports of every run: kind = file";
    "wait": "#wait", "what `--wait-ready` waits for";
    "snapshots": "#snapshots", "what is volatile in every snapshot";
};

/// A stage.
pub const STAGE: &[Key] = keys! {
    "base_url": "#base_url", "the stage's URL: a text, `{ env }`, or `{ file, key }`";
    "gateway": "string", "a gateway file: the stage is started for the run on a free loopback port";
    "read_only": "boolean", "skips what is not GET, HEAD or OPTIONS and does not say `safe = true`";
    "vars": "#vars", "variables of the stage";
};

/// What identifies a request.
pub const IDENTITY: &[Key] = keys! {
    "name": "#request_name", "the request's name; method and path where there is none";
    "description": "string", "what the request is for";
    "tags": "#tags", "tags to select by";
    "safe": "boolean", "whether a read-only stage may be sent this request";
    "vars": "#vars", "variables of this request";
    "rows": "#rows", "sends the request once a row";
    "repeat": "#repeat|positive", "sends the request several times and judges every answer";
    "needs": "templates", "names of requests that must have passed before";
    "subprotocols": "strings", "the sub-protocols that a WebSocket's handshake offers";
    "messages": "#steps", "the conversation over a WebSocket, step by step";
    "capture": "#captures", "values to take from the answer: name = source";
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
pub const SETTINGS: &[Key] = keys! {
    "path_params": "#fields", "values for `{name}` in the path, percent-encoded";
    "query": "#fields", "query parameters; a list repeats";
    "headers": "#fields", "headers; a list repeats, `false` drops an inherited one";
    "cookies": "#fields|boolean", "cookies to send; `false`: none, and no jar";
    "auth": "#auth|false", "how the request proves who sends it; `false` drops what is inherited";
    "timeout": "duration", "the most that a request may take, answer and redirects included";
    "connect_timeout": "duration", "the most that connecting may take";
    "follow_redirects": "boolean|count|#follow_redirects", "whether redirects are followed; a number is the limit";
    "http": "#version", "the protocol's version: `\"1.0\"`, `\"1.1\"` or `\"2\"`";
    "proxy": "#proxy|template|false", "the proxy: a URL, `{ url, user, password }`, or `false`";
    "no_proxy": "templates", "hosts that are reached without the proxy";
    "tls": "#tls", "secure connections: `{ ca, cert, key, key_password, insecure, min, max, server_name }`";
    "resolve": "#templates_by_name", "host or `host:port` → address or `address:port`, instead of a name server's word";
    "unix_socket": "template", "the socket that is connected to, whatever the URL's host is";
    "ip_version": "#ip_version", "the only version of IP that is used: `4` or `6`";
    "interface": "template", "the network interface, or the address, that connections leave from";
    "keep_alive": "boolean", "`false`: closes each connection after its request";
    "header_case": "#header_case", "header names over HTTP/1: `\"lower\"`, `\"title\"` or `\"written\"`";
    "path_as_is": "boolean", "sends path and query as written, dots and all";
    "expect_continue": "boolean", "asks by `expect: 100-continue` before a body is sent";
    "compressed": "boolean", "whether compressed answers are asked for";
    "compress": "#coding|false", "compresses the body: `\"gzip\"`, `\"br\"`, `\"zstd\"` or `\"deflate\"`";
    "chunked": "boolean", "sends the body in chunks, without saying its length";
    "max_body": "size", "the largest body that is read, decoded: bytes, or a text such as `\"10 MB\"`";
    "retry": "#retry|count|false", "tries again after transport failures and overload";
    "poll": "#poll|false", "sends until the expectations hold";
    "delay": "duration", "the pause before the request";
    "skip": "boolean|string", "does not send the request; a text is the reason";
    "when": "expression", "sends the request only where the expression is true";
    "expect": "#expect", "what is expected of the answer";
};

/// The members of `proxy`.
pub const PROXY: &[Key] = keys! {
    "url": "template", "`http://host:port`, `https://…`, `socks5://…` or `socks5h://…`";
    "user": "template", "the user";
    "password": "template", "the password";
};

/// The members of `tls`.
pub const TLS: &[Key] = keys! {
    "ca": "template", "a file of certificates (PEM) that are trusted besides the system's";
    "cert": "template", "the client's certificate: PEM, or PKCS#12";
    "key": "template", "its private key (PEM), where it does not stand in the same file";
    "key_password": "template", "what the key is encrypted with";
    "insecure": "boolean", "takes any certificate";
    "min": "#tls_version", "the oldest version: `\"1.2\"` or `\"1.3\"`";
    "max": "#tls_version", "the newest version";
    "server_name": "template", "the name that is asked for, instead of the URL's host";
};

/// The members of `expect.events`.
pub const EVENTS: &[Key] = keys! {
    "first": "#events_wanted", "what the first events are, one after the other";
    "until": "#event_wanted", "what the event is with which reading ends";
    "contains": "#events_wanted", "what some events are, in any order";
    "all": "#event_wanted", "what every event is";
    "count": "positive|#matcher", "how many are read; as a matcher, how many may have come";
    "retry": "#matcher", "the time after which the stream asks to be connected to again, in milliseconds";
    "within": "duration", "the most that reading may take; the request's `timeout` where it is not given";
};

/// What a step of `messages` does: exactly one of these.
pub const STEP: &[Key] = keys! {
    "send": "#payload", "sends a text, or `{ text }`, `{ json }`, `{ base64 }`, `{ ping }`";
    "expect": "#message_wanted", "waits for a message, and judges it";
    "silence": "duration", "waits, and no message may come";
    "close": "#close", "closes: a code, or `{ code, reason }`";
};

/// What may stand beside `send` and `expect`.
pub const STEP_OPTIONS: &[Key] = keys! {
    "fragment": "positive", "beside `send`: the largest frame in bytes, in which the message is cut";
    "within": "duration", "beside `expect`: the most that waiting may take";
    "skip_others": "boolean", "beside `expect`: passes over messages that are not like it";
    "capture": "#captures", "beside `expect`: values to take from the message";
};

/// What is sent over a WebSocket: exactly one of these.
pub const PAYLOAD: &[Key] = keys! {
    "text": "scalar", "a text";
    "json": "any", "a document, as a text";
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
    "times": "count", "how many times at most";
    "delay": "duration", "the pause before the first of them";
    "backoff": "factor", "what the pause is multiplied with each time";
    "max_delay": "duration", "the longest pause";
    "on": "#retry_on", "`connect`, `reset`, `timeout`, a status such as `429`, a class such as `5xx`, `propagation`";
};

/// The members of `poll`.
pub const POLL: &[Key] = keys! {
    "every": "duration", "the pause between two tries";
    "timeout": "duration", "when to give up";
    "stop": "expression", "an expression that ends it as failed at once";
};

/// The members of `repeat`.
pub const REPEAT: &[Key] = keys! {
    "until": "expression", "an expression that ends it";
    "max": "positive", "how many times at most";
    "every": "duration", "the pause between two";
    "pass": "#pass|count", "how many must pass, as a matcher; all where it is not given";
};

/// The members of `[wait]`.
pub const WAIT: &[Key] = keys! {
    "consecutive": "count", "how many good answers in a row";
    "timeout": "duration", "when to give up";
    "every": "duration", "the pause between two tries";
};

/// The sources of a variable's value.
pub const VARIABLE: &[Key] = keys! {
    "env": "string", "a variable of the environment";
    "default": "any", "the value where the environment has none";
    "file": "string", "a file's text";
    "command": "strings", "a command's output";
    "timeout": "duration", "the time limit of `command`; 30s by default";
    "value": "any", "the value itself";
    "secret": "boolean", "whether the value must not be shown";
};

/// A base URL that does not stand in the file itself.
pub const BASE_URL: &[Key] = keys! {
    "env": "string", "the variable of the environment that holds the URL";
    "default": "string", "the URL if the variable is not set";
    "file": "string", "an outputs file; `-` is standard input";
    "key": "string", "which value of the file";
};

/// The schemes of `auth`: exactly one.
pub const AUTH: &[Key] = keys! {
    "basic": "#basic", "`{ user, password }`";
    "bearer": "template", "a token";
    "api_key": "#api_key", "`{ name, value, in = \"header\" }`, or `\"query\"`";
    "digest": "#basic", "`{ user, password }`, hashed with what the server asks";
    "oauth2": "#oauth2", "a token that is fetched, once a run";
    "aws_sigv4": "#aws_sigv4", "a signature for AWS";
    "netrc": "true|template", "user and password from a netrc file: `true`, or its path";
};

/// The members of `oauth2`.
pub const OAUTH2: &[Key] = keys! {
    "token_url": "template", "where the token is fetched: a path of the stage, or a URL";
    "grant": "#grant", "`client_credentials` (where none is given), `password`, `refresh_token` or `jwt_bearer`";
    "client_id": "scalar", "who asks";
    "client_secret": "scalar", "the client's secret";
    "client_auth": "#header_or_body", "where the client's credentials stand: `\"header\"` (where nothing is said) or `\"body\"`";
    "scope": "templates", "what the token is for";
    "audience": "scalar", "whom the token is for";
    "username": "scalar", "the user, for `password`";
    "password": "scalar", "the user's password, for `password`";
    "refresh_token": "scalar", "the token that is given, for `refresh_token`";
    "assertion": "scalar", "a signed statement, for `jwt_bearer`";
    "key": "scalar", "what signs the statement, for `jwt_bearer`: a private key as PEM text, or the text of an HMAC key";
    "algorithm": "#jwt_algorithm", "how it is signed; the one that goes with the key where none is given";
    "key_id": "scalar", "the key's id, `kid`";
    "claims": "object", "what is stated: `sub` and more; `iss`, `aud`, `iat`, `exp` and `jti` where they are not given";
    "params": "#fields", "what else the endpoint wants to know; a list repeats";
};

/// The members of `aws_sigv4`.
pub const AWS_SIGV4: &[Key] = keys! {
    "service": "scalar", "the service; read from the host where it can be";
    "region": "scalar", "the region; read from the host where it can be, else from environment and profile";
    "profile": "scalar", "a profile of `~/.aws`; without one keys are found as the AWS tools find them";
    "access_key_id": "scalar", "the id of a key";
    "secret_access_key": "scalar", "the key itself";
    "session_token": "scalar", "what comes with a key that expires";
};

/// The members of `basic` and `digest`.
pub const BASIC: &[Key] = keys! {
    "user": "scalar", "the user";
    "password": "scalar", "the password";
};

/// The members of `api_key`.
pub const API_KEY: &[Key] = keys! {
    "name": "string", "the header's or parameter's name; `x-api-key` where it is not given";
    "value": "scalar", "the key";
    "in": "#header_or_query", "`\"header\"` or `\"query\"`";
};

/// A body's file.
pub const FILE: &[Key] = keys! {
    "path": "template", "the file's path, from the collection's folder";
    "template": "boolean", "whether the file holds placeholders";
};

/// A part of `multipart`: exactly one of `file`, `text` and `json`.
pub const PART: &[Key] = keys! {
    "file": "template", "a file, sent as it is";
    "text": "scalar", "a text";
    "json": "any", "a document, sent as JSON";
    "filename": "template", "the name under which a file goes; its own where there is none";
    "content_type": "template", "what the part is; for a file by its ending where it is not given";
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
    "max": "count", "how many at most; 20 if it is not written";
    "send_secrets_to": "strings", "hosts, or `host:port`, to which a body with a secret may go along";
};

/// How many rounds of a `repeat` must pass.
pub const PASS: &[Key] = keys! {
    "equals": "count", "exactly so many";
    "gte": "count", "at least so many";
    "gt": "count", "more than so many";
    "lte": "count", "at most so many";
    "lt": "count", "fewer than so many";
};

/// The options that `[run]` may set; `-` may be written for `_`.
pub const RUN: &[Key] = keys! {
    "jobs": "positive", "how many collections run side by side";
    "fail_fast": "boolean", "sends no new request after the first failure";
    "max_failures": "positive", "sends no new request after so many failures";
    "retries": "count", "runs failed requests again, at most so many times";
    "wait_ready": "duration", "waits until the stage is ready, at most so long";
    "record": "string", "keeps every exchange in this file";
    "replay": "string", "judges against this recording, and sends nothing";
    "cookies": "string", "starts with the cookies of this file";
    "cookie_jar": "string", "starts with the cookies of this file, where it is there, and keeps those of the end in it";
    "verbose": "boolean", "shows every exchange";
    "quiet": "boolean", "shows failures only";
    "no_progress": "boolean", "shows no progress";
    "snapshots": "#snapshot_mode", "what becomes of new and changed snapshots";
    "unreferenced": "#unreferenced", "what becomes of snapshots that no request refers to any more";
};

/// What the user's own configuration may hold besides the options of [`RUN`].
pub const USER: &[Key] = keys! {
    "allow_commands": "boolean", "allows variables that are the output of a command";
    "allow_credentials": "strings", "hosts to which credentials from netrc files and AWS keys may go";
    "env_allow": "strings", "the environment variables that collections may read; `*` at the end stands for any rest";
    "base_url": "string", "the URL that is used without `--base-url`";
};

/// Keys of a request that belong to a later version, and what they will be.
pub const LATER: &[(&str, &str)] = &[("parallel", "parallel requests inside a collection")];
