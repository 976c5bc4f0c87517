//! `certificate`, `tls`, `ip`, `trailers`, `interim`: of the connection, and of what came before and behind the response.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::exchange::are_of_time;
use super::header::{is_no_name, is_no_text};
use super::{ReadResult, Subject, typed};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation};
use crate::check::part::ExchangePart;
use crate::http::{Certificate, TlsVersion};
use crate::source::{Diagnostic, did_you_mean};
use crate::syntax::{Data, Key, Node, unknown_key};
use crate::value::Value;

/// What is said of the connection.
#[derive(Debug, Clone)]
enum Part {
    /// A member of the server's certificate.
    Certificate(Field),
    /// The version of TLS.
    Tls,
    /// The address that was connected to.
    Ip,
    /// What came behind the body, by its name in lower case.
    Trailer(String),
    /// The statuses that came before the response.
    Interim,
}

/// A member of a certificate.
#[derive(Debug, Clone, Copy)]
enum Field {
    Subject,
    Issuer,
    San,
    Serial,
    Fingerprint,
    NotBefore,
    NotAfter,
    ExpiresIn,
}

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The members of `certificate`.
pub const CERTIFICATE: &[Key] = &[
    key(
        "subject",
        "#matcher",
        "the subject it was issued to: `CN=example.org`",
    ),
    key("issuer", "#matcher", "the issuer"),
    key(
        "san",
        "#matcher",
        "the names and addresses that it is valid for",
    ),
    key("serial", "#matcher", "its number, in hex"),
    key(
        "fingerprint",
        "#matcher",
        "the SHA-256 of its bytes, in hex",
    ),
    key(
        "not_before",
        "#matcher",
        "the start of its validity, RFC 3339",
    ),
    key("not_after", "#matcher", "the end of its validity, RFC 3339"),
    key(
        "expires_in",
        "#operators",
        "the time until it expires, such as `{ gt = \"30d\" }`",
    ),
];

const FIELDS: [Field; 8] = [
    Field::Subject,
    Field::Issuer,
    Field::San,
    Field::Serial,
    Field::Fingerprint,
    Field::NotBefore,
    Field::NotAfter,
    Field::ExpiresIn,
];

impl Field {
    fn name(self) -> &'static str {
        FIELDS
            .iter()
            .zip(CERTIFICATE)
            .find(|(field, _)| **field as u8 == self as u8)
            .map_or("", |(_, key)| key.name)
    }
}

pub(super) fn compile_certificate(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(
        node,
        "a table of certificate fields",
        |compiler, name, span, node| {
            let Some((field, _)) = FIELDS
                .iter()
                .zip(CERTIFICATE)
                .find(|(_, key)| key.name == name)
            else {
                let problem = unknown_key(
                    span,
                    name,
                    "`certificate`",
                    CERTIFICATE.iter().map(|key| key.name),
                );
                return compiler.problems.push(problem);
            };
            if matches!(field, Field::ExpiresIn) {
                let Data::Table(table) = &node.data else {
                    let problem = Diagnostic::error(
                        &node.span,
                        "no certificate expires at exactly that moment",
                    );
                    return compiler
                        .problems
                        .push(problem.hint("write `{ gt = \"30d\" }`"));
                };
                if !are_of_time(compiler, table, "certificate.expires_in") {
                    return;
                }
            }
            compiler.matched(Part::Certificate(*field), node);
        },
    );
}

pub(super) fn compile_tls(compiler: &mut Compiler<'_>, node: &Node) {
    if matches!(node.data, Data::Number(_)) {
        return compiler.problems.push(
            Diagnostic::error(&node.span, "this is not a version of TLS")
                .hint("write `\"1.2\"` or `\"1.3\"`"),
        );
    }
    compiler.matched(Part::Tls, node);
}

pub(super) fn compile_ip(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Part::Ip, node);
}

pub(super) fn compile_trailers(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(
        node,
        "a table of trailer names",
        |compiler, name, key, node| {
            if let Some(problem) = is_no_name(name, key).or_else(|| is_no_text(name, node)) {
                return compiler.problems.push(problem);
            }
            compiler.matched(Part::Trailer(name.to_ascii_lowercase()), node);
        },
    );
}

pub(super) fn compile_interim(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Part::Interim, node);
}

/// A member of the certificate; how long it still holds is none where it does not any more.
fn field<'a>(field: Field, certificate: &Certificate, eval: EvalContext<'_>) -> ReadResult<'a> {
    match field {
        Field::Subject => typed(certificate.subject.as_str()),
        Field::Issuer => typed(certificate.issuer.as_str()),
        Field::San => typed(Value::Array(
            certificate
                .san
                .iter()
                .map(|name| Value::from(name.as_str()))
                .collect(),
        )),
        Field::Serial => typed(certificate.serial.as_str()),
        Field::Fingerprint => typed(certificate.fingerprint.as_str()),
        Field::NotBefore => typed(Value::String(certificate.not_before.to_string())),
        Field::NotAfter => typed(Value::String(certificate.not_after.to_string())),
        Field::ExpiresIn => {
            let left = certificate
                .not_after
                .duration_since(eval.scope.context().clock.now())
                .max(SignedDuration::ZERO);
            let micros = u64::try_from(left.as_micros()).unwrap_or(u64::MAX);
            ReadResult::Found(Cow::Owned(micros.into()), Interpretation::Time)
        }
    }
}

impl Subject for Part {
    fn label(&self) -> String {
        match self {
            Self::Certificate(field) => format!("certificate {}", field.name()),
            Self::Tls => "tls".to_owned(),
            Self::Ip => "ip".to_owned(),
            Self::Trailer(name) => format!("trailer {name}"),
            Self::Interim => "interim".to_owned(),
        }
    }

    fn about(&self) -> ExchangePart {
        match self {
            Self::Certificate(_) | Self::Tls | Self::Ip => ExchangePart::Connection,
            Self::Trailer(_) => ExchangePart::Trailers,
            Self::Interim => ExchangePart::Head,
        }
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let peer = eval.exchange.peer.as_deref();
        let found = match self {
            Self::Certificate(field) => peer
                .and_then(crate::http::Peer::certificate)
                .map(|certificate| self::field(*field, &certificate, eval)),
            Self::Tls => peer.and_then(|peer| peer.tls.as_ref()).map(|tls| {
                typed(match tls.version {
                    TlsVersion::Tls12 => "1.2",
                    TlsVersion::Tls13 => "1.3",
                })
            }),
            Self::Ip => peer
                .and_then(|peer| peer.address)
                .map(|address| typed(Value::String(address.ip().to_string()))),
            Self::Trailer(name) => eval
                .response()
                .map(|response| super::header::lines(&response.trailers, name)),
            Self::Interim => eval.response().map(|response| {
                let statuses = response.interim.iter();
                let statuses = statuses.map(|status| i64::from(*status).into()).collect();
                ReadResult::Found(Cow::Owned(Value::Array(statuses)), Interpretation::Nodes)
            }),
        };
        found.unwrap_or(ReadResult::Missing)
    }

    fn domain(&self) -> Domain {
        match self {
            Self::Certificate(Field::ExpiresIn) => Domain::DURATION,
            Self::Certificate(Field::San) | Self::Interim => Domain::ARRAY,
            Self::Certificate(Field::Serial) => Domain::HEX,
            Self::Certificate(Field::Fingerprint) => Domain::HASH.or_missing(),
            Self::Certificate(Field::NotBefore | Field::NotAfter) => Domain::MOMENT,
            Self::Certificate(Field::Subject | Field::Issuer) => Domain::TEXT.or_missing(),
            Self::Tls => Domain::TLS,
            Self::Ip => Domain::ADDRESS,
            Self::Trailer(_) => Domain::LINES,
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        match self {
            Self::Certificate(_) | Self::Tls => ("the connection is not secure".to_owned(), None),
            Self::Ip => ("there was no connection".to_owned(), None),
            Self::Trailer(name) => {
                let names: Vec<_> = eval
                    .response()
                    .into_iter()
                    .flat_map(|response| &response.trailers)
                    .collect();
                let hint = did_you_mean(name, names.iter().map(|(name, _)| name.as_str()));
                (format!("there is no trailer `{name}`"), hint)
            }
            Self::Interim => ("there was no interim response".to_owned(), None),
        }
    }
}
