//! The end of a report: counts, the slowest requests, what to do next.

use std::time::Duration;

use super::buffer::{TextBuffer, Theme, bounded};
use crate::event::{Counts, RunFinished, Snapshots};
use crate::text::{Line, Style, count, duration, width};

/// With fewer requests than this, the lines above tell which was slow.
const MANY: usize = 10;
const SLOWEST: usize = 3;

/// The slowest requests of a run.
#[derive(Debug, Default)]
pub(super) struct Slowest {
    list: Vec<(Duration, String)>,
    seen: usize,
}

impl Slowest {
    /// Takes a request that was sent; its label is built only where it is among the slowest.
    pub(super) fn add(&mut self, time: Duration, label: impl FnOnce() -> String) {
        self.seen += 1;
        let place = self.list.partition_point(|(slower, _)| *slower >= time);
        if place < SLOWEST {
            self.list.insert(place, (time, label()));
            self.list.truncate(SLOWEST);
        }
    }
}

/// What the summary says beside the event.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) slowest: Slowest,
    pub(super) seed: Option<u64>,
    /// Whether anything is shown above the summary.
    pub(super) shown: bool,
    pub(super) quiet: bool,
}

/// Draws the summary: one line where it is to be quiet.
pub(super) fn summary(over: &RunFinished, facts: &Facts, look: Theme) -> String {
    let mut page = TextBuffer::new(look, 0);
    if facts.shown {
        page.blank();
    }
    if let Some(reason) = &over.reason {
        let mut line = Line::styled("✗ ", Style::BadBold);
        line.append(&bounded(reason, 1_000, Style::Bold));
        page.wrapped(&line, 2);
    }
    if over.counts.total() > 0 || over.reason.is_none() {
        page.wrapped(&verdict(over), 2);
    }
    if facts.quiet {
        return page.into_text();
    }
    for (label, line) in lines(over, facts) {
        row(label, &line, &mut page);
    }
    page.into_text()
}

/// `✗ 2 failed, 3 blocked, 41 passed (1 flaky), 1 skipped in 3.2 s`
fn verdict(over: &RunFinished) -> Line {
    let good = over.exit_code == 0;
    let mut line = if good {
        Line::styled("✓ ", Style::GoodBold)
    } else {
        Line::styled("✗ ", Style::BadBold)
    };
    if over.interrupted {
        line.push("interrupted: ", Style::BadBold);
    }
    for (at, (text, style)) in parts(over.counts).into_iter().enumerate() {
        line.push(if at == 0 { "" } else { ", " }, Style::Plain);
        line.push(&text, style);
    }
    line.with(" in ", Style::Dim)
        .with(&duration(over.duration), Style::Dim)
}

fn parts(counts: Counts) -> Vec<(String, Style)> {
    let flaky = if counts.flaky > 0 {
        format!(" ({} flaky)", counts.flaky)
    } else {
        String::new()
    };
    let all = [
        (counts.failed, "failed", "", Style::BadBold),
        (counts.blocked, "blocked", "", Style::BadBold),
        (counts.passed, "passed", flaky.as_str(), Style::GoodBold),
        (counts.skipped, "skipped", "", Style::Warn),
        (counts.not_run, "not run", "", Style::Warn),
    ];
    let nothing = counts.total() == 0;
    let said = all
        .into_iter()
        .filter(|(number, word, ..)| *number > 0 || (nothing && *word == "passed"));
    said.map(|(number, word, more, style)| {
        (
            format!("{number} {word}{more}"),
            if number > 0 { style } else { Style::Plain },
        )
    })
    .collect()
}

/// What else is to be known, each with its label.
fn lines(over: &RunFinished, facts: &Facts) -> Vec<(&'static str, Line)> {
    let mut lines = Vec::new();
    if facts.slowest.seen > MANY {
        for (at, (time, label)) in facts.slowest.list.iter().enumerate() {
            let line = Line::from(format!("{:>8}  ", duration(*time)));
            lines.push((if at == 0 { "slowest" } else { "" }, line.plain(label)));
        }
    }
    if over.broken > 0 {
        let broken = format!(
            "{} did not run because of errors (see above)",
            count(over.broken, "collection")
        );
        lines.push(("broken", Line::from(broken)));
    }
    if over.unreachable > 0 {
        let stages = count(over.unreachable, "stage");
        let down = Line::from(format!("{stages} could not be reached; "))
            .with("--wait-ready 60s", Style::Code);
        lines.push((
            "down",
            down.plain(" waits, ")
                .with("--base-url URL", Style::Code)
                .plain(" tries another"),
        ));
    }
    lines.extend(snapshots(over.snapshots));
    if let Some(seed) = facts.seed.filter(|_| over.counts.failed > 0) {
        let line = Line::styled(&format!("--seed {seed}"), Style::Code)
            .with(" repeats what was random", Style::Dim);
        lines.push(("seed", line));
    }
    if let Some(rerun) = &over.rerun {
        lines.push(("rerun", bounded(rerun, 4_000, Style::Code)));
    }
    lines
}

/// What became of snapshots.
fn snapshots(counts: Snapshots) -> Vec<(&'static str, Line)> {
    let mut lines = Vec::new();
    let mut say = |number, label, line: &dyn Fn(Line) -> Line| {
        if number > 0 {
            lines.push((label, line(Line::from(count(number, "snapshot")))));
        }
    };
    say(counts.written, "written", &|line| line);
    say(counts.pending, "review", &|line| {
        line.plain(" new or changed; ")
            .with("apitest review", Style::Code)
            .plain(" shows them")
    });
    say(counts.unreferenced, "unused", &|line| {
        line.plain(" that no request uses any more")
    });
    say(counts.deleted, "deleted", &|line| {
        line.plain(" that no request used any more")
    });
    lines
}

fn row(label: &str, line: &Line, page: &mut TextBuffer) {
    let mut row = Line::from("  ").with(label, Style::Dim);
    row.space(9 - width(label).min(8));
    row.append(line);
    // A command is copied whole.
    if label == "rerun" {
        page.line(&row);
    } else {
        page.wrapped(&row, 11);
    }
}
