//! The functions that an expression may call: time, chance, the environment, files, ranges and objects.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

use super::call::{Builtin, Call};
use super::fault::Fault;
use super::item::Item;
use crate::lock::IgnorePoison as _;
use crate::value::{Object, Value};

type Made = Result<Item<'static>, Fault>;

/// How large a file may be.
const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// How long a random text may be.
const LONGEST_RANDOM: usize = 1_000_000;

const LETTERS_AND_DIGITS: &[u8; 62] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How many numbers `range` gives at most.
const LONGEST_RANGE: usize = 100_000;

/// The function of that name.
pub(super) fn find(name: &str) -> Option<Builtin<Item<'static>>> {
    Some(match name {
        "uuid" => Builtin::new(&[], 0, |call| Ok(Item::from(uuid(call)))),
        "now" => Builtin::new(&[], 0, |call| Ok(Item::from(now(call)))),
        "today" => Builtin::new(&[], 0, |call| Ok(Item::from(today(call)))),
        "timestamp" => Builtin::new(&[], 0, |call| {
            Ok(integer(call.run.context.clock.now().as_second()))
        }),
        "random_int" => Builtin::new(&["low", "high"], 2, random_int),
        "random_string" => Builtin::new(&["length"], 1, random_string),
        "choice" => Builtin::new(&["list"], 1, choice),
        "env" => Builtin::new(&["name", "default"], 1, env),
        "file" => Builtin::new(&["path"], 1, file),
        "range" => Builtin::new(&["lower", "upper", "step"], 1, range),
        "dict" => Builtin::variadic(dict),
        _ => return None,
    })
}

fn integer(value: i64) -> Item<'static> {
    Item::from(Value::Number(value.into()))
}

/// A random UUID, version 4.
fn uuid(call: &Call<'_>) -> String {
    let mut bytes = [0; 16];
    with_random(call, |random| random.fill(&mut bytes));
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// The moment in UTC, to the millisecond: `2026-11-22T13:40:26.123Z`.
fn now(call: &Call<'_>) -> String {
    let moment = call.run.context.clock.now();
    DateTimePrinter::new()
        .precision(Some(3))
        .timestamp_to_string(&moment)
}

/// The date in UTC.
fn today(call: &Call<'_>) -> String {
    call.run
        .context
        .clock
        .now()
        .to_zoned(TimeZone::UTC)
        .date()
        .to_string()
}

/// An integer that must be there.
fn bound(call: &Call<'_>, name: &str) -> Result<i64, Fault> {
    call.integer(name)?.ok_or_else(|| {
        Fault::new(format!(
            "argument `{name}` of `{}` is null, not an integer",
            call.name
        ))
    })
}

/// A whole number from `low` to `high`, both included.
fn random_int(call: &Call<'_>) -> Made {
    let (low, high) = (bound(call, "low")?, bound(call, "high")?);
    if low > high {
        let fault = Fault::new(format!("`random_int` has nothing between {low} and {high}"));
        return Err(fault
            .with_hint("the lower bound comes first".to_owned())
            .quoting("`random_int` has nothing to choose from"));
    }
    Ok(integer(with_random(call, |random| random.i64(low..=high))))
}

/// Letters and digits.
fn random_string(call: &Call<'_>) -> Made {
    let length = call.count("length")?.unwrap_or_default();
    if length > LONGEST_RANDOM {
        return Err(Fault::new(format!(
            "`random_string` gives at most {LONGEST_RANDOM} characters"
        )));
    }
    let text: String = with_random(call, |random| {
        let letter = |_| {
            random
                .choice(LETTERS_AND_DIGITS)
                .map_or('0', |letter| char::from(*letter))
        };
        (0..length).map(letter).collect()
    });
    call.made(text)
}

/// An item of a list.
fn choice(call: &Call<'_>) -> Made {
    let list = call.required("list")?;
    let wrong = || {
        Fault::new(format!(
            "`choice` takes a list, not {}",
            list.kind().with_article()
        ))
    };
    let items = list.as_array().ok_or_else(wrong)?;
    let item = with_random(call, |random| random.choice(items).cloned());
    item.map(Item::from)
        .ok_or_else(|| Fault::new("`choice` has nothing to choose from"))
}

fn with_random<T>(call: &Call<'_>, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
    draw(&mut call.run.context.random.lock().ignore_poison())
}

/// A variable of the environment; undefined if it is not set and there is no `default=…`.
fn env(call: &Call<'_>) -> Made {
    let name = call.required_text("name")?;
    if let Some(variable) = (call.run.context.environment)(name) {
        if variable.secret {
            call.run.taint();
        }
        return Ok(Item::from(variable.text));
    }
    Ok(call
        .given(1)
        .cloned()
        .map_or_else(|| Item::undefined(unset(name)), Item::from))
}

fn unset(name: &str) -> Fault {
    let hint = format!("set it, or give a default: `env('{name}', default='…')`");
    let fault = Fault::new(format!("the environment variable `{name}` is not set")).with_hint(hint);
    fault.quoting("the environment variable is not set")
}

/// The integers from `lower` (0 if there is only one argument) to before `upper`, by `step`.
fn range(call: &Call<'_>) -> Made {
    let (first, step) = (bound(call, "lower")?, call.integer("step")?.unwrap_or(1));
    let (lower, upper) = call
        .integer("upper")?
        .map_or((0, first), |upper| (first, upper));
    if step == 0 {
        return Err(Fault::new("the step of `range` cannot be 0"));
    }
    let within = |at: &i64| if step > 0 { *at < upper } else { *at > upper };
    let numbers = std::iter::successors(Some(lower), |at| at.checked_add(step)).take_while(within);
    let items: Vec<Value> = numbers
        .take(LONGEST_RANGE + 1)
        .map(|number| Value::Number(number.into()))
        .collect();
    if items.len() > LONGEST_RANGE {
        return Err(Fault::new(format!(
            "`range` gives at most {LONGEST_RANGE} numbers"
        )));
    }
    Ok(Item::from(Value::Array(items)))
}

/// `dict(a=1)`: an object of the named arguments, on top of the members of an object.
fn dict(call: &Call<'_>) -> Made {
    let mut members = Object::default();
    for value in &call.rest {
        let base = value.as_object();
        let base = base.ok_or_else(|| {
            Fault::new(format!(
                "`dict` takes an object, not {}",
                value.kind().with_article()
            ))
        })?;
        members.extend(
            base.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    members.extend(
        call.named
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::clone(value))),
    );
    Ok(Item::from(Value::Object(members)))
}

/// The text of a file beside the collection.
fn file(call: &Call<'_>) -> Made {
    let context = &call.run.context;
    let read = read_file(call.required_text("path")?, &context.folder, &context.root);
    read.map(Item::from)
        .map_err(|reason| Fault::new(reason).quoting("cannot read the file"))
}

fn read_file(name: &str, folder: &Path, root: &Path) -> Result<String, String> {
    let unreadable =
        |error: &std::io::Error| format!("cannot read `{name}`: {}", plain_reason(error));
    let root = root_of(root)
        .canonicalize()
        .map_err(|error| unreadable(&error))?;
    let path = folder
        .join(name)
        .canonicalize()
        .map_err(|error| unreadable(&error))?;
    if !path.starts_with(&root) {
        return Err(format!(
            "cannot read `{name}`: it is outside `{}`",
            root.display()
        ));
    }
    let file = File::open(&path).map_err(|error| unreadable(&error))?;
    let about = file.metadata().map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        return Err(format!("cannot read `{name}`: it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "cannot read `{name}`: it is larger than {} MiB",
            LARGEST_FILE >> 20
        ));
    }
    String::from_utf8(bytes).map_err(|_| format!("cannot read `{name}`: it is not text in UTF-8"))
}

/// An empty path means the folder that the process is in.
fn root_of(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
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
        assert_eq!(
            eval("{{ random_int(2, 1) }}").unwrap_err(),
            "`random_int` has nothing between 2 and 1"
        );
        assert_eq!(
            eval("{{ choice([]) }}").unwrap_err(),
            "`choice` has nothing to choose from"
        );
        assert_eq!(
            eval("{{ choice(5) }}").unwrap_err(),
            "`choice` takes a list, not a number"
        );
        assert!(eval("{{ random_string(10000000) }}").is_err());
    }

    #[test]
    fn the_environment_is_the_one_given() {
        assert_eq!(
            eval("{{ env('HOME_URL') }}").unwrap(),
            "\"value of HOME_URL\""
        );
        assert_eq!(eval("{{ env('NOPE', default=3) }}").unwrap(), "3");
        assert_eq!(
            eval("{{ env('NOPE') }}").unwrap_err(),
            "the environment variable `NOPE` is not set"
        );
        assert_eq!(eval("{{ env('NOPE') | default('eu') }}").unwrap(), "\"eu\"");
        assert_eq!(
            eval("{{ env('NOPE') is defined or env('HOME_URL') is undefined }}").unwrap(),
            "false"
        );
        assert_eq!(
            eval("{{ env('HOME_URL') | default('eu') }}").unwrap(),
            "\"value of HOME_URL\""
        );
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
        assert!(
            data.eval("{{ file('../up.txt') }}")
                .unwrap_err()
                .contains("it is outside")
        );
        assert!(
            data.eval("{{ file('/etc/passwd') }}")
                .unwrap_err()
                .contains("it is outside")
        );
        assert_eq!(
            data.eval("{{ file('nope') }}").unwrap_err(),
            "cannot read `nope`: there is no such file"
        );
        assert_eq!(
            data.eval("{{ file('.') }}").unwrap_err(),
            "cannot read `.`: it is not a file"
        );
        assert_eq!(
            data.eval("{{ file('raw') }}").unwrap_err(),
            "cannot read `raw`: it is not text in UTF-8"
        );
        data.context = context(1, root.path().join("a"), root.path().into());
        assert_eq!(data.eval("{{ file('../up.txt') }}").unwrap(), "\"up\"");
    }
}
