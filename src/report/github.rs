//! Annotations of GitHub Actions: workflow commands that show what failed at its line.
//!
//! GitHub shows ten errors of a step; the first ten are written, then a note of how many more there are.

use std::io::{self, Write as _};

use super::case::{Case, Cases, Outcome};
use super::{Kind, Output, Reporter};
use crate::event::{Event, Place, Status};
use crate::text::count;

/// The report `github`.
pub const KIND: Kind = Kind {
    name: "github",
    about: "GitHub Actions annotations at file and line",
    exchanges: false,
    beside: true,
    open: |output| {
        Box::new(Github {
            output: Some(output),
            cases: Cases::default(),
            lines: Vec::new(),
            more: 0,
            blocked: 0,
        })
    },
};

/// GitHub shows so many errors of a step.
const MOST: usize = 10;

/// Holds what there is to be written until the run is over: it would stand between other lines.
struct Github {
    output: Option<Output>,
    cases: Cases,
    lines: Vec<String>,
    /// How many failures more there are, and how many requests that failures blocked.
    more: usize,
    blocked: usize,
}

impl Reporter for Github {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        let Some(case) = self.cases.of(event).filter(Case::is_bad) else {
            return Ok(());
        };
        match case.outcome {
            // Its cause is a failure itself.
            Outcome::Request(Status::Blocked) => self.blocked += 1,
            _ if self.lines.len() == MOST => self.more += 1,
            _ => self.lines.push(annotation(&case)),
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        for line in &self.lines {
            writeln!(output, "{line}")?;
        }
        let failures = (self.more > 0).then(|| count(self.more, "more failure"));
        let blocked = (self.blocked > 0).then(|| count(self.blocked, "blocked request"));
        let said = failures
            .into_iter()
            .chain(blocked)
            .collect::<Vec<_>>()
            .join(" and ");
        if !said.is_empty() {
            writeln!(output, "::notice title=apitest::{said} not shown here")?;
        }
        output.finish()
    }
}

fn annotation(case: &Case<'_>) -> String {
    let failure = case.request.and_then(|request| request.failures.first());
    let place = failure
        .and_then(|failure| failure.place.as_ref())
        .or(case.place);
    let place = place.map(located).unwrap_or_default();
    let details = case.details();
    let message = if details.is_empty() {
        case.reason.clone()
    } else {
        format!("{}\n\n{details}", case.reason)
    };
    format!(
        "::error {place}title={}::{}",
        property(&case.title()),
        escaped(message.trim_end())
    )
}

/// `file=…,line=…,col=…,endColumn=…,`
fn located(place: &Place) -> String {
    let file = property(place.file.trim_start_matches("./"));
    let meant = place
        .text
        .chars()
        .skip(place.column.saturating_sub(1))
        .collect::<String>();
    let length = meant
        .char_indices()
        .take_while(|(at, _)| *at < place.length)
        .count();
    format!(
        "file={file},line={},col={},endColumn={},",
        place.line,
        place.column,
        place.column + length.max(1)
    )
}

/// A message: what ends a line would end the command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property: what separates properties too.
fn property(text: &str) -> String {
    escaped(&crate::text::escape_control_line(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_run() {
        for (name, events) in samples::runs() {
            insta::assert_snapshot!(name, samples::written(&KIND, &events));
        }
    }

    #[test]
    fn a_command_is_one_line_whatever_is_in_it() {
        let events = samples::plain(samples::hostile());
        let written = samples::written(&KIND, &events);
        assert!(
            written
                .lines()
                .all(|line| line.starts_with("::error file=") || line.starts_with("::notice ")),
            "{written}"
        );
        assert_eq!(written.lines().count(), 2);
    }

    #[test]
    fn no_more_are_written_than_are_shown() {
        let failed = |at: usize| {
            samples::failed(
                &format!("GET /{at}"),
                vec![samples::wrong("status", "200", "500")],
            )
        };
        let written = samples::written(&KIND, &samples::plain((0..1_000).map(failed).collect()));
        assert_eq!(written.lines().count(), MOST + 1);
        assert!(written.ends_with("::notice title=apitest::990 more failures not shown here\n"));
    }
}
