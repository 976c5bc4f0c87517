//! What holds for every value that its subject can have is refused, wherever it stands.

use super::super::testing::problems;
use crate::check::{MessageKind, Paths, Setting, compile_message};
use crate::source::{File, Span};
use crate::syntax::{Problems, read};

const VACUOUS: &str = "this holds for every value, so it asserts nothing";

const REFUSED: &[&str] = &[
    // Numbers from 0: sizes, lengths, counts.
    "size = { gte = 0 }",
    "size = { gt = -1 }",
    "size = { gte = -0.5 }",
    "size = { gte = 0, lt = 10 }",
    "size = { not = { lt = 0 } }",
    "size = { not_equals = -1 }",
    "size = { not_equals = 1.5 }",
    "size = { not = { equals = -1 } }",
    "size = { not = { between = [-5, -1] } }",
    "size = { not = { gt = 5, lt = 3 } }",
    "size = { type = 'integer' }",
    "size = { type = ['number', 'null'] }",
    "size = { exists = true }",
    "size = '{{ any.integer }}'",
    "size = '{{ any.number(gte=0) }}'",
    "size_on_wire = { gte = 0 }",
    "redirects = { gte = 0 }",
    "redirects = { not = { lt = 0 } }",
    "redirects = { len = { gte = 0 } }",
    "redirects = { count = { gte = 0 } }",
    "redirects = { type = 'integer' }",
    "events.count = { gte = 0 }",
    "events.count = { not = { lt = 0 } }",
    "events.retry = { gte = 0 }",
    "text = { len = { gte = 0 } }",
    "text = { len = { not = { lt = 0 } } }",
    "text = { len = { not = -1 } }",
    "text = { not = { len = { lt = 0 } } }",
    "text = { len = '{{ any.integer }}' }",
    "text = { len = { exists = true } }",
    "headers.x = { len = { gte = 0 } }",
    "headers.x = { count = { gte = 0 } }",
    "headers.x = { starts_with = 'a', len = { gte = 0 } }",
    "headers.x = { all = { len = { gte = 0 } } }",
    "headers.x = { any = { not = { len = { gte = 0 } } } }",
    "trailers.x = { len = { gt = -1 } }",
    "cookies.x = { len = { gte = 0 } }",
    "css.li = { count = { gte = 0 } }",
    "css.li = { len = { gte = 0 } }",
    "css.li = { all = { type = 'string' } }",
    "css.li = { any = { exists = true } }",
    "xpath.'//li' = { count = { gt = -1 } }",
    "xpath.'count(//li)' = { gte = 0 }",
    "xpath.'count(//li)' = { not = { lt = 0 } }",
    "xpath.'string-length(//li)' = { gte = 0 }",
    "jsonpath.'$.a' = { len = { gte = 0 } }",
    "jsonpath.'$.a[*]' = { count = { gte = 0 } }",
    "jsonpath.'$.a' = { any = { len = { gte = 0 } } }",
    "jsonpath.'$.a' = { not = { not = { len = { gte = 0 } } } }",
    "jsonpath.'$.a' = { all = { exists = true } }",
    "jsonpath.'$.a' = '{{ any.array(len={\"gte\": 0}) }}'",
    "json = { a = '{{ any.string(len={\"gte\": 0}) }}' }",
    "json_contains = { a = ['{{ any.array(each=any.string(len={\"gte\": 0})) }}'] }",
    // Statuses.
    "status = { gte = 100 }",
    "status = { gt = 0 }",
    "status = { lt = 600 }",
    "status = { lte = 599, gte = 400 }",
    "status = { between = [100, 599] }",
    "status = { between = [0, 1000] }",
    "status = { not = { gte = 600 } }",
    "status = { not = { lt = 100 } }",
    "status = { not_equals = 0 }",
    "status = { close_to = [300, 400] }",
    "status = { type = 'integer' }",
    "status = { exists = true }",
    "status = '{{ any.integer }}'",
    "status = ['1xx', '2xx', '3xx', '4xx', '5xx']",
    "redirects = [{ status = { gte = 100 } }]",
    // Times.
    "time = { gte = '0s' }",
    "time = { gte = '0ms', lt = '2s' }",
    "time.first_byte = { gte = '0s' }",
    "certificate.expires_in = { gte = '0s' }",
    "redirects = [{ time = { gte = '0s' } }]",
    // Strings.
    "text = { exists = true }",
    "text = { type = 'string' }",
    "text = '{{ any.string }}'",
    "text = { matches = '.*' }",
    "text = { matches = '(?s)^.*$' }",
    "text = { matches = '^' }",
    "text = { matches = 'a*' }",
    "text = { matches = 'a|' }",
    "text = { not = { matches = 'x?' } }",
    "headers.x = { matches = '^.*$' }",
    "headers.x = { all = { matches = '.*' } }",
    "jsonpath.'$.a' = { matches = '.*' }",
    "json = { a = '{{ any.string(matches=\".*\") }}' }",
    "url = { starts_with = 'http' }",
    "url = { matches = '^https?://' }",
    "url = { format = 'url' }",
    "url = { contains = '/' }",
    "url = { empty = false }",
    "url = { exists = true }",
    "sha256 = { len = 64 }",
    "sha256 = { matches = '^[0-9a-f]{64}$' }",
    "sha256 = { format = 'hex' }",
    "sha256 = { empty = false }",
    "http = { one_of = ['1.0', '1.1', '2'] }",
    "http = { not_equals = '3' }",
    "http = { exists = true }",
    "cookies.'a.secure' = { one_of = [true, false] }",
    "cookies.'a.secure' = { not_equals = 'x' }",
    "headers.x = '{{ any.optional() }}'",
    "headers.x = '{{ any.optional(any.string) }}'",
    "jsonpath.'$.a' = '{{ any.optional(any.value) }}'",
    "jsonpath.'$.a' = { type = ['string', 'number', 'boolean', 'null', 'array', 'object'], all = { exists = true } }",
];

/// Refused with words of their own.
const SAYS_NOTHING: &[&str] = &[
    "events = {}",
    "events = { within = '5s' }",
    "events.contains = []",
    "events.first = []",
    "events.all = {}",
    "that = ['{{ true }}']",
    "that = '{{ 1 == 1 }}'",
    "that = '{{ \"a\" is string }}'",
    "that = '{{ now() is string }}'",
    "that = []",
    "redirects = [{}]",
    "redirects = {}",
    "trailers = {}",
    "certificate = {}",
    "xpath.'1 = 1' = true",
    "xpath.'true()' = true",
    "xpath.'concat(\"a\", \"b\")' = 'ab'",
    "cookies.'sid.httponly' = { exists = false }",
    "cookies.'sid.HttpOnly' = true",
    "cookies.'sid.samesite' = 'Lax'",
    "cookies.'sid.max-age' = 3",
    "cookies.'sid.secur' = { exists = false }",
    "cookies.'connect.sid.expire' = { exists = false }",
    "headers.'x y' = { exists = false }",
    "headers.'content-type:' = { exists = false }",
    "headers.':status' = { exists = false }",
    "headers.'' = { exists = false }",
    "trailers.'x y' = { exists = false }",
    "redirects = [{ headers.'x y' = { exists = false } }]",
    "text = { one_of = [] }",
    "text = { not = { contains = [] } }",
    "headers.x = { all = { one_of = [] } }",
];

const TAKEN: &[&str] = &[
    "size = { gt = 0 }",
    "size = { between = [0, 10] }",
    "size = { lt = 10 }",
    "size = 0",
    "size = { not_equals = 0 }",
    "size = { close_to = [10, 5] }",
    "size = { gte = '{{ least }}' }",
    "size = { not = { gt = 5 } }",
    "text = { len = { gte = 1 } }",
    "text = { len = { lt = 1000000 } }",
    "text = { len = 0 }",
    "text = { matches = '.' }",
    "text = { matches = '^a*$' }",
    "text = { matches = '(?s)^.{0,1000}$' }",
    "text = { matches = '{{ pattern }}' }",
    "text = { not = { matches = 'error' } }",
    "text = { not_contains = 'error' }",
    "text = { not_equals = 'x' }",
    "text = { empty = false }",
    "text = ''",
    "status = { gte = 200, lt = 300 }",
    "status = { gte = 101 }",
    "status = { lt = 599 }",
    "status = { not_equals = 500 }",
    "status = ['2xx', '3xx', '4xx']",
    "status = { not = { between = [400, 499] } }",
    "status = { close_to = [250, 49] }",
    "time = { lt = '2s' }",
    "time = { gt = '1ms', lt = '2s' }",
    "time.connect = { exists = false }",
    "time.connect = { exists = true }",
    "size = { not = { gte = 1, lt = '{{ most }}' } }",
    "cookies.'sid.secure' = { exists = true }",
    "certificate.expires_in = { gt = '30d' }",
    "redirects = 0",
    "redirects = []",
    "redirects = { gte = 1 }",
    "redirects = { lte = 2 }",
    "redirects = { exists = false }",
    "headers.x = { exists = true }",
    "headers.x = { exists = false }",
    "headers.x = '{{ any.string }}'",
    "headers.x = { type = 'string' }",
    "headers.x = { not_equals = 'x' }",
    "headers.x = { count = { gte = 1 } }",
    "headers.x = '{{ any.optional(any.uuid) }}'",
    "headers.x = '{{ any.array(each=any.uuid) }}'",
    "cookies.'connect.sid' = { exists = true }",
    "cookies.'sid.secure' = true",
    "cookies.'sid.max_age' = { gte = 0 }",
    "cookies.'.AspNetCore.Session' = { exists = true }",
    "jsonpath.'$.a' = { gte = 0 }",
    "jsonpath.'$.a' = { type = 'string' }",
    "jsonpath.'$.a' = { not_equals = 1 }",
    "jsonpath.'$.a' = { exists = true }",
    "jsonpath.'$.a' = '{{ any.value }}'",
    "jsonpath.'$.a' = { all = { gte = 0 } }",
    "jsonpath.'$.a' = '{{ any.array(each=any.value, len=3) }}'",
    "json = '{{ any.value }}'",
    "json = { a = '{{ any.optional() }}' }",
    "json_contains = []",
    "json_contains = {}",
    "xpath.'//li' = { exists = true }",
    "xpath.'count(//li)' = 0",
    "xpath.'string(//li)' = 'x'",
    "xpath.'boolean(//li)' = true",
    "xpath.'name()' = 'x'",
    "css.li = { len = { gt = 0 } }",
    "css.li = { type = 'string' }",
    "url = { ends_with = '/x' }",
    "url = { starts_with = 'https' }",
    "url = { not_contains = 'login' }",
    "url = { not = { matches = 'error' } }",
    "url = { matches = '/items/[0-9]+$' }",
    "sha256 = { starts_with = '0' }",
    "sha256 = { not_equals = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' }",
    "http = { one_of = ['1.1', '2'] }",
    "http = { not_equals = '2' }",
    "tls = { one_of = ['1.2', '1.3'] }",
    "interim = { len = 1 }",
    "interim = []",
    "events.count = { lt = 5 }",
    "events.contains = [{}]",
    "events.until = {}",
    "that = '{{ response.status == 200 }}'",
    "that = '{{ env(\"X\") == \"x\" }}'",
    "allow = []",
    "allow = ['graphql_errors', 'lambda_error']",
];

#[test]
fn what_holds_for_every_value_is_refused() {
    let wrong: Vec<_> = REFUSED
        .iter()
        .map(|expect| (expect, problems(expect)))
        .filter(|(_, told)| told.is_empty() || !told.iter().all(|one| one.starts_with(VACUOUS)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let silent: Vec<_> = SAYS_NOTHING
        .iter()
        .filter(|expect| problems(expect).is_empty())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn what_can_fail_is_taken() {
    let wrong: Vec<_> = TAKEN
        .iter()
        .map(|expect| (expect, problems(expect)))
        .filter(|(_, told)| !told.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_operator_is_underlined() {
    assert!(problems("size = { gte = 0, lt = 10 }")[0].ends_with(" at 0"));
    assert!(problems("headers.x = { not = { len = { gte = 0 } } }")[0].ends_with(" at 0"));
    assert!(problems("text = '{{ any.string }}'")[0].ends_with(" at '{{ any.string }}'"));
    assert_eq!(
        problems("size = { gte = 0 }\nstatus = { gte = 100 }\ntext.exists = true").len(),
        3,
        "all at once"
    );
}

#[test]
fn messages_and_events_are_held_to_the_same() {
    let told = |kind: MessageKind, expect: &str| {
        let file = File::new("c.toml", format!("x = {expect}"));
        let mut found = Problems::default();
        let table = read(&file, &mut found);
        let (place, no_files) = (Span::new(&file, 0..0), |_: &std::path::Path| {
            Err("no files".to_owned())
        });
        let paths = Paths::default();
        let setting = Setting {
            place: &place,
            files: &no_files,
            paths: &paths,
            graphql: false,
            websocket: true,
            defaults: false,
        };
        compile_message(kind, table.get("x").unwrap(), &setting, &mut found);
        found.into_vec().len()
    };
    for expect in [
        "{ type = { one_of = ['text', 'binary'] } }",
        "{ close = { gte = 1000 } }",
        "{ text = { len = { gte = 0 } } }",
        "{ size.gte = 0 }",
    ] {
        assert_eq!(told(MessageKind::Message, expect), 1, "{expect}");
    }
    for expect in [
        "{ data = { type = 'string' } }",
        "{ data = { matches = '.*' } }",
        "{ that = '{{ true }}' }",
    ] {
        assert_eq!(told(MessageKind::Event, expect), 1, "{expect}");
    }
    assert_eq!(
        told(MessageKind::Message, "{}") + told(MessageKind::Message, "{ close = { gte = 4000 } }"),
        0
    );
}
