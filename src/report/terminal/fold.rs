//! How the log of a CI system folds the lines of a collection, and what in it must not be taken for a command.

use std::borrow::Cow;

use crate::clock::Clock;
use crate::text::without_commands;

/// Whose log it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Folds {
    /// Nobody's who folds.
    #[default]
    None,
    /// GitHub Actions: lines between `::group::` and `::endgroup::`.
    Github,
    /// GitLab: sections, with the second of their start and end.
    Gitlab(Clock),
}

impl Folds {
    /// The header of the collection of that number, as the line that can be folded.
    pub(super) fn open(self, number: usize, header: &str) -> String {
        match self {
            Self::None => header.to_owned(),
            Self::Github => format!("::group::{header}"),
            Self::Gitlab(clock) => {
                format!(
                    "\u{1b}[0Ksection_start:{}:apitest_{number}\r\u{1b}[0K{header}",
                    clock.now().as_second()
                )
            }
        }
    }

    /// The end of its lines.
    pub(super) fn close(self, number: usize) -> String {
        match self {
            Self::None => String::new(),
            Self::Github => "::endgroup::\n".to_owned(),
            Self::Gitlab(clock) => {
                format!(
                    "\u{1b}[0Ksection_end:{}:apitest_{number}\r\u{1b}[0K\n",
                    clock.now().as_second()
                )
            }
        }
    }

    /// Lines of the report, with nothing in them that the log would take for a command.
    pub(super) fn harmless(self, text: &str) -> Cow<'_, str> {
        if self == Self::Github {
            without_commands(text)
        } else {
            Cow::Borrowed(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_its_name_and_time() {
        let clock = Clock::Fixed("2026-11-22T13:00:00Z".parse().unwrap());
        let section = Folds::Gitlab(clock).open(2, "hello\n") + &Folds::Gitlab(clock).close(2);
        let expected = "\u{1b}[0Ksection_start:1795352400:apitest_2\r\u{1b}[0Khello\n\u{1b}[0Ksection_end:1795352400:apitest_2\r\u{1b}[0K\n";
        assert_eq!(section, expected);
    }
}
