//! What a snapshot's file is called: made of what is written, safe as a file's name, stable.

use std::fmt::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The most characters that a name has before its ending.
const LONGEST: usize = 80;

/// Which of several answers to one request is meant; each from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instance {
    /// The row of the collection.
    pub run: Option<usize>,
    /// The row of the request.
    pub row: Option<usize>,
    /// The round of a `repeat`.
    pub round: Option<usize>,
}

/// The part of every name that tells the collection: its file's name without the ending.
#[must_use]
pub fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let safe: String = stem
        .chars()
        .map(|character| if is_safe(character) { character } else { '-' })
        .collect();
    // Two underscores end it, so it has none itself.
    if safe == stem && !safe.contains("__") && !safe.is_empty() {
        safe
    } else {
        format!("{}-{}", safe.replace("__", "_"), short_hash(&stem))
    }
}

fn is_safe(character: char) -> bool {
    character.is_alphanumeric() || "-_.".contains(character)
}

/// The name of a request's snapshot, without its ending: `orders__get-orders-id`.
#[must_use]
pub fn base(stem: &str, written: &str) -> String {
    let mut slug = String::new();
    for character in written.chars() {
        if character.is_alphanumeric() {
            slug.extend(character.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with(['-', '_']) {
            slug.push(if character == '_' { '_' } else { '-' });
        }
    }
    let trimmed = slug.trim_matches(['-', '_']);
    let slug = if trimmed.is_empty() {
        short_hash(written)
    } else {
        trimmed.to_owned()
    };
    let Some((at, _)) = slug.char_indices().nth(LONGEST) else {
        return format!("{stem}__{slug}");
    };
    format!("{stem}__{}-{}", slug.split_at(at).0, short_hash(written))
}

/// The name of a file: `orders__get-orders-id@row2.snap`.
#[must_use]
pub fn file(base: &str, instance: Instance) -> String {
    let mut name = base.to_owned();
    for (word, number) in [
        ("run", instance.run),
        ("row", instance.row),
        ("round", instance.round),
    ] {
        if let Some(number) = number {
            let _ = write!(name, "@{word}{number}");
        }
    }
    name + ".snap"
}

/// The part of a file's name that tells the request: [`base`].
#[must_use]
pub fn base_of(file: &str) -> &str {
    let name = file.strip_suffix(".new").unwrap_or(file);
    let name = name.strip_suffix(".snap").unwrap_or(name);
    name.split_once('@').map_or(name, |(base, _)| base)
}

fn short_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text).get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_tell_what_is_written() {
        for (written, name) in [
            ("GET /orders/{{ id }}?a=1", "o__get-orders-id-a-1"),
            ("../../etc/passwd", "o__etc-passwd"),
            ("a\\b:c*d\u{0}\n", "o__a-b-c-d"),
            ("Größe 大きい", "o__größe-大きい"),
            ("snake_case  name", "o__snake_case-name"),
            ("__x__y__", "o__x_y"),
        ] {
            assert_eq!(base("o", written), name);
        }
        assert_eq!(base("o", "???").len(), "o__".len() + 8);
        assert_ne!(base("o", "???"), base("o", "!!!"));
        let long = base("o", &"long ".repeat(100));
        assert_ne!(long, base("o", &"long ".repeat(101)));
        assert!(long.chars().count() < 100);
    }

    #[test]
    fn a_stem_never_holds_what_ends_it() {
        assert_eq!(stem(Path::new("a/b/orders.v1.toml")), "orders.v1");
        for odd in ["a__b.toml", "a b.toml", "a@b.toml"] {
            let stem = stem(Path::new(odd));
            assert!(
                !stem.contains("__") && !stem.contains(['@', ' ']) && stem.len() > 9,
                "{stem}"
            );
        }
    }

    #[test]
    fn rows_and_rounds_have_names_of_their_own() {
        let name = file(
            "o__x",
            Instance {
                run: Some(1),
                row: Some(2),
                round: Some(3),
            },
        );
        assert_eq!(name, "o__x@run1@row2@round3.snap");
        assert_eq!((base_of(&name), base_of("o__x.snap.new")), ("o__x", "o__x"));
    }
}
