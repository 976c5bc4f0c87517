//! netrc files: users and passwords by host, as `curl` and `ftp` read them.

use std::path::PathBuf;

use super::AuthServices;

/// The user and the password for a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The user; empty where the entry has none.
    pub user: String,
    /// The password; empty where the entry has none.
    pub password: String,
    /// Whether the entry names the host, and is not `default`.
    pub of_host: bool,
}

/// The file that is meant where none is named: that of `NETRC`, else `.netrc` in the user's folder (`_netrc` on Windows).
#[must_use]
pub fn usual_file(world: &AuthServices) -> Option<PathBuf> {
    let named = world.variable("NETRC").map(PathBuf::from);
    named.or_else(|| {
        Some(
            world
                .home()?
                .join(if cfg!(windows) { "_netrc" } else { ".netrc" }),
        )
    })
}

/// The entry for a host, else the file's `default`.
///
/// # Errors
/// Where there is none, or the text cannot be read; the text says which hosts there are.
pub fn find(text: &str, host: &str) -> Result<Login, String> {
    let entries = parse(text)?;
    let found = entries.iter().find(|(machine, _)| {
        machine
            .as_deref()
            .is_none_or(|machine| machine.eq_ignore_ascii_case(host))
    });
    found.map(|(_, login)| login.clone()).ok_or_else(|| {
        let known: Vec<_> = entries
            .iter()
            .filter_map(|(machine, _)| Some(format!("`{}`", machine.as_ref()?)))
            .collect();
        if known.is_empty() {
            "it has no entries".to_owned()
        } else {
            format!("it has {}", known.join(", "))
        }
    })
}

/// The passwords of all entries; none if the text cannot be read.
#[must_use]
pub fn passwords(text: &str) -> Vec<String> {
    parse(text)
        .unwrap_or_default()
        .into_iter()
        .map(|(_, login)| login.password)
        .collect()
}

/// The entries in order; `None` is `default`, which ends the list.
fn parse(text: &str) -> Result<Vec<(Option<String>, Login)>, String> {
    let mut entries: Vec<(Option<String>, Login)> = Vec::new();
    let mut words = Words {
        rest: text,
        line: 1,
    };
    while let Some(word) = words.keyword()? {
        let line = words.line;
        let mut value = || {
            words
                .next_word()?
                .ok_or_else(|| format!("line {line}: `{word}` has no value"))
        };
        match word.as_str() {
            "machine" => entries.push((
                Some(value()?),
                Login {
                    of_host: true,
                    ..Login::default()
                },
            )),
            "default" => entries.push((None, Login::default())),
            "login" | "password" | "account" => {
                let value = value()?;
                let Some((_, login)) = entries.last_mut() else {
                    return Err(format!(
                        "line {line}: `{word}` comes before the first `machine`"
                    ));
                };
                match word.as_str() {
                    "login" => login.user = value,
                    "password" => login.password = value,
                    _ => {}
                }
            }
            // A macro of `ftp` goes on until an empty line.
            "macdef" => words.skip_macro(),
            // It may be a password in the wrong place: it is not repeated.
            _ => {
                return Err(format!(
                    "line {line}: this is none of `machine`, `default`, `login`, `password`, `account`, `macdef`"
                ));
            }
        }
    }
    Ok(entries)
}

/// The words of a netrc file.
struct Words<'a> {
    rest: &'a str,
    line: usize,
}

impl Words<'_> {
    /// The next word that is no value: comments are left out, which a value may look like.
    fn keyword(&mut self) -> Result<Option<String>, String> {
        self.skip_space();
        while self.rest.starts_with('#') {
            self.pass(self.rest.find('\n').unwrap_or(self.rest.len()));
            self.skip_space();
        }
        self.next_word()
    }

    fn skip_space(&mut self) {
        self.pass(self.rest.len() - self.rest.trim_start().len());
    }

    /// The next word. In quotes, `\"`, `\\`, `\n`, `\r` and `\t` are what they are elsewhere.
    fn next_word(&mut self) -> Result<Option<String>, String> {
        self.skip_space();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (word, length) = unquoted(quoted)
                .ok_or_else(|| format!("line {}: the quote does not end", self.line))?;
            self.pass(length + 1);
            return Ok(Some(word));
        }
        let end = self
            .rest
            .find(char::is_whitespace)
            .unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or_default().to_owned();
        self.pass(end);
        Ok(Some(word).filter(|word| !word.is_empty()))
    }

    fn skip_macro(&mut self) {
        let ends = ["\n\n", "\n\r\n"]
            .into_iter()
            .filter_map(|end| self.rest.find(end).map(|at| at + end.len()));
        self.pass(ends.min().unwrap_or(self.rest.len()));
    }

    fn pass(&mut self, length: usize) {
        let (passed, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }
}

/// A text up to its closing quote, and how long it is with that.
fn unquoted(text: &str) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((word, at + 1)),
            '\n' => return None,
            '\\' => word.push(match characters.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            other => word.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str) -> (String, String) {
        find(text, host)
            .map(|login| (login.user, login.password))
            .unwrap()
    }

    #[test]
    fn entries_are_found_by_host() {
        let text = "# mine\nmachine api.example.com login ada password #s3cret\nmacdef init\nmachine wrong\nlogin wrong\n\nmachine \"b\"\n\tlogin \"a \\\"b\\\" c\"\n  account x\n\tpassword \"p\\tq\\\\\"\ndefault login anonymous password me@x\n";
        assert_eq!(
            found(text, "API.example.com"),
            ("ada".into(), "#s3cret".into())
        );
        assert_eq!(found(text, "b"), ("a \"b\" c".into(), "p\tq\\".into()));
        assert_eq!(found(text, "wrong"), ("anonymous".into(), "me@x".into()));
        assert_eq!(
            found("machine a\nmachine b login c", "b"),
            ("c".into(), String::new())
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_a_word_of_the_file() {
        let told = |text: &str| find(text, "h").unwrap_err();
        assert_eq!(told(""), "it has no entries");
        assert_eq!(told("machine a login b\nmachine c"), "it has `a`, `c`");
        assert_eq!(
            told("\nlogin x"),
            "line 2: `login` comes before the first `machine`"
        );
        assert_eq!(told("machine h\nlogin"), "line 2: `login` has no value");
        assert_eq!(
            told("machine h login \"x"),
            "line 1: the quote does not end"
        );
        let wrong = told("machine h login a b s3cret");
        assert!(
            wrong.starts_with("line 1: this is none of `machine`") && !wrong.contains("s3cret"),
            "{wrong}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(machine|default|login|password|macdef|[a\"\\\\# \n]{0,4}| ){0,20}") {
            let _ = find(&text, "h");
        }
    }
}
