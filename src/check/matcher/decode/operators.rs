//! The operators: one row each.

use super::Decoder;
use crate::check::matcher::{Operation, Relation, Written};
use crate::syntax::Key;

pub(super) type Read = fn(&mut Decoder<'_>, Written<'_>) -> Option<Operation>;

/// The operators: what a matcher may hold, and how each is read.
pub(super) const OPERATORS: &[(Key, Read)] = &[
    (key("equals", "any", "exactly this value"), |d, w| {
        d.wanted(w).map(Operation::Equals)
    }),
    (
        key("not_equals", "any", "any value but this one"),
        |d, w| d.wanted(w).map(Operation::NotEquals),
    ),
    (key("gt", "#ordered", "more than"), |d, w| {
        d.order(w, Relation::Greater)
    }),
    (key("gte", "#ordered", "at least"), |d, w| {
        d.order(w, Relation::GreaterOrEqual)
    }),
    (key("lt", "#ordered", "less than"), |d, w| {
        d.order(w, Relation::Less)
    }),
    (key("lte", "#ordered", "at most"), |d, w| {
        d.order(w, Relation::LessOrEqual)
    }),
    (
        key(
            "between",
            "#pair",
            "from the first to the second, inclusive",
        ),
        |d, w| d.between(w),
    ),
    (
        key(
            "close_to",
            "#pair",
            "at most the second away from the first: `[value, tolerance]`: `[value, tolerance]`",
        ),
        |d, w| d.close_to(w),
    ),
    (
        key(
            "contains",
            "any",
            "a substring or an item that it contains; all of them if a list is given",
        ),
        |d, w| d.parts(w).map(Operation::Contains),
    ),
    (
        key(
            "not_contains",
            "any",
            "a substring or an item that it does not contain; none of them if a list is given",
        ),
        |d, w| d.parts(w).map(Operation::NotContains),
    ),
    (
        key("starts_with", "template", "the start of the string"),
        |d, w| d.affix(w).map(Operation::StartsWith),
    ),
    (
        key("ends_with", "template", "the end of the string"),
        |d, w| d.affix(w).map(Operation::EndsWith),
    ),
    (
        key(
            "matches",
            "template",
            "a regex that matches somewhere in the string",
        ),
        |d, w| d.search(w).map(Operation::Matches),
    ),
    (
        key("one_of", "array|expression", "one of these values"),
        |d, w| d.list(w).map(Operation::OneOf),
    ),
    (
        key("type", "#types", "the JSON type, or a list of types"),
        |d, w| d.types(w),
    ),
    (
        key(
            "format",
            "#format",
            "the format of the string, such as `uuid`",
        ),
        |d, w| d.format(w),
    ),
    (key("exists", "boolean", "whether it exists"), |d, w| {
        d.boolean(w).map(Operation::Exists)
    }),
    (
        key(
            "empty",
            "boolean",
            "whether the string, array or object is empty",
        ),
        |d, w| d.boolean(w).map(Operation::Empty),
    ),
    (
        key(
            "len",
            "#matcher",
            "the number of characters, items or members; for `css` and `xpath`, of nodes",
        ),
        |d, w| d.counted(w).map(Operation::Len),
    ),
    (
        key(
            "count",
            "#matcher",
            "the number of nodes, header lines or items, also if there is one",
        ),
        |d, w| d.counted(w).map(Operation::Count),
    ),
    (
        key("json", "any", "the string parsed as JSON, compared exactly"),
        |d, w| d.wanted(w).map(Operation::Json),
    ),
    (
        key(
            "json_contains",
            "any",
            "the string parsed as JSON, compared with a part",
        ),
        |d, w| d.wanted(w).map(Operation::JsonContains),
    ),
    (
        key("schema", "#schema", "a JSON Schema: a file, or inline"),
        |d, w| d.schema(w).map(Operation::Schema),
    ),
    (
        key("all", "#matcher", "an expectation that every item meets"),
        |d, w| d.inner(w).map(Operation::All),
    ),
    (
        key(
            "any",
            "#matcher",
            "an expectation that at least one item meets",
        ),
        |d, w| d.inner(w).map(Operation::Any),
    ),
    (key("unique", "true", "no two items are equal"), |d, w| {
        d.unique(w)
    }),
    (
        key(
            "sorted",
            "#direction",
            "the order of the items: `asc` or `desc`",
        ),
        |d, w| d.sorted(w),
    ),
    (
        key("not", "#matcher", "an expectation that must not hold"),
        |d, w| d.inner(w).map(Operation::Not),
    ),
];

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The keys of a matcher, `message` among them.
pub(in crate::check) fn operators() -> impl Iterator<Item = Key> + Clone {
    let message = key("message", "template", "the message to show if it fails");
    OPERATORS
        .iter()
        .map(|(key, _)| *key)
        .chain(std::iter::once(message))
}

/// The operator that other tools call so.
pub(super) fn synonym(name: &str) -> Option<&'static str> {
    const SYNONYMS: [(&str, &[&str]); 10] = [
        ("equals", &["eq", "equal", "is", "==", "="]),
        ("not_equals", &["ne", "neq", "!=", "is_not"]),
        ("gt", &[">", "greater_than", "above"]),
        ("gte", &[">=", "ge"]),
        ("lt", &["<", "less_than", "below"]),
        ("lte", &["<=", "le"]),
        ("contains", &["include", "includes", "has"]),
        ("matches", &["regex", "pattern", "=~"]),
        ("one_of", &["in", "enum", "any_of"]),
        ("len", &["length", "size"]),
    ];
    SYNONYMS
        .iter()
        .find(|(_, names)| names.contains(&name))
        .map(|(known, _)| *known)
}

pub(super) fn operators_named() -> impl Iterator<Item = &'static str> + Clone {
    OPERATORS.iter().map(|(key, _)| key.name)
}
