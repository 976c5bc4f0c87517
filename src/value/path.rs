//! Where in a document a value stands: `$.order.items[1].qty`.

use std::fmt;
use std::str::FromStr;

/// One step down into a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into the member of that name.
    Name(String),
    /// Into the item at that index, from 0.
    Index(usize),
}

/// A singular path from the root (`$`), written as RFC 9535 writes one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The root, `$`.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps, from the root down.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Goes one step down.
    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    /// Goes one step up; `None` at the root.
    pub fn pop(&mut self) -> Option<Segment> {
        self.0.pop()
    }

    /// This path with one more step.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.push(segment);
        path
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Name(name) if is_plain(name) => write!(f, ".{name}"),
            Segment::Name(name) => write!(
                f,
                "['{}']",
                name.replace('\\', "\\\\")
                    .replace('\'', "\\'")
                    .replace('\n', "\\n")
            ),
        })
    }
}

/// The text is no path as [`Path`] writes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPath;

impl FromStr for Path {
    type Err = NotAPath;

    /// Reads what `Display` writes; not the whole of JSONPath.
    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let mut rest = text.strip_prefix('$').ok_or(NotAPath)?;
        let mut path = Self::root();
        while !rest.is_empty() {
            let (segment, after) = first_segment(rest).ok_or(NotAPath)?;
            path.push(segment);
            rest = after;
        }
        Ok(path)
    }
}

/// The first step of a path, and what follows it.
fn first_segment(text: &str) -> Option<(Segment, &str)> {
    if let Some(text) = text.strip_prefix('.') {
        let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
        return is_plain(name).then(|| (Segment::Name(name.to_owned()), rest));
    }
    let text = text.strip_prefix('[')?;
    let Some(quoted) = text.strip_prefix('\'') else {
        let (index, rest) = text.split_once(']')?;
        return Some((Segment::Index(index.parse().ok()?), rest));
    };
    let (mut name, mut characters) = (String::new(), quoted.chars());
    loop {
        match characters.next()? {
            '\'' => break,
            '\\' => name.push(
                characters
                    .next()
                    .map(|escaped| if escaped == 'n' { '\n' } else { escaped })?,
            ),
            other => name.push(other),
        }
    }
    Some((Segment::Name(name), characters.as_str().strip_prefix(']')?))
}

/// Whether a name may stand after a dot (RFC 9535 `member-name-shorthand`).
fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_take_a_dot_and_others_brackets() {
        let path: Path = [
            Segment::Name("order".into()),
            Segment::Index(1),
            Segment::Name("it's odd".into()),
        ]
        .into_iter()
        .collect();
        assert_eq!(path.to_string(), r"$.order[1]['it\'s odd']");
    }

    #[test]
    fn what_is_written_is_read() {
        let names = [
            "a",
            "it's",
            "a.b",
            "a]b",
            "[0]",
            "\\",
            "new\nline",
            "",
            "ü",
            "0",
        ];
        let path: Path = names
            .iter()
            .map(|name| Segment::Name((*name).into()))
            .chain([Segment::Index(12)])
            .collect();
        assert_eq!(path.to_string().parse(), Ok(path));
        for text in [
            "", "a", "$.", "$a", "$[", "$[x]", "$['a", "$['a'", "$[-1]", "$..a", "$.*", "$['a\\",
        ] {
            assert_eq!(text.parse::<Path>(), Err(NotAPath), "{text}");
        }
    }
}
