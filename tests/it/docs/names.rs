//! Every name of the format stands in the reference, and every option in that of the command line.

use std::collections::BTreeSet;

use apitest::check::{CAPTURE_OPTIONS, CAPTURE_SOURCES, operators, subjects};
use apitest::gateway;
use apitest::snapshot;
use apitest::syntax::{AUTH_SCHEMES, Key, keys};
use apitest::template::{FILTERS, FUNCTIONS, PATTERN_NAMES, TESTS};

use crate::docs::blocks::read;

/// The words that stand in a text as code: in blocks, and between backticks.
fn words(text: &str) -> BTreeSet<&str> {
    let blocks = text.split("```").enumerate();
    let code = blocks.flat_map(|(at, part)| {
        let spans: Vec<_> = if at % 2 == 1 {
            vec![part]
        } else {
            part.split('`').skip(1).step_by(2).collect()
        };
        spans
    });
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    code.flat_map(|code| code.split(move |c| !is_word(c)))
        .collect()
}

fn missing<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let words = words(text);
    names.filter(|name| !words.contains(name)).collect()
}

/// The schemes of `auth`, and the keys of their tables.
fn auth_names() -> impl Iterator<Item = &'static str> {
    AUTH_SCHEMES.iter().flat_map(|scheme| {
        let members = scheme.members.iter().map(|key| key.name);
        std::iter::once(scheme.key.name).chain(members)
    })
}

#[test]
fn every_key_is_named() {
    let names = |keys: &[&'static [Key]]| {
        keys.iter()
            .copied()
            .flatten()
            .map(|key| key.name)
            .collect::<Vec<_>>()
    };
    let of_format = names(&[
        keys::COLLECTION,
        keys::PROJECT,
        keys::STAGE,
        keys::BASE_URL,
        keys::IDENTITY,
        keys::TARGET,
        keys::BODY,
        keys::FILE,
        keys::GRAPHQL,
        keys::PART,
        keys::SETTINGS,
        keys::RETRY,
        keys::POLL,
        keys::REPEAT,
        keys::PASS,
        keys::WAIT,
        keys::VARIABLE,
        keys::RUN,
    ]);
    let of_http = names(&[keys::PROXY, keys::TLS])
        .into_iter()
        .chain(["connect_timeout", "http"]);
    assert_eq!(missing(&read("docs/http.md"), of_http), Vec::<&str>::new());
    let of_websocket = names(&[keys::STEP, keys::STEP_OPTIONS, keys::PAYLOAD, keys::CLOSE]);
    let of_message =
        apitest::check::message_subjects(apitest::check::MessageKind::Message).map(|key| key.name);
    assert_eq!(
        missing(
            &read("docs/websocket.md"),
            of_websocket.into_iter().chain(of_message)
        ),
        Vec::<&str>::new()
    );
    let of_event =
        apitest::check::message_subjects(apitest::check::MessageKind::Event).map(|key| key.name);
    let of_events = names(&[keys::EVENTS]).into_iter().chain(of_event);
    assert_eq!(
        missing(&read("docs/expectations.md"), of_events),
        Vec::<&str>::new()
    );
    let of_gateway = names(&[
        gateway::FILE_KEYS,
        gateway::ROUTE_KEYS,
        gateway::REQUIRED_KEYS,
        gateway::THROTTLE_KEYS,
        gateway::RESPOND_KEYS,
    ]);
    assert_eq!(
        missing(&read("docs/auth.md"), auth_names()),
        Vec::<&str>::new()
    );
    assert_eq!(
        missing(&read("docs/format.md"), of_format.into_iter()),
        Vec::<&str>::new()
    );
    assert_eq!(
        missing(&read("docs/gateway.md"), of_gateway.into_iter()),
        Vec::<&str>::new()
    );
    let kinds = || apitest::report::KINDS.iter().map(|kind| kind.name);
    assert_eq!(
        missing(&read("docs/format.md"), kinds()),
        Vec::<&str>::new()
    );
    assert_eq!(
        missing(&read("docs/reports.md"), kinds()),
        Vec::<&str>::new()
    );
    let later = keys::LATER.iter().map(|(name, _)| *name);
    assert_eq!(missing(&read("docs/format.md"), later), Vec::<&str>::new());
}

#[test]
fn every_key_is_in_the_index() {
    let tables: [&[Key]; 39] = [
        keys::COLLECTION,
        keys::PROJECT,
        keys::STAGE,
        keys::BASE_URL,
        keys::IDENTITY,
        keys::TARGET,
        keys::BODY,
        keys::SETTINGS,
        keys::PROXY,
        keys::TLS,
        keys::EVENTS,
        keys::STEP,
        keys::STEP_OPTIONS,
        keys::PAYLOAD,
        keys::CLOSE,
        keys::RETRY,
        keys::POLL,
        keys::REPEAT,
        keys::PASS,
        keys::WAIT,
        keys::VARIABLE,
        keys::FILE,
        keys::PART,
        keys::GRAPHQL,
        keys::REDIRECTS,
        keys::RUN,
        keys::USER,
        gateway::FILE_KEYS,
        gateway::ROUTE_KEYS,
        gateway::REQUIRED_KEYS,
        gateway::THROTTLE_KEYS,
        gateway::RESPOND_KEYS,
        snapshot::KEYS,
        snapshot::PROJECT_KEYS,
        snapshot::PATTERN_KEYS,
        apitest::check::CERTIFICATE,
        apitest::check::HOP,
        CAPTURE_SOURCES,
        CAPTURE_OPTIONS,
    ];
    let messages = [
        apitest::check::MessageKind::Message,
        apitest::check::MessageKind::Event,
    ];
    let messages = messages
        .into_iter()
        .flat_map(apitest::check::message_subjects);
    let names: BTreeSet<_> = tables
        .into_iter()
        .flatten()
        .copied()
        .chain(subjects())
        .chain(operators())
        .chain(messages)
        .map(|key| key.name)
        .chain(auth_names())
        .collect();
    assert!(names.len() > 200, "{}", names.len());
    assert_eq!(
        missing(&read("docs/keys.md"), names.into_iter()),
        Vec::<&str>::new()
    );
}

#[test]
fn every_expectation_capture_and_pattern_is_named() {
    let captures = CAPTURE_SOURCES.iter().chain(CAPTURE_OPTIONS).copied();
    let of_snapshots = snapshot::KEYS.iter().copied();
    let names = subjects()
        .chain(operators())
        .chain(captures)
        .chain(of_snapshots)
        .map(|key| key.name);
    assert_eq!(
        missing(
            &read("docs/expectations.md"),
            names.chain(PATTERN_NAMES.iter().copied())
        ),
        Vec::<&str>::new()
    );
}

#[test]
fn everything_of_snapshots_is_named() {
    let keys = [
        snapshot::KEYS,
        snapshot::PROJECT_KEYS,
        snapshot::PATTERN_KEYS,
    ]
    .into_iter()
    .flatten()
    .map(|key| key.name);
    let kinds = snapshot::KINDS.into_iter().map(|(name, _)| name);
    let modes = snapshot::Mode::ALL.into_iter().map(|(name, _)| name);
    let unreferenced = snapshot::Unreferenced::ALL
        .into_iter()
        .map(|(name, _)| name);
    let names = keys.chain(kinds).chain(modes).chain(unreferenced);
    assert_eq!(
        missing(&read("docs/snapshots.md"), names),
        Vec::<&str>::new()
    );
}

#[test]
fn every_function_filter_and_test_is_named() {
    let names = FUNCTIONS.iter().chain(FILTERS).chain(TESTS).copied();
    assert_eq!(
        missing(&read("docs/expressions.md"), names),
        Vec::<&str>::new()
    );
}

#[test]
fn a_name_that_is_not_there_is_seen() {
    assert_eq!(
        missing(
            "`get = 1` and head, `posting`\n```toml\nput\n```\n",
            ["get", "head", "post", "put"].into_iter()
        ),
        ["head", "post"]
    );
}
