//! Snapshots on disk: beside the collection, in `snapshots/`.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::file::{File, Trouble};
use super::name::base_of;
use crate::output::{Output, plain};

/// The folder beside a collection that holds its snapshots.
pub const FOLDER: &str = "snapshots";

/// No snapshot is as large as this.
const MOST: u64 = 256 << 20;

/// Reads a snapshot; `None` where there is none.
///
/// # Errors
/// Where it cannot be read, or is no snapshot.
pub fn read(path: &Path) -> Result<Option<File>, Trouble> {
    let bytes = match fs::metadata(path).and_then(|meta| {
        if meta.len() > MOST {
            Err(ErrorKind::FileTooLarge.into())
        } else {
            fs::read(path)
        }
    }) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Trouble::Unreadable(plain(&error))),
    };
    let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
    File::parse(text.strip_prefix('\u{feff}').unwrap_or(&text)).map(Some)
}

/// Where what is not accepted yet waits for a snapshot: `name.snap.new`.
#[must_use]
pub fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Writes a snapshot, or what waits for one, whole or not at all.
///
/// # Errors
/// Where it cannot be written; the text says why.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    write_whole(path, text).map_err(|error| plain(&error))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    // To move another file into its place would be a way around that.
    if fs::metadata(path).is_ok_and(|meta| meta.permissions().readonly()) {
        return Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "it is read-only",
        ));
    }
    let mut output = Output::file(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// Makes what is pending the snapshot, in one step.
///
/// # Errors
/// Where it cannot be moved; the text says why.
pub fn accept(path: &Path) -> Result<(), String> {
    fs::rename(pending(path), path).map_err(|error| plain(&error))
}

/// Takes away a file that may be gone already.
///
/// # Errors
/// Where it is there and stays; the text says why.
pub fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(plain(&error)),
        _ => Ok(()),
    }
}

/// The files of a folder of snapshots that this program wrote, in the order of their names: those of a Rust crate's own
/// tests may lie there too.
#[must_use]
pub fn list(folder: &Path, ending: &str, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        name.ends_with(ending) && wanted(base_of(name))
    });
    let mut found: Vec<PathBuf> = named
        .map(|entry| entry.path())
        .filter(|path| is_ours(path))
        .collect();
    found.sort();
    found
}

/// Whether a snapshot's source is a collection.
fn is_ours(path: &Path) -> bool {
    let file = read(path).ok().flatten();
    let of_collection = |source: &str| {
        Path::new(source)
            .extension()
            .is_some_and(|ending| ending == "toml")
    };
    file.is_some_and(|file| of_collection(&file.head.source) && !file.head.target.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "---\nsource: \"o.toml\"\nexpression: \"a\"\ninfo:\n  request: \"GET /\"\n  body: text\n---\nhi\n";

    #[test]
    fn what_is_not_there_is_no_trouble_and_what_is_no_snapshot_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        assert!(read(&path).unwrap().is_none());
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read(&path).unwrap_err(), Trouble::NotText);
        assert!(matches!(
            read(folder.path()).unwrap_err(),
            Trouble::Unreadable(_)
        ));
        write(&path, OURS).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().head.request, "a");
    }

    #[test]
    fn writers_at_the_same_time_never_leave_half_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.snap");
        let texts = ["a".repeat(300_000), "b".repeat(200_000)];
        write(&path, &texts[0]).unwrap();
        std::thread::scope(|threads| {
            for text in &texts {
                threads.spawn(|| (0..20).for_each(|_| write(&path, text).unwrap()));
            }
            for _ in 0..50 {
                let seen = fs::read_to_string(&path).unwrap();
                assert!(texts.contains(&seen), "{} bytes", seen.len());
            }
        });
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_read_only_stays_and_what_cannot_be_written_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        write(&path, OURS).unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert_eq!(write(&path, "new"), Err("permission denied".to_owned()));
        assert_eq!(fs::read_to_string(&path).unwrap(), OURS);
        assert!(write(&path.join("below"), OURS).is_err());
    }

    #[test]
    fn accepting_moves_and_only_our_own_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o__a.snap");
        write(&pending(&path), OURS).unwrap();
        write(
            &folder.path().join("crate__test.snap"),
            "---\nsource: src/lib.rs\nexpression: x\n---\n1\n",
        )
        .unwrap();
        assert_eq!(
            list(folder.path(), ".snap.new", |_| true),
            [folder.path().join("o__a.snap.new")]
        );
        accept(&path).unwrap();
        assert_eq!(
            list(folder.path(), ".snap", |base| base == "o__a"),
            std::slice::from_ref(&path)
        );
        assert!(
            list(folder.path(), ".snap", |base| base == "o__b").is_empty()
                && list(&folder.path().join("none"), ".snap", |_| true).is_empty()
        );
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(accept(&path).is_err());
    }
}
