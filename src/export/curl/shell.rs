//! Words of a POSIX shell: text in quotes, secrets as variables.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::secret::{Form, Piece, Redactor};
use crate::text::escape_control_line;

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A text as it is.
    Text(String),
    /// A variable's value.
    Variable(String),
}

/// The variables of a command.
pub(crate) struct Variables<'a> {
    redactor: &'a Redactor,
    /// What each stands for, and its name.
    known: IndexMap<String, String>,
    notes: Vec<String>,
}

/// Variables that a shell or curl gives a meaning of its own.
const TAKEN: [&str; 43] = [
    "ALL_PROXY",
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "COLUMNS",
    "CURL_HOME",
    "ENV",
    "EUID",
    "FTP_PROXY",
    "GROUPS",
    "HISTFILE",
    "HOME",
    "HOSTNAME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LINENO",
    "LINES",
    "MAIL",
    "NO_PROXY",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "PATH",
    "PPID",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELL",
    "SSLKEYLOGFILE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERM",
    "UID",
    "USER",
];

impl<'a> Variables<'a> {
    pub(crate) fn new(redactor: &'a Redactor) -> Self {
        Self {
            redactor,
            known: IndexMap::new(),
            notes: Vec::new(),
        }
    }

    /// What is to be said about the variables.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.notes
            .iter()
            .map(|note| escape_control_line(&self.redactor.redact(note)).into_owned())
    }

    /// One more thing to be said above the command.
    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// Whether bytes hold a secret in any of its forms.
    pub(super) fn hides(&self, bytes: &[u8]) -> bool {
        let is_secret = |piece: Piece<'_>| matches!(piece, Piece::Secret { .. });
        bytes.utf8_chunks().any(|chunk| {
            self.redactor
                .split(chunk.valid())
                .into_iter()
                .any(is_secret)
        })
    }

    /// A text as one word of the shell.
    pub(super) fn word(&mut self, text: &str) -> String {
        word(&self.parts(text))
    }

    /// A text in parts, its secrets as variables.
    pub(crate) fn parts(&mut self, text: &str) -> Vec<Part> {
        let redactor = self.redactor;
        redactor
            .split(text)
            .into_iter()
            .map(|piece| self.part(piece))
            .collect()
    }

    /// A text as it stands in the quotes of curl's own options: a backslash before each quote and backslash.
    pub(super) fn quoted(&mut self, text: &str) -> Vec<Part> {
        let redactor = self.redactor;
        redactor
            .split(text)
            .into_iter()
            .map(|piece| self.quoted_part(piece))
            .collect()
    }

    fn quoted_part(&mut self, piece: Piece<'_>) -> Part {
        let escape = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
        match piece {
            Piece::Plain(text) => Part::Text(escape(text)),
            Piece::Secret { name, text, .. } if text.contains(['\\', '"']) => {
                let note =
                    format!("`{name}` as written here, with a backslash before each `\"` and `\\`");
                Part::Variable(self.variable(&format!("{name}_quoted"), &escape(text), Some(&note)))
            }
            piece @ Piece::Secret { .. } => self.part(piece),
        }
    }

    fn part(&mut self, piece: Piece<'_>) -> Part {
        match piece {
            Piece::Plain(text) => Part::Text(text.to_owned()),
            Piece::Secret {
                name,
                form: Form::Exact,
                text,
            } => Part::Variable(self.variable(&name, text, None)),
            Piece::Secret { name, form, text } => {
                let note = format!("`{name}` {}", described(form));
                Part::Variable(self.variable(&format!("{name}_encoded"), text, Some(&note)))
            }
        }
    }

    /// A text that is hidden whatever is known of it: its secrets as variables where it holds nothing else, else one
    /// variable of that name for all of it.
    pub(crate) fn hidden(&mut self, text: &str, name: &str, note: &str) -> Vec<Part> {
        let secret = |piece: &Piece<'_>| matches!(piece, Piece::Secret { .. });
        if self.redactor.is_open() || self.redactor.split(text).iter().all(secret) {
            return self.parts(text);
        }
        vec![Part::Variable(self.variable(name, text, Some(note)))]
    }

    /// A variable that stands for a text, secret or not.
    pub(crate) fn named(&mut self, name: &str, text: &str, note: Option<&str>) -> Part {
        Part::Variable(self.variable(name, text, note))
    }

    /// The variable that stands for a text; the same one for the same text.
    fn variable(&mut self, name: &str, text: &str, note: Option<&str>) -> String {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let name = valid(name);
        let taken = |name: &String| {
            TAKEN.contains(&name.as_str()) || self.known.values().any(|known| known == name)
        };
        let mut free = name.clone();
        let mut count = 1;
        while taken(&free) {
            count += 1;
            free = format!("{name}_{count}");
        }
        if let Some(note) = note {
            self.notes.push(format!("{free} is {note}"));
        }
        self.known.insert(text.to_owned(), free.clone());
        free
    }
}

fn described(form: Form) -> &'static str {
    match form {
        Form::Exact => "as it is",
        Form::Percent => "percent-encoded, as in the URL",
        Form::Escaped => "with backslash escapes, as in JSON",
        Form::Html => "with character references, as in HTML",
        Form::Shell => "quoted for a shell",
        Form::Base64 => "inside of base64: the part that holds it",
        Form::Hex => "in hexadecimal digits",
        Form::Other => "as it is encoded in this request",
    }
}

/// A name that the shell takes: upper case, `_` for all that is neither letter nor digit.
fn valid(name: &str) -> String {
    let sign = |character: char| {
        if character.is_ascii_alphanumeric() {
            character.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(sign).collect();
    let prefix = if name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty() {
        "_"
    } else {
        ""
    };
    format!("{prefix}{name}")
}

/// Parts as one word.
pub(super) fn word(parts: &[Part]) -> String {
    quoted_by(quote, parts)
}

/// Parts as one word, texts in such quotes as they need.
pub(crate) fn quoted_by(quote: impl Fn(&str) -> String, parts: &[Part]) -> String {
    let mut word = String::new();
    let mut text = String::new();
    let close = |text: &mut String, word: &mut String| {
        if !text.is_empty() {
            word.push_str(&quote(&std::mem::take(text)));
        }
    };
    for part in parts {
        match part {
            Part::Text(more) => text.push_str(more),
            Part::Variable(name) => {
                close(&mut text, &mut word);
                let _ = write!(word, "\"${name}\"");
            }
        }
    }
    close(&mut text, &mut word);
    if word.is_empty() { quote("") } else { word }
}

/// A text in quotes. What could not be shown as it is goes through `printf`.
pub(super) fn quote(text: &str) -> String {
    if is_shown(text) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        // The shell drops the ends of lines at the end of what a command writes.
        let written = text.trim_end_matches('\n');
        let rest = text.get(written.len()..).unwrap_or_default();
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!("'{rest}'")
        };
        format!("\"$(printf '{}')\"{rest}", format(written.as_bytes()))
    }
}

/// Whether a text reaches the one who copies it as it is: no control characters but line breaks, nothing invisible.
pub(super) fn is_shown(text: &str) -> bool {
    text.split('\n')
        .all(|line| matches!(escape_control_line(line), std::borrow::Cow::Borrowed(_)))
}

/// Bytes as a format of `printf`, to stand in single quotes.
pub(super) fn format(bytes: &[u8]) -> String {
    let mut format = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'%' => format.push_str("%%"),
            b'\\' => format.push_str(r"\\"),
            b'\n' => format.push_str(r"\n"),
            b'\t' => format.push_str(r"\t"),
            b'\r' => format.push_str(r"\r"),
            // A quote would end the word, `!` would mean the history, a dash at the start an option.
            b'\'' | b'!' | ..=31 | 127.. => {
                let _ = write!(format, "\\{byte:03o}");
            }
            b'-' if format.is_empty() => {
                let _ = write!(format, "\\{byte:03o}");
            }
            byte => format.push(char::from(*byte)),
        }
    }
    format
}
