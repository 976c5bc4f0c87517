//! How many violations a document may have at most: the library makes all of a list at once, those of each branch of `anyOf` too, so
//! that a document, or a schema, that is made for it fills the memory.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::value::Value;

/// How many values a document may have that is validated: the library takes a copy of it.
pub(super) const MOST_VALUES: usize = 3_000_000;
/// How many violations are made at once.
const MOST: usize = 1_000_000;
/// How many values a document has that is validated in no time.
const FEW_VALUES: usize = 10_000;
/// What is supposed of a schema that stands elsewhere.
const ELSEWHERE: usize = 16;
/// From so many levels on, a document doubles the work no further: it is too much already.
const DEEP: u32 = 20;

/// What validating by a schema may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    /// Whether time may be more than the size of schema and document says.
    slow: bool,
    /// Whether there are branches of which one must hold: a violation has those of all of them in it.
    branches: bool,
    /// Whether a schema may lead back to itself: with branches, each level of a document doubles the violations.
    recurs: bool,
    /// How many keywords at most are asked of one value.
    widest: usize,
}

/// Which violations are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    All,
    First,
    /// Whether there is one.
    Any,
}

impl Costs {
    pub(super) fn of(schema: &Json) -> Self {
        let text = schema.to_string();
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let mut walk = Walk {
            root: schema,
            open: Vec::new(),
            known: BTreeMap::new(),
            recurs: false,
            widest: 1,
        };
        walk.schema(schema);
        let Walk { recurs, widest, .. } = walk;
        let slow = has(&["Ref\"", "$ref\"", "attern", "unevaluated"]);
        Self {
            slow,
            branches: recurs || has(&["anyOf\"", "oneOf\""]),
            recurs,
            widest,
        }
    }

    /// What is looked for in a document, and whether that may take long.
    pub(super) fn search(self, document: &Value) -> (Search, bool) {
        let (values, depth) = size(document);
        let doubled = if self.recurs {
            2_usize.saturating_pow(depth.min(DEEP))
        } else {
            1
        };
        let worst = values.saturating_mul(self.widest).saturating_mul(doubled);
        let search = match () {
            () if worst <= MOST => Search::All,
            () if self.branches => Search::Any,
            () => Search::First,
        };
        (search, self.slow || values > FEW_VALUES)
    }
}

/// How many values a document has, as far as that matters, and how many levels.
pub(super) fn size(document: &Value) -> (usize, u32) {
    let mut waiting = vec![(document, 1)];
    let (mut seen, mut deepest) = (0, 0);
    while let Some((value, depth)) = waiting.pop().filter(|_| seen <= MOST_VALUES) {
        match value {
            Value::Array(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => {
                waiting.extend(members.values().map(|member| (member, depth + 1)));
            }
            _ => {}
        }
        seen += 1;
        deepest = deepest.max(depth);
    }
    (seen, deepest)
}

/// A walk through all schemas of a document.
struct Walk<'s> {
    root: &'s Json,
    /// The references that are being followed.
    open: Vec<&'s str>,
    /// How many keywords those ask that were followed.
    known: BTreeMap<&'s str, usize>,
    recurs: bool,
    widest: usize,
}

impl<'s> Walk<'s> {
    /// How many keywords a schema asks of one value.
    fn schema(&mut self, schema: &'s Json) -> usize {
        let Some(members) = schema.as_object() else {
            return 0;
        };
        let mut asked = members.len();
        for (keyword, value) in members {
            let same = match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Json::String(to)) => self.reference(to),
                ("allOf" | "anyOf" | "oneOf", Json::Array(schemas)) => {
                    schemas.iter().fold(0, |sum: usize, schema| {
                        sum.saturating_add(self.schema(schema))
                    })
                }
                ("not" | "if" | "then" | "else", schema) => self.schema(schema),
                (
                    "properties" | "patternProperties" | "$defs" | "definitions"
                    | "dependentSchemas",
                    Json::Object(schemas),
                ) => {
                    for schema in schemas.values() {
                        self.schema(schema);
                    }
                    0
                }
                (_, Json::Array(schemas)) => {
                    for schema in schemas {
                        self.schema(schema);
                    }
                    0
                }
                (_, schema) => {
                    self.schema(schema);
                    0
                }
            };
            asked = asked.saturating_add(same);
        }
        self.widest = self.widest.max(asked);
        asked
    }

    fn reference(&mut self, to: &'s str) -> usize {
        let Some(schema) = to
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer))
        else {
            self.recurs = true;
            return ELSEWHERE;
        };
        if self.open.contains(&to) || to == "#" {
            self.recurs = true;
            return ELSEWHERE;
        }
        if let Some(known) = self.known.get(to) {
            return *known;
        }
        self.open.push(to);
        let asked = self.schema(schema);
        self.open.pop();
        self.known.insert(to, asked);
        asked
    }
}
