//! What is built in: the names that no variable may have, and those that `any.` knows.

/// The functions that an expression may call.
pub const FUNCTIONS: &[&str] = &[
    "uuid",
    "now",
    "today",
    "timestamp",
    "random_int",
    "random_string",
    "choice",
    "env",
    "file",
    "range",
    "dict",
];

/// The names that variables, captures and columns may not have.
pub const RESERVED: &[&str] = &[
    "row",
    "any",
    "env",
    "file",
    "request",
    "response",
    "stage",
    "run",
    "loop",
    "self",
    "none",
    "null",
    "true",
    "false",
    "None",
    "True",
    "False",
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "uuid",
    "now",
    "today",
    "timestamp",
    "random_int",
    "random_string",
    "choice",
    "range",
    "dict",
];

/// What may stand after `any.`: the types, the formats, and `value` and `optional`.
pub const PATTERN_NAMES: &[&str] = &[
    "value",
    "optional",
    "string",
    "number",
    "integer",
    "boolean",
    "null",
    "array",
    "object",
    "uuid",
    "date",
    "date-time",
    "time",
    "datetime",
    "duration",
    "email",
    "uri",
    "url",
    "hostname",
    "ipv4",
    "ipv6",
    "base64",
    "hex",
    "json",
    "regex",
    "semver",
];

/// The filters that an expression may use: Jinja's, and ours.
pub const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "base64",
    "base64_decode",
    "base64url",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "date_add",
    "date_format",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "from_json",
    "groupby",
    "hex",
    "hmac",
    "indent",
    "int",
    "items",
    "join",
    "json",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "md5",
    "min",
    "regex_find",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "sha256",
    "sha512",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
    "zip",
];

/// The tests that may stand after `is`.
pub const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// The tests that are operators, for `select('>', 3)`.
pub(super) const OPERATOR_TESTS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];

/// Whether a text may be the name of a variable: `[A-Za-z_][A-Za-z0-9_]*`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::super::{filters, functions, predicates};
    use super::{FILTERS, FUNCTIONS, TESTS};

    #[test]
    fn every_filter_test_and_function_that_is_known_is_there() {
        for filter in FILTERS {
            assert!(
                filters::is_special(filter) || filters::find(filter).is_some(),
                "{filter}"
            );
        }
        for test in TESTS {
            assert!(
                predicates::is_special(test) || predicates::find(test).is_some(),
                "{test}"
            );
        }
        for function in FUNCTIONS {
            assert!(functions::find(function).is_some(), "{function}");
        }
    }
}
