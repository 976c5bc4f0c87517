//! Draws diagnostics as rustc does: message, place, the line with the part underlined, the hint.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, File, Severity, Span};
use crate::secret::Redactor;
use crate::text::escape_control;

/// How text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// The width of the terminal, in columns.
    pub width: usize,
}

/// A long line or list is shown from the start, not whole.
const MOST_LINES: usize = 6;
/// Lines with more bytes than this are not shown, only their place: nobody reads them, and drawing walks them for each
/// problem that they have.
const LONGEST: usize = 8 * 1024;
/// The columns that stand beside what is underlined: the line's number, a bar, dots for what is left out at both ends.
const AROUND: usize = 20;

/// Draws the diagnostics, an empty line between any two, in the order given.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], style: Style) -> String {
    render_without(&Redactor::default(), diagnostics, style)
}

/// As [`render`], without secrets: lines that hold one are cut and underlined as they are shown.
#[must_use]
pub fn render_without(secrets: &Redactor, diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width);
    let drawn = diagnostics.iter().map(|diagnostic| {
        let drawing = Drawing {
            width: style.width,
            secrets,
        };
        renderer
            .render(&drawing.groups(diagnostic))
            .trim_end()
            .to_owned()
            + "\n"
    });
    drawn.collect::<Vec<_>>().join("\n")
}

/// How the parts of a drawing are made.
#[derive(Clone, Copy)]
struct Drawing<'s> {
    width: usize,
    secrets: &'s Redactor,
}

impl Drawing<'_> {
    fn groups(self, diagnostic: &Diagnostic) -> Vec<Group<'_>> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut title = self
            .secrets
            .redact_message(&diagnostic.message)
            .into_owned();
        if let (None, Some(path)) = (&diagnostic.span, &diagnostic.path) {
            title = format!("{}: {title}", path.display());
        }
        let mut group = Group::with_title(level.primary_title(escape_control(&title).into_owned()));
        if let Some(span) = &diagnostic.span {
            group = self.place(
                group,
                span,
                AnnotationKind::Primary,
                diagnostic.label.as_deref(),
            );
        }
        for (span, label) in &diagnostic.related {
            group = self.place(group, span, AnnotationKind::Context, Some(label));
        }
        if let Some(hint) = &diagnostic.hint {
            group = group.element(
                Level::HELP
                    .with_name("hint")
                    .message(escape_control(&self.secrets.redact_message(hint)).into_owned()),
            );
        }
        vec![group]
    }

    /// Adds a place, and what stands there.
    fn place<'a>(
        self,
        group: Group<'a>,
        span: &'a Span,
        kind: AnnotationKind,
        label: Option<&'a str>,
    ) -> Group<'a> {
        let position = span.position();
        if span.file.line(position.line).len() <= LONGEST {
            return group.element(self.snippet(span, kind, label));
        }
        let path = escape_control(&span.file.path().display().to_string()).into_owned();
        group.element(
            Origin::path(path)
                .line(position.line)
                .char_column(position.column),
        )
    }

    /// The lines of a span alone: the renderer walks all of the text that it is given, and files can be large.
    fn snippet<'a>(
        self,
        span: &'a Span,
        kind: AnnotationKind,
        label: Option<&'a str>,
    ) -> Snippet<'a, Annotation<'a>> {
        let file: &File = &span.file;
        let first = span.position().line;
        let last = file
            .position(span.end.max(span.start + 1) - 1)
            .line
            .min(first + MOST_LINES);
        let (from, to) = (file.line_start(first), file.line_start(last + 1));
        let lines = file.text().get(from..to).unwrap_or_default();
        let start = span.start - from;
        let end = (span.end.min(to) - from).max(start);
        let (lines, Range { start, end }) = {
            let before = file.text().get(..from).unwrap_or_default();
            self.secrets.redact_source(before, lines, start..end)
        };
        let room = self
            .width
            .saturating_sub(AROUND + label.map_or(0, crate::text::width));
        let mut annotation =
            kind.span(start..start + fitting(lines.get(start..end).unwrap_or_default(), room));
        if let Some(label) = label {
            annotation =
                annotation.label(escape_control(&self.secrets.redact_message(label)).into_owned());
        }
        Snippet::source(lines)
            .path(escape_control(&file.path().display().to_string()).into_owned())
            .line_start(first)
            .fold(false)
            .annotation(annotation)
    }
}

/// How many bytes of what is meant are underlined: of a part of one line no more than fits, since the renderer never shortens
/// that, and the terminal would break line and underline in two.
fn fitting(meant: &str, room: usize) -> usize {
    let mut columns = 0;
    let too_far = |(_, character): &(usize, char)| {
        columns += crate::text::width(character.encode_utf8(&mut [0; 4]));
        columns > room.max(1)
    };
    if meant.contains('\n') {
        meant.len()
    } else {
        meant
            .char_indices()
            .find(too_far)
            .map_or(meant.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        color: false,
        width: 100,
    };

    #[test]
    fn a_problem_is_drawn_with_its_line_and_hint() {
        let file = File::new("a.toml", "name = \"x\"\nstatsu = 200\n");
        let span = Span::new(&file, 11..17);
        let drawn = render(
            &[Diagnostic::error(&span, "unknown key `statsu`").hint("did you mean `status`?")],
            STYLE,
        );
        insta::assert_snapshot!(drawn, @r"
        error: unknown key `statsu`
         --> a.toml:2:1
          |
        2 | statsu = 200
          | ^^^^^^
          |
          = hint: did you mean `status`?
        ");
    }

    #[test]
    fn what_is_meant_fits_the_terminal_however_long_it_is() {
        let text = format!(
            "expect.json_contains = {{ a = \"{}\", b = [{{ c = 1 }}] }}\n",
            "é".repeat(90)
        );
        let file = File::new("a.toml", text);
        for width in [80, 60, 40] {
            let span = Span::new(&file, 23..file.text().len() - 1);
            let drawn = render(
                &[Diagnostic::error(&span, "no").label("got 1")],
                Style {
                    color: false,
                    width,
                },
            );
            assert!(
                drawn.lines().all(|line| crate::text::width(line) <= width),
                "{width}\n{drawn}"
            );
            assert!(
                drawn.contains("{ a = \"éé") && drawn.contains("^ got 1"),
                "{width}\n{drawn}"
            );
        }
    }

    #[test]
    fn of_a_line_that_nobody_reads_only_the_place_is_shown() {
        let file = File::new(
            "a.toml",
            format!("first = 1\nx = \"é{}\"\n", "x".repeat(LONGEST)),
        );
        let problem = Diagnostic::error(&Span::new(&file, 17..18), "too long")
            .label("here")
            .hint("cut it");
        let drawn = render(&[problem], STYLE);
        insta::assert_snapshot!(drawn, @r"
        error: too long
        --> a.toml:2:7
         = hint: cut it
        ");
    }

    #[test]
    fn a_secret_is_not_cut_in_two_and_what_stands_behind_it_is_underlined() {
        let file = File::new("a.toml", "pin = { value = \"s3cret-and-long\", foo = 1 }\n");
        let secrets = Redactor::default();
        secrets.add("pin", "s3cret-and-long").unwrap();
        let drawn = render_without(
            &secrets,
            &[Diagnostic::error(&Span::new(&file, 35..38), "no")],
            STYLE,
        );
        assert!(
            drawn.contains("pin = { value = \"***\", foo = 1 }\n  |                        ^^^\n"),
            "{drawn}"
        );
        for width in 20..60 {
            let problem = Diagnostic::error(&Span::new(&file, 8..13), "no");
            let drawn = render_without(
                &secrets,
                &[problem],
                Style {
                    color: false,
                    width,
                },
            );
            assert!(!drawn.contains("\"s"), "{width}\n{drawn}");
        }
        // Where the secret goes over an end of what is meant, all is.
        let drawn = render_without(
            &secrets,
            &[Diagnostic::error(&Span::new(&file, 20..40), "no")],
            STYLE,
        );
        assert!(
            drawn.contains(&format!("\n  | {}\n", "^".repeat(32))),
            "{drawn}"
        );
    }

    #[test]
    fn a_problem_without_a_place_names_its_file() {
        let drawn = render(
            &[Diagnostic::nowhere("no such file").at_path("b.toml")],
            STYLE,
        );
        assert_eq!(drawn, "error: b.toml: no such file\n");
    }

    #[test]
    fn what_would_steer_the_terminal_is_shown_instead() {
        let file = File::new("a\x1b[2J.toml", "name = \"\x1b[2J\u{202e}\"\n");
        let drawn = render(
            &[Diagnostic::error(&Span::new(&file, 0..4), "no \x1b")
                .label("\x07")
                .hint("\x08")],
            STYLE,
        );
        assert!(
            !drawn.contains(
                |character: char| (character.is_control() && character != '\n')
                    || character == '\u{202e}'
            ),
            "{drawn}"
        );
    }
}
