use super::super::testing::{answer, compiled, judge_in, names, problems};
use crate::syntax::Problems;

/// What is said of a table that has one thing wrong.
#[track_caller]
fn told(expect: &str) -> String {
    let mut problems = problems(expect);
    assert_eq!(problems.len(), 1, "{expect}: {problems:?}");
    problems.remove(0)
}

#[test]
fn unknown_keys_are_told_with_what_is_near() {
    assert_eq!(
        told("statsu = 200"),
        "`expect` has no key `statsu` (did you mean `status`?) at statsu"
    );
    assert_eq!(
        told("text = { contians = 'a' }"),
        "a matcher has no key `contians` (did you mean `contains`?) at contians"
    );
    assert_eq!(
        told("status = { '==' = 200 }"),
        "a matcher has no key `==` (did you mean `equals`?) at '=='"
    );
    assert!(
        told("status = [200, '44']").starts_with("`44` is not a status: a status has three digits")
    );
    assert_eq!(
        told("json = '{{ any.value(gtt=1) }}'"),
        "there is no operator `gtt` (did you mean `gt`?) at '{{ any.value(gtt=1) }}'"
    );
    assert_eq!(
        told("time.first_byte = '1s'"),
        "no two measurements take exactly the same time (write `{ lt = \"300ms\" }`) at '1s'"
    );
    assert_eq!(
        told("time.first_byte = { lt = 3 }"),
        "a time needs a unit (write `\"500ms\"` or `\"2s\"`) at 3"
    );
    assert_eq!(
        told("time.frist_byte = { lt = '1s' }"),
        "`time` has no operator `frist_byte` (did you mean `first_byte`?) at frist_byte"
    );
}

#[test]
fn what_holds_always_or_never_is_refused() {
    for expect in [
        "text = '{{ any.array(each={}) }}'",
        "text = { not = { one_of = [] } }",
        "text = { matches = '' }",
        "text = { schema = {} }",
        "schema = {}",
        "size = { not = { between = [500, 1] } }",
        "time = { between = ['2s', '500ms'] }",
        "jsonpath.'$.a' = { close_to = [1, -0.5] }",
        "error = []",
    ] {
        told(expect);
    }
}

#[test]
fn operands_of_the_wrong_type_are_told_before_anything_is_sent() {
    let wrong = [
        "text = { gt = 'abc' }",
        "text = { gt = true }",
        "text = { between = [1] }",
        "text = { between = 1 }",
        "text = { starts_with = 1 }",
        "text = { matches = '(' }",
        "text = { matches = 1 }",
        "text = { one_of = 1 }",
        "text = { type = 'strng' }",
        "text = { type = [] }",
        "text = { format = 'uid' }",
        "text = { exists = 'yes' }",
        "text = { empty = 1 }",
        "text = { unique = false }",
        "text = { sorted = 'up' }",
        "text = { len = 'a' }",
        "text = { len = -1 }",
        "text = { all = { gtt = 1 } }",
        "text = { not = {} }",
        "http = ['1.1', '2']",
        "status = '20'",
        "status = [200, 2000]",
        "text = {}",
        "text = { message = 'x' }",
        "text = { contains = '{{ any.string(matches=\"(\") }}' }",
        "text = '{{ any.uuid(3) }}'",
        "text = '{{ any.object(json_contains={\"a\": any.string}) }}'",
        "text = '{{ 1 + }}'",
        "json_text = '{'",
        "jsonpath.'$.a[' = 1",
        "jsonpath.'$.a[{{ x }}' = 1",
        "jsonpath = 1",
        "xpath.'//a[' = 1",
        "xpath.'//x:a' = 1",
        "css.'a[' = 1",
        "headers.x = true",
        "cookies.sid.secure = true",
        "time = '2s'",
        "time = { lt = 200 }",
        "time = { contains = 'a' }",
        "http = '3'",
        "http = 2",
        "error = 'timout'",
        "that = 'n > 2'",
        "that = ['{{ n', '{{ n == 1 }}']",
        "bytes = '***'",
        "bytes = { file = 'nope.bin' }",
        "sha256 = 'abc'",
        "schema = 'nope.json'",
        "schema = 'web.json'",
        "schema = { type = 'strin' }",
        "schema = 1",
        "lambda_error = 'no'",
    ];
    for expect in wrong {
        told(expect);
    }
}

#[test]
fn every_problem_is_told_at_its_place() {
    let told = problems(
        "status = '9xx'\njson = { a = '{{ any.strng }}', b = '{{' }\njsonpath.'$.x' = { gt = 'a', lt = 'b' }",
    );
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(
        problems("jsonpath.'$.items[0' = 1")[0].ends_with("at '$.items[0'")
            || problems("jsonpath.'$.items[0' = 1").len() == 1
    );
    assert!(problems("schema = 'web.json'")[0].contains("only files are read"));
}

#[test]
fn templates_are_there_for_those_who_plan() {
    let (expectations, _) = compiled(
        "status = '{{ a }}'\njsonpath.'$[{{ b }}]' = { gt = '{{ c }}', message = '{{ d }}' }\nthat = '{{ e }}'\ntext = { all = { matches = '{{ f }}' } }",
    );
    let names: Vec<_> = expectations
        .iter()
        .flat_map(|one| one.templates())
        .flat_map(crate::template::Template::names)
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn defaults_are_marked_as_such() {
    let defaults = |expect: &str| -> Vec<String> {
        let (expectations, _) = compiled(expect);
        expectations
            .iter()
            .filter(|one| one.is_default())
            .map(|one| one.subject().to_string())
            .collect()
    };
    assert_eq!(defaults(""), ["status", "lambda_error"]);
    assert_eq!(
        defaults("status = 200 # graphql"),
        ["lambda_error", "graphql_errors"]
    );
    assert_eq!(
        defaults("error = 'dns'\nallow = 'lambda_error'"),
        Vec::<String>::new()
    );
}

#[test]
fn what_would_judge_nothing_is_told() {
    let nothing = [
        (
            "jsonpath = {}",
            "this is empty, so nothing would be checked (write what you expect, or remove it) at {}",
        ),
        (
            "headers = {}",
            "this is empty, so nothing would be checked (write what you expect, or remove it) at {}",
        ),
        (
            "that = []",
            "this is empty, so nothing would be checked (write what you expect, or remove it) at []",
        ),
        (
            "text.contains = []",
            "an empty list of parts says nothing (if it should be empty or missing, write `empty = true` or `exists = false`) at []",
        ),
        (
            "text.not_contains = []",
            "an empty list of parts says nothing (if it should be empty or missing, write `empty = true` or `exists = false`) at []",
        ),
        (
            "text.contains = ''",
            "an empty text says nothing (if it should be empty or missing, write `empty = true` or `exists = false`) at ''",
        ),
        (
            "text.starts_with = ''",
            "an empty text says nothing (if it should be empty or missing, write `empty = true` or `exists = false`) at ''",
        ),
        (
            "error.exists = false",
            "a response is expected anyway unless `error` is set (remove `error`, and expect a `status`) at false",
        ),
    ];
    for (expect, wanted) in nothing {
        assert_eq!(told(expect), wanted, "{expect}");
    }
}

#[test]
fn an_empty_text_that_a_variable_gave_proves_nothing() {
    let scope = names(r#"{"empty": "", "nothing": [], "null_": null}"#);
    let judge = |expect: &str| judge_in(expect, &answer(200, &[], "abc"), &scope);
    let empty = "the value to look for is an empty string, which every string contains";
    for expect in [
        "text.contains = '{{ empty }}'",
        "text.starts_with = '{{ empty }}'",
        "text.ends_with = '{{ empty }}'",
    ] {
        assert!(judge(expect)[0].ends_with(empty), "{:?}", judge(expect));
    }
    assert!(judge("text.not_contains = '{{ nothing }}'")[0].ends_with("so it asserts nothing"));
    assert!(judge("text.not_contains = '{{ null_ }}'")[0].ends_with("so no string can contain it"));
    assert!(
        judge("text.not.contains = '{{ empty }}'")[0].ends_with(empty),
        "trouble is not turned around"
    );
}

/// Why the expectations of a request contradict each other, with those that it inherits.
fn contradiction(own: &str, inherited: &str) -> Option<String> {
    let table = |text: &str| {
        crate::syntax::read(
            &crate::source::File::new("c.toml", text),
            &mut Problems::default(),
        )
    };
    crate::check::contradiction(&table(own), &table(inherited), &[]).map(|problem| problem.message)
}

#[test]
fn no_answer_and_something_of_it_are_not_expected_together() {
    for key in [
        "status = 200",
        "headers.a = 'x'",
        "cookies.a = 'x'",
        "http = '1.1'",
        "trailers.a = 'x'",
        "tls = '1.3'",
    ] {
        let (key, name) = (key, key.split([' ', '.']).next().unwrap());
        for error in ["dns", "connect", "tls", "protocol", "request", "auth"] {
            let told = contradiction(&format!("error = '{error}'\n{key}"), "").unwrap();
            assert_eq!(
                told,
                format!("`{name}` needs a response, and `error` expects none")
            );
            assert!(contradiction(key, &format!("error = '{error}'")).is_some());
        }
        for error in [
            "'body'",
            "'timeout'",
            "['dns', 'body']",
            "'{{ x }}'",
            "{ exists = true }",
        ] {
            assert_eq!(contradiction(&format!("error = {error}\n{key}"), ""), None);
            assert_eq!(
                contradiction(&format!("error = {error}"), key),
                None,
                "what is inherited gives way"
            );
        }
    }
    for key in [
        "json = {}",
        "text = 'x'",
        "size = 1",
        "size_on_wire = 1",
        "sha256 = 'x'",
        "snapshot = true",
        "events = {}",
    ] {
        let name = key.split(' ').next().unwrap();
        let told = contradiction(&format!("error = 'body'\n{key}"), "").unwrap();
        assert_eq!(
            told,
            format!("`{name}` needs the whole body, and `error` expects that it is not received")
        );
        assert!(contradiction(&format!("error = 'dns'\n{key}"), "").is_some());
    }
    assert_eq!(contradiction("error = 'dns'\ntime.lt = '1s'", ""), None);
    assert_eq!(contradiction("status = 200", ""), None);
}
