//! Expectations from a few lines of TOML, judged on a response made by hand.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

use super::{Evaluation, Expectation, Failure, Paths, Setting, compile, evaluate};
use crate::clock::Clock;
use crate::http::{Error, Exchange, Request, Response};
use crate::source::{File, Span};
use crate::syntax::{Problems, read};
use crate::template::{Binding, Context, Lookup, Scope};
use crate::value::{Value, parse};

/// Names from a JSON object.
pub(super) struct Names(Value, Arc<Context>);

pub(super) fn names(json: &str) -> Names {
    let context = Context {
        clock: Clock::Fixed("2026-02-28T23:59:58.5Z".parse().unwrap()),
        random: Mutex::new(fastrand::Rng::with_seed(7)),
        environment: Arc::new(|_| None),
        folder: ".".into(),
        root: ".".into(),
    };
    Names(parse(json).unwrap(), Arc::new(context))
}

impl Scope for Names {
    fn look_up(&self, name: &str) -> Lookup {
        let binding = |value: &Value| Binding {
            value: Arc::new(value.clone()),
            secret: name.starts_with("secret"),
        };
        self.0
            .get(name)
            .map_or(Lookup::Unknown, |value| Lookup::Found(binding(value)))
    }

    fn context(&self) -> &Arc<Context> {
        &self.1
    }
}

/// A compiled `expect` table, and what was wrong with it: `message (hint) at underlined`.
pub(super) fn compiled(expect: &str) -> (Vec<Expectation>, Vec<String>) {
    let file = File::new("tests/c.toml", expect);
    let mut problems = Problems::default();
    let table = read(&file, &mut problems);
    let files = |path: &Path| match path.to_str() {
        Some("tests/item.json") => Ok(
            br#"{"type":"object","properties":{"id":{"$ref":"defs/id.json#/$defs/id"}}}"#.to_vec(),
        ),
        Some("tests/defs/id.json") => {
            Ok(br#"{"$defs":{"id":{"type":"integer","minimum":1}}}"#.to_vec())
        }
        Some("tests/web.json") => Ok(br#"{"$ref":"https://example.org/x.json"}"#.to_vec()),
        Some("tests/body.bin") => Ok(vec![0, 1, 2]),
        _ => Err(format!("there is no file `{}`", path.display())),
    };
    let place = Span::new(&file, 0..0);
    let setting = Setting {
        place: &place,
        files: &files,
        paths: &Paths::default(),
        graphql: expect.contains("# graphql"),
        websocket: false,
        defaults: true,
    };
    let expectations = compile(Some(&table), &setting, &mut problems);
    let told = problems.into_vec().into_iter().map(|problem| {
        let hint = problem
            .hint
            .map(|hint| format!(" ({hint})"))
            .unwrap_or_default();
        format!(
            "{}{hint} at {}",
            problem.message,
            problem
                .span
                .map(|span| span.text().to_owned())
                .unwrap_or_default()
        )
    });
    (expectations, told.collect())
}

/// What is wrong with an `expect` table.
pub(super) fn problems(expect: &str) -> Vec<String> {
    compiled(expect).1
}

/// An exchange with a response: status, headers, body.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let request = Request::new("GET", Url::parse("http://stage.test/dev/hello").unwrap());
    let mut exchange = Exchange::of(request, Response::new(status, headers, body.to_owned()));
    exchange.time = Duration::from_millis(312);
    exchange
}

/// A response with status 200 and a JSON body.
pub(super) fn json(body: &str) -> Exchange {
    answer(200, &[("Content-Type", "application/json")], body)
}

/// An exchange without a response.
pub(super) fn failed(error: Error) -> Exchange {
    Exchange::new(
        Request::new("GET", Url::parse("http://stage.test/").unwrap()),
        Err(error),
    )
}

/// What fails, each as `subject: summary`; problems of the table are failures too.
pub(super) fn judge_in(expect: &str, exchange: &Exchange, scope: &Names) -> Vec<String> {
    failures(expect, exchange, scope)
        .into_iter()
        .map(|(subject, failure)| format!("{subject}: {}", failure.summary()))
        .collect()
}

/// What fails, with the subject of each.
pub(super) fn failures(expect: &str, exchange: &Exchange, scope: &Names) -> Vec<(String, Failure)> {
    let (expectations, problems) = compiled(expect);
    assert_eq!(problems, Vec::<String>::new(), "{expect}");
    let Evaluation { error, outcomes } = evaluate(&expectations, exchange, scope);
    assert!(
        error.is_none() || exchange.response().is_some(),
        "a response"
    );
    let failed = outcomes.iter().filter_map(|outcome| {
        outcome
            .failure()
            .map(|failure| (outcome.expectation.subject().to_string(), failure.clone()))
    });
    failed.collect()
}

/// As [`judge_in`], without names.
pub(super) fn judge(expect: &str, exchange: &Exchange) -> Vec<String> {
    judge_in(expect, exchange, &names("{}"))
}

/// Asserts that all that is expected is so.
#[track_caller]
pub(super) fn holds(expect: &str, exchange: &Exchange) {
    assert_eq!(judge(expect, exchange), Vec::<String>::new(), "{expect}");
}
