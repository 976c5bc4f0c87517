//! The functions that an expression may call: time, chance, the environment, files.
#![expect(clippy::needless_pass_by_value, reason = "minijinja hands arguments over by value")]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::PoisonError;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, State, Value};

use super::bridge::Run;
use super::message::{article, told, told_quoting};

/// How large a file may be.
const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// How long a random text may be.
const LONGEST_RANDOM: usize = 1_000_000;

const LETTERS_AND_DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn add_to(engine: &mut Environment<'static>) {
    engine.add_function("uuid", uuid);
    engine.add_function("now", now);
    engine.add_function("today", today);
    engine.add_function("timestamp", timestamp);
    engine.add_function("random_int", random_int);
    engine.add_function("random_string", random_string);
    engine.add_function("choice", choice);
    engine.add_function("env", env);
    engine.add_function("file", file);
}

/// A random UUID, version 4.
fn uuid(state: &State<'_, '_>) -> Result<String, Error> {
    let mut bytes = [0; 16];
    with_random(state, |random| random.fill(&mut bytes))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// The moment in UTC, to the millisecond: `2026-11-22T13:40:26.123Z`.
fn now(state: &State<'_, '_>) -> Result<String, Error> {
    let moment = Run::of(state)?.context.clock.now();
    Ok(DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&moment))
}

/// The date in UTC.
fn today(state: &State<'_, '_>) -> Result<String, Error> {
    Ok(Run::of(state)?.context.clock.now().to_zoned(TimeZone::UTC).date().to_string())
}

/// The seconds since 1970.
fn timestamp(state: &State<'_, '_>) -> Result<i64, Error> {
    Ok(Run::of(state)?.context.clock.now().as_second())
}

/// A whole number from `low` to `high`, both included.
fn random_int(state: &State<'_, '_>, low: i64, high: i64) -> Result<i64, Error> {
    if low > high {
        let message = format!("`random_int` has nothing between {low} and {high}");
        return Err(told_quoting(message, Some("the lower one comes first".into()), "`random_int` has nothing to choose from"));
    }
    with_random(state, |random| random.i64(low..=high))
}

/// Letters and digits.
fn random_string(state: &State<'_, '_>, length: usize) -> Result<String, Error> {
    if length > LONGEST_RANDOM {
        return Err(told(format!("`random_string` gives at most {LONGEST_RANDOM} characters"), None));
    }
    with_random(state, |random| {
        let letter = |_| random.choice(LETTERS_AND_DIGITS).map_or('0', |letter| char::from(*letter));
        (0..length).map(letter).collect()
    })
}

/// An item of a list.
fn choice(state: &State<'_, '_>, items: &Value) -> Result<Value, Error> {
    let count = match items.kind() {
        minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Iterable => items.len(),
        kind => return Err(told(format!("`choice` takes a list, not {}", article(&kind.to_string())), None)),
    };
    let count = count.filter(|count| *count > 0).ok_or_else(|| told("`choice` has nothing to choose from".into(), None))?;
    let index = with_random(state, |random| random.usize(..count))?;
    items.get_item_by_index(index)
}

fn with_random<T>(state: &State<'_, '_>, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> Result<T, Error> {
    let run = Run::of(state)?;
    let mut random = run.context.random.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(draw(&mut random))
}

/// A variable of the environment; `default=…` serves one that is not set.
fn env(state: &State<'_, '_>, name: &str, options: Kwargs) -> Result<Value, Error> {
    let run = Run::of(state)?;
    let default: Option<Value> = options.get("default")?;
    options.assert_all_used()?;
    if let Some(variable) = (run.context.environment)(name) {
        if variable.secret {
            run.taint();
        }
        return Ok(variable.text.into());
    }
    default.ok_or_else(|| {
        let hint = format!("set it, or give a default: `env('{name}', default='…')`");
        told_quoting(format!("the environment variable `{name}` is not set"), Some(hint), "the environment variable is not set")
    })
}

/// The text of a file beside the collection.
fn file(state: &State<'_, '_>, name: &str) -> Result<String, Error> {
    let run = Run::of(state)?;
    let read = read_file(name, &run.context.folder, &run.context.root);
    read.map_err(|reason| told_quoting(reason, None, "cannot read the file"))
}

fn read_file(name: &str, folder: &Path, root: &Path) -> Result<String, String> {
    let unreadable = |error: &std::io::Error| format!("cannot read `{name}`: {}", plain_reason(error));
    let root = root_of(root).canonicalize().map_err(|error| unreadable(&error))?;
    let path = folder.join(name).canonicalize().map_err(|error| unreadable(&error))?;
    if !path.starts_with(&root) {
        return Err(format!("cannot read `{name}`: it lies outside `{}`", root.display()));
    }
    let file = File::open(&path).map_err(|error| unreadable(&error))?;
    let about = file.metadata().map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        return Err(format!("cannot read `{name}`: it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("cannot read `{name}`: it is larger than {} MiB", LARGEST_FILE >> 20));
    }
    String::from_utf8(bytes).map_err(|_| format!("cannot read `{name}`: it is not text in UTF-8"))
}

/// An empty path means the folder that the process is in.
fn root_of(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The reason without the operating system's number.
fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{context, scope};

    fn eval(text: &str) -> Result<String, String> {
        scope("{}").eval(text)
    }

    #[test]
    fn time_comes_from_the_clock() {
        assert_eq!(eval("{{ now() }}").unwrap(), "\"2026-02-28T23:59:58.500Z\"");
        assert_eq!(eval("{{ today() }}").unwrap(), "\"2026-02-28\"");
        assert_eq!(eval("{{ timestamp() }}").unwrap(), "1772323198");
    }

    #[test]
    fn chance_is_repeated_by_its_seed() {
        let all = "{{ [uuid(), random_int(1, 6), random_string(8), choice([1, 2, 3]), uuid()] }}";
        let drawn = eval(all).unwrap();
        assert_eq!(drawn, eval(all).unwrap());
        let mut other = scope("{}");
        other.context = context(8, ".".into(), ".".into());
        assert_ne!(drawn, other.eval(all).unwrap());
        let uuid = eval("{{ uuid() }}").unwrap();
        assert_eq!((uuid.len(), uuid.get(15..16)), (38, Some("4")));
        assert_eq!(eval("{{ random_int(5, 5) }}").unwrap(), "5");
        assert_eq!(eval("{{ random_string(20) | length }}").unwrap(), "20");
        assert_eq!(eval("{{ random_int(2, 1) }}").unwrap_err(), "`random_int` has nothing between 2 and 1");
        assert_eq!(eval("{{ choice([]) }}").unwrap_err(), "`choice` has nothing to choose from");
        assert_eq!(eval("{{ choice(5) }}").unwrap_err(), "`choice` takes a list, not a number");
        assert!(eval("{{ random_string(10000000) }}").is_err());
    }

    #[test]
    fn the_environment_is_the_one_given() {
        assert_eq!(eval("{{ env('HOME_URL') }}").unwrap(), "\"value of HOME_URL\"");
        assert_eq!(eval("{{ env('NOPE', default=3) }}").unwrap(), "3");
        assert_eq!(eval("{{ env('NOPE') }}").unwrap_err(), "the environment variable `NOPE` is not set");
        let template = super::super::Template::parse("{{ env('SECRET_KEY') | length }}").unwrap();
        assert!(template.evaluate_tainted(&scope("{}")).unwrap().1);
    }

    #[test]
    fn files_are_read_beside_the_collection_and_not_outside_its_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/x.txt"), "é\n").unwrap();
        fs::write(root.path().join("up.txt"), "up").unwrap();
        fs::write(root.path().join("a/raw"), b"\xff").unwrap();
        let mut data = scope("{}");
        data.context = context(1, root.path().join("a"), root.path().join("a"));
        assert_eq!(data.eval("{{ file('x.txt') }}").unwrap(), "\"é\\n\"");
        assert!(data.eval("{{ file('../up.txt') }}").unwrap_err().contains("it lies outside"));
        assert!(data.eval("{{ file('/etc/passwd') }}").unwrap_err().contains("it lies outside"));
        assert_eq!(data.eval("{{ file('nope') }}").unwrap_err(), "cannot read `nope`: there is no such file");
        assert_eq!(data.eval("{{ file('.') }}").unwrap_err(), "cannot read `.`: it is not a file");
        assert_eq!(data.eval("{{ file('raw') }}").unwrap_err(), "cannot read `raw`: it is not text in UTF-8");
        data.context = context(1, root.path().join("a"), root.path().into());
        assert_eq!(data.eval("{{ file('../up.txt') }}").unwrap(), "\"up\"");
    }
}
