//! The program from outside: every folder of `tests/cases` is a case, and adding one is adding files.
//!
//! | file | what it is |
//! | --- | --- |
//! | `args` | the arguments, in words as a shell reads them; lines that start with `#` are comments |
//! | `env` | environment variables, one `NAME=value` a line; nothing else is inherited but `PATH` |
//! | `stdin` | what the program reads |
//! | `stdout`, `stderr`, `code` | what must come out; a missing one means nothing, nothing, `0` |
//! | `received` | the requests that must arrive, in order, byte for byte |
//! | `expected/…` | files that the run must have written; one that says `(there is no such file)` must not be there |
//! | anything else | is there when the program runs, in a copy of the folder |
//!
//! In all of them `$URL` stands for a server with the behaviours of [`crate::support::answers`], `$OTHER` for a second one (another
//! origin), `$DOWN` for an address where nobody listens. Times, ids and ports are replaced by words.
//!
//! `APITEST_BLESS=1 cargo test --test it cases::` writes what came; `CASE=part-of-a-name` runs some of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    reason = "a test may panic, and `name` is what it is about"
)]

mod runner;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use runner::{Place, Ran, run};

/// The files of a case that hold what is expected.
const OUTPUTS: [&str; 4] = ["stdout", "stderr", "code", "received"];

#[test]
fn every_case_gives_what_its_folder_says() {
    let cases = cases();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let differences = check(case);
                    failures
                        .lock()
                        .unwrap()
                        .extend((!differences.is_empty()).then_some(differences));
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(!cases.is_empty(), "there are no cases");
    assert!(
        failures.is_empty(),
        "{} of {} cases differ:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let wanted = variable("CASE").unwrap_or_default();
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let mut cases: Vec<_> = folders
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .contains(&wanted)
        })
        .collect();
    cases.sort();
    cases
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is steered by its environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Runs a case; what differs, as text.
fn check(case: &Path) -> String {
    let place = Place::of(case);
    let ran = run(case, &place);
    let bless = variable("APITEST_BLESS").is_some();
    let mut differences = String::new();
    for name in OUTPUTS {
        let path = case.join(name);
        let wanted = fs::read_to_string(&path).ok();
        let Some(came) = output(&ran, name, wanted.is_some()) else {
            continue;
        };
        if wanted.as_deref().unwrap_or(absent(name)) == came {
            continue;
        }
        if bless && came == absent(name) {
            fs::remove_file(&path).unwrap();
        } else if bless {
            fs::write(&path, &came).unwrap();
        } else {
            differences += &diff(&path, wanted.as_deref().unwrap_or(absent(name)), &came);
        }
    }
    differences + &written(case, &ran, bless)
}

/// What a file that is not there says.
fn absent(name: &str) -> &'static str {
    if name == "code" { "0\n" } else { "" }
}

fn output(ran: &Ran, name: &str, wanted: bool) -> Option<String> {
    match name {
        "stdout" => Some(ran.stdout.clone()),
        "stderr" => Some(ran.stderr.clone()),
        "code" => Some(format!("{}\n", ran.code)),
        _ => wanted.then(|| ran.received.clone()),
    }
}

/// The files of `expected`, against those that the run left.
fn written(case: &Path, ran: &Ran, bless: bool) -> String {
    let mut differences = String::new();
    let root = case.join("expected");
    for path in files(&root) {
        let came = ran
            .file(path.strip_prefix(&root).unwrap())
            .unwrap_or_else(|| "(there is no such file)\n".to_owned());
        let wanted = fs::read_to_string(&path).unwrap();
        if bless {
            fs::write(&path, came).unwrap();
        } else if wanted != came {
            differences += &diff(&path, &wanted, &came);
        }
    }
    differences
}

/// The files of a folder and below, in order; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn diff(path: &Path, wanted: &str, came: &str) -> String {
    let shown = path
        .strip_prefix(env!("CARGO_MANIFEST_DIR"))
        .unwrap_or(path);
    let diff = similar::TextDiff::from_lines(wanted, came);
    format!(
        "--- {}\n{}",
        shown.display(),
        diff.unified_diff().context_radius(3)
    )
}
