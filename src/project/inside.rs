//! What a project file may say of files: those that it names lie inside of the project's folder, links resolved.

use std::path::{Path, PathBuf};

use crate::plan::place_inside;
use crate::source::Diagnostic;
use crate::syntax::{Node, Problems, Project, wrong_type};

/// The path of a file that `[run]` or `[report]` names: found from the project's folder, and inside of it.
///
/// # Errors
/// If the value is not a path, or leads outside.
pub(crate) fn file(project: &Project, node: &Node) -> Result<PathBuf, Box<Diagnostic>> {
    let mut problems = Problems::default();
    let Some(written) = node
        .as_str()
        .filter(|path| !path.is_empty())
        .and_then(|_| node.string(&mut problems))
    else {
        let problem = problems.into_vec().pop();
        return Err(Box::new(
            problem.unwrap_or_else(|| wrong_type(node, "a file's path")),
        ));
    };
    let folder = project.file.folder();
    let path = folder.join(written);
    let root = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match place_inside(&[root], &path) {
        Ok(()) => Ok(path),
        Err(reason) => {
            let problem = Diagnostic::error(&node.span, format!("`{written}` {reason}"));
            let hint = "the paths of a project file stay inside the project; name other files on the command line";
            Err(Box::new(problem.hint(hint)))
        }
    }
}
