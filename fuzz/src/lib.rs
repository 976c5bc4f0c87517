//! What the targets share: names to look up, answers to judge, problems to hold to their places.

use std::sync::{Arc, Mutex};

use apitest::clock::Clock;
use apitest::http::{Exchange, Request, Response};
use apitest::source::{Diagnostic, Style, render};
use apitest::template::{Binding, Context, Lookup, Scope};
use apitest::value::Value;

/// A scope in which `x` is a text, `n` a number, `o` an object, `s` a secret, and nothing else is declared.
pub struct Names(Arc<Context>);

impl Names {
    /// With a folder that holds nothing.
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join("apitest-fuzz-empty");
        Self(Arc::new(Context {
            clock: Clock::System,
            random: Mutex::new(fastrand::Rng::with_seed(1)),
            environment: Arc::new(|_| None),
            root: folder.clone(),
            folder,
        }))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Scope for Names {
    fn look_up(&self, name: &str) -> Lookup {
        let value = match name {
            "x" | "s" => Value::from("text \"of\" {{ x }}"),
            "n" => Value::from(42_i64),
            "o" => Value::Object(
                [(
                    "a".to_owned(),
                    Value::Array(vec![Value::Null, Value::from("é")]),
                )]
                .into_iter()
                .collect(),
            ),
            _ => return Lookup::Unknown,
        };
        Lookup::Found(Binding {
            value: Arc::new(value),
            secret: name == "s",
        })
    }

    fn context(&self) -> &Arc<Context> {
        &self.0
    }
}

/// An answer with this content type and body.
pub fn answer(content_type: &str, body: &str) -> Exchange {
    let url = url::Url::parse("http://h/").expect("a URL");
    let headers = vec![
        ("content-type".to_owned(), content_type.to_owned()),
        ("set-cookie".to_owned(), "a=1".to_owned()),
    ];
    Exchange::of(
        Request::new("GET", url),
        Response::new(200, headers, body.to_owned()),
    )
}

/// A text in two, at its first empty line.
pub fn two(text: &str) -> Option<(&str, &str)> {
    text.split_once("\n\n")
}

/// Every problem can be drawn, and its place lies inside of its file.
pub fn hold_to_places(problems: &[Diagnostic]) {
    for span in problems.iter().filter_map(|problem| problem.span.as_ref()) {
        assert!(
            span.start <= span.end && span.file.text().get(span.start..span.end).is_some(),
            "{span:?}"
        );
    }
    assert_eq!(
        render(
            problems,
            Style {
                color: true,
                width: 80
            }
        )
        .is_empty(),
        problems.is_empty()
    );
}
