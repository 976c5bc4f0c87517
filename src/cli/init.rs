//! `apitest init`: a first collection that runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::args::Init;
use super::print;
use crate::project::Error;

/// What is written: the tutorial's collection and its local stage.
const FILES: &[(&str, &str)] = &[
    ("hello.toml", include_str!("../../collections/hello.toml")),
    (
        "hello.gateway.toml",
        include_str!("../../collections/hello.gateway.toml"),
    ),
];

/// Writes a file that is not there yet: whole, or not at all.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
        .inspect_err(|_| drop(fs::remove_file(path)))
}

/// Writes the first collection. Nothing that is there is written over.
pub(super) fn init(arguments: &Init) -> Result<u8, Error> {
    let folder = &arguments.folder;
    let failed = |path: &Path, error: &io::Error| {
        Error::new(format!(
            "`{}` cannot be written: {}",
            path.display(),
            crate::plan::plain(error)
        ))
    };
    if let Some((name, _)) = FILES.iter().find(|(name, _)| folder.join(name).exists()) {
        let message = format!(
            "`{}` already exists; nothing was written",
            folder
                .strip_prefix(".")
                .unwrap_or(folder)
                .join(name)
                .display()
        );
        return Err(Error::new(message).hint("name another folder: `apitest init FOLDER`"));
    }
    if folder.is_file() {
        let message = format!(
            "`{}` is a file: `init` takes the folder that it writes `hello.toml` and its stage into",
            folder.display()
        );
        return Err(Error::new(message)
            .hint("without a folder it writes into the current one: `apitest init`"));
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut written = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Err(error) = write_new(&path, text) {
            // A half would be in the way of the next try.
            for path in &written {
                drop(fs::remove_file(path));
            }
            return Err(failed(&path, &error));
        }
        written.push(path);
    }
    let shown = folder.strip_prefix(".").unwrap_or(folder);
    let place = shown.join("hello.toml");
    print(&format!(
        "wrote {place} and its local stage, {stage}\n\nrun it:                 apitest run {place}\nagainst your own stage: apitest run {place} --base-url https://…\n",
        place = place.display(),
        stage = shown.join("hello.gateway.toml").display()
    ))?;
    Ok(0)
}
