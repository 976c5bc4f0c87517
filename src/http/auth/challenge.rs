//! What a server asks for: the challenges of `www-authenticate` (RFC 9110 section 11.6.1).

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    /// The scheme, as written.
    pub(super) scheme: String,
    /// Its parameters in order: names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Gives a parameter another value.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if let Some((_, known)) = self.parameters.iter_mut().find(|(known, _)| known == name) {
            value.clone_into(known);
        }
    }

    /// Whether a parameter is the word `true`, without regard to case.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// The challenges of header lines, in order. Several may share a line; what cannot be read ends its line.
pub(super) fn challenges<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    let mut found = Vec::new();
    for line in lines {
        let mut rest = line;
        while let Some(next) = step(rest, &mut found) {
            rest = next;
        }
    }
    found
}

/// The parameters of one line without a scheme, as `authentication-info` has them.
pub(super) fn parameters(line: &str) -> Challenge {
    let mut found = vec![Challenge {
        scheme: String::new(),
        parameters: Vec::new(),
    }];
    let mut rest = line;
    while let Some(next) = step(rest, &mut found) {
        rest = next;
    }
    found.swap_remove(0)
}

/// Reads a scheme or a parameter, and gives what follows it.
fn step<'a>(text: &'a str, found: &mut Vec<Challenge>) -> Option<&'a str> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    let end = text.find([' ', '\t', ',', '=']).unwrap_or(text.len());
    let (word, rest) = text
        .split_at_checked(end)
        .filter(|(word, _)| !word.is_empty())?;
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix('=');
    match (value, found.last_mut()) {
        (Some(value), Some(challenge)) => {
            let (value, rest) = read_value(value.trim_start_matches([' ', '\t']))?;
            challenge
                .parameters
                .push((word.to_ascii_lowercase(), value));
            Some(rest)
        }
        (Some(_), None) => None,
        (None, _) => {
            found.push(Challenge {
                scheme: word.to_owned(),
                parameters: Vec::new(),
            });
            Some(rest)
        }
    }
}

/// A value in quotes or without, and what follows it.
fn read_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<Challenge> {
        challenges(lines.iter().copied())
    }

    #[test]
    fn challenges_share_lines_and_hold_quoted_commas() {
        let found = read(&[
            r#"Basic realm="a, \"b\" = c" , Digest realm=x,nonce = "n=1", qop="auth,auth-int" STALE=True"#,
            "Negotiate",
            "Bearer",
        ]);
        let schemes: Vec<_> = found
            .iter()
            .map(|challenge| challenge.scheme.as_str())
            .collect();
        assert_eq!(schemes, ["Basic", "Digest", "Negotiate", "Bearer"]);
        assert_eq!(found[0].get("realm"), Some(r#"a, "b" = c"#));
        assert_eq!(found[1].get("nonce"), Some("n=1"));
        assert_eq!(found[1].get("qop"), Some("auth,auth-int"));
        assert!(found[1].is_true("stale"));
    }

    #[test]
    fn what_cannot_be_read_ends_its_line_alone() {
        let found = read(&[r#"Digest nonce="open"#, "=x", "Basic realm=y"]);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].get("nonce"), found[1].get("realm")),
            (None, Some("y"))
        );
        assert_eq!(
            parameters(r#"nextnonce="abc", qop=auth"#).get("nextnonce"),
            Some("abc")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line in "[a-zD\"\\\\=, \té]{0,60}") {
            let _ = read(&[&line]);
            let _ = parameters(&line);
        }
    }
}
