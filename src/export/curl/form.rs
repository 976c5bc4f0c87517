//! The parts of a form as `--form` and `--form-string`.

use super::body::LARGEST;
use super::login::is_signed;
use super::shell::{Part as Piece, Variables, word};
use crate::http::{Content, Multipart, Part, PartContent, Request};

/// The parts of the request's body, where curl makes the same of them: it has no words for a name with `=`, it wants the texts
/// in its command, it gives a file's name a content type, it chooses the boundary, and what is no `multipart/form-data` it writes in another way. What it signs for AWS it signs without the parts.
pub(super) fn of(request: &Request) -> Option<&Multipart> {
    let is_signed = is_signed(request);
    let body = request
        .body
        .as_ref()
        .filter(|body| body.coding().is_none() && !is_signed)?;
    let Content::Multipart(multipart) = body.content() else {
        return None;
    };
    let mut lines = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let is_form = lines
        .next()
        .is_some_and(|(_, value)| value.starts_with("multipart/form-data"));
    (is_form && lines.next().is_none() && multipart.is_replaceable() && can_say(multipart))
        .then_some(multipart)
}

fn can_say(multipart: &Multipart) -> bool {
    let texts = multipart.parts().iter().map(|part| match &part.content {
        PartContent::Bytes(bytes) => bytes.len(),
        PartContent::File(_) => 0,
    });
    texts.sum::<usize>() <= LARGEST && multipart.parts().iter().all(is_sayable)
}

fn is_sayable(part: &Part) -> bool {
    let text = match &part.content {
        PartContent::Bytes(bytes) => {
            std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
        }
        PartContent::File(_) => part.filename.is_some(),
    };
    let content_type = part.content_type.as_deref().unwrap_or_default();
    let plain = |text: &str| {
        !text.contains([',', '"', '\\']) && !text.to_ascii_lowercase().contains("filename=")
    };
    // For a part with the name of a file, curl chooses a content type.
    let typed = part.filename.is_none() || part.content_type.is_some();
    text && typed
        && !part.name.is_empty()
        && !part.name.contains(['=', '\0'])
        && plain(content_type)
}

pub(super) fn arguments(multipart: &Multipart, variables: &mut Variables) -> Vec<String> {
    multipart
        .parts()
        .iter()
        .map(|part| argument(part, variables))
        .collect()
}

fn argument(part: &Part, variables: &mut Variables) -> String {
    let mut parts = variables.parts(&part.name);
    parts.push(text("="));
    match &part.content {
        PartContent::Bytes(bytes) => {
            let value = std::str::from_utf8(bytes).unwrap_or_default();
            if part.filename.is_none() && part.content_type.is_none() {
                parts.extend(variables.parts(value));
                return format!("--form-string {}", word(&parts));
            }
            quoted(&mut parts, value, variables);
        }
        PartContent::File(file) => {
            parts.push(text("@"));
            quoted(&mut parts, file.shown(), variables);
        }
    }
    if let Some(filename) = &part.filename {
        parts.push(text(";filename="));
        quoted(&mut parts, filename, variables);
    }
    if let Some(content_type) = &part.content_type {
        parts.push(text(";type="));
        parts.extend(variables.parts(content_type));
    }
    format!("--form {}", word(&parts))
}

/// In the quotes of curl, inside of which `,` and `;` stand for themselves.
fn quoted(parts: &mut Vec<Piece>, value: &str, variables: &mut Variables) {
    parts.push(text("\""));
    parts.extend(variables.quoted(value));
    parts.push(text("\""));
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

/// The content type without its boundary, which curl makes itself; `None` where curl would say the same.
pub(super) fn content_type(value: &str) -> Option<String> {
    let kept = value
        .split(';')
        .map(str::trim)
        .filter(|part| !part.to_ascii_lowercase().starts_with("boundary="));
    let kept = kept.collect::<Vec<_>>().join("; ");
    (kept != "multipart/form-data").then_some(kept)
}
