//! What of a response belongs into its snapshot: `expect.snapshot` as written, compiled, and applied to documents.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::placeholder::{Pattern, Placeholder, Untyped, typed};
use super::volatile::Volatile;
use crate::query::JsonPath;
use crate::source::Diagnostic;
use crate::syntax::{Data, Key, Node, Problems, Spanned, Table, check_keys, wrong_type};
use crate::value::{Path, Segment, Value};

/// The members of `expect.snapshot`.
pub const KEYS: &[Key] = &[
    Key {
        name: "name",
        shape: "string",
        about: "the snapshot's name; the request's name by default",
    },
    Key {
        name: "status",
        shape: "boolean",
        about: "whether to include the status",
    },
    Key {
        name: "headers",
        shape: "strings",
        about: "names of headers to include",
    },
    Key {
        name: "redact",
        shape: "#redact",
        about: "JSONPath → placeholder to store instead of the value, or a pattern that the value must match",
    },
    Key {
        name: "ignore",
        shape: "strings",
        about: "JSONPaths to leave out",
    },
    Key {
        name: "sort",
        shape: "strings",
        about: "JSONPaths of arrays whose order does not matter",
    },
];

/// What stands in the place of an item that is left out.
const IGNORED: &str = "[ignored]";

/// What of a response is kept, and how.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Its own name, where one is written.
    pub name: Option<Spanned<String>>,
    pub(super) status: bool,
    pub(super) headers: Vec<String>,
    redact: Vec<(JsonPath, Placeholder)>,
    ignore: Vec<JsonPath>,
    sort: Vec<JsonPath>,
    pub(super) everywhere: Arc<Volatile>,
}

/// A document by the rules of its snapshot.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) document: Value,
    /// Values that do not match the pattern of their placeholder.
    pub(super) unmatched: Vec<Unmatched>,
    /// Whether everything in it is ignored.
    pub(super) is_spent: bool,
}

impl Rules {
    /// Reads the value of `expect.snapshot`: `true`, a name, or a table. `None` if there is to be no snapshot, or if there
    /// was a problem, which is kept. `patterns` tells a pattern in a placeholder from text.
    pub fn compile(
        node: &Node,
        everywhere: &Arc<Volatile>,
        patterns: Patterns,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut rules = Self {
            everywhere: Arc::clone(everywhere),
            ..Self::default()
        };
        match &node.data {
            Data::Bool(wanted) => return wanted.then_some(rules),
            Data::String(_) => rules.name = name(node, problems),
            Data::Table(table) => rules.read(table, patterns, problems),
            _ => {
                return problems.refuse(wrong_type(
                    node,
                    "`true`, a name, or a table such as `{ ignore = [\"$.time\"] }`",
                ));
            }
        }
        Some(rules)
    }

    fn read(&mut self, table: &Table, patterns: Patterns, problems: &mut Problems) {
        check_keys(table, &[KEYS], "`snapshot`", problems);
        self.name = table.get("name").and_then(|node| name(node, problems));
        self.status = table
            .get("status")
            .and_then(|node| node.boolean(problems))
            .unwrap_or_default();
        let texts = |key: &str| table.get(key).map(Node::one_or_many).unwrap_or_default();
        self.headers = texts("headers")
            .iter()
            .filter_map(|node| Some(node.string(problems)?.to_lowercase()))
            .collect();
        self.ignore = texts("ignore")
            .iter()
            .filter_map(|node| path(node, problems))
            .collect();
        self.sort = texts("sort")
            .iter()
            .filter_map(|node| path(node, problems))
            .collect();
        self.check_asserting(table, problems);
        let redact = table
            .get("redact")
            .and_then(|node| node.table("a table: JSONPath → placeholder", problems));
        for (text, entry) in redact.into_iter().flat_map(Table::iter) {
            let key = Node {
                span: entry.key.clone(),
                data: Data::String(text.to_owned()),
            };
            let (path, placeholder) = (
                path_of(text, &key, problems),
                placeholder(&entry.value, patterns, problems),
            );
            self.redact.extend(path.zip(placeholder));
        }
    }

    /// Refuses rules that leave nothing of a document to be compared.
    fn check_asserting(&self, table: &Table, problems: &mut Problems) {
        let kept = self.status || !self.headers.is_empty();
        let whole =
            |text: &str| JsonPath::compile(text).is_ok_and(|path| path.is_of_everything()) && !kept;
        let ignored = table
            .get("ignore")
            .map(Node::one_or_many)
            .unwrap_or_default()
            .iter();
        let ignored = ignored
            .filter(|node| node.as_str().is_some_and(whole))
            .map(|node| &node.span);
        let redacted = table
            .get("redact")
            .and_then(Node::as_table)
            .into_iter()
            .flat_map(Table::iter);
        let redacted = redacted
            .filter(|(path, _)| whole(path))
            .map(|(_, entry)| &entry.key);
        for span in ignored.chain(redacted) {
            let problem = Diagnostic::error(
                span,
                "this leaves nothing of the body, so the snapshot asserts nothing",
            );
            problems.push(problem.hint("name the members that change, such as `$.updated`"));
        }
    }

    /// Whether a document is kept as it is.
    pub(super) fn keep_all(&self) -> bool {
        self.redact.is_empty()
            && self.ignore.is_empty()
            && self.sort.is_empty()
            && self.everywhere.is_empty()
    }

    /// Whether values may be replaced by placeholders.
    pub(super) fn has_placeholders(&self) -> bool {
        !self.redact.is_empty() || !self.everywhere.is_empty()
    }

    /// A response's document as its snapshot keeps it.
    pub(super) fn apply(&self, mut document: Value) -> Applied {
        let mut unmatched = Vec::new();
        for (path, placeholder) in &self.redact {
            for place in places(path, &document) {
                let Some(value) = at(&mut document, place.segments()) else {
                    continue;
                };
                match placeholder.refuses(value) {
                    None => *value = placeholder.of(value),
                    Some(expected) => unmatched.push(Unmatched {
                        path: place,
                        expected,
                        actual: value.clone(),
                    }),
                }
            }
        }
        let left_out = self.left_out(&document);
        let is_spent = !left_out.is_empty() && !keeps_any(&document, &mut Path::root(), &left_out);
        Applied {
            document: self.finish(document),
            unmatched,
            is_spent,
        }
    }

    /// The places that are ignored.
    fn left_out(&self, document: &Value) -> BTreeSet<Path> {
        self.ignore
            .iter()
            .flat_map(|path| places(path, document))
            .collect()
    }

    /// The document of a snapshot by the rules of today: values that are placeholders already stay as they are.
    pub(super) fn apply_to_stored(&self, mut document: Value) -> Value {
        for (path, placeholder) in &self.redact {
            for place in places(path, &document) {
                let Some(value) = at(&mut document, place.segments()) else {
                    continue;
                };
                if !placeholder.is(value) && placeholder.refuses(value).is_none() {
                    *value = placeholder.of(value);
                }
            }
        }
        self.finish(document)
    }

    /// The placeholders of a snapshot that have no types yet.
    pub(super) fn untyped(&self, stored: &Value) -> Untyped<'_> {
        Untyped::of(
            stored,
            self.redact.iter().map(|(_, placeholder)| placeholder),
            &self.everywhere,
        )
    }

    fn finish(&self, mut document: Value) -> Value {
        let left_out: Vec<Path> = self
            .ignore
            .iter()
            .flat_map(|path| places(path, &document))
            .collect();
        // From the end, where a member is taken out at the least cost.
        left_out
            .iter()
            .rev()
            .for_each(|path| leave_out(&mut document, path));
        if !self.everywhere.is_empty() {
            self.everywhere.value(&mut document);
        }
        // The inner ones first: they are what the outer ones are sorted by.
        let mut sorted: Vec<Path> = self
            .sort
            .iter()
            .flat_map(|path| places(path, &document))
            .collect();
        sorted.sort_by_key(|path| Reverse(path.segments().len()));
        for path in sorted {
            if let Some(Value::Array(items)) = at(&mut document, path.segments()) {
                items.sort_by_cached_key(sort_key);
            }
        }
        document
    }
}

/// A value that does not match the pattern of its placeholder.
#[derive(Debug, Clone)]
pub struct Unmatched {
    /// Its place in the response.
    pub path: Path,
    /// The pattern, in words.
    pub expected: String,
    /// The value.
    pub actual: Value,
}

/// Reads the pattern that a text is; `None` for plain text, and if there was a problem.
pub type Patterns = fn(&Node, &mut Problems) -> Option<Pattern>;

fn placeholder(node: &Node, patterns: Patterns, problems: &mut Problems) -> Option<Placeholder> {
    let text = node.any_string(problems)?;
    Some(Placeholder::new(text, patterns(node, problems)))
}

fn name(node: &Node, problems: &mut Problems) -> Option<Spanned<String>> {
    let text = node.string(problems)?;
    if text.trim().is_empty() {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "a snapshot's name cannot be empty",
        ));
    }
    Some(Spanned::new(&node.span, text.to_owned()))
}

fn path(node: &Node, problems: &mut Problems) -> Option<JsonPath> {
    path_of(node.string(problems)?, node, problems)
}

fn path_of(text: &str, node: &Node, problems: &mut Problems) -> Option<JsonPath> {
    match JsonPath::compile(text) {
        Ok(path) => Some(path),
        Err(error) => problems.refuse(
            Diagnostic::error(&node.inside(error.range), error.message).maybe_hint(error.hint),
        ),
    }
}

fn places(path: &JsonPath, document: &Value) -> Vec<Path> {
    path.select_paths(document)
        .into_iter()
        .map(|(place, _)| place)
        .collect()
}

/// Whether a value, or an object or array that is empty, stands at none of these places nor below them.
fn keeps_any(value: &Value, path: &mut Path, left_out: &BTreeSet<Path>) -> bool {
    let mut inside = |segment: Segment, value: &Value| {
        path.push(segment);
        let keeps = !left_out.contains(path) && keeps_any(value, path, left_out);
        path.pop();
        keeps
    };
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .any(|(name, member)| inside(Segment::Name(name.clone()), member)),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .enumerate()
            .any(|(index, item)| inside(Segment::Index(index), item)),
        _ => !left_out.contains(path),
    }
}

/// Puts a placeholder into every place that a path finds.
pub(super) fn replace(document: &mut Value, path: &JsonPath, placeholder: &str) {
    for place in places(path, document) {
        if let Some(value) = at(document, place.segments()) {
            *value = Value::from(typed(placeholder, value.kind()));
        }
    }
}

fn at<'v>(document: &'v mut Value, segments: &[Segment]) -> Option<&'v mut Value> {
    segments
        .iter()
        .try_fold(document, |value, segment| match (value, segment) {
            (Value::Object(members), Segment::Name(name)) => members.get_mut(name),
            (Value::Array(items), Segment::Index(index)) => items.get_mut(*index),
            _ => None,
        })
}

/// Takes a member out. An item keeps its place, so that the others keep theirs and doing it twice is doing it once.
fn leave_out(document: &mut Value, path: &Path) {
    match path.segments().split_last() {
        Some((Segment::Name(name), parents)) => {
            if let Some(Value::Object(members)) = at(document, parents) {
                members.shift_remove(name);
            }
        }
        _ => {
            if let Some(value) = at(document, path.segments()) {
                *value = Value::from(IGNORED);
            }
        }
    }
}

/// A text that equal items have in common, whatever the order of their members.
fn sort_key(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Array(items) => {
                out.push('[');
                for item in items {
                    write(item, out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(name, _)| name.as_str());
                out.push('{');
                for (name, member) in members {
                    out.push_str(name);
                    out.push(':');
                    write(member, out);
                }
                out.push('}');
            }
            leaf => out.push_str(&leaf.to_json()),
        }
        out.push(',');
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::File;
    use crate::syntax::read;
    use crate::value::parse;

    /// Stands in for what reads patterns: only numbers match.
    struct Numbers;

    impl crate::value::diff::Predicate for Numbers {
        fn holds(&self, actual: Option<&Value>) -> bool {
            actual.is_some_and(|actual| actual.as_number().is_some())
        }

        fn describe(&self) -> String {
            "a number".to_owned()
        }
    }

    fn patterns(node: &Node, problems: &mut Problems) -> Option<Pattern> {
        let text = node.any_string(problems)?;
        text.starts_with("{{").then(|| Arc::new(Numbers) as Pattern)
    }

    /// Rules from the members of the table, and what was wrong with them.
    pub(in crate::snapshot) fn rules(text: &str) -> (Option<Rules>, Vec<String>) {
        let mut problems = Problems::default();
        let table = read(
            &File::new("c.toml", format!("snapshot = {text}")),
            &mut problems,
        );
        let rules = table
            .get("snapshot")
            .and_then(|node| Rules::compile(node, &Arc::default(), patterns, &mut problems));
        (
            rules,
            problems
                .into_vec()
                .into_iter()
                .map(|problem| problem.message)
                .collect(),
        )
    }

    fn applied(rules: &str, document: &str) -> String {
        let (rules, problems) = self::rules(rules);
        assert!(problems.is_empty(), "{problems:?}");
        let once = rules
            .as_ref()
            .unwrap()
            .apply(parse(document).unwrap())
            .document;
        assert_eq!(
            rules.unwrap().apply_to_stored(once.clone()),
            once,
            "a snapshot is not what it was made from"
        );
        once.to_json()
    }

    #[test]
    fn values_are_replaced_left_out_and_brought_into_order() {
        let document = r#"{"id":7,"time":1,"items":[{"b":2,"at":3,"a":1},{"a":1,"at":9,"b":1}],"tags":["y","x"]}"#;
        let table = r#"{ redact = { "$.id" = "[id]", "$.none" = "x" }, ignore = ["$.time", "$..at"], sort = ["$.items", "$.tags"] }"#;
        assert_eq!(
            applied(table, document),
            r#"{"id":"[id] (number)","items":[{"a":1,"b":1},{"b":2,"a":1}],"tags":["x","y"]}"#
        );
    }

    #[test]
    fn placeholders_keep_the_type() {
        let table = r#"{ redact = { "$.a" = "[a]", "$.b" = "{{ any.number }}" } }"#;
        for (document, wanted) in [
            (r#"{"a":"x"}"#, r#"{"a":"[a]"}"#),
            (r#"{"a":1}"#, r#"{"a":"[a] (number)"}"#),
            (r#"{"a":null}"#, r#"{"a":"[a] (null)"}"#),
            (r#"{"a":true}"#, r#"{"a":"[a] (boolean)"}"#),
            (r#"{"a":[1]}"#, r#"{"a":"[a] (array)"}"#),
            (r#"{"a":{}}"#, r#"{"a":"[a] (object)"}"#),
            (r#"{"b":1}"#, r#"{"b":"{{ any.number }}"}"#),
            (r#"{"b":"x"}"#, r#"{"b":"x"}"#),
        ] {
            assert_eq!(applied(table, document), wanted);
        }
        let rules = rules(table).0.unwrap();
        let unmatched = rules.apply(parse(r#"{"b":"x"}"#).unwrap()).unmatched;
        assert_eq!(
            (
                unmatched[0].path.to_string().as_str(),
                unmatched[0].expected.as_str()
            ),
            ("$.b", "a number")
        );
    }

    #[test]
    fn ignored_items_keep_their_place_and_inner_lists_are_sorted_first() {
        let ignored = r#"["[ignored]",2,"[ignored]","[ignored]",5]"#;
        assert_eq!(
            applied(
                r#"{ ignore = ["$[0]", "$[2]", "$[?@ == 4]"] }"#,
                "[1,2,3,4,5]"
            ),
            ignored
        );
        assert_eq!(
            applied(r#"{ sort = ["$", "$[*]"] }"#, "[[3,1],[2,1]]"),
            "[[1,2],[1,3]]"
        );
        assert_eq!(
            applied(r#"{ ignore = ["$"], status = true }"#, "[1]"),
            r#""[ignored]""#
        );
    }

    #[test]
    fn rules_that_leave_nothing_are_refused() {
        for rule in [
            "ignore = '$'",
            "ignore = ['$.a', '$.*']",
            "ignore = ['$[*]']",
            "ignore = ['$..*']",
            "redact = { '$' = 'x' }",
        ] {
            assert_eq!(rules(&format!("{{ {rule} }}")).1.len(), 1, "{rule}");
            assert_eq!(
                rules(&format!("{{ {rule}, headers = ['etag'] }}")).1,
                Vec::<String>::new(),
                "{rule}"
            );
        }
        assert_eq!(
            rules("{ ignore = ['$..id', '$.*.id', '$[0]'] }").1,
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_is_written_wrong_is_told_all_at_once() {
        let (_, problems) = rules(
            r#"{ nme = "x", status = 1, ignore = ["$.[", 3], redact = { "a" = "x", "$.b" = 1 }, name = " " }"#,
        );
        assert_eq!(problems.len(), 7, "{problems:?}");
        assert_eq!(
            rules("3").1,
            [
                "expected `true`, a name, or a table such as `{ ignore = [\"$.time\"] }`, found a number"
            ]
        );
        assert!(rules("false").0.is_none() && rules("true").0.unwrap().keep_all());
        assert_eq!(rules("\"mine\"").0.unwrap().name.unwrap().value, "mine");
    }
}
