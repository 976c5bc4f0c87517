//! What an expectation or a capture is about.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an expectation or a capture is about: `status`, `header content-type`, `jsonpath $.id`, `capture token`.
///
/// In the JSON events it is that text. Programs look at the kind; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    kind: SubjectKind,
    text: String,
}

/// The kinds of subjects that more than the text depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubjectKind {
    /// The status code.
    Status,
    /// The class of a transport error.
    Error,
    /// The nodes that a JSONPath selects.
    JsonPath,
    /// Anything else.
    #[default]
    Other,
}

impl Subject {
    /// A subject with the text that people read.
    #[must_use]
    pub fn new(kind: SubjectKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// A subject of no special kind.
    #[must_use]
    pub fn other(text: impl Into<String>) -> Self {
        Self::new(SubjectKind::Other, text)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        self.kind
    }

    /// The text that people read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same subject with another text, such as one without secrets or with a prefix.
    #[must_use]
    pub fn with_text(&self, text: impl Into<String>) -> Self {
        Self::new(self.kind, text)
    }

    /// The JSONPath, if it is about one.
    #[must_use]
    pub fn json_path(&self) -> Option<&str> {
        (self.kind == SubjectKind::JsonPath).then(|| {
            let (_, path) = self.text.split_once(' ').unwrap_or_default();
            path
        })
    }

    /// A subject by its text alone, as a file of events has it.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        let text = text.into();
        let kind = match text.as_str() {
            "status" => SubjectKind::Status,
            "error" => SubjectKind::Error,
            text if text.starts_with("jsonpath ") => SubjectKind::JsonPath,
            _ => SubjectKind::Other,
        };
        Self { kind, text }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_survives_a_file_of_events() {
        for (kind, text) in [
            (SubjectKind::Status, "status"),
            (SubjectKind::Error, "error"),
            (SubjectKind::JsonPath, "jsonpath $.a b"),
            (SubjectKind::Other, "header status"),
        ] {
            let subject = Subject::new(kind, text);
            let json = serde_json::to_string(&subject).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Subject>(&json).unwrap(), subject);
        }
        let path = Subject::new(SubjectKind::JsonPath, "jsonpath $.a b");
        assert_eq!(path.json_path(), Some("$.a b"));
        assert_eq!(Subject::other("jsonpath $.a").json_path(), None);
    }
}
