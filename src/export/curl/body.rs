//! The body of a `curl` command.

use super::form;
use super::shell::{Part, Variables, format, is_shown, word};
use crate::http::{Body as Sent, Coding, Content, Multipart, PartContent, Request, Upload};
use crate::text::size;

/// The system takes no longer argument than 128 KiB, and nobody reads one.
pub(super) const LARGEST: usize = 64 * 1024;
/// Compressed bytes are written out up to this many: four characters each.
const MOST_EXACT: usize = 8 * 1024;
/// From so many bytes on curl would first ask whether it may send that much.
const ASKED_FROM: u64 = 1024 * 1024;

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
    let Some(body) = &request.body else {
        return Body::default();
    };
    let mut written = match (body.content(), body.coding()) {
        (Content::Bytes(bytes), None) => of_bytes(bytes, variables),
        (Content::File(file), None) => {
            Body::data(format!("--data-binary {}", file_word("@", file, variables)))
        }
        (Content::Multipart(_), None) => match form::of(request) {
            Some(parts) => Body {
                arguments: form::arguments(parts, variables),
                ..Body::default()
            },
            None => match source(body.content(), variables) {
                Some(source) => Body::piped(source),
                None => Body::in_file(body.content().length(), "--data-binary @body.bin"),
            },
        },
        (content, Some(coding)) => match exact(body, content, variables) {
            Some(bytes) => Body::piped(printf(bytes, variables)),
            None => compressed(content, coding, variables),
        },
    };
    let asked = body.length().is_none_or(|length| length >= ASKED_FROM) || written.note.is_some();
    if asked && !request.has_header("expect") {
        written.arguments.insert(0, "--header 'expect:'".to_owned());
    }
    let is_chunked = body.is_chunked() || body.length().is_none();
    if is_chunked && !request.has_header("transfer-encoding") {
        written
            .arguments
            .insert(0, "--header 'transfer-encoding: chunked'".to_owned());
    }
    written
}

impl Body {
    fn data(argument: String) -> Self {
        Self {
            arguments: vec![argument],
            ..Self::default()
        }
    }

    fn piped(pipe: String) -> Self {
        Self {
            pipe: Some(pipe),
            ..Self::data("--data-binary @-".to_owned())
        }
    }

    /// A body that does not fit into a command.
    fn in_file(length: u64, argument: &str) -> Self {
        Self {
            note: Some(format!(
                "body.bin is the body of the request, {}",
                size(length)
            )),
            ..Self::data(argument.to_owned())
        }
    }
}

fn of_bytes(bytes: &[u8], variables: &mut Variables) -> Body {
    if bytes.len() > LARGEST {
        return Body::in_file(bytes.len() as u64, "--data-binary @body.bin");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if is_shown(text) => Body::data(format!("--data-raw {}", variables.word(text))),
        _ => Body::piped(printf(bytes, variables)),
    }
}

/// The bytes of a compressed body as they go out, if they are held in memory, are few, and hide no secret.
fn exact<'a>(body: &'a Sent, content: &Content, variables: &Variables) -> Option<&'a [u8]> {
    let Content::Bytes(plain) = content else {
        return None;
    };
    body.bytes()
        .map(|bytes| &bytes[..])
        .filter(|bytes| bytes.len() <= MOST_EXACT && !variables.hides(plain))
}

/// The command that writes a body that is not compressed; `None` if that holds more than fits.
fn source(content: &Content, variables: &mut Variables) -> Option<String> {
    match content {
        Content::Bytes(bytes) => (bytes.len() <= LARGEST).then(|| printf(bytes, variables)),
        Content::File(file) => Some(format!("cat {}", file_word("", file, variables))),
        Content::Multipart(multipart) => of_parts(multipart, variables),
    }
}

/// The bytes and files of a form, one after the other.
fn of_parts(multipart: &Multipart, variables: &mut Variables) -> Option<String> {
    let contents = multipart.contents();
    let bytes = |content: &PartContent| {
        if let PartContent::Bytes(bytes) = content {
            bytes.len()
        } else {
            0
        }
    };
    if contents.iter().map(bytes).sum::<usize>() > LARGEST {
        return None;
    }
    let write = |content: &PartContent| match content {
        PartContent::Bytes(bytes) => printf(bytes, variables),
        PartContent::File(file) => format!("cat {}", file_word("", file, variables)),
    };
    let commands: Vec<_> = contents.iter().map(write).collect();
    Some(if commands.len() == 1 {
        commands.concat()
    } else {
        format!("{{ {}; }}", commands.join("; "))
    })
}

/// What compresses the body is another program, so that no secret hides in compressed bytes. What the server decodes is the
/// same, while the bytes are that program's.
fn compressed(content: &Content, coding: Coding, variables: &mut Variables) -> Body {
    let program = match coding {
        Coding::Gzip => "gzip --stdout",
        Coding::Brotli => "brotli --stdout",
        Coding::Zstd => "zstd --stdout",
        Coding::Deflate => {
            "python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))'"
        }
    };
    match content {
        Content::File(file) => {
            Body::piped(format!("{program} < {}", file_word("", file, variables)))
        }
        content => {
            if let Some(source) = source(content, variables) {
                return Body::piped(format!("{source} | {program}"));
            }
            let pipe = format!("{program} < body.bin");
            let note = format!(
                "body.bin is the body of the request before it is compressed, {}",
                size(content.length())
            );
            Body {
                note: Some(note),
                ..Body::piped(pipe)
            }
        }
    }
}

/// A file's path as a word. One that looks like an option, or like standard input, says that it is a path.
fn file_word(before: &str, file: &Upload, variables: &mut Variables) -> String {
    let path = file.shown();
    let here = if path.starts_with('-') { "./" } else { "" };
    variables.word(&format!("{before}{here}{path}"))
}

/// A command that writes the bytes. No secret stands across bytes that are not text.
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
