//! What a JSON Schema says without effect: keywords and formats that its draft does not know, and schemas that every
//! value fits.
//!
//! JSON Schema ignores what it does not know, so that `requird` asserts nothing and every value passes. What is close to
//! something known is taken for a typo and refused; anything else that is unknown is a warning.

mod asserts;

use std::cell::Cell;
use std::collections::BTreeSet;

use jsonschema::Draft;
use serde_json::{Map, Value};

/// Something that is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Finding {
    /// The keywords and names that lead to it, from the root of the document.
    pub(in crate::check) path: Vec<String>,
    /// What is wrong.
    pub(in crate::check) message: String,
    /// What to do about it.
    pub(in crate::check) hint: Option<String>,
    /// Whether it makes the schema unusable, and is not just a warning.
    pub(in crate::check) is_error: bool,
}

impl Finding {
    fn new(path: &[String], message: String, hint: Option<String>, is_error: bool) -> Self {
        Self {
            path: path.to_vec(),
            message,
            hint,
            is_error,
        }
    }
}

/// What the value of a keyword holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Something that is no schema.
    Plain,
    /// A schema, or an array of schemas.
    Schemas,
    /// An object of schemas by name; other values in it are no schemas.
    Named,
}

/// A keyword: the first draft that knows it, and the last one.
struct Keyword(&'static str, Holds, Draft, Draft);

const FIRST: Draft = Draft::Draft4;
const LAST: Draft = Draft::Draft202012;

/// Keywords that say something of values.
const ASSERTING: &[Keyword] = {
    use Draft::{Draft4, Draft6, Draft7, Draft201909, Draft202012};
    use Holds::{Named, Plain, Schemas};
    &[
        Keyword("$ref", Plain, FIRST, LAST),
        Keyword("$recursiveRef", Plain, Draft201909, Draft201909),
        Keyword("$dynamicRef", Plain, Draft202012, LAST),
        Keyword("type", Plain, FIRST, LAST),
        Keyword("enum", Plain, FIRST, LAST),
        Keyword("const", Plain, Draft6, LAST),
        Keyword("format", Plain, FIRST, LAST),
        Keyword("allOf", Schemas, FIRST, LAST),
        Keyword("anyOf", Schemas, FIRST, LAST),
        Keyword("oneOf", Schemas, FIRST, LAST),
        Keyword("not", Schemas, FIRST, LAST),
        Keyword("if", Schemas, Draft7, LAST),
        Keyword("then", Schemas, Draft7, LAST),
        Keyword("else", Schemas, Draft7, LAST),
        Keyword("properties", Named, FIRST, LAST),
        Keyword("patternProperties", Named, FIRST, LAST),
        Keyword("additionalProperties", Schemas, FIRST, LAST),
        Keyword("propertyNames", Schemas, Draft6, LAST),
        Keyword("unevaluatedProperties", Schemas, Draft201909, LAST),
        Keyword("required", Plain, FIRST, LAST),
        Keyword("minProperties", Plain, FIRST, LAST),
        Keyword("maxProperties", Plain, FIRST, LAST),
        Keyword("dependencies", Named, FIRST, LAST),
        Keyword("dependentRequired", Plain, Draft201909, LAST),
        Keyword("dependentSchemas", Named, Draft201909, LAST),
        Keyword("items", Schemas, FIRST, LAST),
        Keyword("prefixItems", Schemas, Draft202012, LAST),
        Keyword("additionalItems", Schemas, FIRST, Draft201909),
        Keyword("unevaluatedItems", Schemas, Draft201909, LAST),
        Keyword("contains", Schemas, Draft6, LAST),
        Keyword("minContains", Plain, Draft201909, LAST),
        Keyword("maxContains", Plain, Draft201909, LAST),
        Keyword("minItems", Plain, FIRST, LAST),
        Keyword("maxItems", Plain, FIRST, LAST),
        Keyword("uniqueItems", Plain, FIRST, LAST),
        Keyword("minimum", Plain, FIRST, LAST),
        Keyword("maximum", Plain, FIRST, LAST),
        Keyword("exclusiveMinimum", Plain, FIRST, LAST),
        Keyword("exclusiveMaximum", Plain, FIRST, LAST),
        Keyword("multipleOf", Plain, FIRST, LAST),
        Keyword("minLength", Plain, FIRST, LAST),
        Keyword("maxLength", Plain, FIRST, LAST),
        Keyword("pattern", Plain, FIRST, LAST),
        Keyword("contentEncoding", Plain, Draft6, LAST),
        Keyword("contentMediaType", Plain, Draft6, LAST),
        Keyword("contentSchema", Schemas, Draft201909, LAST),
        Keyword("id", Plain, Draft4, Draft4),
    ]
};

/// Keywords that only describe, and those that OpenAPI adds.
const DESCRIBING: [&str; 21] = [
    "$schema",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "nullable",
    "discriminator",
    "xml",
    "externalDocs",
    "example",
];

/// Formats that are asserted, in every draft.
pub(super) const ASSERTED: [&str; 19] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// Formats of OpenAPI, which only describe.
const OF_OPENAPI: [&str; 7] = [
    "int32", "int64", "float", "double", "byte", "binary", "password",
];

/// Everything that is wrong with a document to which a schema refers: a schema, or an object of schemas.
pub(super) fn lint_referred(document: &Value, draft: Draft) -> Vec<Finding> {
    let mut linter = Linter {
        document,
        draft,
        seen: BTreeSet::new(),
        found: Vec::new(),
        left: Cell::new(MOST_ASKED),
    };
    let is_schema = document.as_object().is_some_and(|members| {
        members
            .iter()
            .any(|(name, value)| makes_schema(name, value))
    });
    if is_schema {
        linter.schema(document, &mut Vec::new());
    } else {
        linter.named(document, &mut Vec::new());
    }
    linter.found
}

/// Whether a member shows that an object is a schema, and not an object of schemas by name.
fn makes_schema(name: &str, value: &Value) -> bool {
    let keyword = ASSERTING.iter().find(|keyword| keyword.0 == name);
    let is_applicator = keyword.is_some_and(|keyword| keyword.1 == Holds::Named)
        || matches!(name, "$defs" | "definitions");
    is_applicator || ((keyword.is_some() || DESCRIBING.contains(&name)) && !value.is_object())
}

/// Everything that is wrong with a schema and the schemas in it.
pub(super) fn lint(document: &Value, draft: Draft) -> Vec<Finding> {
    let mut linter = Linter {
        document,
        draft,
        seen: BTreeSet::new(),
        found: Vec::new(),
        left: Cell::new(MOST_ASKED),
    };
    if let Some(name) = api_description(document) {
        let hint = "write the schema of one response, such as one below `components.schemas`, to a file of its own";
        return vec![Finding::new(
            &[],
            format!("this is an {name} document, not a JSON Schema"),
            Some(hint.to_owned()),
            true,
        )];
    }
    linter.schema(document, &mut Vec::new());
    // A keyword that is written wrong is what is to be mended, not that nothing is asserted without it.
    if !linter.found.iter().any(|found| found.is_error)
        && !linter.asserts(document, &mut Vec::new())
    {
        let hint = "add `type`, `required`, `properties` …, or a `$ref` to one of its definitions";
        let message = "this schema asserts nothing: every value is valid".to_owned();
        let finding = Finding::new(&[], message, Some(hint.to_owned()), true);
        linter.found.push(finding);
    }
    linter.found
}

/// The kind of API description that a document is, if it is one.
fn api_description(document: &Value) -> Option<&'static str> {
    let kinds = [
        ("openapi", "OpenAPI"),
        ("swagger", "OpenAPI"),
        ("asyncapi", "AsyncAPI"),
    ];
    kinds
        .into_iter()
        .find(|(member, _)| document.get(member).is_some_and(Value::is_string))
        .map(|(_, name)| name)
}

struct Linter<'a> {
    document: &'a Value,
    draft: Draft,
    /// References that were followed already.
    seen: BTreeSet<&'a str>,
    found: Vec<Finding>,
    /// For how many schemas more it is found out whether they assert anything.
    left: Cell<usize>,
}

/// For how many schemas it is found out whether they assert anything: references may lead to a schema again and again.
const MOST_ASKED: usize = 10_000;

impl<'a> Linter<'a> {
    fn schema(&mut self, schema: &'a Value, path: &mut Vec<String>) {
        let Value::Object(members) = schema else {
            return;
        };
        for (name, value) in members {
            path.push(name.clone());
            match ASSERTING.iter().find(|keyword| keyword.0 == name) {
                Some(keyword) => self.known(keyword, value, path),
                None if matches!(name.as_str(), "$defs" | "definitions") => self.named(value, path),
                None if DESCRIBING.contains(&name.as_str()) || name.starts_with("x-") => {}
                None => self.unknown(name, path),
            }
            path.pop();
        }
        self.reference(members);
    }

    fn known(&mut self, keyword: &Keyword, value: &'a Value, path: &mut Vec<String>) {
        let Keyword(name, holds, first, last) = keyword;
        if self.draft < *first || (self.draft > *last && self.draft <= LAST) {
            let hint = match *name {
                "id" => "did you mean `$id`?".to_owned(),
                "additionalItems" => {
                    "write the first items as `prefixItems` and the others as `items`".to_owned()
                }
                _ => format!(
                    "it needs {} or later: name that as `$schema`",
                    draft_name(*first)
                ),
            };
            let message = format!(
                "the keyword `{name}` has no effect in {}",
                draft_name(self.draft)
            );
            let finding = Finding::new(path, message, Some(hint), true);
            return self.found.push(finding);
        }
        match (holds, value) {
            (Holds::Named, _) => self.named(value, path),
            (Holds::Schemas, Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    path.push(index.to_string());
                    self.schema(schema, path);
                    path.pop();
                }
            }
            (Holds::Schemas, schema) => self.schema(schema, path),
            (Holds::Plain, Value::String(format)) if *name == "format" => self.format(format, path),
            (Holds::Plain, _) => {}
        }
    }

    fn named(&mut self, value: &'a Value, path: &mut Vec<String>) {
        for (name, schema) in value.as_object().into_iter().flatten() {
            path.push(name.clone());
            self.schema(schema, path);
            path.pop();
        }
    }

    /// A schema of the same document may stand where no keyword leads to.
    fn reference(&mut self, members: &'a Map<String, Value>) {
        let Some(pointer) = members
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|to| to.strip_prefix('#'))
        else {
            return;
        };
        if !self.seen.insert(pointer) {
            return;
        }
        if let Some(schema) = self.document.pointer(pointer) {
            let steps = pointer
                .split('/')
                .skip(1)
                .map(|step| step.replace("~1", "/").replace("~0", "~"));
            let mut path: Vec<String> = steps.collect();
            let before = self.found.len();
            self.schema(schema, &mut path);
            let (known, new) = self.found.split_at(before);
            let new: Vec<Finding> = new
                .iter()
                .filter(|found| !known.contains(found))
                .cloned()
                .collect();
            self.found.truncate(before);
            self.found.extend(new);
        }
    }

    fn unknown(&mut self, name: &str, path: &[String]) {
        let known = ASSERTING.iter().map(|keyword| keyword.0).chain(DESCRIBING);
        let message = format!("there is no keyword `{name}` in JSON Schema");
        self.not_known(nearest(name, known), message, path);
    }

    fn format(&mut self, format: &str, path: &[String]) {
        if ASSERTED.contains(&format) || OF_OPENAPI.contains(&format) {
            return;
        }
        let known = ASSERTED.into_iter().chain(OF_OPENAPI);
        self.not_known(
            nearest(format, known),
            format!("there is no format `{format}`"),
            path,
        );
    }

    fn not_known(&mut self, near: Option<&str>, message: String, path: &[String]) {
        let finding = match near {
            Some(near) => {
                Finding::new(path, message, Some(format!("did you mean `{near}`?")), true)
            }
            None => Finding::new(path, format!("{message}, so it has no effect"), None, false),
        };
        self.found.push(finding);
    }
}

/// `draft 7`, as people call it.
fn draft_name(draft: Draft) -> &'static str {
    match draft {
        Draft::Draft4 => "draft 4",
        Draft::Draft6 => "draft 6",
        Draft::Draft7 => "draft 7",
        Draft::Draft201909 => "draft 2019-09",
        _ => "draft 2020-12",
    }
}

/// The known name that something was probably meant to be: another case, or a typo or two.
fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = if name.chars().count() > 4 { 2 } else { 1 };
    let distance = |known: &str| {
        let (name, known) = (name.to_lowercase(), known.to_lowercase());
        strsim::osa_distance(&name, &known)
    };
    known
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests;
