//! Where what is written goes, reports and recordings: a stream, or a file that is there whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use tempfile::NamedTempFile;

use crate::lock::IgnorePoison as _;

/// Where a report goes.
pub struct Output(Kind);

enum Kind {
    /// Read while it is written, as standard output is.
    Stream(Box<dyn Write + Send>),
    /// Written beside its place, and moved there when it is whole.
    Whole(BufWriter<Part>, PathBuf),
    /// A device, a pipe or a file of several writers has its name already.
    Device(BufWriter<File>),
}

impl Output {
    /// To a stream, that is flushed after each [`Output::end_line`].
    #[must_use]
    pub fn stream(writer: impl Write + Send + 'static) -> Self {
        Self(Kind::Stream(Box::new(writer)))
    }

    /// To a file: its folder is made where there is none, and what stood there stays until [`Output::finish`]. Without it (an
    /// interrupt, a panic), nothing is left behind; what a process leaves that is killed is taken away by the next one that writes
    /// there.
    ///
    /// # Errors
    /// Where the folder cannot be made or written to.
    pub fn file(path: &Path) -> io::Result<Self> {
        Self::beside(path, &beside())
    }

    /// As [`Output::file`], for its owner's eyes alone: nobody else may read it (mode 0600 on Unix).
    ///
    /// # Errors
    /// As [`Output::file`].
    pub fn private(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        Self::beside(path, builder.prefix(PREFIX).suffix(SUFFIX))
    }

    fn beside(path: &Path, builder: &tempfile::Builder<'_, '_>) -> io::Result<Self> {
        // Through a link the file that it points to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            return Ok(Self(Kind::Device(BufWriter::new(
                File::options().write(true).open(&path)?,
            ))));
        }
        if path.is_dir() || path.file_name().is_none() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder, not a file",
            ));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let part = Part::new(held::file(builder, folder)?);
        Ok(Self(Kind::Whole(BufWriter::new(part), path)))
    }

    /// To the end of a file that others write to as well; it is made where it is not there.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn append(path: &Path) -> io::Result<Self> {
        Ok(Self(Kind::Device(BufWriter::new(
            File::options().append(true).create(true).open(path)?,
        ))))
    }

    /// A line is complete: whoever reads along shall have it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn end_line(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Stream(writer) => writer.flush(),
            Kind::Whole(..) | Kind::Device(_) => Ok(()),
        }
    }

    /// The report is complete: a file gets its name.
    ///
    /// # Errors
    /// Where it cannot be written; the file that stood there before is then still there.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Kind::Stream(mut writer) => writer.flush(),
            Kind::Device(mut writer) => writer.flush(),
            Kind::Whole(writer, path) => {
                let part = writer
                    .into_inner()
                    .map_err(io::IntoInnerError::into_error)?;
                part.persist(&path)
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Stream(writer) => writer.write(bytes),
            Kind::Whole(writer, _) => writer.write(bytes),
            Kind::Device(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Stream(writer) => writer.flush(),
            Kind::Whole(writer, _) => writer.flush(),
            Kind::Device(writer) => writer.flush(),
        }
    }
}

/// A file that is not whole yet: gone when it is dropped, or when [`abandon`] is called.
struct Part(Option<NamedTempFile>);

/// The files that are not whole yet.
static PARTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn parts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PARTS.lock().ignore_poison()
}

/// Removes all files that are not whole yet, for a process that ends without unwinding.
pub(crate) fn abandon() {
    for path in std::mem::take(&mut *parts()) {
        // What cannot be removed is removed by the next run that writes there.
        let _removed = fs::remove_file(path);
    }
}

impl Part {
    fn new(file: NamedTempFile) -> Self {
        parts().insert(file.path().to_owned());
        Self(Some(file))
    }

    fn persist(mut self, path: &Path) -> io::Result<()> {
        let Some(file) = self.0.take() else {
            return Ok(());
        };
        let temporary = file.path().to_owned();
        let persisted = file.persist(path).map(drop).map_err(|error| error.error);
        parts().remove(&temporary);
        persisted
    }

    fn file(&mut self) -> io::Result<&mut NamedTempFile> {
        self.0
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            parts().remove(file.path());
        }
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

/// How the names of files begin and end that are not whole yet.
const PREFIX: &str = ".apitest-";
const SUFFIX: &str = ".part";

/// Files that are not whole yet are locked as long as their writer lives: the system gives a lock back whatever a process dies
/// of. What nobody holds was left behind.
#[cfg(unix)]
mod held {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    use crate::lock::IgnorePoison as _;

    use rustix::fs::{FlockOperation, flock};
    use tempfile::NamedTempFile;

    use super::{PREFIX, SUFFIX};

    /// A file of our own, after those that were left behind are gone.
    pub(super) fn file(
        builder: &tempfile::Builder<'_, '_>,
        folder: &Path,
    ) -> io::Result<NamedTempFile> {
        static TIDY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if TIDY.lock().ignore_poison().insert(folder.to_owned()) {
            tidy(folder);
        }
        let file = builder.tempfile_in(folder)?;
        // Between being made and being locked it may be taken for one that was left behind.
        let ours = !lock(file.as_file()) || file.path().exists();
        if ours {
            Ok(file)
        } else {
            builder.tempfile_in(folder)
        }
    }

    /// Takes away what was left behind. Where that cannot be done, it stays: it is in nobody's way.
    pub(super) fn tidy(folder: &Path) {
        for entry in fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
        {
            let name = entry.file_name();
            let unfinished = name
                .to_str()
                .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
            if unfinished && File::open(entry.path()).is_ok_and(|file| lock(&file)) {
                let _removed = fs::remove_file(entry.path());
            }
        }
    }

    fn lock(file: &File) -> bool {
        flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
    }
}

#[cfg(not(unix))]
mod held {
    pub(super) fn file(
        builder: &tempfile::Builder<'_, '_>,
        folder: &std::path::Path,
    ) -> std::io::Result<tempfile::NamedTempFile> {
        builder.tempfile_in(folder)
    }
}

/// Temporary files are private by default; a report is as readable as any file that the user writes.
fn beside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The operating system's words without its number.
#[must_use]
pub fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData if error.to_string().contains("UTF-8") => {
            "it is not text in UTF-8".to_owned()
        }
        _ => {
            let text = error.to_string();
            text.split(" (os error")
                .next()
                .unwrap_or_default()
                .to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/report.txt");
        let mut output = Output::file(&path).unwrap();
        output.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert!(
            names(path.parent().unwrap()).is_empty(),
            "what is not finished leaves nothing"
        );

        fs::write(&path, "old").unwrap();
        let mut output = Output::file(&path).unwrap();
        output.write_all(b"whole").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(names(path.parent().unwrap()), ["report.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_a_killed_process_left_is_taken_away_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".apitest-killed.part");
        for other in [".apitest-notes", "x.part"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        fs::write(&left, "half").unwrap();
        let mut output = Output::file(&folder.path().join("report")).unwrap();
        assert!(!left.exists());
        held::tidy(folder.path());
        output.write_all(b"whole").unwrap();
        output.finish().unwrap();
        assert_eq!(names(folder.path()), [".apitest-notes", "report", "x.part"]);
    }

    #[test]
    fn a_folder_is_no_place_for_a_report() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            Output::file(folder.path()).err().unwrap().kind(),
            io::ErrorKind::IsADirectory
        );
        assert_eq!(
            Output::file(Path::new("")).err().unwrap().kind(),
            io::ErrorKind::IsADirectory
        );
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(Output::file(&folder.path().join("file/report")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_devices_stay_and_reports_are_readable() {
        use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, "old").unwrap();
        symlink(&target, &link).unwrap();
        let mut output = Output::file(&link).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&target).unwrap().mode() & 0o600, 0o600);

        let private = folder.path().join("private");
        fs::write(&private, "readable by all").unwrap();
        Output::private(&private).unwrap().finish().unwrap();
        assert_eq!(fs::metadata(&private).unwrap().mode() & 0o777, 0o600);

        let mut output = Output::file(Path::new("/dev/null")).unwrap();
        output.write_all(b"gone").unwrap();
        output.finish().unwrap();
        assert!(
            fs::metadata("/dev/null")
                .unwrap()
                .file_type()
                .is_char_device()
        );
    }
}
