//! The body of a `curl` command.

use super::super::Request;
use super::shell::{Part, Variables, format, is_shown, word};
use crate::text::size;

/// The system takes no longer argument than 128 KiB, and nobody reads one.
const LARGEST: usize = 64 * 1024;

/// How the body gets into the command.
#[derive(Default)]
pub(super) struct Body {
    /// What writes it.
    pub(super) pipe: Option<String>,
    /// Arguments of curl.
    pub(super) arguments: Vec<String>,
    /// What is to be done before.
    pub(super) note: Option<String>,
}

pub(super) fn body(request: &Request, variables: &mut Variables) -> Body {
    let Some(body) = &request.body else { return Body::default() };
    if body.len() > LARGEST {
        let note = format!("body.bin is the body of the request, {}", size(body.len() as u64));
        // curl would first ask whether it may send that much.
        let arguments = vec!["--header 'expect:'".to_owned(), "--data-binary @body.bin".to_owned()];
        return Body { pipe: None, arguments, note: Some(note) };
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_shown(text) => {
            let data = format!("--data-raw {}", variables.word(text));
            Body { arguments: vec![data], ..Body::default() }
        }
        _ => Body { pipe: Some(printf(body, variables)), arguments: vec!["--data-binary @-".to_owned()], note: None },
    }
}

/// A command that writes the bytes. No secret stands across bytes that are no text.
fn printf(bytes: &[u8], variables: &mut Variables) -> String {
    let mut written = String::new();
    let mut arguments = String::new();
    for chunk in bytes.utf8_chunks() {
        for part in variables.parts(chunk.valid()) {
            match part {
                Part::Text(text) => written.push_str(&format(text.as_bytes())),
                variable @ Part::Variable(_) => {
                    written.push_str("%s");
                    arguments.push(' ');
                    arguments.push_str(&word(&[variable]));
                }
            }
        }
        written.push_str(&format(chunk.invalid()));
    }
    format!("printf '{written}'{arguments}")
}
