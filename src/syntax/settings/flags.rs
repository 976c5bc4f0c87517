//! Connection options of the command line: what is typed, as settings whose places lie in a file that nobody wrote.

use std::ops::Range;
use std::time::Duration;

use super::Settings;
use crate::secret::{Redactor, is_secret_header};
use crate::source::{Diagnostic, File, Span};
use crate::syntax::{Data, Entry, Node, Problems, Table};
use crate::value::Number;

/// An option of the command line that sets a key.
#[derive(Debug)]
pub struct Flag {
    /// Its long name, without dashes.
    pub name: &'static str,
    /// What comes behind it.
    pub takes: Takes,
    /// What it is for, in one line.
    pub help: &'static str,
    /// The flag without which it means nothing.
    pub only_with: Option<&'static str>,
    /// The flag beside which it means nothing.
    pub not_with: Option<&'static str>,
    /// What of its value is secret.
    pub shown: Shown,
    reads: Reads,
    /// The tables in which the key stands that it sets.
    tables: &'static [&'static str],
    key: &'static str,
    of_requests: bool,
}

/// What comes behind a flag.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A value that is called so.
    One(&'static str),
    /// One of these.
    OneOf(&'static str, &'static [&'static str]),
    /// A value, or nothing, which means this one.
    Optional(&'static str, &'static str),
    /// A value, and the flag may be repeated; its short name.
    Many(&'static str, Option<char>),
    /// A path.
    File(&'static str),
}

/// What the value of a flag is to its key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reads {
    /// A string.
    Text,
    /// A number; anything else is a string.
    Number,
    /// A duration; a bare number is seconds.
    Seconds,
    /// The flag alone means `true`.
    True,
    /// The flag alone means `false`.
    False,
    /// The flag alone means this number.
    As(u32),
    /// `KEY=VALUE`, and how that is said where it is something else.
    Pair(&'static str),
    /// `NAME: VALUE`.
    Header,
}

/// What of a value is secret.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// Nothing, but for secrets that are known.
    Whole,
    /// The login of a URL, which is of this.
    Url(&'static str),
    /// The value of a header that is secret by its name.
    Header,
}

impl Flag {
    pub(super) const fn new(
        name: &'static str,
        takes: Takes,
        reads: Reads,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            takes,
            help,
            only_with: None,
            not_with: None,
            shown: Shown::Whole,
            reads,
            tables: &[],
            key: "",
            of_requests: false,
        }
    }

    pub(super) const fn sets(self, tables: &'static [&'static str], key: &'static str) -> Self {
        Self {
            tables,
            key,
            ..self
        }
    }

    pub(super) const fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    pub(super) const fn only_with(self, name: &'static str) -> Self {
        Self {
            only_with: Some(name),
            ..self
        }
    }

    pub(super) const fn not_with(self, name: &'static str) -> Self {
        Self {
            not_with: Some(name),
            ..self
        }
    }

    /// It is about a request as a whole, and not only about its connection.
    pub(super) const fn of_requests(self) -> Self {
        Self {
            of_requests: true,
            ..self
        }
    }

    pub(super) const fn is_of_requests(&self) -> bool {
        self.of_requests
    }
}

/// A flag as it was typed.
#[derive(Debug, Clone)]
pub struct Given {
    /// The flag.
    pub flag: &'static Flag,
    /// Its value; empty if it takes none.
    pub value: String,
}

impl Given {
    /// The flag of this name with a value; `None` if there is no such flag.
    #[must_use]
    pub fn new(name: &str, value: impl Into<String>) -> Option<Self> {
        let flag = super::flags().into_iter().find(|flag| flag.name == name)?;
        Some(Self {
            flag,
            value: value.into(),
        })
    }

    /// The value as it may be shown, in one line. A value that is wrong may have its secret anywhere.
    fn shown(&self, secrets: &Redactor) -> String {
        let text = match self.flag.shown {
            Shown::Whole => self.value.clone(),
            Shown::Url(_) => match self.value.rsplit_once('@') {
                Some((login, host)) => {
                    let scheme = login.find("://").and_then(|at| login.get(..at + 3));
                    format!("{}***@{host}", scheme.unwrap_or_default())
                }
                None => self.value.clone(),
            },
            Shown::Header => match self.value.split_once(':') {
                Some((name, _)) if is_secret_header(name.trim()) => format!("{name}: ***"),
                Some(_) => self.value.clone(),
                None => "***".to_owned(),
            },
        };
        secrets.redact(&text).replace(['\n', '\r'], " ")
    }

    /// The value as the key would have it.
    fn data(&self) -> Data {
        let text = || Data::String(self.value.clone());
        match self.flag.reads {
            Reads::Text | Reads::Pair(_) | Reads::Header => text(),
            Reads::Number => Number::parse(&self.value).map_or_else(text, Data::Number),
            Reads::Seconds => seconds(&self.value).map_or_else(text, Data::String),
            Reads::True => Data::Bool(true),
            Reads::False => Data::Bool(false),
            Reads::As(number) => Data::Number(u64::from(number).into()),
        }
    }

    /// Writes the value into the table of settings; why it cannot be, if so.
    fn put(&self, settings: &mut Table, place: &Place) -> Option<Diagnostic> {
        let Flag { tables, key, .. } = self.flag;
        let table = tables
            .iter()
            .try_fold(settings, |table, name| member(table, name, place))?;
        match self.flag.reads {
            Reads::Pair(usage) => {
                let Some((name, value)) = self.value.split_once('=') else {
                    return Some(Diagnostic::error(&place.value, usage));
                };
                let table = member(table, key, place)?;
                let known = table.get(name).map(Node::one_or_many);
                let mut values = known.unwrap_or_default().to_vec();
                values.push(place.node(Data::String(value.to_owned())));
                table.insert(name.to_owned(), place.entry(Data::Array(values)));
            }
            Reads::Header => {
                let Some((name, value)) = self.value.split_once(':') else {
                    let usage = "`--header` takes 'NAME: VALUE'";
                    return Some(Diagnostic::error(&place.value, usage));
                };
                let (name, value) = (name.trim(), value.trim());
                let table = member(table, key, place)?;
                // The last one counts, in whatever case its name is written.
                table
                    .entries
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                let entry = Entry {
                    key: place.value.clone(),
                    value: place.node(Data::String(value.to_owned())),
                };
                table.insert(name.to_owned(), entry);
            }
            _ => table.insert((*key).to_owned(), place.entry(self.data())),
        }
        None
    }
}

/// The places of a flag and its value.
struct Place {
    flag: Span,
    value: Span,
}

impl Place {
    fn node(&self, data: Data) -> Node {
        Node {
            span: self.value.clone(),
            data,
        }
    }

    fn entry(&self, data: Data) -> Entry {
        Entry {
            key: self.flag.clone(),
            value: self.node(data),
        }
    }
}

/// A table inside of another, made if it is not there.
fn member<'t>(table: &'t mut Table, key: &str, place: &Place) -> Option<&'t mut Table> {
    if table.get(key).is_none() {
        table.insert(key.to_owned(), place.entry(Data::Table(Table::default())));
    }
    let mut entries = table.entries.iter_mut();
    match entries
        .find(|(name, _)| name == key)
        .map(|(_, entry)| &mut entry.value.data)
    {
        Some(Data::Table(inner)) => Some(inner),
        _ => None,
    }
}

/// A bare number as a duration with its unit.
fn seconds(text: &str) -> Option<String> {
    let seconds = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    Some(format!("{}s", seconds.as_secs_f64()))
}

/// The settings that were typed, and what is wrong with them. Each flag has a line of its own in a file `command line`, in which
/// secrets are not shown.
#[must_use]
pub fn of_command_line(given: &[Given], secrets: &Redactor) -> (Settings, Vec<Diagnostic>) {
    let mut text = String::new();
    let mut places: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for given in given {
        let start = text.len();
        text.push_str("--");
        text.push_str(given.flag.name);
        let flag = start..text.len();
        let mut value = flag.clone();
        if !matches!(given.flag.takes, Takes::Nothing) {
            text.push(' ');
            value.start = text.len();
            text.push_str(&given.shown(secrets));
            value.end = text.len();
        }
        text.push('\n');
        places.push((flag, value));
    }
    let file = File::command_line(text);
    let (mut table, mut problems) = (Table::default(), Problems::default());
    for (given, (flag, value)) in given.iter().zip(places) {
        let place = Place {
            flag: Span::new(&file, flag),
            value: Span::new(&file, value),
        };
        if let Some(problem) = given.put(&mut table, &place) {
            problems.push(problem);
        }
    }
    let settings = Settings::decode(&mut table, &mut problems);
    (settings, problems.into_vec())
}
