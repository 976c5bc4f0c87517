//! Where in a document a value stands: `$.order.items[1].qty`.

use std::fmt;

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
            Segment::Name(name) => write!(f, "['{}']", name.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n")),
        })
    }
}

/// Whether a name may stand after a dot (RFC 9535 `member-name-shorthand`).
fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_take_a_dot_and_others_brackets() {
        let path: Path =
            [Segment::Name("order".into()), Segment::Index(1), Segment::Name("it's odd".into())].into_iter().collect();
        assert_eq!(path.to_string(), r"$.order[1]['it\'s odd']");
    }
}
