//! What may be said of a token endpoint's response: the names in it and its content type. Its values may be tokens, in whatever form.

use url::form_urlencoded::parse as parse_form;

use crate::http::Response;
use crate::secret::{Redactor, STARS};
use crate::value::Value;

/// How many members are named, and how long a name may be.
const MOST_NAMED: usize = 12;
const LONGEST_NAME: usize = 40;
/// A shorter value is no token, but a word such as `Bearer`.
const SHORTEST_TOKEN: usize = 16;

/// A longer word of a description may be a token, and one with letters and digits from so many characters on.
const LONGEST_WORD: usize = 30;
const SHORTEST_SECRET: usize = 8;

/// Makes the values of a response known to the redactor that are or may be tokens, so that no other output shows them.
pub(super) fn hide_values(response: &Response, redactor: &Redactor) {
    let mut values = Vec::new();
    if let Ok(document) = response.json() {
        collect("", document, &mut values);
    } else {
        values.extend(form(&text_of(response)));
    }
    for (name, value) in values {
        let long = value.chars().nth(SHORTEST_TOKEN - 1).is_some();
        if is_token(&name)
            || (long
                && !value.contains([' ', ':'])
                && value.contains(|sign: char| sign.is_ascii_digit()))
        {
            redactor.add_whole(if name.is_empty() { "token" } else { &name }, &value);
        }
    }
}

fn text_of(response: &Response) -> String {
    response.text().map(ToString::to_string).unwrap_or_default()
}

/// The name of a member that holds a token: `access_token`, `accessToken`, `id_token`, `token`; `token_type` holds none.
fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    (name.ends_with("token")
        || name.contains("secret")
        || name.contains("password")
        || name == "assertion"
        || name == "jwt")
        && !name.ends_with("type")
}

fn collect(name: &str, value: &Value, values: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if !text.is_empty() => values.push((name.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, values)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(name, value, values)),
        _ => {}
    }
}

/// The fields of a form; none if the text is something else.
fn form(text: &str) -> Vec<(String, String)> {
    let text = text.trim();
    if !text.contains('=')
        || text.contains(|sign: char| sign.is_whitespace() || matches!(sign, '<' | '{' | '"'))
    {
        return Vec::new();
    }
    parse_form(text.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Whether a text is a word such as the error codes of RFC 6749 and the types of tokens, and no token.
pub(super) fn is_code(text: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_alphabetic() || matches!(sign, '_' | '-' | '.' | ' ');
    !text.is_empty() && text.len() <= 2 * LONGEST_NAME && text.chars().all(is_sign)
}

/// The kind of a response, and the names in it.
pub(super) fn described(response: &Response) -> String {
    let kind = match response.content_type() {
        Some(kind) => format!("`{}`", kind.split(';').next().unwrap_or_default().trim()),
        None => "a body without a content type".to_owned(),
    };
    let text = text_of(response);
    if text.trim().is_empty() {
        return "the body is empty".to_owned();
    }
    let names = match response.json() {
        Ok(document) => members("", document),
        Err(_) => form(&text).into_iter().map(|(name, _)| name).collect(),
    };
    let names: Vec<String> = names.into_iter().filter(|name| is_name(name)).collect();
    let listed: Vec<String> = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if names.len() > MOST_NAMED {
        " and more"
    } else {
        ""
    };
    if listed.is_empty() {
        kind
    } else {
        format!("{kind} with {}{more}", listed.join(", "))
    }
}

/// The paths of the members of a document, those of objects in it too.
fn members(path: &str, value: &Value) -> Vec<String> {
    let Value::Object(members) = value else {
        return Vec::new();
    };
    let inside = members.iter().flat_map(|(name, value)| {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if matches!(value, Value::Object(inner) if !inner.is_empty()) {
            self::members(&path, value)
        } else {
            vec![path]
        }
    });
    inside.collect()
}

/// Whether a name is one that people write, and not itself a token.
fn is_name(name: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.');
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let capitals = name.chars().any(|sign| sign.is_ascii_uppercase());
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.chars().all(is_sign)
        && digits <= if capitals { 0 } else { 3 }
}

/// The description of an error in words: what may be a token in it is hidden.
pub(super) fn in_words(description: &str) -> String {
    let shown = |piece: &str| {
        let word = piece.trim_end();
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let letters = word.chars().any(|sign| sign.is_ascii_alphabetic());
        let is_plain = word.chars().count() < LONGEST_WORD && (digits == 0 || !letters)
            || word.chars().count() < SHORTEST_SECRET;
        if is_plain {
            piece.to_owned()
        } else {
            format!("{STARS}{}", piece.get(word.len()..).unwrap_or_default())
        }
    };
    description
        .split_inclusive(char::is_whitespace)
        .map(shown)
        .collect()
}

/// What to look at.
pub(super) fn hint(response: &Response) -> &'static str {
    if response.status < 300 {
        "apitest reads a JSON object with `access_token` (RFC 6749 section 5.1); for another form fetch the token with a request, \
         `capture` it with `secret = true`, and send it with `auth = { bearer = … }`"
    } else {
        "is `token_url` right?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.s3cr3t-Sig-4711";

    fn response(kind: &str, body: &str) -> Response {
        Response::new(
            200,
            vec![("content-type".to_owned(), kind.to_owned())],
            body.to_owned(),
        )
    }

    #[test]
    fn names_are_said_and_values_are_not() {
        let json = "application/json";
        let cases = [
            (
                json,
                format!(r#"{{"accessToken":"{TOKEN}"}}"#),
                "`application/json` with `accessToken`",
            ),
            (
                json,
                format!(r#"{{"data":{{"token":"{TOKEN}","n":1}}}}"#),
                "`application/json` with `data.token`, `data.n`",
            ),
            (
                json,
                format!(r#"{{"id_token":"{TOKEN}","token_type":"Bearer"}}"#),
                "`application/json` with `id_token`, `token_type`",
            ),
            (json, format!(r#"{{"{TOKEN}":1}}"#), "`application/json`"),
            (json, format!(r#"["{TOKEN}"]"#), "`application/json`"),
            (json, format!(r#""{TOKEN}""#), "`application/json`"),
            (
                json,
                format!(r#"{{"access_token":"{TOKEN}""#),
                "`application/json`",
            ),
            (
                "application/x-www-form-urlencoded; charset=utf-8",
                format!("access_token={TOKEN}&token_type=bearer"),
                "`application/x-www-form-urlencoded` with `access_token`, `token_type`",
            ),
            (
                "text/plain",
                format!("access_token={TOKEN}"),
                "`text/plain` with `access_token`",
            ),
            ("text/plain", TOKEN.to_owned(), "`text/plain`"),
            (
                "application/xml",
                format!("<r><access_token>{TOKEN}</access_token></r>"),
                "`application/xml`",
            ),
            ("text/html", format!("<p a={TOKEN}>"), "`text/html`"),
            ("text/html", " ".to_owned(), "the body is empty"),
        ];
        for (kind, body, said) in cases {
            assert_eq!(described(&response(kind, &body)), said, "{body}");
        }
    }

    #[test]
    fn a_description_holds_no_token() {
        for (said, shown) in [
            (
                "Client authentication failed",
                "Client authentication failed",
            ),
            (
                "the scope `read:orders` is not allowed (2 of 3)",
                "the scope `read:orders` is not allowed (2 of 3)",
            ),
            ("expired on 2024-05-01", "expired on 2024-05-01"),
            ("token SECRETtok123 is revoked", "token *** is revoked"),
            ("SECRETtok123", "***"),
            (
                "AADSTS50034: no such user\n(ada)",
                "*** no such user\n(ada)",
            ),
            ("abcdefghijklmnopqrstuvwxyzabcdefghi is bad", "*** is bad"),
            (TOKEN, "***"),
        ] {
            assert_eq!(in_words(said), shown);
        }
        assert!(!is_name("SECRETtok123") && is_name("accessToken") && is_name("jwk_x5t"));
    }

    #[test]
    fn values_are_hidden_from_then_on() {
        let bodies = [
            (
                "application/json",
                format!(r#"{{"accessToken":"{TOKEN}"}}"#),
            ),
            (
                "application/json",
                format!(r#"{{"data":{{"value":"{TOKEN}"}}}}"#),
            ),
            (
                "text/plain",
                format!("access_token={TOKEN}&token_type=bearer"),
            ),
        ];
        for (kind, body) in bodies {
            let redactor = Redactor::default();
            hide_values(&response(kind, &body), &redactor);
            assert_eq!(
                redactor.redact(&format!("<{TOKEN} bearer>")),
                "<*** bearer>",
                "{body}"
            );
        }
        assert!(is_code("invalid_grant") && is_code("Bearer") && !is_code(TOKEN));
    }
}
