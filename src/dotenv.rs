//! Environment files: lines of `NAME=value`, as Docker, Node and dotenv read them.
//!
//! Where those differ, nothing that is written gets lost: `$` and backslashes stand for themselves, and `#` starts a comment only
//! after white space.

/// A line that cannot be read. The line itself may hold a secret, so it is not quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: &'static str,
}

/// Reads the variables of an environment file, in order; of a name that stands twice the last value counts.
///
/// # Errors
/// Every line that is no variable.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, Vec<Problem>> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut reader = Reader {
        rest: &text,
        line: 0,
    };
    let (mut pairs, mut problems) = (Vec::new(), Vec::new());
    while let Some((line, text)) = reader.next_line() {
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match reader.variable(text) {
            Ok(pair) => pairs.push(pair),
            Err(message) => problems.push(Problem { line, message }),
        }
    }
    if problems.is_empty() {
        Ok(pairs)
    } else {
        Err(problems)
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// The line that was read last, from 1.
    line: usize,
}

impl<'a> Reader<'a> {
    fn next_line(&mut self) -> Option<(usize, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        (self.rest, self.line) = (rest, self.line + 1);
        Some((self.line, line))
    }

    fn variable(&mut self, text: &'a str) -> Result<(String, String), &'static str> {
        let exported = text
            .strip_prefix("export")
            .filter(|rest| rest.starts_with([' ', '\t']));
        let (name, value) = exported
            .unwrap_or(text)
            .split_once('=')
            .ok_or("this is not `NAME=value`")?;
        let name = name.trim();
        if !is_name(name) {
            return Err(
                "the name before `=` has characters other than letters, digits, `_`, `-` and `.`, or starts with a digit",
            );
        }
        // White space is part of what a comment starts with.
        let behind = value;
        let value = value.trim_start();
        let value = match value
            .chars()
            .next()
            .filter(|first| ['"', '\'', '`'].contains(first))
        {
            Some(quote) => self.quoted(quote, value.get(1..).unwrap_or_default())?,
            None => without_comment(behind).to_owned(),
        };
        Ok((name.to_owned(), value))
    }

    /// The value behind an opening quote, which may go on over further lines.
    fn quoted(&mut self, quote: char, first: &'a str) -> Result<String, &'static str> {
        let mut value = String::new();
        let mut text = first;
        let before = (self.rest, self.line);
        loop {
            if let Some((last, behind)) = split_quoted(text, quote) {
                value.push_str(last);
                if !behind.trim_start().starts_with('#') && !behind.trim().is_empty() {
                    return Err(
                        "text after the closing quote: quote the whole value, or none of it",
                    );
                }
                return Ok(if quote == '"' {
                    unescaped(&value)
                } else {
                    value
                });
            }
            value.push_str(text);
            value.push('\n');
            let Some((_, next)) = self.next_line() else {
                // What follows is looked at as if nothing had been opened.
                (self.rest, self.line) = before;
                return Err(
                    "unclosed quote: put a value that starts with a quote in quotes of another kind",
                );
            };
            text = next;
        }
    }
}

/// What stands before the closing quote, and what behind it. In double quotes a backslash takes the next character with it.
fn split_quoted(text: &str, quote: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if character == quote && !escaped {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
        escaped = quote == '"' && character == '\\' && !escaped;
    }
    None
}

/// The text without white space around it and without a comment, which starts if `#` follows white space.
fn without_comment(text: &str) -> &str {
    let starts = |at: usize| {
        text.get(..at)
            .is_some_and(|before| before.ends_with([' ', '\t']))
    };
    let comment = text
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| starts(*at));
    text.get(..comment.unwrap_or(text.len()))
        .unwrap_or_default()
        .trim()
}

/// Double quotes know `\n`, `\r`, `\t`, `\"` and `\\`; any other backslash stands for itself.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let escape = if character == '\\' {
            characters.clone().next()
        } else {
            None
        };
        let plain = match escape {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(escaped @ ('"' | '\\')) => escaped,
            _ => {
                value.push(character);
                continue;
            }
        };
        characters.next();
        value.push(plain);
    }
    value
}

fn is_name(text: &str) -> bool {
    let legal =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> String {
        match parse(line).as_deref() {
            Ok([(name, value)]) if name == "A" => value.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn values_are_what_is_written() {
        for (line, wanted) in [
            ("A=hunter$two2222", "hunter$two2222"),
            ("A=${B}$C", "${B}$C"),
            (r#"A={"k":"v"}"#, r#"{"k":"v"}"#),
            (r#"A=[1, "b", 'c']"#, r#"[1, "b", 'c']"#),
            (r"A=C:\new\table", r"C:\new\table"),
            ("A=b c", "b c"),
            ("A= b  c\t", "b  c"),
            ("A = b", "b"),
            ("\t A\t=\tb", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("\u{feff}A=b\r\n", "b"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=#b", "#b"),
            ("A=#b # c", "#b"),
            ("A=#", "#"),
            ("A=\t#b", ""),
            ("A=\"b\"#c", "b"),
            ("A=b#c", "b#c"),
            ("A=b #c", "b"),
            ("A=b\t# c # d", "b"),
            ("A=https://h/x?a=b=#part", "https://h/x?a=b=#part"),
            ("A=b==", "b=="),
            ("A='b #c'", "b #c"),
            ("A=\"b #c\" # d", "b #c"),
            ("A=`it's \"b\"`", "it's \"b\""),
            ("A='a\\nb $c \"d\"'", "a\\nb $c \"d\""),
            (
                r#"A="a\nb\t\"c\" \\ C:\dir $e""#,
                "a\nb\t\"c\" \\ C:\\dir $e",
            ),
            (r#"A="a\\nb""#, r"a\nb"),
            (r#"A="C:\\""#, r"C:\"),
            ("A=' b '", " b "),
            ("A=\"\"", ""),
            ("A=\"b\nc\r\nd\"", "b\nc\nd"),
            ("A='b\n# no comment\nc'", "b\n# no comment\nc"),
            ("A=it's", "it's"),
            ("A=b\"c\"", "b\"c\""),
            ("A=ü€", "ü€"),
            ("# A=b\n\n  # c\nA=d", "d"),
        ] {
            assert_eq!(value(line), wanted, "{line}");
        }
        let twice = parse("A=1\nB.b-c=2\nA=3").unwrap();
        assert_eq!(
            twice
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>(),
            ["A=1", "B.b-c=2", "A=3"]
        );
    }

    #[test]
    fn every_wrong_line_has_its_number() {
        let lines = |text: &str| {
            parse(text)
                .unwrap_err()
                .iter()
                .map(|problem| problem.line)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines("A=1\n\nno variable\nB=2\nexport C\r\n=x\nD E=1\n1F=1\n\"G\"=1"),
            [3, 5, 6, 7, 8, 9]
        );
        assert_eq!(lines("A=1\nB='x' y\nC=\"x\nno\nlines"), [2, 3, 4, 5]);
        assert_eq!(lines("A='x\ny'\nB"), [3]);
        assert_eq!(lines("A = 'it's'"), [1]);
        assert_eq!(lines("KEY: value"), [1]);
    }

    proptest::proptest! {
        #[test]
        fn what_is_in_single_quotes_comes_back(text in "[^'\r]{0,30}") {
            proptest::prop_assert_eq!(value(&format!("A='{text}'")), text);
        }
    }
}
