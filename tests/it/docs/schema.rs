//! The schemas in `schema/` are those of the code, and say yes and no where the program does.

use std::sync::LazyLock;

use apitest::schema::{Kind, schema, text};
use apitest::source::File;
use apitest::syntax::{Data, Node, Problems, read as read_toml};
use jsonschema::Validator;
use serde_json::Value;

use crate::docs::blocks::{blocks, files, read};

const KINDS: [(&str, Kind); 3] = [
    ("collection", Kind::Collection),
    ("project", Kind::Project),
    ("gateway", Kind::Gateway),
];

/// TOML as the JSON that an editor holds against a schema.
fn json(place: &str, toml: &str) -> Value {
    let mut problems = Problems::default();
    let file = File::new(place, toml);
    let table = read_toml(&file, &mut problems);
    let told: Vec<_> = problems
        .into_vec()
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    assert_eq!(told, Vec::<String>::new(), "{place}");
    let node = Node {
        span: apitest::source::Span::new(&file, 0..0),
        data: Data::Table(table),
    };
    serde_json::from_str(&node.to_value().to_json()).unwrap()
}

/// What the schemas say; each is compiled once.
fn complaints(kind: Kind, value: &Value) -> Vec<String> {
    static VALIDATORS: LazyLock<Vec<Validator>> = LazyLock::new(|| {
        KINDS
            .iter()
            .map(|(_, kind)| jsonschema::draft202012::new(&schema(*kind)).unwrap())
            .collect()
    });
    let at = KINDS.iter().position(|(_, known)| *known == kind).unwrap();
    VALIDATORS[at]
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_committed_schemas_are_current() {
    for (name, kind) in KINDS {
        let path = format!("schema/{name}.schema.json");
        let same = read(&path) == text(kind);
        assert!(same, "`{path}` is old: cargo run -- schema {name} > {path}");
    }
}

#[test]
fn they_are_valid_themselves() {
    for (name, kind) in KINDS {
        assert!(jsonschema::meta::is_valid(&schema(kind)), "{name}");
    }
}

#[test]
fn collections_and_examples_fit() {
    let kind_of = |path: &str| {
        if path.ends_with(".gateway.toml") {
            Kind::Gateway
        } else {
            Kind::Collection
        }
    };
    let collections = files("collections", "toml").into_iter().map(|path| {
        let place = path.display().to_string();
        (kind_of(&place), place, read(&path))
    });
    let examples = blocks("toml").into_iter().map(|block| {
        let kind = match block.mark.as_str() {
            "toml,project" => Kind::Project,
            "toml,gateway" => Kind::Gateway,
            _ => Kind::Collection,
        };
        (kind, block.place, block.text)
    });
    let found: Vec<_> = collections
        .chain(examples)
        .map(|(kind, place, text)| (complaints(kind, &json(&place, &text)), place))
        .collect();
    let wrong: Vec<_> = found
        .into_iter()
        .filter(|(told, _)| !told.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is wrong for the program and can be seen without reading expressions, a line each below `[[request]]`.
const WRONG: &[&str] = &[
    "gett = '/'",
    "post = '/'",
    "url = '/'",
    "statsu = 200",
    "tags = 3",
    "tags = ['a b']",
    "safe = 'yes'",
    "vars.1a = 2",
    "vars.response = 2",
    "vars.token = { env = 3 }",
    "rows = []",
    "rows = 3",
    "repeat = 0",
    "repeat = { every = '1s' }",
    "repeat = { max = 3, pass = { gtee = 1 } }",
    "needs = [1]",
    "capture.x = 3",
    "capture.x = 'token'",
    "capture.x = { jsonpth = '$' }",
    "capture.x = { jsonpath = '$', header = 'a' }",
    "capture.x = { text = false }",
    "capture.x = { header = 'a', attribute = 'b' }",
    "json = 1\ntext = 'a'",
    "json_file = { template = true }",
    "graphql = { variables = {} }",
    "multipart = {}",
    "multipart = ['a']",
    "multipart.a = {}",
    "multipart.a = { file = 'a', text = 'b' }",
    "multipart.a = { fil = 'a' }",
    "multipart.a = [['a']]",
    "compress = 'gzipp'",
    "chunked = 'yes'",
    "messages = []",
    "expect.events = 'a'",
    "expect.events = { fist = [] }",
    "expect.events.first = [5]",
    "expect.events.until = { evnt = 'a' }",
    "capture.x = { event = -1, text = true }",
    "headers.a = { b = 1 }",
    "query = 'a=b'",
    "auth = true",
    "auth = { bearer = 'a', basic = { user = 'a', password = 'b' } }",
    "auth = { basic = { user = 'a' } }",
    "auth = { api_key = { value = 'a', in = 'body' } }",
    "timeout = 10",
    "timeout = '10'",
    "timeout = '10 sec'",
    "follow_redirects = 'yes'",
    "follow_redirects = -1",
    "http = '3'",
    "max_body = '10 ZB'",
    "retry = { time = 3 }",
    "retry = { on = ['6xx'] }",
    "retry = { backoff = 0.5 }",
    "poll = { every = 1 }",
    "poll = { every = '1s' }\nrepeat = 2",
    "skip = 1",
    "when = 'true'",
    "expect = 200",
    "expect.statsu = 200",
    "expect.status = 99",
    "expect.status = '2x'",
    "expect.status = []",
    "expect.status = { gtt = 1 }",
    "expect.status = {}",
    "expect.headers = 'a'",
    "expect.headers.a = { starts_wiht = 'a' }",
    "expect.jsonpath.'$.a' = { between = [1] }",
    "expect.jsonpath.'$.a' = { type = 'text' }",
    "expect.jsonpath.'$.a' = { format = 'guid' }",
    "expect.jsonpath.'$.a' = { exists = 'yes' }",
    "expect.jsonpath.'$.a' = { sorted = 'up' }",
    "expect.jsonpath.'$.a' = { all = { gtt = 1 } }",
    "expect.jsonpath.'$.a' = { gt = true }",
    "expect.jsonpath.'$.a' = { message = 'a' }",
    "expect.time = '2s'",
    "expect.time = { lt = 2 }",
    "expect.time = { matches = '2s' }",
    "expect.error = 'conect'",
    "expect.http = '3'",
    "expect.sha256 = 'abc'",
    "expect.bytes = { path = 'a' }",
    "expect.schema = 1",
    "expect.that = ['a']",
    "expect.lambda_error = 'no'",
    "expect.allow = ['lambda_errors']",
    "expect.events = {}",
];

const WRONG_COLLECTIONS: &[&str] = &[
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = 3",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = [{ send = 'a', expect = 'b' }]",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = [{ send = 'a', within = '1s' }]",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = [{ send = { json = 1, text = 'a' } }]",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = [{ expect = { jsn = 1 } }]",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\nmessages = [{ close = 1005 }]",
    "base_url = 'http://a'\n[[request]]\nwebsocket = '/'\njson = 1",
    "request = { get = '/' }",
    "requests = []",
    "base_url = 3\n[[request]]\nget = '/'",
    "base_url = { file = 'a', env = 'b' }\n[[request]]\nget = '/'",
    "base_url = 'http://a'\nstages.a.base_url = 'http://a'\n[[request]]\nget = '/'",
    "stages.a = 'http://a'\n[[request]]\nget = '/'",
    "stages.a = { base_url = 'http://a', gateway = 'b' }\n[[request]]\nget = '/'",
    "stages.a = { base_url = 'http://a', readonly = true }\n[[request]]\nget = '/'",
    "defaults.get = '/'\n[[request]]\nget = '/'",
    "defaults.timeout = 3\n[[request]]\nget = '/'",
    "run.jobs = 2\n[[request]]\nget = '/'",
    "[[setup]]\nname = 'a'\n[[request]]\nget = '/'",
];

#[test]
fn what_is_wrong_for_the_program_is_wrong_for_the_schema() {
    let base = "base_url = 'http://127.0.0.1'\n";
    let requests = WRONG
        .iter()
        .map(|line| format!("{base}[[request]]\nget = '/'\n{line}\n"));
    let mut taken = Vec::new();
    for text in requests.chain(WRONG_COLLECTIONS.iter().map(|text| (*text).to_owned())) {
        let by_schema = complaints(Kind::Collection, &json("wrong.toml", &text)).is_empty();
        let by_program = crate::docs::examples::problems("toml", "wrong.toml", &text).is_ok();
        taken.extend(by_schema.then(|| format!("by the schema: {text}")));
        taken.extend(by_program.then(|| format!("by the program: {text}")));
    }
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn wrong_project_and_gateway_files_are_refused() {
    let project = [
        "run.job = 2",
        "run.jobs = 0",
        "report.jsn = 'a'",
        "report.json = 1",
        "wait.every = 1",
        "request = []",
    ];
    let route = "[[route]]\nmethod = 'GET'\npath = '/a'\n";
    let gateway = [
        "stage = 'dev'".to_owned(),
        format!("{route}respond.status = 200"),
        format!("stage = 'a b'\n{route}respond.status = 200"),
        format!("stage = 'dev'\n{route}"),
        format!("stage = 'dev'\n{route}respond.status = 99"),
        format!("stage = 'dev'\n{route}respond = {{ text = 'a', json = 1 }}"),
        format!("stage = 'dev'\n{route}respnd.status = 200"),
        "stage = 'dev'\n[[route]]\nmethod = 'get'\npath = '/a'\nrespond.status = 200".to_owned(),
    ];
    for text in project {
        assert_ne!(
            complaints(Kind::Project, &json("apitest.toml", text)),
            Vec::<String>::new(),
            "{text}"
        );
    }
    for text in gateway {
        assert_ne!(
            complaints(Kind::Gateway, &json("a.gateway.toml", &text)),
            Vec::<String>::new(),
            "{text}"
        );
        assert!(
            crate::docs::examples::problems("toml,gateway", "a.gateway.toml", &text).is_err(),
            "the program takes {text}"
        );
    }
}
