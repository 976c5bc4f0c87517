//! Text as it may be shown: without secrets, and quoted for a shell.

use crate::secret::{Piece, Redactor, STARS};

/// A sentence of this program as it may be shown.
pub(super) fn message_shown(redactor: &Redactor, message: &str) -> String {
    // What was cut of a value is searched with all that is known of it.
    let (whole, unseen) = crate::value::diff::uncut(message);
    if unseen.is_empty() {
        redactor.redact_message(&whole).into_owned()
    } else {
        seen(redactor.split_message(&whole), &unseen)
    }
}

/// A request as the command line names it: the path is that of a file, which is never a secret, the name is given as it is shown.
pub(crate) fn target(path: &str, name: &str) -> String {
    shell_word(&format!("{path}::{name}"))
}

/// A text as it may be shown, also one that was cut: a secret is sought in all that is known of it.
pub(crate) fn shown(redactor: &Redactor, text: &str) -> String {
    let (whole, unseen) = crate::value::diff::uncut(text);
    if unseen.is_empty() {
        return redactor.redact(&whole).into_owned();
    }
    seen(redactor.split(&whole), &unseen)
}

/// The pieces of a text without its secrets and without some parts.
fn seen(pieces: Vec<Piece<'_>>, unseen: &[std::ops::Range<usize>]) -> String {
    let (mut out, mut at) = (String::new(), 0);
    let mut hidden = unseen.iter().peekable();
    for piece in pieces {
        let (part, secret) = match piece {
            Piece::Plain(part) => (part, false),
            Piece::Secret { text, .. } => (text, true),
        };
        let mut seen = String::new();
        for (offset, character) in part.char_indices() {
            while hidden.next_if(|range| range.end <= at + offset).is_some() {}
            if hidden.peek().is_none_or(|range| range.start > at + offset) {
                seen.push(character);
            }
        }
        at += part.len();
        let stars = secret && !seen.is_empty();
        out.push_str(if stars { STARS } else { &seen });
    }
    out
}

/// A word as a shell reads it: quoted only where it must be.
pub(crate) fn shell_word(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
