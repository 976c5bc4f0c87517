//! Snapshots while a collection runs: when they are read, what becomes of a difference, which are of use no more.
//!
//! A response is held against its snapshot once, when all else that is expected of it is judged: what is wrong anyway is
//! not kept. Files are written when the verdict is final.

mod unreferenced;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::problem::Problem;
use crate::check::Failure;
use crate::event;
use crate::event::Subject;
use crate::http::Response;
use crate::lock::IgnorePoison as _;
use crate::plan::{self, Collection, Step};
use crate::secret::Redactor;
use crate::snapshot::{
    Change, Content, File, Head, Mode, Trouble, Unmatched, Unreferenced, compare, name, store,
};
use crate::source::Span;
use crate::value::diff::cut;

/// The snapshots of a run.
#[derive(Debug)]
pub(super) struct Snapshots {
    mode: Mode,
    unreferenced: Option<Unreferenced>,
    seen: Mutex<Seen>,
}

/// What was seen of them so far.
#[derive(Debug, Default)]
struct Seen {
    counts: event::Snapshots,
    /// The files that responses were held against.
    judged: BTreeSet<PathBuf>,
    /// The names of requests of which a response was not held against its snapshot.
    missed: BTreeSet<String>,
}

/// A response that is to be held against a snapshot.
pub(super) struct Asked<'a> {
    pub(super) collection: &'a Collection,
    pub(super) step: &'a Step,
    pub(super) snapshot: &'a plan::Snapshot,
    pub(super) instance: name::Instance,
    pub(super) redactor: &'a Redactor,
    /// Whether all else that is expected is so.
    pub(super) good: bool,
}

/// A response that was held against its snapshot.
#[derive(Debug)]
pub(super) struct SnapshotCheck {
    path: PathBuf,
    act: Act,
    span: Span,
}

impl SnapshotCheck {
    /// Nothing is to be written.
    pub(super) fn forget(&mut self) {
        self.act = Act::Nothing;
    }
}

/// What is to be written once the verdict is final.
#[derive(Debug)]
enum Act {
    /// What was pending is so no more.
    Same,
    /// This becomes the snapshot.
    Keep(String),
    /// This is to be reviewed.
    Hold(String),
    Nothing,
}

/// How a response and its snapshot are not the same.
enum Found {
    Missing,
    Changed(Vec<Change>),
    Broken(Trouble),
}

impl Snapshots {
    pub(super) fn new(mode: Mode, unreferenced: Option<Unreferenced>) -> Self {
        Self {
            mode,
            unreferenced,
            seen: Mutex::default(),
        }
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.seen.lock().ignore_poison());
    }

    /// A response of a request was not held against its snapshot.
    pub(super) fn missed(&self, step: &Step) {
        if let Some(snapshot) = &step.snapshot {
            self.note(|seen| seen.missed.extend([snapshot.base.clone()]));
        }
    }

    /// How many were written, are pending, and so on.
    pub(super) fn counts(&self) -> event::Snapshots {
        self.seen.lock().ignore_poison().counts
    }

    /// Holds a response against its snapshot; `None` where snapshots are not looked at.
    pub(super) fn judge(
        &self,
        asked: &Asked<'_>,
        response: &Response,
    ) -> Option<(Vec<Problem>, SnapshotCheck)> {
        if self.mode == Mode::Ignore {
            return None;
        }
        let path = asked
            .collection
            .snapshots()
            .join(name::file(&asked.snapshot.base, asked.instance));
        let (problems, act) = match usable(asked, response, &path) {
            Ok(content) => self.compared(asked, &path, &content),
            Err(problems) => (problems, Act::Nothing),
        };
        let span = asked.snapshot.span.clone();
        Some((problems, SnapshotCheck { path, act, span }))
    }

    /// How a response differs from its snapshot, and what is to be written.
    fn compared(&self, asked: &Asked<'_>, path: &Path, content: &Content) -> (Vec<Problem>, Act) {
        let stored = store::read(path).and_then(|stored| {
            stored
                .map(|stored| compare(&stored, content, &asked.snapshot.rules))
                .transpose()
        });
        let found = match stored {
            Ok(Some(changes)) if changes.is_empty() => {
                let act = if self.mode == Mode::Check {
                    Act::Nothing
                } else {
                    Act::Same
                };
                return (Vec::new(), act);
            }
            Ok(Some(changes)) => Found::Changed(changes),
            Ok(None) => Found::Missing,
            Err(trouble) => Found::Broken(trouble),
        };
        let act = match self.mode {
            _ if !asked.good => Act::Nothing,
            Mode::Accept => Act::Keep(File::text(&head(asked), content)),
            Mode::Review => Act::Hold(File::text(&head(asked), content)),
            Mode::Check | Mode::Ignore => Act::Nothing,
        };
        let accepted = matches!(act, Act::Keep(_));
        let told = !accepted && (asked.good || !matches!(found, Found::Missing));
        let problems = if told {
            self.problems(asked, path, found, content)
        } else {
            Vec::new()
        };
        (problems, act)
    }

    fn problems(
        &self,
        asked: &Asked<'_>,
        path: &Path,
        found: Found,
        content: &Content<'_>,
    ) -> Vec<Problem> {
        let span = &asked.snapshot.span;
        let expected = format!("the response in `{}`", path.display());
        let (mut problems, hint) = match found {
            Found::Missing => {
                let hint = twin(asked, content)
                    .map_or_else(|| self.hint(true), |twin| renamed(&twin, path));
                (
                    vec![problem(
                        span,
                        &expected,
                        "the file does not exist yet".to_owned(),
                    )],
                    hint,
                )
            }
            Found::Broken(trouble) => {
                let hint =
                    "fix the file, or accept the current response: `--snapshots accept`".to_owned();
                (
                    vec![problem(span, &expected, format!("the file {trouble}"))],
                    hint,
                )
            }
            Found::Changed(changes) => {
                let told = changes
                    .into_iter()
                    .map(|change| changed(span, &expected, change));
                (told.collect(), self.hint(asked.good))
            }
        };
        if let Some(last) = problems.last_mut() {
            last.failure.hint = Some(hint);
        }
        problems
    }

    /// What can be done about a snapshot that is new or changed.
    fn hint(&self, good: bool) -> String {
        let hint = match self.mode {
            _ if !good => {
                "it is not saved for review, because other expectations of the response failed too"
            }
            Mode::Check => {
                "no file is written in this mode: run with `--snapshots review`, check it with `apitest review`, and commit the file"
            }
            _ => "review it with `apitest review`; once accepted, it becomes the snapshot",
        };
        hint.to_owned()
    }

    /// Writes what a final verdict leaves to write; what could not be written is a problem of this request alone.
    pub(super) fn commit(&self, check: SnapshotCheck) -> Option<Problem> {
        let SnapshotCheck { path, act, span } = check;
        self.note(|seen| seen.judged.extend([path.clone()]));
        let pending = store::pending(&path);
        let (done, what) = match act {
            Act::Nothing => return None,
            Act::Same => (store::remove(&pending), &pending),
            Act::Keep(text) => {
                let done = store::write(&path, &text).and_then(|()| store::remove(&pending));
                self.note(|seen| seen.counts.written += usize::from(done.is_ok()));
                (done, &path)
            }
            Act::Hold(text) => {
                let done = store::write(&pending, &text);
                self.note(|seen| seen.counts.pending += usize::from(done.is_ok()));
                (done, &pending)
            }
        };
        let reason = done.err()?;
        Some(problem(
            &span,
            &format!("`{}` to be written", what.display()),
            reason,
        ))
    }
}

/// What the head of a snapshot's file says; nothing of it depends on the stage.
fn head(asked: &Asked<'_>) -> Head {
    let Asked {
        collection,
        step,
        redactor,
        ..
    } = asked;
    let written = step.span.file.path();
    let source = written
        .strip_prefix(collection.file.folder())
        .unwrap_or(written);
    let redact = |text: &str| redactor.redact(text).into_owned();
    let target = redact(&format!(
        "{} {}",
        step.request.method.0,
        step.request.url.value.text()
    ));
    Head {
        source: source.to_string_lossy().replace('\\', "/"),
        request: redact(&step.name),
        target,
    }
}

/// What a snapshot would keep of a response.
///
/// # Errors
/// If its file is outside of the project, or the response cannot be kept.
fn usable<'a>(
    asked: &Asked<'_>,
    response: &'a Response,
    path: &Path,
) -> Result<Content<'a>, Vec<Problem>> {
    let span = &asked.snapshot.span;
    if let Err(reason) = asked.collection.keeps_inside(path) {
        let mut outside = problem(
            span,
            &format!("the response in `{}`", path.display()),
            format!("the file {reason}"),
        );
        outside.failure.hint =
            Some("snapshots must be inside the project, also behind symbolic links".to_owned());
        return Err(vec![outside]);
    }
    let content = Content::take(response, &asked.snapshot.rules, asked.redactor);
    let unusable = unusable(span, &content);
    if unusable.is_empty() {
        Ok(content)
    } else {
        Err(unusable)
    }
}

/// What keeps a response from being a snapshot: nothing is written then, whatever the mode.
fn unusable(span: &Span, content: &Content<'_>) -> Vec<Problem> {
    let duplicate = content.duplicate.as_ref().map(|path| {
        let expected = "a document without duplicate members";
        problem(
            span,
            expected,
            format!("it has the member `{path}` twice, and parsers disagree on which one counts"),
        )
    });
    let spent = content.is_spent.then(|| {
        let mut spent = problem(
            span,
            "a response of which something is compared",
            "everything in the response is ignored".to_owned(),
        );
        spent.failure.hint =
            Some("ignore less, or compare the status too: `status = true`".to_owned());
        spent
    });
    duplicate
        .into_iter()
        .chain(spent)
        .chain(
            content
                .unmatched
                .iter()
                .map(|unmatched| not_matched(span, unmatched)),
        )
        .collect()
}

/// A value that its placeholder's pattern does not allow.
fn not_matched(span: &Span, unmatched: &Unmatched) -> Problem {
    let Unmatched {
        path,
        expected,
        actual,
    } = unmatched;
    problem(
        span,
        &format!("{expected} at `{path}`"),
        format!("got {}", cut(&actual.to_json())),
    )
}

fn problem(span: &Span, expected: &str, reason: String) -> Problem {
    Problem::new("snapshot", span, reason, expected)
}

fn changed(span: &Span, expected: &str, change: Change) -> Problem {
    let subject = match change.part.as_deref() {
        None => "snapshot".to_owned(),
        Some("status") => "snapshot status".to_owned(),
        Some(name) => format!("snapshot header {name}"),
    };
    let value = |part: Option<String>| part.unwrap_or_else(|| "nothing".to_owned());
    let (expected, actual) = match &change.part {
        None => (expected.to_owned(), change.actual),
        Some(_) => (value(change.expected), Some(value(change.actual))),
    };
    let failure = Failure {
        span: span.clone(),
        expected,
        actual,
        reason: None,
        differences: change.differences,
        hint: None,
        message: None,
    };
    Problem {
        subject: Subject::other(subject),
        failure,
        by_default: false,
        about: None,
    }
}

/// A snapshot of this collection that no request uses any more, and that has just this response.
fn twin(asked: &Asked<'_>, content: &Content<'_>) -> Option<PathBuf> {
    let stem = name::stem(asked.collection.file.path());
    let known = |base: &str| {
        let mut snapshots = asked
            .collection
            .steps
            .iter()
            .filter_map(|step| step.snapshot.as_ref());
        snapshots.any(|snapshot| snapshot.base == base)
    };
    let lost = |base: &str| base.split_once("__").is_some_and(|(of, _)| of == stem) && !known(base);
    let mut found = store::list(&asked.collection.snapshots(), ".snap", lost).into_iter();
    found.find(|path| {
        let stored = store::read(path).ok().flatten();
        stored.is_some_and(|stored| {
            compare(&stored, content, &asked.snapshot.rules).is_ok_and(|changes| changes.is_empty())
        })
    })
}

fn renamed(twin: &Path, path: &Path) -> String {
    let word = |path: &Path| super::shell_word(&path.display().to_string());
    let file = twin.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "renamed? `{file}` has exactly this response, and no request uses it any more: `mv {} {}`",
        word(twin),
        word(path)
    )
}
