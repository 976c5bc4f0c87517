//! What holds for every value that its subject can have is refused, wherever it stands.

use super::super::testing::{answer, judge_in, names, problems};
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
    // What no value of the subject can be.
    "headers.x = { not_equals = [] }",
    "headers.x = { not_equals = [true] }",
    "headers.x = { not_equals = true }",
    "headers.x = { not_equals = { a = 1 } }",
    "headers.x = { not_equals = \"a\\nb\" }",
    "headers.x = { not = { equals = [] } }",
    "headers.x = { not = { contains = \"\\n\" } }",
    "headers.x = { not_contains = \"\\u0000\" }",
    "headers.x = { all = { not_equals = [] } }",
    "headers.x = { any = { not_equals = ['x'] } }",
    "trailers.x = { not_equals = [] }",
    "redirects = [{ headers.x = { not_equals = false } }]",
    "cookies.x = { not_equals = [] }",
    "cookies.x = { not_contains = ';' }",
    "cookies.'x.max_age' = { not_equals = '60' }",
    "cookies.'x.expires' = { not_equals = 'never' }",
    "cookies.'x.same_site' = { not_equals = true }",
    "css.li = { not_equals = true }",
    "css.li = { all = { not_equals = {} } }",
    "xpath.'//li' = { not_equals = false }",
    "xpath.'string(//li)' = { not_equals = [] }",
    "xpath.'sum(//li)' = { not_equals = 'x' }",
    "text = { not_equals = 5 }",
    "text = { not_equals = [] }",
    "text = { not = { equals = true } }",
    "url = { not_contains = ' ' }",
    "url = { not_contains = [' ', \"\\n\"] }",
    "url = { not_equals = 'about:blank' }",
    "url = { not_equals = '' }",
    "url = { not_equals = 5 }",
    "url = { not = { starts_with = ' ' } }",
    "url = { not = { ends_with = 'é' } }",
    "url = { not = { matches = ' ' } }",
    "url = { not = { matches = '^ ' } }",
    "url = { not = { format = 'uuid' } }",
    "url = { not = { type = 'number' } }",
    "url = { not = { empty = true } }",
    "url = { not = { one_of = ['a', 'b'] } }",
    "url = { len = { gt = 0 } }",
    "redirects = [{ to = { not_contains = ' ' } }]",
    "redirects = { not_equals = ['x'], not = { equals = 'y' } }",
    "sha256 = { not_equals = 'abc' }",
    "sha256 = { not_equals = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855' }",
    "sha256 = { not_contains = 'g' }",
    "sha256 = { not = { starts_with = 'A' } }",
    "sha256 = { not = { format = 'uuid' } }",
    "sha256 = { not = { len = 32 } }",
    "sha256 = '{{ any.string(len=64) }}'",
    "ip = { not_equals = 'localhost' }",
    "ip = { not_equals = '127.0.0.01' }",
    "ip = { not_equals = 1 }",
    "ip = { not_contains = '/' }",
    "ip = { not = { format = 'uuid' } }",
    "tls = { not_equals = '1.4' }",
    "tls = { not_equals = 1.2 }",
    "tls = { not_contains = 'x' }",
    "certificate.serial = { not_equals = 'AB:CD' }",
    "certificate.fingerprint = { not_equals = 'ab' }",
    "certificate.fingerprint = { len = 64 }",
    "certificate.not_after = { not_equals = '2026-01-01' }",
    "certificate.not_before = { format = 'date-time' }",
    "certificate.subject = { not_equals = 5 }",
    "certificate.san = { not_equals = 'a.example' }",
    "certificate.san = { not = { starts_with = 'a' }, not_equals = 'a' }",
    "error = { not_equals = 'bogus' }",
    "interim = { not_equals = 103 }",
    "interim = { not = { equals = 103 } }",
    "jsonpath.'$.a[*]' = { not_equals = 'admin' }",
    "jsonpath.'$..a' = { not = 'admin' }",
    "jsonpath.'$.a[?@.b == {{ x }}]' = { not_equals = 1 }",
    "jsonpath.'$.a[*]' = { not = { type = 'string' } }",
    "jsonpath.'$.a[*]' = { not = { format = 'uuid' } }",
    "jsonpath.'$.a[*]' = { not = { one_of = ['x', 1] } }",
];

/// An item that no value of the subject can be.
const UNREACHABLE: &[&str] = &[
    "status = { one_of = [200, 'foo'] }",
    "status = { one_of = [200, 7] }",
    "status = { not = { one_of = [200, 'foo'] } }",
    "http = { one_of = ['1.1', '3'] }",
    "tls = { one_of = ['1.3', '1.4'] }",
    "ip = { one_of = ['127.0.0.1', 'localhost'] }",
    "url = { one_of = ['http://a/', 'about:blank'] }",
    "url = { not_contains = ['login', ' '] }",
    "sha256 = { one_of = ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'x'] }",
    "headers.x = { one_of = ['a', true] }",
    "headers.x = { all = { one_of = ['a', []] } }",
    "cookies.'x.secure' = { one_of = [true, 'yes'] }",
    "text = { one_of = ['a', 5] }",
    "size = { one_of = [5, 'x'] }",
    "redirects = { one_of = [1, 'x'] }",
    "error = { one_of = ['connect', 'bogus'] }",
    "css.li = { one_of = ['a', true] }",
    "jsonpath.'$.a[*]' = { one_of = [['x'], 'x'] }",
    "text = { len = { one_of = [5, 'x'] } }",
    "jsonpath.'$.a' = { len = { one_of = [5, 'x'] } }",
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
    "headers.x = { not_equals = ['a', 'b'] }",
    "headers.x = { not_equals = 5 }",
    "headers.x = { not_contains = ' ' }",
    "headers.x = { not = { contains = ['a', 'b'] } }",
    "headers.x = { one_of = ['a', 1, ['a', 'b']] }",
    "cookies.x = { not_equals = 5 }",
    "cookies.'x.max_age' = { not_equals = 60 }",
    "cookies.'x.expires' = { not_equals = '2026-10-21T07:28:00Z' }",
    "cookies.'x.same_site' = { not_equals = 'None' }",
    "css.li = { not_equals = [] }",
    "css.li = { not_contains = \"a\\nb\" }",
    "xpath.'sum(//li)' = { not_equals = 5 }",
    "xpath.'string(//li)' = { not_equals = 5 }",
    "text = { not_contains = 5 }",
    "text = { not_equals = '5' }",
    "url = { not_contains = ['login', 'error'] }",
    "url = { not = { contains = ['login', 'error'] } }",
    "url = { not_equals = 'http://a/' }",
    "ip = { not_equals = '127.0.0.1' }",
    "ip = { not = { format = 'ipv6' } }",
    "tls = { not_equals = '1.2' }",
    "certificate.serial = { not_equals = 'abcd' }",
    "certificate.not_after = { gt = '2026-01-01T00:00:00Z' }",
    "certificate.san = { not_contains = 'a.example' }",
    "certificate.san = { not_equals = ['a.example'] }",
    "certificate.subject = { not_contains = '5' }",
    "error = { not_equals = 'dns' }",
    "interim = { not_equals = [103] }",
    "jsonpath.'$.a[*]' = { not_equals = ['admin'] }",
    "jsonpath.'$.a[*]' = { not_contains = 'admin' }",
    "jsonpath.'$.a[*]' = { all = { not_equals = 'admin' } }",
    "jsonpath.'$.a[*]' = { one_of = [['x'], []] }",
    "jsonpath.'$.a[0]' = { not_equals = 'admin' }",
    "jsonpath.'$.a[{{ n }}]' = { not_equals = 'admin' }",
    "sha256 = { not = { starts_with = '0' } }",
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
    let wrong: Vec<_> = UNREACHABLE
        .iter()
        .map(|expect| (expect, problems(expect)))
        .filter(|(_, told)| told.len() != 1 || !told[0].starts_with("no value can be "))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let silent: Vec<_> = SAYS_NOTHING
        .iter()
        .filter(|expect| problems(expect).is_empty())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// What holds for every value once its expressions are filled, and an exchange of which it would be said.
const VACUOUS_AT_RUN: &[&str] = &[
    "size = { gte = '{{ zero }}' }",
    "size = { gt = '{{ minus }}' }",
    "size = { lt = 100, gte = '{{ zero }}' }",
    "size = { not = { lt = '{{ zero }}' } }",
    "size = { not_equals = '{{ minus }}' }",
    "size = { not_equals = '{{ word }}' }",
    "size = { between = ['{{ zero }}', 9223372036854775807] }",
    "size = { not = { between = ['{{ minus }}', '{{ minus }}'] } }",
    "size = '{{ any.integer(gte=zero) }}'",
    "size_on_wire = { gte = '{{ zero }}' }",
    "redirects = { gte = '{{ zero }}' }",
    "redirects = { count = { gte = '{{ zero }}' } }",
    "redirects = { not_equals = '{{ word }}' }",
    "time = { gte = '{{ zero }}s' }",
    "time = { gt = '{{ zero }}s', lt = '9s', gte = '{{ zero }}ms' }",
    "text = { len = { gte = '{{ zero }}' } }",
    "text = { not = { len = { lt = '{{ zero }}' } } }",
    "text = { matches = '{{ everything }}' }",
    "text = { matches = '{{ nothing }}' }",
    "text = { not = { matches = '{{ nothing }}' } }",
    "text = { contains = '{{ nothing }}' }",
    "text = { contains = ['a', '{{ nothing }}'] }",
    "text = { not_contains = '{{ empty_list }}' }",
    "text = { starts_with = '{{ nothing }}' }",
    "text = { ends_with = '{{ nothing }}' }",
    "text = { not_equals = '{{ zero }}' }",
    "text = { one_of = ['{\"a\": [1, 2]}', '{{ zero }}'] }",
    "headers.x = { len = { gte = '{{ zero }}' } }",
    "headers.x = { count = { gte = '{{ zero }}' } }",
    "headers.x = { all = { len = { gte = '{{ zero }}' } } }",
    "headers.x = { any = { matches = '{{ everything }}' } }",
    "headers.x = { not_equals = '{{ empty_list }}' }",
    "headers.x = { not_equals = '{{ yes }}' }",
    "headers.x = { not_contains = '{{ break }}' }",
    "headers.x = { one_of = ['v', '{{ yes }}'] }",
    "cookies.sid = { len = { gte = '{{ zero }}' } }",
    "cookies.sid = { not_equals = '{{ empty_list }}' }",
    "cookies.'sid.secure' = { not_equals = '{{ word }}' }",
    "cookies.'sid.secure' = { one_of = [true, '{{ not yes }}'] }",
    "cookies.'sid.secure' = { one_of = [true, '{{ word }}'] }",
    "url = { starts_with = '{{ http }}' }",
    "url = { contains = '{{ slash }}' }",
    "url = { not_contains = '{{ blank }}' }",
    "url = { not_contains = ['login', '{{ blank }}'] }",
    "url = { not_equals = '{{ word }}' }",
    "url = { matches = '{{ everything }}' }",
    "url = { len = { gt = '{{ zero }}' } }",
    "sha256 = { not_equals = '{{ word }}' }",
    "sha256 = { len = '{{ 64 }}' }",
    "http = { not_equals = '{{ word }}' }",
    "http = { one_of = ['1.1', '{{ word }}'] }",
    "http = { one_of = '{{ versions }}' }",
    "status = { gte = '{{ zero }}' }",
    "status = { lt = '{{ 600 }}' }",
    "status = { not_equals = '{{ word }}' }",
    "status = { one_of = [200, '{{ word }}'] }",
    "status = { one_of = [200, '{{ zero }}'] }",
    "status = { between = ['{{ zero }}', 600] }",
    "status = [200, '{{ word }}']",
    "status = [200, '{{ zero }}']",
    "status = [200, '{{ empty_list }}']",
    "status = ['1xx', '2xx', '3xx', '4xx', '{{ 5 }}xx']",
    "status = '{{ [200, word] }}'",
    "jsonpath.'$.a' = { len = { gte = '{{ zero }}' } }",
    "jsonpath.'$.a' = { count = { gte = '{{ zero }}' } }",
    "jsonpath.'$.a[*]' = { not_equals = '{{ word }}' }",
    "jsonpath.'$.a[*]' = { all = { not = { len = { lt = '{{ zero }}' } } } }",
    "jsonpath.'$.s' = { matches = '{{ everything }}' }",
    "jsonpath.'$.s' = { not_contains = '{{ nothing }}' }",
    "jsonpath.'$.a' = { one_of = '{{ empty_list }}' }",
    "jsonpath.'$.a' = { contains = '{{ empty_list }}' }",
    "jsonpath.'$.a' = { not_contains = '{{ empty_list }}' }",
];

/// The same operators, with expressions that can fail.
const SOUND_AT_RUN: &[&str] = &[
    "size = { gte = '{{ zero + 1 }}' }",
    "size = { lt = '{{ most }}' }",
    "time = { lt = '{{ most }}s' }",
    "text = { contains = '{{ quote }}' }",
    "text = { not_contains = '{{ word }}' }",
    "text = { not_equals = '{{ word }}' }",
    "text = { len = { gte = '{{ one }}' } }",
    "headers.x = { not_equals = '{{ word }}' }",
    "headers.x = { not_contains = '{{ word }}' }",
    "headers.x = { one_of = ['v', '{{ word }}'] }",
    "cookies.'sid.secure' = '{{ yes }}'",
    "url = { not_contains = '{{ word }}' }",
    "http = { one_of = ['1.1', '{{ two }}'] }",
    "status = [200, '{{ code }}']",
    "status = [200, '{{ 4 }}xx']",
    "status = { one_of = [200, '{{ code }}'] }",
    "status = { gte = '{{ 200 }}', lt = '{{ 300 }}' }",
    "jsonpath.'$.a' = { len = { gte = '{{ one }}' } }",
    "jsonpath.'$.a' = { not_equals = '{{ empty_list }}' }",
    "jsonpath.'$.a[*]' = { not_contains = '{{ word }}' }",
    "jsonpath.'$.s' = { not_equals = '{{ word }}' }",
    "json = '{{ {\"a\": [1, 2], \"s\": \"x\"} }}'",
    "json_contains = { s = '{{ any.optional(any.string) }}' }",
];

#[test]
fn what_comes_out_of_an_expression_is_held_to_the_same() {
    let names = names(
        r#"{"zero": 0, "one": 1, "minus": -1, "word": "foo", "nothing": "", "everything": ".*", "empty_list": [],
            "yes": true, "break": "\n", "http": "http", "slash": "/", "blank": " ", "most": 1000, "quote": "\"",
            "two": "2", "code": 404, "versions": ["1.0", "1.1", "2"]}"#,
    );
    let headers = [
        ("content-type", "application/json"),
        ("x", "v"),
        ("set-cookie", "sid=1; Secure"),
    ];
    let exchange = answer(200, &headers, r#"{"a": [1, 2], "s": "x"}"#);
    let passing: Vec<_> = VACUOUS_AT_RUN
        .iter()
        .filter(|expect| judge_in(expect, &exchange, &names).is_empty())
        .collect();
    assert!(passing.is_empty(), "{passing:#?}");
    let failing: Vec<_> = SOUND_AT_RUN
        .iter()
        .map(|expect| (expect, judge_in(expect, &exchange, &names)))
        .filter(|(_, told)| !told.is_empty())
        .collect();
    assert!(failing.is_empty(), "{failing:#?}");
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
