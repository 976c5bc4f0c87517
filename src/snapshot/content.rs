//! A response as its snapshot keeps it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{Rules, Unmatched};
use crate::http::Response;
use crate::secret::Redactor;
use crate::text::count;
use crate::value::{Path, Value};

/// What a body is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A document: pretty, its members in their order.
    Json,
    /// A text, as it is.
    Text,
    /// Bytes that are no text: how many, and their hash.
    Bytes,
}

impl Kind {
    /// The names of the kinds, as a snapshot's file has them.
    pub(super) const ALL: [Self; 3] = [Self::Json, Self::Text, Self::Bytes];

    /// `json`, `text` or `bytes`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }
}

/// What is kept of a response: secrets removed, rules applied.
#[derive(Debug)]
pub struct Content<'a> {
    /// The status, where it is part of it, and the headers that are, by their names in lower case.
    pub(super) head: Vec<(String, String)>,
    pub(super) body: Body<'a>,
    /// Whether values may be replaced by placeholders in it.
    pub(super) typed: bool,
    /// The member of the document that stands in it twice, if there is one.
    pub duplicate: Option<Path>,
    /// Values that do not match the pattern of their placeholder.
    pub unmatched: Vec<Unmatched>,
    /// Whether everything in the response is ignored, so that nothing is compared.
    pub is_spent: bool,
}

#[derive(Debug)]
pub(super) enum Body<'a> {
    Json(Cow<'a, Value>),
    Text(Cow<'a, str>),
    Bytes(String),
}

impl<'a> Content<'a> {
    /// What is kept of a response. A large document that is kept as it is is not copied.
    #[must_use]
    pub fn take(response: &'a Response, rules: &Rules, redactor: &Redactor) -> Self {
        let mut head = Vec::new();
        if rules.status {
            head.push(("status".to_owned(), response.status.to_string()));
        }
        for name in &rules.headers {
            let lines = response
                .header_lines(name)
                .map(|line| redactor.redact_header(name, line).into_owned());
            head.extend(
                lines.map(|line| (name.clone(), rules.everywhere.text(&line).into_owned())),
            );
        }
        let (body, unmatched, is_spent) = Body::take(response, rules, redactor);
        let is_spent = is_spent && head.is_empty();
        let duplicate = matches!(body, Body::Json(_))
            .then(|| response.duplicate_member().cloned())
            .flatten();
        Self {
            head,
            body,
            typed: rules.has_placeholders(),
            duplicate,
            unmatched,
            is_spent,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.body {
            Body::Json(_) => Kind::Json,
            Body::Text(_) => Kind::Text,
            Body::Bytes(_) => Kind::Bytes,
        }
    }

    /// The whole as text, as it stands in the file.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.head {
            text.extend([name, ": ", value, "\n"]);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        match &self.body {
            Body::Json(document) => text.push_str(&document.to_json_pretty()),
            Body::Text(body) => text.push_str(body),
            Body::Bytes(body) => text.push_str(body),
        }
        text
    }
}

impl<'a> Body<'a> {
    /// The body, the values that do not match their placeholders, and whether everything in it is ignored.
    fn take(
        response: &'a Response,
        rules: &Rules,
        redactor: &Redactor,
    ) -> (Self, Vec<Unmatched>, bool) {
        if may_be_json(response)
            && let Ok(document) = response.json()
        {
            let document = redactor.redact_value(document);
            if rules.keep_all() {
                return (Self::Json(document), Vec::new(), false);
            }
            let applied = rules.apply(document.into_owned());
            let document = Self::Json(Cow::Owned(applied.document));
            return (document, applied.unmatched, applied.is_spent);
        }
        let body = match response.text() {
            Ok(text) if !text.contains('\0') => Self::Text(match redactor.redact(text) {
                Cow::Borrowed(text) => rules.everywhere.text(text),
                Cow::Owned(text) => Cow::Owned(rules.everywhere.text(&text).into_owned()),
            }),
            _ => Self::Bytes(describe(response)),
        };
        (body, Vec::new(), false)
    }
}

/// Whether the content type says JSON, or says nothing. An empty body is a text.
fn may_be_json(response: &Response) -> bool {
    let says_json = response.content_type().is_none_or(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.ends_with("/json") || kind.ends_with("+json")
    });
    says_json && !response.body.is_empty()
}

fn describe(response: &Response) -> String {
    let of = response
        .content_type()
        .map(|kind| format!(" of {}", kind.to_ascii_lowercase()))
        .unwrap_or_default();
    format!(
        "{}{of}\nsha256: {}\n",
        count(response.body.len(), "byte"),
        hex::encode(Sha256::digest(&response.body))
    )
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::rules;
    use super::*;

    fn kept(rules: &str, kind: &str, body: &[u8], secret: &str) -> (Kind, String) {
        let headers = vec![
            ("Content-Type".to_owned(), kind.to_owned()),
            ("Set-Cookie".to_owned(), "sid=abcd; Path=/".to_owned()),
        ];
        let response = Response::new(201, headers, body.to_vec());
        let redactor = Redactor::default();
        redactor.add_whole("s", secret);
        let content = Content::take(&response, &self::rules(rules).0.unwrap(), &redactor);
        (content.kind(), content.to_text())
    }

    #[test]
    fn json_is_pretty_and_keeps_its_order_and_digits() {
        let (kind, text) = kept(
            "true",
            "application/problem+json",
            br#"{"b":1.50,"a":[1e400,"\u00fc"]}"#,
            "",
        );
        assert_eq!(
            (kind, text.as_str()),
            (
                Kind::Json,
                "{\n  \"b\": 1.50,\n  \"a\": [\n    1e400,\n    \"ü\"\n  ]\n}"
            )
        );
    }

    #[test]
    fn status_and_headers_stand_above_and_secret_headers_are_hidden() {
        let (_, text) = kept(
            "{ status = true, headers = ['Set-Cookie', 'x-none'] }",
            "text/plain",
            b"hi\n",
            "",
        );
        assert_eq!(text, "status: 201\nset-cookie: sid=***; Path=/\n\nhi\n");
    }

    #[test]
    fn secrets_are_gone_in_texts_numbers_and_names() {
        let (_, text) = kept(
            "true",
            "application/json",
            br#"{"a":"x12345678y","b":12345678,"12345678":0}"#,
            "12345678",
        );
        assert!(!text.contains("12345678"), "{text}");
        let (_, text) = kept("true", "text/plain", b"pin 12345678", "12345678");
        assert_eq!(text, "pin ***");
    }

    #[test]
    fn a_response_of_which_everything_is_ignored_is_spent() {
        for (rules, body, is_spent) in [
            (r#"{ ignore = ["$.a"] }"#, r#"{"a":1}"#, true),
            (
                r#"{ ignore = ["$.a", "$.b"] }"#,
                r#"{"a":1,"b":{"c":2}}"#,
                true,
            ),
            (r#"{ ignore = ["$.a.b"] }"#, r#"{"a":{"b":1}}"#, true),
            (r#"{ ignore = ["$[0]"] }"#, "[7]", true),
            (
                r#"{ ignore = ["$[0].id", "$[1].id"] }"#,
                r#"[{"id":1},{"id":2}]"#,
                true,
            ),
            (
                r#"{ ignore = ["$..id"] }"#,
                r#"{"id":1,"x":{"id":2}}"#,
                true,
            ),
            (
                r#"{ ignore = ["$.a"], status = true }"#,
                r#"{"a":1}"#,
                false,
            ),
            (
                r#"{ ignore = ["$.a"], headers = ["content-type"] }"#,
                r#"{"a":1}"#,
                false,
            ),
            (r#"{ ignore = ["$.a"] }"#, r#"{"a":1,"b":null}"#, false),
            (r#"{ ignore = ["$.a"] }"#, r#"{"a":1,"b":[]}"#, false),
            (r#"{ ignore = ["$.a"] }"#, r#"{"b":1}"#, false),
            (r#"{ ignore = ["$.a"] }"#, "{}", false),
            (r#"{ ignore = ["$[0]"] }"#, "[7,8]", false),
            (r#"{ redact = { "$.a" = "[a]" } }"#, r#"{"a":1}"#, false),
        ] {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let response = Response::new(200, headers, body.to_owned());
            let rules = super::super::rules::tests::rules(rules).0.unwrap();
            let content = Content::take(&response, &rules, &Redactor::default());
            assert_eq!(content.is_spent, is_spent, "{body} {rules:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_text_and_what_is_no_text_is_a_hash() {
        assert_eq!(
            kept("true", "application/json", b"{broken", "").0,
            Kind::Text
        );
        assert_eq!(kept("true", "text/plain", b"17", "").0, Kind::Text);
        assert_eq!(
            kept("true", "application/json", b"", ""),
            (Kind::Text, String::new())
        );
        let (kind, text) = kept("true", "Image/PNG", b"\x89PNG\0", "");
        assert_eq!(kind, Kind::Bytes);
        assert!(
            text.starts_with("5 bytes of image/png\nsha256: ") && text.len() == 29 + 64 + 1,
            "{text}"
        );
    }
}
