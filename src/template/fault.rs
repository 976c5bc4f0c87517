//! Why an expression has no value, and in which of its bytes.

use std::ops::Range;

/// What went wrong in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    /// The bytes of the expression that are meant; `None` until the part that failed is known.
    pub(super) range: Option<Range<usize>>,
    pub(super) hint: Option<String>,
    /// The message without values, if message or hint quote one: for secrets.
    plain: Option<String>,
}

impl Fault {
    /// A fault that quotes no value.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            range: None,
            hint: None,
            plain: None,
        }
    }

    /// With what to do about it.
    pub(super) fn with_hint(self, hint: impl Into<Option<String>>) -> Self {
        Self {
            hint: hint.into(),
            ..self
        }
    }

    /// A fault that quotes a value; `plain` says the same without it.
    pub(super) fn quoting(self, plain: impl Into<String>) -> Self {
        Self {
            plain: Some(plain.into()),
            ..self
        }
    }

    /// At its place, unless a smaller one is known.
    pub(super) fn at(self, range: &Range<usize>) -> Self {
        Self {
            range: self.range.or_else(|| Some(range.clone())),
            ..self
        }
    }

    /// Without values, if a secret was used.
    pub(super) fn redacted(self, secret: bool) -> Self {
        match self.plain {
            Some(plain) if secret => Self {
                message: plain,
                hint: None,
                plain: None,
                ..self
            },
            _ => self,
        }
    }
}
