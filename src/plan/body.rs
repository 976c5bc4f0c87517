//! Reads the files of a request's body whose paths are literal.

use bytes::Bytes;

use super::files::{Files, resolve as resolve_path};
use crate::source::{Diagnostic, File, Span};
use crate::syntax::{AnySource, Body, ContentFile, Problems, Spanned};

/// Reads what can be read now; a file that is not there is a problem before anything is sent.
pub(super) fn resolve(
    mut body: Spanned<Body>,
    files: &Files<'_>,
    problems: &mut Problems,
) -> Option<Spanned<Body>> {
    for (path, span) in body.uploads() {
        if let Some(Err(reason)) = path.literal().map(|path| files.exists(path, &span.file)) {
            problems.push(Diagnostic::error(span, reason).certain());
        }
    }
    if let Some(source) = body.value.source_mut() {
        read(source, files, problems)?;
    }
    Some(body)
}

/// Reads the file of a source, unless only the run knows its path.
fn read(source: &mut dyn AnySource, files: &Files<'_>, problems: &mut Problems) -> Option<()> {
    let Some(ContentFile { path, is_template }) = source.file().cloned() else {
        return Some(());
    };
    let Some(name) = path.literal() else {
        return Some(());
    };
    let span = &path.span;
    if !is_template {
        return match files.bytes(name, &span.file) {
            Ok(bytes) => {
                source.set_bytes(Bytes::from(bytes));
                Some(())
            }
            Err(reason) => problems.refuse(Diagnostic::error(span, reason).certain()),
        };
    }
    let text = match files.text(name, &span.file) {
        Ok(text) => text,
        Err(reason) => return problems.refuse(Diagnostic::error(span, reason).certain()),
    };
    if let Err(error) = source.set_text(&text) {
        let file = File::new(resolve_path(name, &span.file), text);
        let problem = Diagnostic::error(&Span::new(&file, error.range), error.message)
            .related(span, "used here");
        return problems.refuse(problem.maybe_hint(error.hint).certain());
    }
    Some(())
}
