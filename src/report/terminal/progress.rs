//! The bar of a long run, on standard error: counts, time, what runs now.
//!
//! It appears only after a while, so that a short run shows nothing of it, and it leaves nothing behind; how it is drawn, so
//! that this holds where the terminal becomes narrower, is in `canvas`.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indexmap::IndexMap;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::buffer::titled;
use super::canvas::Canvas;
use crate::event::{Part, RequestFinished, RequestStarted, Status};
use crate::lock::IgnorePoison as _;
use crate::text::{Line, duration};

/// A run that is over sooner shows no bar.
const APPEARS: Duration = Duration::from_secs(1);
const REDRAWN: Duration = Duration::from_millis(100);
const NAMES: usize = 60;
/// How long the rest takes is guessed from so many requests at least, and told up to so long.
const ENOUGH: usize = 3;
const DAY: u64 = 86_400;

/// The bar, or none.
pub(super) struct Progress(Option<Bar>);

struct Bar {
    line: ProgressBar,
    state: Arc<Mutex<State>>,
    /// Dropped to end the thread that makes the bar appear.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    done: usize,
    failed: usize,
    total: usize,
    running: IndexMap<(String, Option<usize>, String, Option<usize>), ()>,
}

impl Progress {
    /// No bar.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// A bar that appears on standard error, if that is a terminal, once the run is long.
    pub(super) fn standard_error() -> Self {
        Self::on(
            || ProgressDrawTarget::term_like_with_hz(Box::new(Canvas::standard_error()), 10),
            super::canvas::width,
            APPEARS,
        )
    }

    /// A bar that appears on that target, as wide as it is at each moment, after that time.
    fn on(
        target: impl FnOnce() -> ProgressDrawTarget + Send + 'static,
        width: fn() -> usize,
        after: Duration,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
            .with_style(style(&state, width));
        let (end, ended) = mpsc::channel();
        let shown = bar.clone();
        let thread = thread::Builder::new()
            .name("progress".into())
            .spawn(move || {
                if ended.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
                    shown.set_draw_target(target());
                    shown.enable_steady_tick(REDRAWN);
                }
            });
        Self(Some(Bar {
            line: bar,
            state,
            end: Some(end),
            thread: thread.ok(),
        }))
    }

    /// How many requests there will be.
    pub(super) fn total(&self, requests: usize) {
        self.change(|state| state.total = requests);
    }

    pub(super) fn started(&self, request: &RequestStarted) {
        self.change(|state| {
            let key = (
                request.path.clone(),
                request.collection_row,
                request.name.clone(),
                request.row,
            );
            state.running.insert(key, ());
        });
    }

    pub(super) fn finished(&self, request: &RequestFinished) {
        self.change(|state| {
            let key = (
                request.path.clone(),
                request.collection_row,
                request.name.clone(),
                request.row,
            );
            state.running.shift_remove(&key);
            state.done += usize::from(request.part == Part::Request);
            state.total = state.total.max(state.done);
            state.failed += usize::from(matches!(request.status, Status::Failed | Status::Blocked));
        });
    }

    /// Writes something while the bar is out of the way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.line.suspend(write),
            None => write(),
        }
    }

    /// Removes the bar for good.
    pub(super) fn end(&mut self) {
        let Some(mut bar) = self.0.take() else { return };
        drop(bar.end.take());
        // A bar that cannot be joined is only a bar.
        let _joined = bar.thread.take().map(JoinHandle::join);
        bar.line.finish_and_clear();
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let Some(bar) = &self.0 else { return };
        let (done, total) = {
            let mut state = bar.state.lock().ignore_poison();
            change(&mut state);
            (state.done as u64, state.total as u64)
        };
        // The library guesses how long the rest takes; it asks for the state while it draws, so the lock is given back before.
        if bar.line.length() != Some(total) {
            bar.line.set_length(total);
        }
        bar.line.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn style(state: &Arc<Mutex<State>>, width: fn() -> usize) -> ProgressStyle {
    let state = Arc::clone(state);
    let text = move |progress: &ProgressState, out: &mut dyn std::fmt::Write| {
        let (elapsed, left) = (progress.elapsed(), progress.eta());
        let shown = state.lock().ignore_poison().shown(elapsed, left, width());
        // Nothing can be done about a bar that cannot be written.
        let _written = out.write_str(&shown);
    };
    let style =
        ProgressStyle::with_template("{run}").unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("run", text)
}

impl State {
    /// `━━━━━━━━──── 12/40 · 2 failed · 3.2 s, about 8 s left · POST /hello and 3 more`
    fn shown(&self, elapsed: Duration, left: Duration, width: usize) -> String {
        const CELLS: usize = 16;
        let full = (self.done * CELLS)
            .checked_div(self.total)
            .unwrap_or(0)
            .min(CELLS);
        let bar = "━".repeat(full) + &"─".repeat(CELLS - full);
        let mut parts = vec![format!("{bar} {}/{}", self.done, self.total)];
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        parts.push(duration(elapsed) + &self.left(left).unwrap_or_default());
        if let Some(((_, _, name, row), ())) = self.running.first() {
            let name = Line::from(titled(name, *row)).fit(NAMES).render(false);
            let others = self.running.len() - 1;
            parts.push(if others == 0 {
                name
            } else {
                format!("{name} and {others} more")
            });
        }
        // A line that is as wide as the terminal would wrap on some.
        Line::from(parts.join(" · "))
            .fit(width.saturating_sub(1))
            .render(false)
    }

    /// `, about 8 s left`, where enough is done to say so. Of more requests than were planned nobody knows how many come.
    fn left(&self, left: Duration) -> Option<String> {
        let seconds = left.as_secs();
        let known = self.done >= ENOUGH && self.done < self.total && (1..DAY).contains(&seconds);
        let rounded = if seconds < 600 {
            seconds
        } else {
            seconds / 60 * 60
        };
        known.then(|| {
            format!(
                ", about {} left",
                duration(Duration::from_secs(rounded))
                    .replace(".00 s", " s")
                    .replace(".0 s", " s")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::canvas::CLEAR;
    use super::*;
    use crate::event::Event;
    use crate::report::samples::{Captured, finished, passed, request_started};

    fn tell(progress: &Progress, event: &Event) {
        match event {
            Event::RequestStarted(request) => progress.started(request),
            Event::RequestFinished(request) => progress.finished(request),
            _ => {}
        }
    }

    #[test]
    fn the_bar_says_how_far_it_is_and_what_runs() {
        let progress = Progress::on(ProgressDrawTarget::hidden, || 80, APPEARS);
        let shown = |millis| {
            let state = progress.0.as_ref().unwrap().state.lock().unwrap();
            state.shown(Duration::from_millis(millis), Duration::from_secs(9), 80)
        };
        progress.total(4);
        let [first, second] = [
            "GET /hello",
            "a request\nwith a name that is longer than what is left of a line of a terminal",
        ];
        tell(&progress, &request_started(&passed(first)));
        assert_eq!(shown(1_240), "──────────────── 0/4 · 1.24 s · GET /hello");
        tell(
            &progress,
            &finished(RequestFinished {
                status: Status::Failed,
                ..passed(first)
            }),
        );
        tell(&progress, &request_started(&passed(second)));
        tell(&progress, &request_started(&passed(first)));
        let bar = shown(61_000);
        assert_eq!(
            bar,
            "━━━━──────────── 1/4 · 1 failed · 1 min 1 s · a request␊with a name that is lo…"
        );
        assert_eq!(crate::text::width(&bar), 79);
        tell(&progress, &finished(passed(second)));
        tell(
            &progress,
            &finished(RequestFinished {
                part: Part::Teardown,
                ..passed("log out")
            }),
        );
        assert_eq!(
            shown(0),
            "━━━━━━━━──────── 2/4 · 1 failed · 0 ms · GET /hello"
        );
    }

    #[test]
    fn how_long_the_rest_takes_is_told_where_it_is_known() {
        let said = |done, total, left| {
            State {
                done,
                total,
                ..State::default()
            }
            .left(Duration::from_secs(left))
        };
        let about = |text: &str| Some(format!(", about {text} left"));
        assert_eq!(said(3, 10, 8), about("8 s"));
        assert_eq!(said(3, 10, 14), about("14 s"));
        assert_eq!(said(3, 10, 83), about("1 min 23 s"));
        assert_eq!(said(3, 10, 683), about("11 min"));
        for unknown in [
            said(2, 10, 8),
            said(10, 10, 8),
            said(3, 10, 0),
            said(3, 10, DAY),
        ] {
            assert_eq!(unknown, None);
        }
    }

    fn bar(terminal: &Captured, after: Duration) -> Progress {
        let terminal = terminal.clone();
        Progress::on(
            || ProgressDrawTarget::term_like(Box::new(Canvas::on(terminal))),
            || 80,
            after,
        )
    }

    #[test]
    fn a_short_run_shows_no_bar() {
        let terminal = Captured::default();
        let mut progress = bar(&terminal, APPEARS);
        tell(&progress, &request_started(&passed("GET /hello")));
        progress
            .aside(|| terminal.clone().write_all(b"line\n"))
            .unwrap();
        progress.end();
        assert_eq!(terminal.text(), "line\n");
    }

    #[test]
    fn a_long_run_shows_it_around_the_lines_and_leaves_nothing() {
        let terminal = Captured::default();
        let mut progress = bar(&terminal, Duration::ZERO);
        tell(&progress, &request_started(&passed("GET /hello")));
        for _ in 0..500 {
            thread::sleep(Duration::from_millis(10));
            if terminal.text().contains("GET /hello") {
                break;
            }
        }
        progress
            .aside(|| terminal.clone().write_all(b"line\n"))
            .unwrap();
        progress.end();
        let written = terminal.text();
        assert!(
            written.contains(&format!("{CLEAR}line\n")),
            "a line begins where the bar was removed: {written:?}"
        );
        let after = written.rsplit_once("line\n").unwrap().1;
        assert!(
            after.contains("GET /hello") && after.ends_with(CLEAR),
            "the bar comes back, and goes: {after:?}"
        );
    }
}
