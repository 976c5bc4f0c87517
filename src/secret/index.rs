//! Finds many secrets in one pass over a text.
//!
//! An Aho-Corasick automaton would have to be built anew for every secret that a run captures, which makes a run with
//! many of them quadratic. This index grows in place: of every text to be found it keeps one window of four bytes, the
//! rarest one; a filter of a few kilobytes tells for nearly every place of a text that no window stands there.

use std::ops::Range;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::Form;
use super::decode::{DECODERS, Decoder, is_base64, is_wrapped};
use super::document::secret_leaves;
use super::forms::{Written, forms_of, text_forms};
use crate::value::{Value, parse};

/// From so many characters on, a secret is found inside words too.
pub(super) const ANYWHERE: usize = 8;

/// How deep encodings inside of each other are undone.
const DEPTH: usize = 3;

/// How many levels of encodings may still be undone.
#[derive(Clone, Copy)]
struct Depth {
    levels: usize,
    /// Whether lines were just joined. For base64, which they are part of, that was no level.
    joined: bool,
}

impl Depth {
    fn of(self, decoder: &Decoder) -> usize {
        self.levels + usize::from(self.joined && decoder.reads_base64())
    }
}

/// How many bytes are decoded for the third time, behind each of the first decoders. Of a text of up to 16 KB it is everything that
/// there can be. A text of some megabytes has several of them decoded, of those that most texts hold: time stays bounded.
const THIRD: usize = 12 * 1024 * 1024;

/// Longer secrets are known whole as they are, and encoded in pieces of this size: work and memory stay bounded.
const PIECE: usize = 1024;

/// A line of a secret of several lines is hidden by itself if it has this many characters: differences and quotes show
/// single lines.
const SHORTEST_LINE: usize = 8;

/// No word of this program's sentences is longer.
const LONGEST_WORD: usize = 14;

/// So many computed secrets are known at least: the newest. A signature over the time is another one with every request, and
/// memory must not grow with the run.
const MADE: usize = 1000;

/// Everything that is to be found.
#[derive(Default)]
pub(super) struct Index {
    /// Secrets that are known for good, with their names.
    lasting: IndexMap<Box<str>, Arc<str>>,
    /// Secrets that were computed, the newest last.
    made: IndexSet<Box<str>>,
    /// What was taken in, lines of secrets too.
    values: IndexSet<Box<str>>,
    /// The names of the secrets.
    names: Vec<Arc<str>>,
    entries: Vec<Entry>,
    windows: IndexMap<u32, Vec<u32>>,
    filter: Filter,
    wholes: IndexMap<Box<str>, Arc<str>>,
    /// Secrets that are found between two other texts only, with their names.
    between: IndexMap<[Box<str>; 3], Arc<str>>,
    /// Secrets that are JSON documents.
    documents: Vec<Value>,
}

/// How many bytes of a secret are a part of it at the end of what was cut, and not a chance.
const SHORTEST_CUT: usize = 4;

struct Entry {
    bytes: Box<[u8]>,
    /// Where its window starts.
    window: usize,
    /// How many bytes at its start and its end are not of the secret.
    around: (usize, usize),
    /// Whether it is found as a word of its own only.
    word: bool,
    form: Form,
    secret: SecretId,
}

/// Which of the secrets: a place in the list of their names.
type SecretId = usize;

/// A secret that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) form: Form,
    secret: SecretId,
}

impl Index {
    /// Takes a secret in; one that is known already costs nothing.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if self.lasting.contains_key(value) {
            return;
        }
        let name: Arc<str> = name.into();
        self.lasting.insert(value.into(), Arc::clone(&name));
        self.made.shift_remove(value);
        self.take_in(&name, value);
    }

    /// Where the bytes end in the first part of a secret, in any of its forms: what was received may be cut in the middle of one.
    pub(super) fn cut_secret(&self, bytes: &[u8]) -> Option<usize> {
        let starts = self.entries.iter().filter(|entry| !entry.word);
        let found = starts.filter_map(|entry| {
            let (before, _) = entry.around;
            let longest = entry.bytes.len().saturating_sub(1).min(bytes.len());
            let shortest = before + SHORTEST_CUT;
            let length = (shortest..=longest).rev().find(|length| {
                let start = entry.bytes.get(..*length).unwrap_or_default();
                bytes.ends_with(start)
            })?;
            Some(bytes.len() - length + before)
        });
        found.min()
    }

    /// Takes in a secret that was computed: it is known until [`MADE`] newer ones are.
    pub(super) fn add_made(&mut self, name: &str, value: &str) {
        if self.lasting.contains_key(value) {
            return;
        }
        self.made.shift_remove(value);
        self.made.insert(value.into());
        self.take_in(&name.into(), value);
        if self.made.len() > 2 * MADE {
            self.forget(name);
        }
    }

    /// Forgets the older half of what was computed. To take single texts out would cost more than to begin anew.
    fn forget(&mut self, name: &str) {
        let Self {
            lasting,
            made,
            wholes,
            between,
            ..
        } = std::mem::take(self);
        lasting
            .iter()
            .for_each(|(value, name)| self.add(name, value));
        between.iter().for_each(|([before, value, after], name)| {
            self.add_between(name, (before, value, after));
        });
        wholes
            .iter()
            .for_each(|(value, name)| self.add_whole(name, value));
        made.iter()
            .skip(made.len() - MADE)
            .for_each(|value| self.add_made(name, value));
    }

    fn take_in(&mut self, name: &Arc<str>, value: &str) {
        if !self.values.insert(value.into()) {
            return;
        }
        let secret = self.named(Arc::clone(name));
        if is_short(value) {
            for written in text_forms(value) {
                self.add_entry(secret, written, (0, 0), true);
            }
            return;
        }
        self.add_forms(secret, value);
        self.add_document(name, value);
        let lines = value
            .lines()
            .map(str::trim)
            .filter(|line| line.chars().count() >= SHORTEST_LINE);
        // Markers such as `-----BEGIN PRIVATE KEY-----` tell nothing.
        for line in lines.filter(|line| *line != value && !line.starts_with("-----")) {
            if self.values.insert(line.into()) {
                self.add_parts(secret, line);
            }
        }
    }

    /// A secret that is a JSON document: it may be written in another way, or come back in part.
    fn add_document(&mut self, name: &Arc<str>, value: &str) {
        if !value.trim_start().starts_with(['{', '[']) {
            return;
        }
        let Ok(document) = parse(value) else { return };
        self.take_in(name, &document.to_json());
        for leaf in secret_leaves(&document) {
            self.take_in(name, leaf);
        }
        let tells = matches!(&document, Value::Object(members) if !members.is_empty())
            || matches!(&document, Value::Array(items) if !items.is_empty());
        if tells && !self.documents.contains(&document) {
            self.documents.push(document);
        }
    }

    /// Whether some secrets are JSON documents.
    pub(super) fn has_documents(&self) -> bool {
        !self.documents.is_empty()
    }

    /// Whether a document is a secret as a whole.
    pub(super) fn is_document(&self, value: &Value) -> bool {
        self.documents.contains(value)
    }

    fn named(&mut self, name: Arc<str>) -> SecretId {
        self.names.push(name);
        self.names.len() - 1
    }

    fn add_parts(&mut self, secret: SecretId, value: &str) {
        for mut written in pieces(value).into_iter().flat_map(forms_of) {
            if written.form == Form::Exact {
                written.form = Form::Other;
            }
            self.add_entry(secret, written, (0, 0), false);
        }
    }

    fn add_forms(&mut self, secret: SecretId, value: &str) {
        if value.len() <= PIECE {
            for written in forms_of(value) {
                self.add_entry(secret, written, (0, 0), false);
            }
            return;
        }
        self.add_entry(
            secret,
            Written {
                bytes: value.as_bytes().to_vec(),
                form: Form::Exact,
            },
            (0, 0),
            false,
        );
        self.add_parts(secret, value);
    }

    fn add_entry(
        &mut self,
        secret: SecretId,
        written: Written,
        around: (usize, usize),
        word: bool,
    ) {
        let Written { bytes, form } = written;
        let crowd = |(_, key): &(usize, u32)| self.windows.get(key).map_or(0, Vec::len);
        let step = (bytes.len() / 16).max(1);
        let Some((window, key)) = keys(&bytes).step_by(step).min_by_key(crowd) else {
            return;
        };
        let Ok(id) = u32::try_from(self.entries.len()) else {
            return;
        };
        self.entries.push(Entry {
            bytes: bytes.into(),
            window,
            around,
            word,
            form,
            secret,
        });
        self.windows.entry(key).or_default().push(id);
        self.filter.add(key, self.windows.keys());
    }

    /// Takes in a text that is a secret only where it is the whole of a field, or stands in quotes, as the fields of a
    /// document that is searched as text do.
    pub(super) fn add_whole(&mut self, name: &str, value: &str) {
        if self.wholes.contains_key(value) {
            return;
        }
        let name: Arc<str> = name.into();
        self.wholes.insert(value.into(), Arc::clone(&name));
        let secret = self.named(name);
        for Written { bytes, form } in text_forms(value) {
            self.add_entry(
                secret,
                Written {
                    bytes: [b"\"", &*bytes, b"\""].concat(),
                    form,
                },
                (1, 1),
                false,
            );
        }
    }

    /// Takes in a text that is a secret only between two others, as a login is in a URL.
    pub(super) fn add_between(&mut self, name: &str, (before, value, after): (&str, &str, &str)) {
        let key = [before, value, after].map(Box::from);
        if self.between.contains_key(&key) {
            return;
        }
        let name: Arc<str> = name.into();
        self.between.insert(key, Arc::clone(&name));
        let secret = self.named(name);
        let bytes = [before, value, after].concat().into_bytes();
        self.add_entry(
            secret,
            Written {
                bytes,
                form: Form::Exact,
            },
            (before.len(), after.len()),
            false,
        );
    }

    /// The name of the secret that the whole of a field is.
    pub(super) fn whole(&self, text: &str) -> Option<&Arc<str>> {
        self.wholes.get(text)
    }

    /// The name of the secret that was found.
    pub(super) fn name(&self, found: &Found) -> Option<&Arc<str>> {
        self.names.get(found.secret)
    }

    /// All secrets of a text, in whatever form, in order; those that overlap are one.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Found> {
        let mut all = Vec::new();
        let mut left = 0;
        let depth = Depth {
            levels: DEPTH,
            joined: false,
        };
        self.explore(text, Form::Exact, (depth, &mut left), &mut |found| {
            all.push(found);
        });
        all.sort_unstable_by_key(|found| (found.range.start, found.range.end, found.form));
        let mut merged: Vec<Found> = Vec::with_capacity(all.len());
        for found in all {
            push(&mut merged, found, text);
        }
        merged
    }

    /// Tells what is found in a text, and in what it decodes to: so many levels, of the last one no more bytes than are left.
    fn explore(
        &self,
        text: &[u8],
        how: Form,
        (depth, left): (Depth, &mut usize),
        tell: &mut dyn FnMut(Found),
    ) {
        for mut found in self.scan(text) {
            found.form = seen_through(how, found.form);
            tell(found);
        }
        for decoder in &DECODERS {
            let levels = depth.of(decoder);
            if levels == DEPTH {
                *left = THIRD;
            } else if levels == 0 || (levels == 1 && *left == 0) {
                continue;
            }
            if let Some(decoded) = decoder.decode(text) {
                if levels == 1 {
                    *left = left.saturating_sub(decoded.bytes.len());
                }
                let how = seen_through(how, decoder.form);
                let depth = Depth {
                    levels: levels - 1,
                    joined: decoder.joins() && is_wrapped(text),
                };
                self.explore(
                    &decoded.bytes,
                    how,
                    (depth, &mut *left),
                    &mut |mut found| {
                        found.range = decoded.source(&found.range);
                        tell(found);
                    },
                );
            }
        }
    }

    fn scan(&self, text: &[u8]) -> Vec<Found> {
        let mut all = Vec::new();
        for (at, key) in keys(text).filter(|(_, key)| self.filter.has(*key)) {
            for id in self.windows.get(&key).into_iter().flatten() {
                if let Some(found) = self.check(text, at, *id as usize) {
                    push(&mut all, found, text);
                }
            }
        }
        all
    }

    /// Whether the entry whose window was seen is there as a whole.
    fn check(&self, text: &[u8], at: usize, entry: usize) -> Option<Found> {
        let known = self.entries.get(entry)?;
        let mut start = at.checked_sub(known.window)?;
        let mut end = start.checked_add(known.bytes.len())?;
        (text.get(start..end)? == &*known.bytes).then_some(())?;
        if known.form == Form::Base64 {
            // The characters at both ends hold some bits of the secret.
            start -= usize::from(
                start
                    .checked_sub(1)
                    .and_then(|before| text.get(before))
                    .copied()
                    .is_some_and(is_base64),
            );
            end += usize::from(text.get(end).copied().is_some_and(is_base64));
        }
        let (start, end) = (start + known.around.0, end - known.around.1);
        if known.word && !is_word(text, start..end) {
            return None;
        }
        Some(Found {
            range: start..end,
            form: known.form,
            secret: known.secret,
        })
    }
}

/// Whether what was found is a plain word, which a sentence of this program may hold by chance.
pub(super) fn is_plain_word(found: &[u8]) -> bool {
    found.len() <= LONGEST_WORD && found.iter().all(u8::is_ascii_alphabetic)
}

/// Whether a secret is so short that it is found as a word of its own only.
fn is_short(value: &str) -> bool {
    value.chars().nth(ANYWHERE - 1).is_none()
}

/// Whether a part of a text is a word of its own: neither letter, digit nor `_` goes on at its ends. The scheme of a URL is none.
fn is_word(text: &[u8], part: Range<usize>) -> bool {
    let (before, after) = (
        text.get(..part.start).unwrap_or_default(),
        text.get(part.end..).unwrap_or_default(),
    );
    let inside = text.get(part).unwrap_or_default();
    let goes_on =
        |one: Option<char>, two: Option<char>| one.is_some_and(in_word) && two.is_some_and(in_word);
    let is_scheme = || {
        let scheme = ["http", "https", "ws", "wss"]
            .iter()
            .any(|scheme| inside.eq_ignore_ascii_case(scheme.as_bytes()));
        let colon = after
            .strip_prefix(b":")
            .or_else(|| after.strip_prefix(b"%3A"))
            .or_else(|| after.strip_prefix(b"%3a"));
        scheme
            && colon.is_some_and(|rest| {
                rest.starts_with(b"/") || rest.starts_with(b"\\/") || rest.starts_with(b"%2")
            })
    };
    !goes_on(last_char(before), first_char(inside))
        && !goes_on(last_char(inside), first_char(after))
        && !is_scheme()
}

fn in_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The character that a text ends with, if it ends with one.
fn last_char(text: &[u8]) -> Option<char> {
    let starts = (text.len().saturating_sub(4)..text.len()).rev();
    starts
        .filter_map(|at| std::str::from_utf8(text.get(at..)?).ok())
        .find_map(|end| end.chars().next_back())
}

/// The character that a text starts with, if it starts with one.
fn first_char(text: &[u8]) -> Option<char> {
    let ends = 1..=text.len().min(4);
    ends.filter_map(|end| std::str::from_utf8(text.get(..end)?).ok())
        .find_map(|start| start.chars().next())
}

/// The form of what has the one form inside the other.
fn seen_through(outer: Form, inner: Form) -> Form {
    match (outer, inner) {
        (Form::Exact, form) | (form, Form::Exact) => form,
        (outer, inner) if outer == inner => outer,
        _ => Form::Other,
    }
}

/// Adds what was found in the text; what overlaps with the last becomes one with it.
fn push(all: &mut Vec<Found>, found: Found, text: &[u8]) {
    match all.last_mut() {
        Some(last) if overlap(&last.range, &found.range) => join(last, found, text),
        _ => all.push(found),
    }
}

fn overlap(one: &Range<usize>, two: &Range<usize>) -> bool {
    one.start < two.end && two.start < one.end
}

fn join(last: &mut Found, found: Found, text: &[u8]) {
    let holds = |outer: &Range<usize>, inner: &Range<usize>| {
        outer.start <= inner.start && inner.end <= outer.end
    };
    if last.range == found.range {
        last.form = last.form.min(found.form);
    } else if holds(&found.range, &last.range) || is_quoted_by_chance(last, &found, text) {
        *last = found;
    } else if !holds(&last.range, &found.range) {
        last.range = last.range.start.min(found.range.start)..last.range.end.max(found.range.end);
        last.form = Form::Other;
    }
}

/// Whether the one is the other with signs of quoting before it: those of an escape, or some that just stand there. What
/// follows is the secret itself either way.
fn is_quoted_by_chance(quoted: &Found, exact: &Found, text: &[u8]) -> bool {
    let signs = text.get(quoted.range.start..exact.range.start);
    quoted.secret == exact.secret
        && exact.form == Form::Exact
        && quoted.range.end == exact.range.end
        && signs.is_some_and(|signs| {
            signs
                .iter()
                .all(|sign| matches!(sign, b'\\' | b'\'' | b'"'))
        })
}

/// Every window of four bytes, with its place.
fn keys(bytes: &[u8]) -> impl Iterator<Item = (usize, u32)> {
    let mut key = 0;
    let rolled = bytes.iter().map(move |byte| {
        key = (key >> 8) | (u32::from(*byte) << 24);
        key
    });
    rolled.skip(3).enumerate()
}

/// The value in pieces of bounded size, cut between characters.
fn pieces(value: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while rest.len() > PIECE {
        let (piece, tail) = rest.split_at(cut(rest));
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

/// Where to cut: never so late that a few bytes are left, which would be found everywhere.
fn cut(rest: &str) -> usize {
    let latest = PIECE.min(rest.len() - PIECE / 2);
    (1..=latest)
        .rev()
        .find(|at| rest.is_char_boundary(*at))
        .unwrap_or(rest.len())
}

/// Tells of most windows that nobody looks for them, at the cost of one load.
#[derive(Default)]
struct Filter {
    bits: Vec<u64>,
}

impl Filter {
    const SMALLEST: usize = 256;

    fn add<'a>(&mut self, key: u32, all: impl ExactSizeIterator<Item = &'a u32>) {
        // At most one bit in sixteen is set.
        if self.bits.len() * 4 < all.len() || self.bits.is_empty() {
            let size = (self.bits.len() * 4).max(Self::SMALLEST);
            self.bits = vec![0; size];
            all.for_each(|key| self.set(*key));
        }
        self.set(key);
    }

    fn set(&mut self, key: u32) {
        let (word, bit) = self.place(key);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The sizes are powers of two.
    fn place(&self, key: u32) -> (usize, u64) {
        let hash = key.wrapping_mul(0x9E37_79B1);
        let word = (hash >> 6) as usize & self.bits.len().saturating_sub(1);
        (word, 1 << (hash & 63))
    }
}
