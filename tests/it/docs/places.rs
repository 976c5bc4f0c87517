//! What is written is evaluated or refused: every key of the format is given placeholders, and none is taken as it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use apitest::check::{
    CAPTURE_OPTIONS, CAPTURE_SOURCES, MessageKind, message_subjects, operators, subjects,
};
use apitest::gateway::{REQUIRED_KEYS, RESPOND_KEYS, ROUTE_KEYS, THROTTLE_KEYS};
use apitest::syntax::{AUTH_SCHEMES, Key, keys};

use crate::docs::examples::problems;

/// A name that nobody declares: a placeholder with it is an error if it is evaluated, and if it is refused.
const VALUES: [&str; 5] = [
    "'{{ nobody }}'",
    "['{{ nobody }}']",
    "{ a = '{{ nobody }}' }",
    "{ '{{ nobody }}' = 'a' }",
    "{ a = [{ '{{ nobody }}' = ['{{ nobody }}'] }] }",
];

/// Text around a key, which stands where `@` is; `mark` says which kind of file it is.
struct Place {
    mark: &'static str,
    text: &'static str,
    keys: Vec<Key>,
}

fn place(mark: &'static str, text: &'static str, keys: &[Key]) -> Place {
    Place {
        mark,
        text,
        keys: keys.to_vec(),
    }
}

/// The keys of the schemes of `auth`.
fn schemes() -> Vec<Key> {
    AUTH_SCHEMES.iter().map(|scheme| scheme.key).collect()
}

/// The keys of a scheme's table.
fn members(scheme: &str) -> &'static [Key] {
    let mut schemes = AUTH_SCHEMES.iter();
    let known = schemes.find(|known| known.key.name == scheme);
    assert!(known.is_some(), "no scheme is called `{scheme}`");
    known.map_or(&[], |known| known.members)
}

const FILE: &str = "toml";
const GET: &str = "base_url = 'http://h'\n[[request]]\nget = '/'\n@\n";

/// Every table of keys, with a place for its keys.
fn places() -> Vec<Place> {
    let settings = [keys::SETTINGS];
    let mut places = vec![
        place(
            FILE,
            "@\n[[request]]\nget = 'http://h/'\n",
            keys::COLLECTION,
        ),
        // The command line reads `[run]` and `[report]`.
        place(
            "toml,project",
            "@\n",
            &without(keys::PROJECT, &["run", "report"]),
        ),
        place(
            FILE,
            "[stages.s]\n@\n[[request]]\nget = 'http://h/'\n",
            keys::STAGE,
        ),
        place(FILE, GET, keys::IDENTITY),
        place(
            FILE,
            "base_url = 'http://h'\n[[request]]\nwebsocket = '/'\n@\n",
            &of(keys::IDENTITY, &["messages", "subprotocols"]),
        ),
        place(
            FILE,
            "base_url = 'http://h'\n[[request]]\n@\n",
            &without(keys::TARGET, &["method", "url"]),
        ),
        place(
            FILE,
            "base_url = 'http://h'\n[[request]]\nurl = '/'\n@\n",
            &of(keys::TARGET, &["method"]),
        ),
        place(
            FILE,
            "base_url = 'http://h'\n[[request]]\nmethod = 'GET'\n@\n",
            &of(keys::TARGET, &["url"]),
        ),
        place(FILE, GET, keys::BODY),
        place(
            FILE,
            "base_url = 'http://h'\n[defaults]\n@\n[[request]]\nget = '/'\n",
            keys::SETTINGS,
        ),
        place(
            FILE,
            "[stages.s]\nbase_url = 'http://h'\n@\n[[request]]\nget = '/'\n",
            keys::SETTINGS,
        ),
    ];
    places.extend(settings.map(|keys| place(FILE, GET, keys)));
    let tables: [(&str, &[Key]); 25] = [
        (
            "proxy = { url = 'http://p', user = 'u', @ }",
            &of(keys::PROXY, &["password"]),
        ),
        ("proxy = { @ }", &of(keys::PROXY, &["url"])),
        (
            "proxy = { url = 'http://p', @ }",
            &of(keys::PROXY, &["user"]),
        ),
        ("tls = { @ }", keys::TLS),
        ("retry = { @ }", keys::RETRY),
        ("poll = { @ }", keys::POLL),
        ("follow_redirects = { @ }", keys::REDIRECTS),
        ("repeat = { max = 2, @ }", &without(keys::REPEAT, &["max"])),
        ("repeat = { max = 2, pass = { @ } }", keys::PASS),
        (
            "vars.x = { @ }\nquery.x = '{{ x }}'",
            &without(
                keys::VARIABLE,
                &["default", "secret", "env", "file", "command"],
            ),
        ),
        (
            "vars.x = { @, secret = true }\nquery.x = '{{ x }}'",
            &of(keys::VARIABLE, &["value", "env", "file", "command"]),
        ),
        (
            "vars.x = { env = 'X', @ }\nquery.x = '{{ x }}'",
            &of(keys::VARIABLE, &["default", "secret"]),
        ),
        ("auth = { @ }", &schemes()),
        (
            "auth = { oauth2 = { token_url = '/t', client_id = 'a', @ } }",
            &without(members("oauth2"), &["token_url", "client_id"]),
        ),
        (
            "auth = { oauth2 = { token_url = '/t', grant = 'jwt_bearer', key = 'abc', @ } }",
            &without(members("oauth2"), &["token_url", "grant", "key"]),
        ),
        (
            "auth = { oauth2 = { client_id = 'a', @ } }",
            &of(members("oauth2"), &["token_url"]),
        ),
        ("auth = { aws_sigv4 = { @ } }", members("aws_sigv4")),
        (
            "auth = { basic = { user = 'a', @ } }",
            &of(members("basic"), &["password"]),
        ),
        (
            "auth = { digest = { password = 'a', @ } }",
            &of(members("basic"), &["user"]),
        ),
        (
            "auth = { api_key = { value = 'a', @ } }",
            &without(members("api_key"), &["value"]),
        ),
        (
            "auth = { api_key = { @ } }",
            &of(members("api_key"), &["value"]),
        ),
        (
            "text_file = { path = 'note.txt', @ }",
            &of(keys::FILE, &["template"]),
        ),
        (
            "multipart.a = { text = 'a', @ }",
            &without(keys::PART, &["file", "text", "json"]),
        ),
        (
            "multipart.a = { @ }",
            &of(keys::PART, &["file", "text", "json"]),
        ),
        (
            "graphql = { query = '{ a }', @ }",
            &without(keys::GRAPHQL, &["query", "query_file"]),
        ),
    ];
    places.extend(tables.map(|(line, keys)| request(line, keys)));
    places.push(request(
        "graphql = { @ }",
        &of(keys::GRAPHQL, &["query", "query_file"]),
    ));
    places.push(request("json_file = { @ }", &of(keys::FILE, &["path"])));
    places.extend(of_answers());
    places.extend(of_other_files());
    places
}

/// A place in a request.
fn request(line: &'static str, keys: &[Key]) -> Place {
    Place {
        mark: FILE,
        text: Box::leak(GET.replace('@', line).into_boxed_str()),
        keys: keys.to_vec(),
    }
}

/// What is expected and captured.
fn of_answers() -> Vec<Place> {
    let socket = |step: &str| {
        let text =
            format!("base_url = 'http://h'\n[[request]]\nwebsocket = '/'\nmessages = [{step}]\n");
        &*Box::leak(text.into_boxed_str())
    };
    let all = |keys: &mut dyn Iterator<Item = Key>| keys.collect::<Vec<_>>();
    let captures = [CAPTURE_SOURCES, CAPTURE_OPTIONS].concat();
    vec![
        request("expect = { @ }", &all(&mut subjects())),
        request(
            "expect.jsonpath.'$.a' = { @ }",
            &all(&mut operators().filter(|key| key.name != "message")),
        ),
        request(
            "expect.headers.a = { equals = 'a', @ }",
            &all(&mut operators().filter(|key| key.name == "message")),
        ),
        request("expect.snapshot = { @ }", apitest::snapshot::KEYS),
        request("expect.events = { @ }", keys::EVENTS),
        request(
            "expect.events.first = [{ @ }]",
            &all(&mut message_subjects(MessageKind::Event)),
        ),
        request("expect.certificate = { @ }", apitest::check::CERTIFICATE),
        request("expect.redirects = [{ @ }]", apitest::check::HOP),
        request("capture.c = { @ }", CAPTURE_SOURCES),
        request(
            "capture.c = { css = 'p', @ }",
            &without(&captures, &["jsonpath", "header", "cookie", "css", "xpath"]),
        ),
        request(
            "capture.c = { xpath = '//p', @ }",
            &of(&captures, &["namespaces"]),
        ),
        place(FILE, socket("{ @ }"), keys::STEP),
        place(
            FILE,
            socket("{ send = 'a', @ }"),
            &of(keys::STEP_OPTIONS, &["fragment"]),
        ),
        place(FILE, socket("{ expect = 'a', @ }"), keys::STEP_OPTIONS),
        place(FILE, socket("{ send = { @ } }"), keys::PAYLOAD),
        place(FILE, socket("{ close = { @ } }"), keys::CLOSE),
        place(
            FILE,
            socket("{ expect = { @ } }"),
            &all(&mut message_subjects(MessageKind::Message)),
        ),
    ]
}

/// The project file, base URLs, gateway files.
fn of_other_files() -> Vec<Place> {
    let route = |inner: &str| {
        let text = format!("stage = 's'\n[[route]]\nmethod = 'GET'\npath = '/a'\n{inner}\n");
        &*Box::leak(text.into_boxed_str())
    };
    let project = "toml,project";
    let gateway = "toml,gateway";
    vec![
        place(
            FILE,
            "base_url = { @ }\n[[request]]\nget = 'http://h/'\n",
            &of(keys::BASE_URL, &["env", "file"]),
        ),
        place(
            FILE,
            "base_url = { env = 'X', @ }\n[[request]]\nget = 'http://h/'\n",
            &of(keys::BASE_URL, &["default"]),
        ),
        place(
            FILE,
            "base_url = { file = 'cdk-outputs.json', @ }\n[[request]]\nget = 'http://h/'\n",
            &of(keys::BASE_URL, &["key"]),
        ),
        place(project, "[wait]\nget = 'http://h/'\n@\n", keys::WAIT),
        place(project, "[wait]\nget = 'http://h/'\n@\n", keys::SETTINGS),
        place(project, "[snapshots]\n@\n", apitest::snapshot::PROJECT_KEYS),
        place(
            project,
            "[snapshots]\nredact = [{ matches = 'a', @ }]\n",
            &of(apitest::snapshot::PATTERN_KEYS, &["with"]),
        ),
        place(
            project,
            "[snapshots]\nredact = [{ with = 'a', @ }]\n",
            &of(apitest::snapshot::PATTERN_KEYS, &["matches"]),
        ),
        place(
            gateway,
            "stage = 's'\n@\n[[route]]\nmethod = 'GET'\npath = '/a'\nrespond.status = 200\n",
            &of(gateway_file(), &["kind", "api_keys"]),
        ),
        place(gateway, route("@"), &of(ROUTE_KEYS, &["respond"])),
        place(
            gateway,
            route("respond.status = 200\n@"),
            &without(ROUTE_KEYS, &["method", "path", "respond"]),
        ),
        place(
            gateway,
            route("respond.status = 200\nrequired = { @ }"),
            REQUIRED_KEYS,
        ),
        place(
            gateway,
            route("respond.status = 200\nthrottle = { @ }"),
            THROTTLE_KEYS,
        ),
        place(gateway, route("respond = { @ }"), RESPOND_KEYS),
    ]
}

fn gateway_file() -> &'static [Key] {
    apitest::gateway::FILE_KEYS
}

fn of(keys: &[Key], names: &[&str]) -> Vec<Key> {
    keys.iter()
        .filter(|key| names.contains(&key.name))
        .copied()
        .collect()
}

fn without(keys: &[Key], names: &[&str]) -> Vec<Key> {
    keys.iter()
        .filter(|key| !names.contains(&key.name))
        .copied()
        .collect()
}

const EVALUATED: &str = "`nobody` is not declared";
const REFUSED: &str = "`{{` is not evaluated here";

/// Whether the table of keys says of strings what is done with them.
fn agrees(key: &Key, told: &str) -> bool {
    let is = |names: &[&str]| key.shape.split('|').any(|word| names.contains(&word));
    match () {
        () if is(&["template", "templates", "scalar", "any", "expression"]) => {
            !told.contains(REFUSED)
        }
        () if is(&["string", "strings"]) => !told.contains(EVALUATED),
        () => true,
    }
}

#[test]
fn every_key_evaluates_or_refuses_placeholders() {
    let mut wrong = String::new();
    let (mut tried, mut evaluated, mut refused) = (0, 0, 0);
    for place in places() {
        for key in &place.keys {
            for value in VALUES {
                let text = place.text.replace('@', &format!("{} = {value}", key.name));
                tried += 1;
                match problems(place.mark, "place.toml", &text) {
                    Ok(()) => {
                        let _ = writeln!(wrong, "taken: {text}");
                    }
                    Err(told) if value == VALUES[0] => {
                        evaluated += usize::from(told.contains(EVALUATED));
                        refused += usize::from(told.contains(REFUSED));
                        wrong.extend(
                            (!agrees(key, &told))
                                .then(|| format!("{}: {}\n{told}", key.name, key.shape)),
                        );
                    }
                    Err(_) => {}
                }
            }
        }
    }
    // The rest is no string at all, or must be one of some words.
    assert!(
        tried > 2000 && evaluated > 150 && refused > 50,
        "{tried} {evaluated} {refused}"
    );
    assert!(wrong.is_empty(), "{wrong}");
}

/// A table of keys that is added to the format gets its place above.
#[test]
fn every_table_of_keys_has_a_place() {
    let source = crate::docs::blocks::read("src/syntax/keys.rs");
    let tables = source.lines().filter_map(|line| {
        line.strip_prefix("pub const ")?
            .split_once(": &[Key]")
            .map(|(name, _)| name)
    });
    let here = crate::docs::blocks::read("tests/it/docs/places.rs");
    let without: BTreeSet<_> = tables
        .filter(|name| !here.contains(&format!("keys::{name}")))
        .collect();
    // `[run]`, `[report]` and the user's configuration are read by the command line: cases of their own.
    assert_eq!(without, BTreeSet::from(["RUN", "USER"]));
}

/// Keys that anybody may choose, wherever they stand.
#[test]
fn names_are_evaluated_in_json_paths_alone() {
    let tables = [
        "path_params",
        "query",
        "headers",
        "cookies",
        "form",
        "multipart",
        "json",
        "json.a",
        "graphql.variables",
        "resolve",
        "vars",
        "capture",
        "expect.headers",
        "expect.cookies",
        "expect.trailers",
        "expect.json",
        "expect.json_contains.a",
        "expect.xpath",
        "expect.css",
        "expect.schema.properties",
        "expect.namespaces",
        "expect.snapshot.redact",
        "expect.jsonpath.'$.a'.equals",
        "auth.oauth2.params",
        "auth.oauth2.claims",
        "vars.a",
        "vars.jsonpath",
        "json.expect.jsonpath",
        "expect.json.jsonpath",
    ];
    let mut wrong = Vec::new();
    for table in tables {
        let more = if table.starts_with("graphql") {
            "graphql.query = 'a'\n"
        } else {
            ""
        };
        let written = format!(
            "base_url = 'http://h'\n[vars]\nn = '1'\n[[request]]\nget = '/'\n{more}{table}.'x{{{{ n }}}}' = 'a'\n"
        );
        let told = problems(FILE, "names.toml", &written)
            .err()
            .unwrap_or_default();
        wrong.extend(
            (!told.contains("names are used as written")).then(|| format!("{written}{told}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for table in [
        "expect.jsonpath",
        "expect.events.until.jsonpath",
        "expect.events.all.jsonpath",
    ] {
        let written = format!(
            "base_url = 'http://h'\n[vars]\nn = '1'\n[[request]]\nget = '/'\n{table}.'$[{{{{ n }}}}]' = 'a'\n"
        );
        assert_eq!(problems(FILE, "names.toml", &written), Ok(()), "{table}");
    }
    let rows = "base_url = 'http://h'\nrows = [{ a = 1 }]\n[[request]]\nname = 'with {{ a }}'\nget = '/'\n";
    assert_eq!(problems(FILE, "names.toml", rows), Ok(()));
}

#[test]
fn what_skips_is_a_reason() {
    let taken = |value: &str| {
        problems(
            FILE,
            "skip.toml",
            &GET.replace('@', &format!("skip = {value}")),
        )
        .is_ok()
    };
    let no_reasons = [
        "''", "' '", "'true'", "'FALSE'", "' Yes'", "'no'", "'On'", "'off '", "'0'", "'1'", "0",
        "1", "1.5", "[]", "{}",
    ];
    let conditions = [
        "'{{ true }}'",
        "\"{{ stage == 'prod' }}\"",
        "'until {{ x }}'",
        "'{{'",
    ];
    let wrong: Vec<_> = no_reasons
        .into_iter()
        .chain(conditions)
        .filter(|value| taken(value))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(
        [
            "true",
            "false",
            "'waits for #12'",
            "'not true any more'",
            "'off-line'"
        ]
        .into_iter()
        .all(taken)
    );
}
