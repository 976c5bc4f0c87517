//! JSON Schema: compiled with what it refers to, never from the network.

mod cost;
mod lint;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, Retrieve, ValidationError, ValidationOptions, Validator};

use cost::{Costs, MOST_VALUES, Search};
pub(super) use lint::Finding;

use super::matcher::Files;
use crate::budget;
use crate::lock::IgnorePoison as _;
use crate::value::diff::{Change, Differences, cut};
use crate::value::{Segment, Value, parse_bytes, parse_unambiguous};

/// How many violations of one document are counted.
const COUNTED: usize = 10_000;

/// How many files a schema may refer to, directly or not.
const REFERRED: usize = 200;

/// How many folders up a path may lead from the folder that paths start at.
const UP: usize = 16;

/// Something that a schema says without effect, and the file in which it says it; `None` for one that stands in the
/// collection.
pub(super) type Lint = (Option<String>, Finding);

/// A JSON Schema, compiled.
#[derive(Debug)]
pub(super) struct Schema {
    name: String,
    validator: Arc<Validator>,
    costs: Costs,
}

impl Schema {
    /// Compiles a schema's file; `written` is its path as the collection has it. What it says without effect goes to
    /// `lints`.
    ///
    /// # Errors
    /// If a file cannot be read, or is not a schema.
    pub(super) fn from_file(
        path: &Path,
        written: &str,
        files: &Files<'_>,
        lints: &mut Vec<Lint>,
    ) -> Result<Self, String> {
        let document = load(path, written, files)?;
        let compiled = compile(&document, (path, Some(written)), files, lints);
        let validator =
            compiled.map_err(|reason| format!("`{written}` is not a JSON Schema: {reason}"))?;
        Ok(Self {
            name: format!("the schema `{written}`"),
            validator: Arc::new(validator),
            costs: Costs::of(&document),
        })
    }

    /// Compiles a schema that stands in a collection; its references start from `folder`. What it says without effect
    /// goes to `lints`.
    ///
    /// # Errors
    /// If a file that it refers to cannot be read, or it is not a schema.
    pub(super) fn inline(
        schema: &Value,
        folder: &Path,
        files: &Files<'_>,
        lints: &mut Vec<Lint>,
    ) -> Result<Self, String> {
        let document = schema.into();
        let compiled = compile(&document, (&folder.join("inline"), None), files, lints);
        let validator =
            compiled.map_err(|reason| format!("this is not a JSON Schema: {reason}"))?;
        Ok(Self {
            name: "the schema".to_owned(),
            validator: Arc::new(validator),
            costs: Costs::of(&document),
        })
    }

    /// What to call it in a sentence.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Every place of a document that breaks a rule.
    pub(super) fn violations(&self, document: &Value) -> Differences {
        if cost::size(document).0 > MOST_VALUES {
            return whole(&format!(
                "it has more than {MOST_VALUES} values, and is not validated"
            ));
        }
        let (search, apart) = self.costs.search(document);
        let (document, validator) = (
            serde_json::Value::from(document),
            Arc::clone(&self.validator),
        );
        let validate = move || violations(&validator, &document, search);
        if apart {
            budget::apart(validate).unwrap_or_default()
        } else {
            validate()
        }
    }
}

fn violations(validator: &Validator, document: &serde_json::Value, search: Search) -> Differences {
    let mut found = Differences::default();
    let mut add = |error: ValidationError<'_>| {
        let path = error.instance_path().iter().map(segment).collect();
        found.add(&path, || Change::Broken {
            reason: describe(&error),
        });
    };
    match search {
        Search::All => validator
            .iter_errors(document)
            .take(COUNTED)
            .for_each(&mut add),
        Search::First => validator.validate(document).err().into_iter().for_each(add),
        Search::Any if validator.is_valid(document) => {}
        Search::Any => {
            return whole(
                "it does not fit; where is not looked for, since there may be millions of violations",
            );
        }
    }
    found
}

/// What is wrong with the whole document.
fn whole(reason: &str) -> Differences {
    let mut found = Differences::default();
    found.add(&crate::value::Path::root(), || Change::Broken {
        reason: reason.to_owned(),
    });
    found
}

fn segment(segment: LocationSegment<'_>) -> Segment {
    match segment {
        LocationSegment::Property(name) => Segment::Name(name.into_owned()),
        LocationSegment::Index(index) => Segment::Index(index),
    }
}

/// The library's words; long values are not repeated, so that the reason is not cut off.
fn describe(error: &ValidationError<'_>) -> String {
    let told = error.to_string();
    if told.chars().count() <= 120 {
        return told;
    }
    let kind = Value::from(&**error.instance()).kind().with_article();
    cut(&error.masked_with(kind).to_string())
}

/// A file's document; `shown` is its path as messages name it.
fn load(path: &Path, shown: &str, files: &Files<'_>) -> Result<serde_json::Value, String> {
    let bytes = files(path)?;
    let parsed = parse_bytes(&bytes).map_err(|error| format!("`{shown}` is not JSON: {error}"))?;
    if parsed.duplicate.is_some() {
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
        parse_unambiguous(&text).map_err(|error| format!("`{shown}`: {error}"))?;
    }
    Ok((&parsed.value).into())
}

/// Compiles; if a file is missing that the schema refers to, it is read and compilation starts again.
fn compile(
    document: &serde_json::Value,
    (path, written): (&Path, Option<&str>),
    files: &Files<'_>,
    lints: &mut Vec<Lint>,
) -> Result<Validator, String> {
    let draft = Draft::default().detect(document);
    let found = lint::lint(document, draft);
    let is_broken = found.iter().any(|found| found.is_error);
    lints.extend(
        found
            .into_iter()
            .map(|found| (written.map(str::to_owned), found)),
    );
    let known = Known::default();
    loop {
        let options = with_formats(jsonschema::options(), draft)
            .should_validate_formats(true)
            .with_retriever(known.clone());
        let error = match options.with_base_uri(to_uri(path)).build(document) {
            Ok(validator) => return Ok(validator),
            Err(error) => error,
        };
        let wanted = match known.wanted() {
            Some(wanted) => wanted,
            // The typo says more than what the library makes of it.
            None if is_broken => {
                return jsonschema::validator_for(&false.into()).map_err(|error| error.to_string());
            }
            None => return Err(error.to_string()),
        };
        let path = from_uri(&wanted)
            .ok_or_else(|| format!("it refers to `{wanted}`, and only files are read"))?;
        let shown = path.display().to_string();
        let loaded = load(&path, &shown, files)?;
        let found = lint::lint_referred(&loaded, draft.detect(&loaded));
        lints.extend(found.into_iter().map(|found| (Some(shown.clone()), found)));
        if !known.learn(wanted, loaded) {
            return Err(format!("it refers to more than {REFERRED} files"));
        }
    }
}

/// Options by which the formats of all drafts are checked: a draft before 2019-09 takes `uuid` for a remark.
fn with_formats(options: ValidationOptions, draft: Draft) -> ValidationOptions {
    let missing = lint::ASSERTED
        .into_iter()
        .filter(|format| !options.is_known_format(draft, format))
        .collect::<Vec<_>>();
    missing.into_iter().fold(options, |options, format| {
        let schema = serde_json::json!({ "format": format });
        let checks = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema);
        match checks {
            Ok(checks) => options.with_format(format, move |text| {
                checks.is_valid(&serde_json::Value::from(text))
            }),
            Err(_) => options,
        }
    })
}

/// The documents that were read for a schema, and the one that is missing.
#[derive(Debug, Clone, Default)]
struct Known(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    read: BTreeMap<String, serde_json::Value>,
    missing: Option<String>,
}

impl Known {
    fn wanted(&self) -> Option<String> {
        self.0.lock().ignore_poison().missing.take()
    }

    fn learn(&self, uri: String, document: serde_json::Value) -> bool {
        let mut state = self.0.lock().ignore_poison();
        state.read.insert(uri, document).is_none() && state.read.len() <= REFERRED
    }
}

impl Retrieve for Known {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        let mut state = self.0.lock().ignore_poison();
        if let Some(document) = state.read.get(uri.as_str()) {
            return Ok(document.clone());
        }
        state.missing = Some(uri.as_str().to_owned());
        Err("not read yet".into())
    }
}

/// A path as the URI that relative references start from. A relative path stands below folders named `~`, so that `..`
/// can lead out of it.
fn to_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    if path.is_relative() {
        uri.push_str(&"/~".repeat(UP));
    }
    for part in path.components() {
        match part {
            std::path::Component::Normal(name) => {
                uri.push('/');
                let name = name.to_string_lossy();
                uri.extend(percent_encoding::utf8_percent_encode(
                    &name,
                    percent_encoding::NON_ALPHANUMERIC,
                ));
            }
            std::path::Component::ParentDir => uri.push_str("/.."),
            _ => {}
        }
    }
    url::Url::parse(&uri).map_or(uri, String::from)
}

/// The path of a URI that [`to_uri`] made, or that was resolved against one; `None` for anything but files.
fn from_uri(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file:///")?.split(['#', '?']).next()?;
    let parts: Vec<_> = rest.split('/').collect();
    let below = parts.iter().take_while(|part| **part == "~").count();
    let mut path = if below == 0 {
        PathBuf::from("/")
    } else {
        (below..UP).map(|_| "..").collect()
    };
    for part in parts.iter().skip(below) {
        path.push(
            &*percent_encoding::percent_decode_str(part)
                .decode_utf8()
                .ok()?,
        );
    }
    Some(path)
}
