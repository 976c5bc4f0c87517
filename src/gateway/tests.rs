use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::Gateway;
use super::stage::{GatewayRequest, GatewayResponse, Stage};
use crate::clock::Clock;
use crate::source::{Diagnostic, File, Span};
use crate::syntax::Problems;
use crate::template::{Context, EnvironmentVariable};

fn decode(text: &str) -> (Gateway, String) {
    let mut problems = Problems::default();
    let gateway = Gateway::decode(&File::new("a.gateway.toml", text), &mut problems);
    let told = |problem: &Diagnostic| {
        let place = problem.span.as_ref().map(Span::position).unwrap();
        let hint = problem
            .hint
            .as_ref()
            .map(|hint| format!(" | {hint}"))
            .unwrap_or_default();
        format!("{}:{} {}{hint}", place.line, place.column, problem.message)
    };
    let told: Vec<_> = problems.into_vec().iter().map(told).collect();
    (gateway, told.join("\n"))
}

fn context() -> Arc<Context> {
    let environment = |name: &str| {
        (name == "KEY").then(|| EnvironmentVariable {
            text: "from-env".to_owned(),
            secret: true,
        })
    };
    Arc::new(Context {
        clock: Clock::System,
        random: Mutex::new(fastrand::Rng::with_seed(7)),
        environment: Arc::new(environment),
        folder: PathBuf::from("."),
        root: PathBuf::from("."),
    })
}

fn stage(text: &str) -> Stage {
    let (gateway, problems) = decode(text);
    assert_eq!(problems, "");
    Stage::new(Arc::new(gateway), context()).unwrap()
}

fn call(method: &str, target: &str) -> GatewayRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    GatewayRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..GatewayRequest::default()
    }
}

fn with(mut call: GatewayRequest, name: &str, value: &str) -> GatewayRequest {
    call.headers.insert(name.to_owned(), value.to_owned());
    call
}

fn drawn(reply: &GatewayResponse) -> String {
    format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body))
}

fn header<'r>(reply: &'r GatewayResponse, name: &str) -> Option<&'r str> {
    reply
        .headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

const MISSING: &str = r#"403 {"message":"Missing Authentication Token"}"#;
const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;

const SHOP: &str = r#"
stage = "dev"
api_keys = ["k-1", "{{ env('KEY') }}"]

[[route]]
method = "GET"
path = "/"
respond.text = "root"

[[route]]
method = "GET"
path = "/orders/latest"
respond.text = "latest"

[[route]]
method = "ANY"
path = "/orders/{id}"
respond.json = { id = "{{ request.params.id }}", by = "{{ request.method }}", stage = "{{ request.stage }}" }

[[route]]
method = "DELETE"
path = "/orders/{id}"
respond.status = 204

[[route]]
method = "GET"
path = "/files/{proxy+}"
respond.json = { rest = "{{ request.params.proxy }}", q = "{{ request.query.q | default('none') }}" }

[[route]]
method = "POST"
path = "/keyed"
api_key = true
required = { query = ["q"], headers = ["X-Tenant"] }
respond = { status = "{{ event.status }}", headers = { x-who = ["{{ request.headers['x-tenant'] }}", "b"] }, json = "{{ event }}" }

[[route]]
method = "GET"
path = "/slow"
respond = { delay = "40s", text = "late" }

[[route]]
method = "GET"
path = "/tight"
throttle = { rate = 0, burst = 2 }
respond.text = "in"
"#;

#[test]
fn the_nearest_resource_answers_and_its_missing_method_hides_the_others() {
    let shop = stage(SHOP);
    let cases = [
        ("GET", "/dev", "200 root"),
        ("GET", "/dev/", "200 root"),
        ("POST", "/dev", MISSING),
        ("GET", "/dev/orders/latest", "200 latest"),
        ("POST", "/dev/orders/latest", MISSING),
        ("HEAD", "/dev/orders/latest", MISSING),
        ("OPTIONS", "/dev/orders/latest", MISSING),
        (
            "GET",
            "/dev/orders/a%20b",
            r#"200 {"id":"a b","by":"GET","stage":"dev"}"#,
        ),
        ("DELETE", "/dev/orders/7", "204 "),
        ("GET", "/dev/orders/", MISSING),
        ("GET", "/dev/orders", MISSING),
        (
            "GET",
            "/dev/orders/7/",
            r#"200 {"id":"7","by":"GET","stage":"dev"}"#,
        ),
        ("GET", "/dev/orders/7//", MISSING),
        ("GET", "/dev/orders/latest/", "200 latest"),
        ("POST", "/dev/orders/latest/", MISSING),
        ("GET", "/dev//", MISSING),
        (
            "GET",
            "/dev/files/a/b?q=1&q=2",
            r#"200 {"rest":"a/b","q":"2"}"#,
        ),
        ("GET", "/dev/files/a", r#"200 {"rest":"a","q":"none"}"#),
        ("GET", "/dev/files/a/b/", r#"200 {"rest":"a/b","q":"none"}"#),
        ("GET", "/dev/files", MISSING),
        ("GET", "/dev/files/", MISSING),
        ("GET", "/prod/orders/7", FORBIDDEN),
        ("GET", "/develop/orders/7", FORBIDDEN),
        ("GET", "/", FORBIDDEN),
        ("GET", "*", FORBIDDEN),
    ];
    for (method, path, expected) in cases {
        assert_eq!(
            drawn(&shop.reply(&call(method, path))),
            expected,
            "{method} {path}"
        );
    }
}

#[test]
fn a_trailing_slash_is_the_same_resource_of_a_rest_api_alone() {
    let text = |kind: &str| {
        format!(
            "kind = \"{kind}\"\nstage = \"dev\"\n[[route]]\nmethod = \"GET\"\npath = \"/hello\"\nrespond.text = \"{{{{ request.path }}}}\""
        )
    };
    let (rest, http) = (stage(&text("rest")), stage(&text("http")));
    assert_eq!(drawn(&rest.reply(&call("GET", "/dev/hello"))), "200 /hello");
    assert_eq!(
        drawn(&rest.reply(&call("GET", "/dev/hello/?q=1"))),
        "200 /hello/"
    );
    assert_eq!(drawn(&rest.reply(&call("GET", "/dev/hello//"))), MISSING);
    assert_eq!(drawn(&rest.reply(&call("GET", "/dev/hello/%20"))), MISSING);
    assert_eq!(drawn(&http.reply(&call("GET", "/dev/hello"))), "200 /hello");
    assert_eq!(
        drawn(&http.reply(&call("GET", "/dev/hello/"))),
        r#"404 {"message":"Not Found"}"#
    );
}

#[test]
fn keys_come_before_parameters_and_both_before_the_answer() {
    let shop = stage(SHOP);
    let body = |call: GatewayRequest| GatewayRequest {
        body: Bytes::from(r#"{"status": 201, "n": 1.10}"#),
        ..call
    };
    let bare = body(call("POST", "/dev/keyed"));
    assert_eq!(drawn(&shop.reply(&bare)), FORBIDDEN);
    assert_eq!(
        drawn(&shop.reply(&with(bare, "x-api-key", "wrong"))),
        FORBIDDEN
    );
    let keyed = with(body(call("POST", "/dev/keyed")), "x-api-key", "from-env");
    let reply = shop.reply(&keyed);
    assert_eq!(
        drawn(&reply),
        r#"400 {"message":"Missing required request parameters: [q, X-Tenant]"}"#
    );
    assert_eq!(
        header(&reply, "x-amzn-errortype"),
        Some("BadRequestException")
    );
    let whole = with(
        with(body(call("POST", "/dev/keyed?q=")), "x-api-key", "k-1"),
        "x-tenant",
        "a",
    );
    let reply = shop.reply(&whole);
    assert_eq!(drawn(&reply), r#"201 {"status":201,"n":1.10}"#);
    let sent: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "x-who")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(sent, ["a", "b"]);
    assert_eq!(header(&reply, "x-amzn-errortype"), None);
}

#[test]
fn a_request_that_tries_to_sign_is_told_of_its_header() {
    let shop = stage(SHOP);
    let reply = shop.reply(&with(
        call("GET", "/dev/nope"),
        "authorization",
        "Bearer abc",
    ));
    assert_eq!(
        (reply.status, header(&reply, "x-amzn-errortype")),
        (403, Some("IncompleteSignatureException"))
    );
    let found = shop.reply(&with(
        call("GET", "/dev/orders/latest"),
        "authorization",
        "Bearer abc",
    ));
    assert_eq!(drawn(&found), "200 latest");
}

#[test]
fn an_answer_that_cannot_be_made_is_a_bad_gateway_and_its_reason_is_told() {
    let hello = stage(include_str!("../../collections/hello.gateway.toml"));
    let post = |body: &'static str| {
        hello.reply(&GatewayRequest {
            body: Bytes::from(body),
            ..call("POST", "/dev/hello")
        })
    };
    assert_eq!(
        drawn(&post(r#"{"key": "value"}"#)),
        r#"200 {"message":"Hello, value"}"#
    );
    for broken in ["", "{}", "not json", "[1]"] {
        let reply = post(broken);
        assert_eq!(
            drawn(&reply),
            r#"502 {"message":"Internal server error"}"#,
            "{broken:?}"
        );
        assert_eq!(
            header(&reply, "x-amzn-errortype"),
            Some("InternalServerErrorException")
        );
        assert_eq!(reply.problem.unwrap().span.unwrap().position().line, 12);
    }
    assert_eq!(
        drawn(&hello.reply(&call("GET", "/dev/hello"))),
        r#"200 {"message":"Hi from Lambda!"}"#
    );
}

#[test]
fn limits_are_those_of_the_service() {
    let shop = stage(SHOP);
    let reply = shop.reply(&GatewayRequest {
        too_large: true,
        ..call("POST", "/dev/keyed")
    });
    assert_eq!(
        drawn(&reply),
        "413 HTTP content length exceeded 10485760 bytes."
    );
    assert_eq!(header(&reply, "content-type"), Some("text/plain"));
    let reply = shop.reply(&call("GET", "/dev/slow"));
    assert_eq!(
        drawn(&reply),
        r#"504 {"message":"Endpoint request timed out"}"#
    );
    assert_eq!(reply.delay, Duration::from_secs(29));
    let tight: Vec<_> = (0..3)
        .map(|_| shop.reply(&call("GET", "/dev/tight")).status)
        .collect();
    assert_eq!(tight, [200, 200, 429]);
}

#[test]
fn every_answer_has_ids_of_its_own() {
    let shop = stage(SHOP);
    let ids = |reply: &GatewayResponse| {
        [
            header(reply, "x-amzn-requestid"),
            header(reply, "x-amz-apigw-id"),
        ]
        .map(|id| id.unwrap().to_owned())
    };
    let (one, two) = (
        ids(&shop.reply(&call("GET", "/dev"))),
        ids(&shop.reply(&call("GET", "/dev/nope"))),
    );
    assert!(one[0] != two[0] && one[1] != two[1] && one[0].len() == 36);
}

#[test]
fn an_http_api_has_a_default_route_and_other_words() {
    let api = stage(
        r#"
kind = "http"
[[route]]
method = "GET"
path = "/hello"
respond.text = "hello"
[[route]]
method = "POST"
path = "/{proxy+}"
respond.text = "greedy"
"#,
    );
    assert_eq!(drawn(&api.reply(&call("GET", "/hello"))), "200 hello");
    assert_eq!(drawn(&api.reply(&call("POST", "/hello"))), "200 greedy");
    let reply = api.reply(&call("GET", "/nope"));
    assert_eq!(drawn(&reply), r#"404 {"message":"Not Found"}"#);
    assert!(
        header(&reply, "apigw-requestid").is_some() && header(&reply, "x-amzn-errortype").is_none()
    );
    let api = stage(
        "kind = \"http\"\nstage = \"v1\"\n[[route]]\npath = \"$default\"\nrespond.text = \"any\"\n",
    );
    assert_eq!(drawn(&api.reply(&call("PATCH", "/v1/x/y"))), "200 any");
    assert_eq!(api.reply(&call("PATCH", "/v2/x/y")).status, 404);
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let (_, problems) = decode(
        r#"stage = "a b"
routes = 1

[[route]]
method = "get"
path = "/hello/{id"
respond = { status = 99, json = { m = "{{ evnt.key }}" }, text = "x" }

[[route]]
method = "GET"
path = "/a/{id}"
api_key = true
lambda = { command = ["python3"] }

[[route]]
method = "GET"
path = "/b/{x}"
respond = { status = 204, text = "{{ request.param.x }}", headers = { content-length = "1" } }

[[route]]
method = "GET"
path = "/b/{y}"
respond = { file = "../secret.txt", delay = 5 }

[[route]]
method = "GET"
path = "/b/{z}"
respond.text = "again"
"#,
    );
    insta::assert_snapshot!(problems, @r#"
    1:9 `a b` is not a valid stage name | a stage name has letters, digits, `-` and `_`
    2:1 a gateway file has no key `routes` | did you mean `route`?
    5:10 there is no method `get` | write `GET`
    6:16 `{id` is half a parameter | a parameter is a whole segment: `/orders/{id}`
    7:22 `99` is not a status from 200 to 599
    7:43 there is no `evnt` in a gateway file | did you mean `event`?
    7:59 a response has one body: `json` or `text`
    12:1 the route requires an API key, and the file lists none | list them at the top: `api_keys = ["…"]`
    13:1 routes that run a Lambda function are not there yet | write the response with `respond`
    18:34 a response with status 204 has no body
    18:46 a request has no `param` | did you mean `params`?
    18:71 `content-length` is written by the connection itself
    23:20 the file is outside the gateway file's folder
    23:45 expected a duration such as `"2s"`, found a number | write a number with its unit: `ms`, `s`, `m` or `h`
    27:8 `GET /b/{z}` appears twice
    "#);
}

#[test]
fn an_empty_file_says_what_is_missing() {
    insta::assert_snapshot!(decode("").1, @r#"
    1:1 the stage has no name | write `stage = "dev"` at the top
    1:1 the gateway has no routes | write a `[[route]]` with `method`, `path` and `respond`
    "#);
    let http =
        "kind = \"http\"\napi_keys = [\"a\", \"\", \"{{ event }}\"]\n[route]\npath = \"/\"\n";
    insta::assert_snapshot!(decode(http).1, @r#"
    2:1 an HTTP API has no API keys | a REST API has: `kind = "rest"`
    2:18 an API key is empty
    2:22 an API key cannot depend on `event` | take it from the environment: `{{ env('API_KEY') }}`
    3:1 expected a list of routes, found a table | write `[[route]]`, with two brackets
    "#);
}
