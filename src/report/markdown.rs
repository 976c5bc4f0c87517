//! A summary in Markdown, as GitHub and GitLab show it: for pull requests and job pages.
//!
//! Texts of a run stand in code, every character that means something to Markdown or HTML written by its number. A job's
//! page takes up to 1 MiB, so what is written is bounded, and says so.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use indexmap::IndexMap;

use super::case::{Case, Cases, Id, Outcome};
use super::{Kind, Output, Reporter, words};
use crate::event::{CollectionFinished, Event, RunFinished, Status};
use crate::text::{count, duration};

/// The report `markdown`.
pub const KIND: Kind = Kind {
    name: "markdown",
    about: "a Markdown summary for pull requests and CI jobs",
    exchanges: false,
    beside: false,
    open: |output| {
        Box::new(Markdown {
            output: Some(output),
            ..Markdown::default()
        })
    },
};

/// So many bytes are written at most; GitHub takes 1 MiB of all summaries of a step together.
const MOST: usize = 900_000;
/// So many collections are listed; the red ones are told each.
const COLLECTIONS: usize = 200;
/// So many reasons for which requests were blocked are told.
const REASONS: usize = 50;

/// Holds the page until the run is over, up to its bound.
#[derive(Default)]
struct Markdown {
    output: Option<Output>,
    cases: Cases,
    stages: IndexMap<Id, String>,
    rows: Vec<String>,
    more_rows: usize,
    failures: String,
    more_failures: usize,
    blocked: IndexMap<String, usize>,
    more_blocked: usize,
    over: Option<RunFinished>,
}

impl Markdown {
    fn case(&mut self, case: &Case<'_>) {
        if case.outcome != Outcome::Request(Status::Blocked) {
            return self.failure(case);
        }
        if self.blocked.len() < REASONS || self.blocked.contains_key(&case.reason) {
            *self.blocked.entry(case.reason.clone()).or_default() += 1;
        } else {
            self.more_blocked += 1;
        }
    }

    fn failure(&mut self, case: &Case<'_>) {
        if case.outcome == Outcome::Run || self.more_failures > 0 {
            self.more_failures += usize::from(case.outcome != Outcome::Run);
            return;
        }
        let details = case.details();
        let fence = fence(&details);
        let text = format!(
            "<details><summary>✗ {} {}</summary>\n\n{fence}text\n{}\n{fence}\n\n</details>\n\n",
            code(&case.title()),
            code(&case.reason),
            details.trim_end(),
        );
        if self.failures.len() + text.len() > MOST {
            self.more_failures += 1;
        } else {
            self.failures.push_str(&text);
        }
    }

    fn collection(&mut self, over: &CollectionFinished) {
        let stage = self
            .stages
            .shift_remove(&(over.path.clone(), over.row))
            .unwrap_or_default();
        if self.rows.len() == COLLECTIONS {
            self.more_rows += 1;
            return;
        }
        let counts = over.counts;
        let sign = if counts.failed + counts.blocked > 0 {
            "✗"
        } else {
            "✓"
        };
        let name = code(&words::titled(&over.name, over.row));
        let stage = if stage.is_empty() {
            String::new()
        } else {
            code(&stage)
        };
        let numbers = [
            counts.passed,
            counts.failed,
            counts.blocked,
            counts.skipped + counts.not_run,
        ];
        let numbers = numbers
            .map(|number| {
                if number == 0 {
                    String::new()
                } else {
                    number.to_string()
                }
            })
            .join(" | ");
        let time = duration(over.duration);
        self.rows.push(format!(
            "| {sign} {name}<br>{} | {stage} | {numbers} | {time} |\n",
            code(&over.path)
        ));
    }

    fn page(&self) -> String {
        let mut page = self.over.as_ref().map(title).unwrap_or_default();
        if !self.rows.is_empty() {
            page.push_str("| collection | stage | passed | failed | blocked | not sent | time |\n");
            page.push_str("| --- | --- | --: | --: | --: | --: | --: |\n");
            page.extend(self.rows.iter().map(String::as_str));
            if self.more_rows > 0 {
                let _ = writeln!(
                    page,
                    "| … and {} | | | | | | |",
                    count(self.more_rows, "more collection")
                );
            }
            page.push('\n');
        }
        page.push_str(&self.failures);
        if self.more_failures > 0 {
            let _ = write!(
                page,
                "… and {} not shown here: the page would be too long.\n\n",
                count(self.more_failures, "more failure")
            );
        }
        for (reason, number) in &self.blocked {
            let _ = writeln!(page, "- {number} blocked: {}", code(reason));
        }
        if self.more_blocked > 0 {
            let _ = writeln!(page, "- {} blocked for other reasons", self.more_blocked);
        }
        let rerun = self.over.as_ref().and_then(|over| over.rerun.as_deref());
        if let Some(rerun) = rerun.filter(|rerun| rerun.len() < 10_000) {
            let fence = fence(rerun);
            let _ = writeln!(
                page,
                "\nRun only the failures again:\n\n{fence}sh\n{}\n{fence}",
                crate::text::escape_control(rerun)
            );
        }
        page
    }
}

impl Reporter for Markdown {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        if let Some(case) = self.cases.of(event).filter(Case::is_bad) {
            self.case(&case);
        }
        match event {
            Event::CollectionStarted(started) => {
                self.stages.insert(
                    (started.path.clone(), started.row),
                    started.stage.clone().unwrap_or_default(),
                );
            }
            Event::CollectionFinished(over) => self.collection(over),
            Event::RunFinished(over) => self.over = Some(over.clone()),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        output.write_all(self.page().as_bytes())?;
        output.finish()
    }
}

fn title(over: &RunFinished) -> String {
    let sign = if over.exit_code == 0 { "✓" } else { "✗" };
    let interrupted = if over.interrupted {
        "interrupted: "
    } else {
        ""
    };
    let mut text = format!(
        "## {sign} apitest: {interrupted}{}\n\n",
        words::counted(over.counts)
    );
    if let Some(reason) = &over.reason {
        let _ = write!(text, "{}\n\n", code(&words::bounded(reason, 1_000)));
    }
    let broken = if over.broken > 0 {
        format!(
            ", {} with errors did not run",
            count(over.broken, "collection")
        )
    } else {
        String::new()
    };
    let down = if over.unreachable > 0 {
        format!(
            ", {} could not be reached",
            count(over.unreachable, "stage")
        )
    } else {
        String::new()
    };
    let _ = write!(
        text,
        "{}, exit code {}{broken}{down}\n\n",
        duration(over.duration),
        over.exit_code
    );
    text
}

/// A text in code, wherever it stands: in a line, a table, a summary.
fn code(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for character in crate::text::escape_control_line(text).chars() {
        if character.is_ascii_punctuation()
            && !matches!(character, '.' | ',' | '/' | '-' | '=' | '?' | ';')
        {
            let _ = write!(shown, "&#{};", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    format!("<code>{shown}</code>")
}

/// A fence that the text does not hold.
fn fence(text: &str) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat((longest + 1).max(3))
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
    fn a_page_is_bounded_and_says_so() {
        let failed = |row: usize| crate::event::RequestFinished {
            row: Some(row),
            ..samples::wrong_json()
        };
        let written = samples::written(&KIND, &samples::plain((1..=3_000).map(failed).collect()));
        assert!(written.len() < 1 << 20, "{}", written.len());
        assert!(
            written.contains("more failures not shown here"),
            "{}",
            written.get(written.len() - 300..).unwrap()
        );
    }
}
