//! What a JSON Schema says without effect: keywords and formats that its draft does not know, and schemas that every
//! value fits.
//!
//! JSON Schema ignores what it does not know, so that `requird` asserts nothing and every value passes. What is close to
//! something known is taken for a typo and refused; anything else that is unknown is a warning.

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

    /// Whether there is a value that does not fit; what is asked already, further up, adds nothing.
    fn asserts(&self, schema: &'a Value, asked: &mut Vec<&'a Value>) -> bool {
        match schema {
            Value::Object(members) => {
                let Some(left) = self.left.get().checked_sub(1) else {
                    return true;
                };
                self.left.set(left);
                if asked.iter().any(|earlier| std::ptr::eq(*earlier, schema)) {
                    return false;
                }
                asked.push(schema);
                // Up to draft 7 nothing counts beside a reference.
                let only_reference = self.draft <= Draft::Draft7 && members.contains_key("$ref");
                let asserts = members
                    .iter()
                    .filter(|(name, _)| !only_reference || *name == "$ref")
                    .any(|(name, value)| self.keyword_asserts((name, value), members, asked));
                asked.pop();
                asserts
            }
            Value::Bool(fits) => !fits,
            _ => true,
        }
    }

    /// Whether there is a string that does not fit, which is all that the name of a member can be.
    fn asserts_of_names(&self, schema: &'a Value, asked: &mut Vec<&'a Value>) -> bool {
        const OF_NAMES: [&str; 13] = [
            "const",
            "enum",
            "format",
            "pattern",
            "minLength",
            "maxLength",
            "not",
            "allOf",
            "anyOf",
            "oneOf",
            "$ref",
            "$dynamicRef",
            "$recursiveRef",
        ];
        let Value::Object(members) = schema else {
            return self.asserts(schema, asked);
        };
        members
            .iter()
            .any(|(name, value)| match (name.as_str(), value) {
                ("type", Value::String(one)) => one != "string",
                ("type", Value::Array(types)) => !types.iter().any(|one| one == "string"),
                (name, _) => {
                    OF_NAMES.contains(&name) && self.keyword_asserts((name, value), members, asked)
                }
            })
    }

    /// Whether no value fits, as far as that shows: of `false`, or `not` of what every value fits.
    fn fits_nothing(&self, schema: &'a Value, asked: &mut Vec<&'a Value>) -> bool {
        match schema {
            Value::Bool(fits) => !fits,
            Value::Object(members) => {
                let is_empty = |values: &Value| values.as_array().is_some_and(Vec::is_empty);
                members.get("enum").is_some_and(is_empty)
                    || members
                        .get("not")
                        .is_some_and(|inner| !self.asserts(inner, asked))
            }
            _ => false,
        }
    }

    /// The schema of the same document that a reference leads to: by a pointer, by an anchor, or by its `$id`.
    fn referred(&self, to: &Value) -> Option<&'a Value> {
        let to = to.as_str()?;
        let own = self.document.get("$id").and_then(Value::as_str);
        let (file, fragment) = to.split_once('#').unwrap_or((to, ""));
        if !file.is_empty() && own.is_none_or(|own| own.trim_end_matches('#') != file) {
            return if fragment.is_empty() {
                named(self.document, &|schema| has(schema, "$id", to))
            } else {
                None
            };
        }
        let fragment = percent_encoding::percent_decode_str(fragment)
            .decode_utf8()
            .ok()?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.document.pointer(&fragment);
        }
        let of_draft_7 = format!("#{fragment}");
        named(self.document, &|schema| {
            has(schema, "$anchor", &fragment)
                || has(schema, "$dynamicAnchor", &fragment)
                || has(schema, "$id", &of_draft_7)
        })
    }

    /// Whether schemas of which one must fit, which only tell types, tell all of them.
    fn are_all_types(schemas: &[Value]) -> bool {
        let types = schemas.iter().filter_map(|schema| {
            let members = schema.as_object()?;
            let only = members
                .keys()
                .all(|name| name == "type" || DESCRIBING.contains(&name.as_str()));
            let told = members.get("type").filter(|_| only)?;
            Some(
                told.as_array()
                    .map_or(std::slice::from_ref(told), Vec::as_slice),
            )
        });
        let types: Vec<_> = types.flatten().collect();
        ALL_TYPES
            .iter()
            .all(|name| types.iter().any(|known| *known == name))
    }

    /// Whether a part that stands under a condition is ever asked for, and asserts something.
    fn branch_asserts(
        &self,
        (name, schema): (&str, &'a Value),
        beside: &'a Map<String, Value>,
        asked: &mut Vec<&'a Value>,
    ) -> bool {
        let Some(condition) = beside.get("if") else {
            return false;
        };
        let never = if name == "then" {
            self.fits_nothing(condition, asked)
        } else {
            !self.asserts(condition, asked)
        };
        !never && self.asserts(schema, asked)
    }

    /// Whether exactly one of some schemas does not fit every value.
    fn one_of_asserts(&self, schemas: &'a [Value], asked: &mut Vec<&'a Value>) -> bool {
        let mut open = schemas
            .iter()
            .filter(|schema| !self.fits_nothing(schema, asked))
            .collect::<Vec<_>>()
            .into_iter();
        match (open.next(), open.next()) {
            (Some(only), None) => self.asserts(only, asked),
            _ => true,
        }
    }

    fn keyword_asserts(
        &self,
        (name, value): (&str, &'a Value),
        beside: &'a Map<String, Value>,
        asked: &mut Vec<&'a Value>,
    ) -> bool {
        match (name, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", to) => self
                .referred(to)
                .is_none_or(|schema| self.asserts(schema, asked)),
            ("not", schema) => !self.fits_nothing(schema, asked),
            ("type", Value::Array(types)) => !ALL_TYPES
                .iter()
                .all(|name| types.iter().any(|known| known == name)),
            ("format", Value::String(format)) => ASSERTED.contains(&format.as_str()),
            ("required", Value::Array(names)) => !names.is_empty(),
            ("prefixItems" | "items" | "allOf", Value::Array(items)) => {
                items.iter().any(|item| self.asserts(item, asked))
            }
            ("anyOf", Value::Array(items)) => {
                !Self::are_all_types(items) && items.iter().all(|item| self.asserts(item, asked))
            }
            ("oneOf", Value::Array(items)) => self.one_of_asserts(items, asked),
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(members)) => {
                members.values().any(|member| self.asserts(member, asked))
            }
            ("dependencies" | "dependentRequired", Value::Object(members)) => {
                members.values().any(|needs| match needs {
                    Value::Array(names) => !names.is_empty(),
                    schema => self.asserts(schema, asked),
                })
            }
            ("then" | "else", _) => self.branch_asserts((name, value), beside, asked),
            ("additionalItems", _) => {
                beside.get("items").is_some_and(Value::is_array) && self.asserts(value, asked)
            }
            ("propertyNames", _) => self.asserts_of_names(value, asked),
            (
                "additionalProperties" | "unevaluatedProperties" | "items" | "unevaluatedItems",
                _,
            ) => self.asserts(value, asked),
            ("contains", _) => {
                beside.get("minContains").is_none_or(|least| least != 0)
                    || beside.contains_key("maxContains")
            }
            _ => self.plain_asserts(name, value),
        }
    }

    /// As `keyword_asserts`, of keywords that hold no schemas.
    fn plain_asserts(&self, name: &str, value: &Value) -> bool {
        match (name, value) {
            ("minLength" | "minItems" | "minProperties", Value::Number(least)) => {
                least.as_f64() != Some(0.0)
            }
            ("pattern", Value::String(pattern)) => !fits_every_line(pattern),
            ("uniqueItems" | "exclusiveMinimum" | "exclusiveMaximum", Value::Bool(asked)) => *asked,
            ("contentEncoding" | "contentMediaType", _) => {
                matches!(self.draft, Draft::Draft6 | Draft::Draft7)
            }
            ("if" | "minContains" | "maxContains" | "contentSchema" | "id", _) => false,
            _ => ASSERTING.iter().any(|keyword| keyword.0 == name),
        }
    }
}

/// Whether a member of a schema is that text.
fn has(schema: &Value, name: &str, text: &str) -> bool {
    schema.get(name).and_then(Value::as_str) == Some(text)
}

/// The first schema of a document that is called so.
fn named<'v>(document: &'v Value, is: &dyn Fn(&Value) -> bool) -> Option<&'v Value> {
    if is(document) {
        return Some(document);
    }
    match document {
        Value::Object(members) => members.values().find_map(|inner| named(inner, is)),
        Value::Array(items) => items.iter().find_map(|inner| named(inner, is)),
        _ => None,
    }
}

/// Whether a pattern is found in every line of text.
fn fits_every_line(pattern: &str) -> bool {
    const LINES: [&str; 7] = ["", " ", "a", "Z", "0", "-1.5 é", "<\u{0}/>"];
    regex::Regex::new(pattern).is_ok_and(|regex| LINES.iter().all(|line| regex.is_match(line)))
}

const ALL_TYPES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];

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
