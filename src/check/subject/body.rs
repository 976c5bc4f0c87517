//! `text`, `bytes`, `sha256`, `size`, `size_on_wire`: the body as it is.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{ReadResult, Subject, always, typed};
use crate::check::compile::Compiler;
use crate::check::expectation::{Assertion, EvalContext, LocatedMismatch};
use crate::check::matcher::{Domain, Interpretation, Written};
use crate::check::outcome::Mismatch;
use crate::check::part::ExchangePart;
use crate::syntax::{Data, Node};
use crate::template::{Scope, Template};
use crate::value::Value;

/// A view of the body.
#[derive(Debug, Clone, Copy)]
enum Body {
    Text,
    Sha256,
    Size,
    SizeOnWire,
}

pub(in crate::check) fn compile_text(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Body::Text, node);
}

pub(super) fn compile_sha256(compiler: &mut Compiler<'_>, node: &Node) {
    let wrong = node.as_str().is_some_and(|text| {
        !text.contains("{{")
            && (text.len() != 64
                || !text
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    });
    if wrong {
        let hint = Some("write its 64 hexadecimal digits in lower case".to_owned());
        return compiler
            .decoder()
            .refuse(Written::Node(node), "this is not a SHA-256", hint)
            .unwrap_or_default();
    }
    compiler.matched(Body::Sha256, node);
}

pub(super) fn compile_size(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Body::Size, node);
}

pub(super) fn compile_size_on_wire(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Body::SizeOnWire, node);
}

impl Subject for Body {
    fn label(&self) -> String {
        let name = match self {
            Self::Text => "text",
            Self::Sha256 => "sha256",
            Self::Size => "size",
            Self::SizeOnWire => "size_on_wire",
        };
        name.to_owned()
    }

    fn about(&self) -> ExchangePart {
        if matches!(self, Self::SizeOnWire) {
            ExchangePart::SizeOnWire
        } else {
            ExchangePart::Body
        }
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(response) = eval.response() else {
            return ReadResult::Missing;
        };
        match self {
            Self::Text => match response.text() {
                Ok(text) => {
                    ReadResult::Found(Cow::Owned(Value::from(&**text)), Interpretation::Typed)
                }
                Err(reason) => {
                    ReadResult::Unreadable(format!("the body is not text: {reason}"), None)
                }
            },
            Self::Sha256 => typed(hex::encode(Sha256::digest(&response.body))),
            Self::Size => typed(response.body.len() as u64),
            Self::SizeOnWire => typed(response.size_on_wire),
        }
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        always()
    }

    fn domain(&self) -> Domain {
        match self {
            Self::Text => Domain::TEXT,
            Self::Sha256 => Domain::HASH,
            Self::Size | Self::SizeOnWire => Domain::COUNT,
        }
    }
}

/// The bytes that the body is to be.
#[derive(Debug)]
enum Bytes {
    Known(Vec<u8>),
    /// Base64 text with placeholders.
    Template(Template),
}

pub(super) fn compile_bytes(compiler: &mut Compiler<'_>, node: &Node) {
    if let Some(bytes) = read_bytes(compiler, node) {
        compiler.push(&node.span, bytes);
    }
}

fn read_bytes(compiler: &mut Compiler<'_>, node: &Node) -> Option<Bytes> {
    if let Data::Table(table) = &node.data {
        let file = table.get("file").filter(|_| table.entries.len() == 1);
        return match file {
            Some(file) => compiler.decoder().file(file).map(Bytes::Known),
            None => compiler.decoder().refuse(
                Written::Node(node),
                "the bytes are base64 text or `{ file = \"path\" }`",
                None,
            ),
        };
    }
    let template = node.template(compiler.problems)?;
    let Some(text) = template.literal() else {
        return Some(Bytes::Template(template));
    };
    match decode(text) {
        Ok(bytes) => Some(Bytes::Known(bytes)),
        Err(reason) => compiler.decoder().refuse(Written::Node(node), reason, None),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    let text: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(text)
        .map_err(|error| crate::text::not_base64(&error))
}

impl Bytes {
    fn get(&self, scope: &dyn Scope) -> Result<Cow<'_, [u8]>, String> {
        match self {
            Self::Known(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Template(template) => {
                let text = template.render(scope).map_err(|error| error.message)?.text;
                decode(&text).map(Cow::Owned)
            }
        }
    }
}

impl Assertion for Bytes {
    fn label(&self) -> String {
        "bytes".to_owned()
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        if let Self::Template(template) = self {
            found.push(template);
        }
    }

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let actual = eval.response().map_or(&[][..], |response| &response.body);
        let mismatch = match self.get(eval.scope) {
            Ok(wanted) if *wanted == *actual => return Ok(()),
            Ok(wanted) => Mismatch {
                expected: count(&wanted),
                actual: Some(count(actual)),
                hint: Some(first_difference(&wanted, actual)),
                ..Mismatch::default()
            },
            Err(reason) => Mismatch {
                expected: "bytes".to_owned(),
                reason: Some(reason),
                trouble: true,
                ..Mismatch::default()
            },
        };
        Err(Box::new(mismatch).into())
    }
}

fn count(bytes: &[u8]) -> String {
    if bytes.len() == 1 {
        "1 byte".to_owned()
    } else {
        format!("{} bytes", bytes.len())
    }
}

fn first_difference(wanted: &[u8], actual: &[u8]) -> String {
    let at = wanted
        .iter()
        .zip(actual)
        .take_while(|(one, two)| one == two)
        .count();
    let show = |bytes: &[u8]| {
        bytes
            .get(at)
            .map_or("the end".to_owned(), |byte| format!("0x{byte:02x}"))
    };
    format!(
        "the first difference is at byte {at}: expected {}, received {}",
        show(wanted),
        show(actual)
    )
}
