//! From a text to the parts of a path (RFC 9535 section 2), with the place and a way out for every slip.

use super::ast::{Segment, Selector, Slice};
use super::lexis::{Cursor, Step, is_name};
use crate::query::QueryError;

/// How deep filters, brackets and functions may nest: everything that walks them recurses.
const MAX_NESTING: usize = 48;

/// Reads a path; `filter.rs` adds what stands behind `?`.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    depth: usize,
}

/// The whole text as a path.
pub(super) fn parse(text: &str) -> Step<Vec<Segment>> {
    let mut parser = Parser {
        cursor: Cursor { text, at: 0 },
        depth: 0,
    };
    if !parser.cursor.eat("$") {
        return Err(no_root(text));
    }
    let segments = parser.segments()?;
    if parser.cursor.at < text.len() {
        return Err(parser.unexpected());
    }
    Ok(segments)
}

/// The problem of a path that does not start at the root, with the path that was meant where it can be told.
fn no_root(text: &str) -> QueryError {
    let problem = QueryError::new(0..text.len(), "a path starts with `$`, the document");
    let bare = text.trim();
    let rest = bare.strip_prefix(['@', '$']).unwrap_or(bare);
    let meant = if rest.is_empty() || rest.starts_with(['.', '[']) {
        format!("${rest}")
    } else {
        format!("$.{rest}")
    };
    if parse(&meant).is_ok() {
        problem.hint(format!("did you mean `{meant}`?"))
    } else {
        problem
    }
}

impl Parser<'_> {
    /// All segments that follow; blanks behind the last one are left.
    pub(super) fn segments(&mut self) -> Step<Vec<Segment>> {
        let mut segments = Vec::new();
        loop {
            let before = self.cursor.at;
            self.cursor.blanks();
            let Some(segment) = self.segment()? else {
                self.cursor.at = before;
                return Ok(segments);
            };
            segments.push(segment);
        }
    }

    fn segment(&mut self) -> Step<Option<Segment>> {
        let start = self.cursor.at;
        let descend = self.cursor.eat("..");
        let selectors = if self.cursor.peek() == Some('[') {
            self.brackets()?
        } else if descend || self.cursor.eat(".") {
            vec![self.dotted()?]
        } else {
            return Ok(None);
        };
        Ok(Some(Segment {
            descend,
            selectors,
            range: start..self.cursor.at,
        }))
    }

    /// What stands behind a dot: `*` or a name.
    fn dotted(&mut self) -> Step<Selector> {
        if self.cursor.eat("*") {
            return Ok(Selector::Wildcard);
        }
        let start = self.cursor.at;
        let Some(name) = self.cursor.name() else {
            return Err(self.no_name());
        };
        let odd = |character: char| is_name(character) || character == '-';
        if self.cursor.peek() == Some('-') {
            self.cursor.take_while(odd);
            let whole = self.cursor.since(start);
            let problem = QueryError::new(
                start..self.cursor.at,
                format!("`{whole}` cannot follow a dot"),
            );
            return Err(problem.hint(format!("write it in brackets: `['{whole}']`")));
        }
        Ok(Selector::Name(name.to_owned()))
    }

    fn no_name(&mut self) -> QueryError {
        let problem = self.cursor.expected("a name or `*` after the dot");
        let digits = self
            .cursor
            .take_while(|character| character.is_ascii_digit());
        match self.cursor.peek() {
            _ if !digits.is_empty() => problem.hint(format!(
                "an item is `[{digits}]`, a member of that name `['{digits}']`"
            )),
            Some(' ' | '\t') => problem.hint("no space is allowed after the dot"),
            Some('\'' | '"') => problem.hint("put a quoted name in brackets: `['name']`"),
            _ => problem,
        }
    }

    fn brackets(&mut self) -> Step<Vec<Selector>> {
        self.cursor.eat("[");
        let mut selectors = Vec::new();
        loop {
            self.cursor.blanks();
            selectors.push(self.selector()?);
            self.cursor.blanks();
            if self.cursor.eat("]") {
                return Ok(selectors);
            }
            if !self.cursor.eat(",") {
                return Err(self.unclosed());
            }
        }
    }

    fn unclosed(&self) -> QueryError {
        let problem = self.cursor.expected("`,` or `]`");
        match self.cursor.peek() {
            Some('=') => problem.hint("`==` compares"),
            Some('&') => problem.hint("`&&` joins conditions"),
            Some('|') => problem.hint("`||` joins conditions"),
            _ => problem,
        }
    }

    fn selector(&mut self) -> Step<Selector> {
        match self.cursor.peek() {
            Some('\'' | '"') => self.cursor.string().map(Selector::Name),
            Some('*') => {
                self.cursor.eat("*");
                Ok(Selector::Wildcard)
            }
            Some('?') => {
                self.cursor.eat("?");
                self.cursor.blanks();
                self.deeper(Self::logical).map(Selector::Filter)
            }
            _ => self.index_or_slice(),
        }
    }

    fn index_or_slice(&mut self) -> Step<Selector> {
        let start = self.cursor.integer()?;
        let behind = self.cursor.at;
        self.cursor.blanks();
        if !self.cursor.eat(":") {
            self.cursor.at = behind;
            return start.map(Selector::Index).ok_or_else(|| self.no_selector());
        }
        self.cursor.blanks();
        let end = self.cursor.integer()?;
        self.cursor.blanks();
        let step = if self.cursor.eat(":") {
            self.cursor.blanks();
            self.cursor.integer()?
        } else {
            None
        };
        Ok(Selector::Slice(Slice {
            start,
            end,
            step: step.unwrap_or(1),
        }))
    }

    fn no_selector(&mut self) -> QueryError {
        let problem = self
            .cursor
            .expected("a quoted name, an index, a slice, `*` or a filter `?…`");
        if self.cursor.peek() == Some('(') {
            return problem.hint("a filter starts with `?`");
        }
        match self.cursor.name() {
            Some(name) => problem.hint(format!("a name in brackets is quoted: `['{name}']`")),
            None => problem,
        }
    }

    /// Something stands where the path should have ended.
    fn unexpected(&self) -> QueryError {
        let rest = self.cursor.at..self.cursor.text.len();
        if self.cursor.rest().trim().is_empty() {
            return QueryError::new(rest, "trailing white space after the path")
                .hint("remove them");
        }
        let problem = self.cursor.expected("`.`, `[` or the end of the path");
        match self.cursor.peek() {
            Some(first) if is_name(first) && self.cursor.at == 1 => {
                problem.hint(format!("a member is `$.{}`", self.cursor.rest()))
            }
            _ => problem,
        }
    }

    /// Reads something that is nested in something else.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth == MAX_NESTING {
            return Err(QueryError::new(
                self.cursor.here(),
                format!("the path is nested deeper than {MAX_NESTING} levels"),
            ));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}
