//! `apitest init`: a first collection that runs.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::args::Init;
use super::error::CliError;
use super::print;

/// What is written: the tutorial's collection and its local stage.
const FILES: &[(&str, &str)] = &[
    ("hello.toml", include_str!("../../collections/hello.toml")),
    ("hello.gateway.toml", include_str!("../../collections/hello.gateway.toml")),
];

/// Writes the first collection. Nothing that is there is written over.
pub(super) fn init(arguments: &Init) -> Result<u8, CliError> {
    let folder = &arguments.folder;
    let failed = |path: &Path, error: &std::io::Error| {
        CliError::new(format!("`{}` cannot be written: {}", path.display(), crate::plan::plain(error)))
    };
    if let Some((name, _)) = FILES.iter().find(|(name, _)| folder.join(name).exists()) {
        let message = format!(
            "`{}` is there already, and nothing was written",
            folder.strip_prefix(".").unwrap_or(folder).join(name).display()
        );
        return Err(CliError::new(message).hint("name another folder: `apitest init FOLDER`"));
    }
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| failed(&path, &error))?;
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
