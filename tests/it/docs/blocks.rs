//! Examples taken out of the documents.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
pub(crate) struct Block {
    /// The document and the line where it starts.
    pub(crate) place: String,
    /// What stands behind the fence.
    pub(crate) mark: String,
    pub(crate) text: String,
}

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents for users.
pub(crate) fn documents() -> Vec<PathBuf> {
    let docs = files("docs", "md");
    docs.into_iter()
        .chain([root().join("README.md")])
        .filter(|path| path.exists())
        .collect()
}

/// The files of a folder with an ending, by name.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.to_string_lossy().ends_with(&format!(".{ending}")))
        .collect();
    files.sort();
    files
}

/// The blocks of all documents whose mark starts with a language.
pub(crate) fn blocks(language: &str) -> Vec<Block> {
    let of_documents = documents()
        .into_iter()
        .flat_map(|path| in_text(&path, &read(&path)));
    of_documents
        .filter(|block| block.mark.split([',', ' ']).next() == Some(language))
        .collect()
}

fn in_text(path: &Path, text: &str) -> Vec<Block> {
    let name = path.strip_prefix(root()).unwrap().display().to_string();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(mark) => {
                open = true;
                blocks.push(Block {
                    place: format!("{name}:{}", at + 1),
                    mark: mark.to_owned(),
                    text: String::new(),
                });
            }
            None if open => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "{name}: a block is not closed");
    blocks
}
