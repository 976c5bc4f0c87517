//! Whether a schema asserts anything: whether there is a value that is not valid.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::{ASSERTED, ASSERTING, DESCRIBING, Linter};

impl<'a> Linter<'a> {
    /// Whether there is a value that does not fit; what is asked already, further up, adds nothing.
    pub(super) fn asserts(&self, schema: &'a Value, asked: &mut Vec<&'a Value>) -> bool {
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
    pub(super) fn referred(&self, to: &Value) -> Option<&'a Value> {
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
