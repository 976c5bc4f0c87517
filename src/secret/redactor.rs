//! The one redactor of a run.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use super::document::Search;
use super::header::{is_secret_header, is_usual_header};
use super::index::{Found, Index};
use super::message::{foreign, is_boolean, is_in_text, is_key};
use super::{Form, STARS, document, index, json};
use crate::lock::IgnorePoison as _;
use crate::value::Value;

/// The one redactor of a run: knows every secret, and removes them and their encoded forms from what goes out.
///
/// Clones share what they know. A secret may be added at any time and from any thread, and is removed from then on.
/// As long as there is none, redacting is a look at one flag.
#[derive(Clone, Default)]
pub struct Redactor {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    any: AtomicBool,
    open: bool,
    index: RwLock<Index>,
}

/// A secret that cannot be removed from texts: so short that it would be found everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort;

/// A part of a text that was searched for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Holds no secret.
    Plain(&'a str),
    /// Is a secret.
    Secret {
        /// The name under which it was added first.
        name: Arc<str>,
        /// How it is written here.
        form: Form,
        /// The part itself: never to be shown.
        text: &'a str,
    },
}

impl Redactor {
    /// Characters that a secret must have.
    pub const SHORTEST: usize = 4;
    /// From so many characters on, a secret is found inside words too.
    pub const ANYWHERE: usize = index::ANYWHERE;

    /// One that hides nothing, for a terminal whose owner asked to see secrets.
    #[must_use]
    pub fn open() -> Self {
        Self {
            shared: Arc::new(Shared {
                open: true,
                ..Shared::default()
            }),
        }
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.shared.open
    }

    /// Takes in a secret, to be found inside any text; one of fewer than [`Self::ANYWHERE`] characters as a word of its own
    /// only. Of a secret that is a JSON document, the texts in it are secrets too.
    ///
    /// # Errors
    /// If it has fewer than [`Self::SHORTEST`] characters; nothing was taken in then.
    pub fn add(&self, name: &str, value: &str) -> Result<(), TooShort> {
        if value.chars().take(Self::SHORTEST).count() < Self::SHORTEST {
            return Err(TooShort);
        }
        self.change(|index| index.add(name, value));
        Ok(())
    }

    /// Takes in every text and number of a value.
    ///
    /// # Errors
    /// If one of them is too short; the others were taken in.
    pub fn add_value(&self, name: &str, value: &Value) -> Result<(), TooShort> {
        let mut result = Ok(());
        let mut add = |value: &Value| result = self.add_value(name, value).and(result);
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Array(items) => items.iter().for_each(&mut add),
            Value::Object(members) => members.values().for_each(&mut add),
            // A recording has it so: it tells nothing.
            Value::String(text) if text == STARS => {}
            Value::String(text) => result = self.add(name, text),
            Value::Number(number) => result = self.add(name, &number.to_string()),
        }
        result
    }

    /// Takes in a text that is a secret between two others only: a user in a URL, before the host.
    pub fn add_between(&self, name: &str, around: (&str, &str), value: &str) {
        if !value.is_empty() {
            self.change(|index| index.add_between(name, (around.0, value, around.1)));
        }
    }

    /// Takes in a secret of any length. A short one, and `true`, `false` and `null`, is found only as the whole of a field:
    /// of what is given to [`Self::redact`], of a leaf of what is given to [`Self::redact_value`], or in double quotes.
    /// An empty one is no secret.
    pub fn add_whole(&self, name: &str, value: &str) {
        let word = matches!(value, "true" | "false" | "null");
        if !value.is_empty() && (word || self.add(name, value).is_err()) {
            self.change(|index| index.add_whole(name, value));
        }
    }

    /// Takes in a secret that was computed from others, as [`Self::add_whole`] does. It may be another one with every
    /// request: of those that are found inside texts, the newest thousand are known.
    pub fn add_made(&self, name: &str, value: &str) {
        let short = value.chars().take(Self::SHORTEST).count() < Self::SHORTEST;
        if short || matches!(value, "true" | "false" | "null") {
            self.add_whole(name, value);
        } else {
            self.change(|index| index.add_made(name, value));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Index)) {
        change(&mut self.shared.index.write().ignore_poison());
        self.shared.any.store(true, Ordering::Release);
    }

    /// What is known, where anything is.
    fn known(&self) -> Option<RwLockReadGuard<'_, Index>> {
        let any = !self.shared.open && self.shared.any.load(Ordering::Acquire);
        any.then(|| self.shared.index.read().ignore_poison())
    }

    /// A text with [`STARS`] for every secret.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known()
            .map_or(Cow::Borrowed(text), |index| redact(&index, text))
    }

    /// Lines of a collection with [`STARS`] for every secret, and where a part of them is then: all of it, where a secret goes over an
    /// end of the part. The keys of tables are words of the format and stay, unless the lines may be inside of a text of several lines:
    /// `before` is what stands before them in the file.
    #[must_use]
    pub fn redact_source<'a>(
        &self,
        before: &str,
        lines: &'a str,
        part: Range<usize>,
    ) -> (Cow<'a, str>, Range<usize>) {
        let Some(index) = self.known() else {
            return (Cow::Borrowed(lines), part);
        };
        let mut found = index.find(lines.as_bytes());
        let is_own = |found: &Found| is_key(lines, &found.range) || is_boolean(lines, &found.range);
        if found.iter().any(is_own) && !is_in_text(before) && !is_in_text(lines) {
            found.retain(|found| !is_own(found));
        }
        if found.is_empty() {
            return (Cow::Borrowed(lines), part);
        }
        let pieces = pieces(&index, lines, found);
        let shown = shown(&pieces);
        let range = match (place(&pieces, part.start), place(&pieces, part.end)) {
            (Some(start), Some(end)) => start..end,
            _ => 0..shown.trim_end().len(),
        };
        (shown, range)
    }

    /// Bytes with [`STARS`] for every secret, whether or not they are text.
    #[must_use]
    pub fn redact_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(index) = self.known() else {
            return Cow::Borrowed(bytes);
        };
        let found = index.find(bytes);
        if found.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut shown = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for found in found {
            shown.extend(bytes.get(at..found.range.start).unwrap_or_default());
            shown.extend(STARS.as_bytes());
            at = found.range.end;
        }
        shown.extend(bytes.get(at..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// A text that was cut where it ends, by whoever sent it: with [`STARS`] for the part of a secret at its end. What is whole in
    /// it is not looked for.
    #[must_use]
    pub fn redact_end<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let cut = self
            .known()
            .and_then(|index| index.cut_secret(text.as_bytes()));
        match cut.and_then(|start| text.get(..start)) {
            Some(kept) => Cow::Owned(format!("{kept}{STARS}")),
            None => Cow::Borrowed(text),
        }
    }

    /// As [`Redactor::redact_end`], of bytes that may be no text.
    #[must_use]
    pub fn redact_end_of_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let cut = self.known().and_then(|index| index.cut_secret(bytes));
        match cut.and_then(|start| bytes.get(..start)) {
            Some(kept) => Cow::Owned([kept, STARS.as_bytes()].concat()),
            None => Cow::Borrowed(bytes),
        }
    }

    /// A document with [`STARS`] for every secret in its texts and member names; a number or boolean that holds one
    /// becomes a text.
    #[must_use]
    pub fn redact_value<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        let changed = self.known().and_then(|index| {
            let search = Search {
                text: &|text| redact(&index, text),
                is_secret: &|value| index.is_document(value),
            };
            document::redact(value, search)
        });
        changed.map_or(Cow::Borrowed(value), Cow::Owned)
    }

    /// A document of whose text nothing was found: only strings that JSON has to escape read otherwise than it does.
    fn redact_escaped<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        let is_escaped = |sign: char| sign.is_control() || matches!(sign, '"' | '\\');
        let changed = self.known().and_then(|index| {
            let search = Search {
                text: &|text| {
                    if text.contains(is_escaped) {
                        redact(&index, text)
                    } else {
                        Cow::Borrowed(text)
                    }
                },
                is_secret: &|_| false,
            };
            document::redact(value, search)
        });
        changed.map_or(Cow::Borrowed(value), Cow::Owned)
    }

    /// A text that is a JSON document, perhaps, and stays one: a secret that stands outside of its strings becomes a string. The
    /// text is searched as a whole, and then each of its values: that they are escaped is no encoding then.
    #[must_use]
    pub fn redact_json<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(index) = self.known() else {
            return Cow::Borrowed(text);
        };
        let found = index.find(text.as_bytes());
        let ranges = found.iter().map(|found| found.range.clone());
        let whole = index.whole(text).is_some();
        let worth = !found.is_empty() || index.has_documents() || text.contains('\\');
        let is_json = worth
            && !whole
            && text.trim_start().starts_with(['{', '['])
            && crate::value::parse(text).is_ok();
        let kept = if is_json && !found.is_empty() {
            json::without(text, ranges)
        } else {
            None
        };
        let all = !found.is_empty() || index.has_documents();
        drop(index);
        let shown = kept.map_or_else(|| self.redact(text), Cow::Owned);
        let document = if is_json {
            crate::value::parse(&shown).ok()
        } else {
            None
        };
        let changed = document.as_ref().map(|document| {
            if all {
                self.redact_value(document)
            } else {
                self.redact_escaped(document)
            }
        });
        if let Some(Cow::Owned(document)) = changed {
            Cow::Owned(document.to_json())
        } else {
            shown
        }
    }

    /// A sentence of this program. What comes from outside stands in quotes in it and is searched as any text. Outside of the
    /// quotes a secret that is a plain word is left, since it is the program's own: to hide it would show what it is.
    #[must_use]
    pub fn redact_message<'a>(&self, message: &'a str) -> Cow<'a, str> {
        let Some(index) = self.known() else {
            return Cow::Borrowed(message);
        };
        let found = foreign(&index, message);
        if found.is_empty() {
            Cow::Borrowed(message)
        } else {
            shown(&pieces(&index, message, found))
        }
    }

    /// A sentence of this program in pieces, as [`Self::redact_message`] finds them. Together they are the sentence.
    #[must_use]
    pub fn split_message<'a>(&self, message: &'a str) -> Vec<Piece<'a>> {
        self.known().map_or_else(
            || vec![Piece::Plain(message)],
            |index| pieces(&index, message, foreign(&index, message)),
        )
    }

    /// The name of a header as it may be shown. One that every client and server sends is no secret.
    #[must_use]
    pub fn redact_header_name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if is_usual_header(name) {
            Cow::Borrowed(name)
        } else {
            self.redact(name)
        }
    }

    /// Whether no secret is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known().is_none()
    }

    /// Whether there is a secret in the bytes.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|index| {
            !index.find(bytes).is_empty()
                || std::str::from_utf8(bytes).is_ok_and(|text| index.whole(text).is_some())
        })
    }

    /// The value of a header as it may be shown: of a secret one (see [`is_secret_header`]) only what is none, such as
    /// `Bearer ***` and the attributes of a cookie.
    #[must_use]
    pub fn redact_header<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if self.shared.open || !is_secret_header(name) {
            return self.redact(value);
        }
        Cow::Owned(self.redact(&super::header::hide(name, value)).into_owned())
    }

    /// A text in pieces: what is a secret, and what is not. Together they are the text.
    #[must_use]
    pub fn split<'a>(&self, text: &'a str) -> Vec<Piece<'a>> {
        let plain = |text: &'a str| {
            if text.is_empty() {
                Vec::new()
            } else {
                vec![Piece::Plain(text)]
            }
        };
        self.known()
            .map_or_else(|| plain(text), |index| split(&index, text))
    }
}

fn redact<'a>(index: &Index, text: &'a str) -> Cow<'a, str> {
    if index.whole(text).is_some() {
        return Cow::Owned(STARS.to_owned());
    }
    // Nearly every text is searched in vain.
    let found = index.find(text.as_bytes());
    if found.is_empty() {
        Cow::Borrowed(text)
    } else {
        shown(&pieces(index, text, found))
    }
}

fn shown<'a>(pieces: &[Piece<'_>]) -> Cow<'a, str> {
    Cow::Owned(
        pieces
            .iter()
            .map(|piece| {
                if let Piece::Plain(text) = piece {
                    text
                } else {
                    STARS
                }
            })
            .collect(),
    )
}

fn split<'a>(index: &Index, text: &'a str) -> Vec<Piece<'a>> {
    match index.whole(text) {
        Some(name) => vec![Piece::Secret {
            name: Arc::clone(name),
            form: Form::Exact,
            text,
        }],
        None => pieces(index, text, index.find(text.as_bytes())),
    }
}

fn pieces<'a>(index: &Index, text: &'a str, all: Vec<Found>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let plain = |pieces: &mut Vec<_>, from: usize, to: usize| {
        if let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) {
            pieces.push(Piece::Plain(text));
        }
    };
    for found in all {
        // Never inside a character: what is not shown is safe, what cannot be cut would be lost.
        let start = (0..=found.range.start)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let end = (found.range.end..=text.len())
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(text.len());
        plain(&mut pieces, at, start);
        if let (Some(text), Some(name)) = (text.get(start.max(at)..end), index.name(&found)) {
            pieces.push(Piece::Secret {
                name: Arc::clone(name),
                form: found.form,
                text,
            });
        }
        at = end;
    }
    plain(&mut pieces, at, text.len());
    pieces
}

/// Where a place of a text is once its secrets are gone; `None` inside of one.
fn place(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let (mut source, mut shown) = (0, 0);
    for piece in pieces {
        let (length, visible) = match piece {
            Piece::Plain(text) if at <= source + text.len() => return Some(shown + at - source),
            Piece::Plain(text) => (text.len(), text.len()),
            Piece::Secret { text, .. } => (text.len(), STARS.len()),
        };
        if at <= source {
            return Some(shown);
        }
        if at < source + length {
            return None;
        }
        (source, shown) = (source + length, shown + visible);
    }
    Some(shown)
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(***)")
    }
}

impl fmt::Display for TooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a secret needs at least {} characters; a shorter one cannot be distinguished from other text",
            Redactor::SHORTEST
        )
    }
}

impl std::error::Error for TooShort {}
