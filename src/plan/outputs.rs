//! Stage URLs out of the files that deployment tools write.
//!
//! The formats are told apart by their shape: CDK `--outputs-file`, `CloudFormation` `describe-stacks` (whole, its stacks or the
//! bare outputs), `sam list endpoints`, `terraform output -json`, `terraform show -json` and state files, flat objects
//! (Pulumi, SST), dotenv lines.

use indexmap::IndexSet;

use crate::source::did_you_mean;
use crate::value::{Object, ParseError, Value, parse, parse_unambiguous};

/// Why a file has no URL for a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoUrl {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// A named value. The segments of its name are those that stand around it: the stack, the module, the key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Output {
    name: Vec<String>,
    value: String,
}

impl Output {
    fn full_name(&self) -> String {
        self.name.join(".")
    }

    fn is_url(&self) -> bool {
        self.value.contains("://")
    }

    /// Whether the last segments of the name are the key.
    fn ends_with(&self, key: &str) -> bool {
        (1..self.name.len()).any(|at| {
            self.name
                .get(at..)
                .is_some_and(|tail| tail.join(".") == key)
        })
    }
}

/// Finds the URL of `key` in an outputs file; without a key, the only URL in it.
///
/// # Errors
/// If the file has no such value, or several; the message lists the names that are in question.
pub(super) fn find(text: &str, key: Option<&str>) -> Result<String, NoUrl> {
    let outputs = read(text)?;
    let Some(key) = key else {
        let urls: Vec<_> = outputs.iter().filter(|output| output.is_url()).collect();
        let hint = Some("choose one with `key`".to_owned()).filter(|_| !urls.is_empty());
        return one(&urls).ok_or_else(|| NoUrl {
            message: listed(&outputs),
            hint,
        });
    };
    let whole: Vec<_> = outputs
        .iter()
        .filter(|output| output.full_name() == key)
        .collect();
    let tails: Vec<_> = outputs
        .iter()
        .filter(|output| output.ends_with(key))
        .collect();
    let inside: Vec<_> = outputs
        .iter()
        .filter(|output| output.full_name().starts_with(&format!("{key}.")))
        .collect();
    let Some(candidates) = [whole, tails, inside]
        .into_iter()
        .find(|found| !found.is_empty())
    else {
        let names: Vec<_> = outputs.iter().map(Output::full_name).collect();
        let message = format!("the file has no `{key}`; {}", listed(&outputs));
        return Err(NoUrl {
            message,
            hint: did_you_mean(key, names.iter().map(String::as_str)),
        });
    };
    let named = candidates
        .iter()
        .any(|output| output.full_name() == key || output.ends_with(key));
    one(&candidates)
        .filter(|_| named)
        .ok_or_else(|| ambiguous(key, &candidates))
}

/// The value that all of them have.
fn one(outputs: &[&Output]) -> Option<String> {
    let first = outputs.first()?;
    outputs
        .iter()
        .all(|output| output.value == first.value)
        .then(|| first.value.clone())
}

fn ambiguous(key: &str, candidates: &[&Output]) -> NoUrl {
    let names: IndexSet<String> = candidates.iter().map(|output| output.full_name()).collect();
    if let (1, Some(name)) = (names.len(), names.first().filter(|_| candidates.len() > 1)) {
        let message = format!(
            "`{key}` is ambiguous: the file has {} different values for `{name}`",
            candidates.len()
        );
        return NoUrl {
            message,
            hint: Some("write the outputs of each stack to a separate file".to_owned()),
        };
    }
    let message = format!("`{key}` is ambiguous: the file has {}", quoted(&names));
    NoUrl {
        message,
        hint: Some("write the whole name".to_owned()),
    }
}

/// The names of the URLs in the file.
fn listed(outputs: &[Output]) -> String {
    let urls: IndexSet<String> = outputs
        .iter()
        .filter(|output| output.is_url())
        .map(Output::full_name)
        .collect();
    match urls.len() {
        0 => "the file has no URL".to_owned(),
        1 => format!("its only URL is {}", quoted(&urls)),
        _ => format!("its URLs are {}", quoted(&urls)),
    }
}

/// Names for a message, up to a number that people read.
fn quoted(names: &IndexSet<String>) -> String {
    const SHOWN: usize = 12;
    let mut shown: Vec<_> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// Every named string of the file.
fn read(text: &str) -> Result<Vec<Output>, NoUrl> {
    // What stands in front stays, so that lines are counted as the user's editor counts them.
    let trimmed = text.trim_start_matches('\u{feff}').trim_end();
    let mut outputs = Vec::new();
    match documents(trimmed)? {
        Ok(documents) => documents
            .iter()
            .for_each(|document| of_document(document, &mut outputs)),
        Err(error) => outputs = dotenv(trimmed, &error)?,
    }
    Ok(outputs)
}

/// The document, or several: some tools print log lines before it, and `>>` adds one to the file.
///
/// # Errors
/// If a member stands in a document twice. The inner error says why the text is no document.
fn documents(text: &str) -> Result<Result<Vec<Value>, ParseError>, NoUrl> {
    /// No deployment writes as many.
    const MOST: usize = 16;
    let Err(error) = parse(text) else {
        return unambiguous(text, text).map(|document| Ok(vec![document]));
    };
    let (mut found, mut before) = (Vec::new(), text);
    while found.len() < MOST {
        let starts = std::iter::once(0).chain(before.match_indices('\n').map(|(at, _)| at + 1));
        let mut tails = starts
            .filter_map(|at| Some((at, before.get(at..)?)))
            .filter(|(_, tail)| tail.starts_with(['{', '[']));
        let Some((at, tail)) = tails.find(|(_, tail)| parse(tail).is_ok()) else {
            break;
        };
        found.push(unambiguous(text, tail)?);
        before = before.get(..at).unwrap_or_default();
    }
    found.reverse();
    Ok(if found.is_empty() {
        Err(error)
    } else {
        Ok(found)
    })
}

/// A document that is a part of a text, in which no member stands twice.
fn unambiguous(text: &str, part: &str) -> Result<Value, NoUrl> {
    parse_unambiguous(part).map_err(|error| {
        let line = text
            .split_once(part)
            .map_or(0, |(before, _)| before.matches('\n').count())
            + error.line;
        NoUrl {
            message: format!("{} at line {line} column {}", error.message, error.column),
            hint: None,
        }
    })
}

/// The lines of an environment file; `not_json` says why the text is no document.
fn dotenv(text: &str, not_json: &ParseError) -> Result<Vec<Output>, NoUrl> {
    let neither = |why: &str| NoUrl {
        message: format!("this is neither JSON ({not_json}) nor lines of `NAME=value`{why}"),
        hint: None,
    };
    let output = |(name, value)| Output {
        name: vec![name],
        value,
    };
    match crate::dotenv::parse(text) {
        Ok(pairs) if pairs.is_empty() => Err(neither("")),
        Ok(pairs) => Ok(pairs.into_iter().map(output).collect()),
        Err(problems) => {
            let first = problems
                .first()
                .map(|first| format!(" (line {}: {})", first.line, first.message));
            Err(neither(&first.unwrap_or_default()))
        }
    }
}

fn of_document(document: &Value, outputs: &mut Vec<Output>) {
    if let Some(stacks) = document.get("Stacks").and_then(Value::as_array) {
        return stacks.iter().for_each(|stack| of_item(stack, outputs));
    }
    match document {
        Value::Array(items) => items.iter().for_each(|item| of_item(item, outputs)),
        Value::Object(members) if of_terraform(document, outputs) || members.is_empty() => {}
        other => of_value(&[], other, outputs),
    }
}

/// A stack with its outputs, `{OutputKey, OutputValue}`, or `{LogicalResourceId, CloudEndpoint}`.
fn of_item(item: &Value, outputs: &mut Vec<Output>) {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    if let Some(inner) = item.as_array() {
        for item in inner {
            of_item(item, outputs);
        }
    }
    if let Some(list) = item.get("Outputs").and_then(Value::as_array) {
        let mut own = Vec::new();
        for item in list {
            of_item(item, &mut own);
        }
        // The last part of a stack's ARN is an id: `…:stack/NAME/ID`.
        let id = || text("StackId")?.split_once(":stack/")?.1.split('/').next();
        let stack = text("StackName").or_else(id);
        for output in &mut own {
            output.name.splice(..0, stack.map(str::to_owned));
        }
        outputs.append(&mut own);
    }
    if let (Some(key), Some(value)) = (text("OutputKey"), text("OutputValue")) {
        outputs.push(Output {
            name: vec![key.to_owned()],
            value: value.to_owned(),
        });
    }
    if let (Some(id), Some(endpoint)) = (text("LogicalResourceId"), item.get("CloudEndpoint")) {
        let mut own = Vec::new();
        of_value(&[id.to_owned()], endpoint, &mut own);
        outputs.extend(own.into_iter().filter(Output::is_url));
    }
}

/// The outputs of a terraform state, of which there are those of modules in old ones, or of `terraform show -json`.
fn of_terraform(document: &Value, outputs: &mut Vec<Output>) -> bool {
    if document.get("terraform_version").is_none() {
        return false;
    }
    let root = document
        .get("outputs")
        .or_else(|| document.get("values")?.get("outputs"));
    if let Some(root) = root {
        of_value(&[], root, outputs);
    }
    for module in document
        .get("modules")
        .and_then(Value::as_array)
        .unwrap_or_default()
    {
        let path = module
            .get("path")
            .and_then(Value::as_array)
            .unwrap_or_default();
        let names = path
            .iter()
            .filter_map(Value::as_str)
            .filter(|name| *name != "root")
            .map(str::to_owned);
        module
            .get("outputs")
            .into_iter()
            .for_each(|own| of_value(&names.clone().collect::<Vec<_>>(), own, outputs));
    }
    true
}

/// A string, a list of them, terraform's `{sensitive, type, value}`, or an object of values, such as a stack.
fn of_value(name: &[String], value: &Value, outputs: &mut Vec<Output>) {
    let inner = |part: &str| {
        name.iter()
            .cloned()
            .chain([part.to_owned()])
            .collect::<Vec<_>>()
    };
    match value {
        Value::String(text) => {
            let name = if name.is_empty() {
                vec!["value".to_owned()]
            } else {
                name.to_vec()
            };
            outputs.push(Output {
                name,
                value: text.clone(),
            });
        }
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let labels = labels(&texts);
            for (text, label) in texts.iter().zip(labels) {
                let name = label.map_or_else(|| name.to_vec(), |label| inner(&label));
                outputs.push(Output {
                    name,
                    value: (*text).to_owned(),
                });
            }
        }
        Value::Object(members) => match of_kind(members) {
            Some(value) => of_value(name, value, outputs),
            None => members
                .iter()
                .for_each(|(part, value)| of_value(&inner(part), value, outputs)),
        },
        _ => {}
    }
}

/// The value of terraform's `{sensitive, type, value}`.
fn of_kind(members: &Object) -> Option<&Value> {
    members
        .get("value")
        .filter(|_| members.contains_key("sensitive") || members.contains_key("type"))
}

/// How the URLs of one list are told apart: by their last segments, such as the stage, or by their numbers; one alone needs
/// no label.
fn labels(urls: &[&str]) -> Vec<Option<String>> {
    if urls.len() < 2 {
        return vec![None; urls.len()];
    }
    let last = |url: &&str| {
        let (_, rest) = url.split_once("://")?;
        rest.trim_end_matches('/')
            .split_once('/')?
            .1
            .rsplit('/')
            .next()
            .map(str::to_owned)
    };
    let segments: IndexSet<String> = urls.iter().filter_map(last).collect();
    if segments.len() == urls.len() {
        return segments.into_iter().map(Some).collect();
    }
    (1..=urls.len())
        .map(|number| Some(number.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://x/dev/";

    /// Two stacks of `describe-stacks` with the same key.
    const STACKS: &str = r#"{"Stacks":[
        {"StackName":"hello-dev","Outputs":[{"OutputKey":"ApiUrl","OutputValue":"https://x/dev/"},{"OutputKey":"Only","OutputValue":"https://x/only"}]},
        {"StackName":"empty"},
        {"StackId":"arn:aws:cloudformation:eu-west-1:1:stack/hello-prod/8a-1","Outputs":[{"OutputKey":"ApiUrl","OutputValue":"https://x/prod/"}]}]}"#;
    const CDK: &str = r#"{"A":{"Url":"https://x/dev/"},"B":{"Url":"https://x/b"}}"#;
    const ENDPOINTS: &str = r#"[{"LogicalResourceId":"Api","CloudEndpoint":["https://x/Prod","https://x/Stage/"]},
        {"LogicalResourceId":"Same","CloudEndpoint":["https://a/v1","https://b/v1"]},
        {"LogicalResourceId":"Local","CloudEndpoint":"-"},{"LogicalResourceId":"One","CloudEndpoint":["https://x/dev/"]}]"#;
    const STATE: &str = r#"{"terraform_version":"0.11.0","modules":[
        {"path":["root"],"outputs":{"url":{"type":"string","value":"https://x/root"}}},
        {"path":["root","orders"],"outputs":{"url":{"type":"string","value":"https://x/dev/"}}},
        {"path":["root","users"],"outputs":{"url":{"type":"string","value":"https://x/users"}}}]}"#;
    const SHOWN: &str = r#"{"format_version":"1.0","terraform_version":"1.9","values":{"outputs":{"stage_url":{"sensitive":false,"value":"https://x/dev/"}},
        "root_module":{"resources":[{"values":{"invoke_url":"https://x/other"}}]}}}"#;
    const MAP: &str = r#"{"urls":{"sensitive":false,"type":["map","string"],"value":{"dev":"https://x/dev/","prod":"https://x/prod"}}}"#;
    const TWICE: &str = r#"[{"OutputKey":"ApiUrl","OutputValue":"https://x/dev/"},{"OutputKey":"ApiUrl","OutputValue":"https://x/b"}]"#;

    /// A file of outputs, and the key by which its URL is found.
    const SHAPES: [(&str, Option<&str>); 24] = [
        (
            r#"{"HelloStack": {"HelloApiEndpoint4F160690": "https://x/dev/"}}"#,
            Some("HelloStack.HelloApiEndpoint4F160690"),
        ),
        (
            r#"{"HelloStack": {"HelloApiEndpoint4F160690": "https://x/dev/"}}"#,
            Some("HelloApiEndpoint4F160690"),
        ),
        (
            r#"{"Stacks":[{"StackName":"s","Outputs":[{"OutputKey":"HelloApiUrl","OutputValue":"https://x/dev/"}]}]}"#,
            Some("HelloApiUrl"),
        ),
        (
            r#"[{"StackName":"s","Outputs":[{"OutputKey":"Url","OutputValue":"https://x/dev/"}]}]"#,
            Some("s.Url"),
        ),
        (
            r#"[[{"OutputKey":"Url","OutputValue":"https://x/dev/"}]]"#,
            Some("Url"),
        ),
        (
            r#"[{"OutputKey":"HelloApiUrl","OutputValue":"https://x/dev/"}]"#,
            Some("HelloApiUrl"),
        ),
        (
            "2026-01-01 INFO x\n[{\"LogicalResourceId\":\"Api\",\"CloudEndpoint\":[\"https://x/dev/\"],\"Methods\":[]}]",
            Some("Api"),
        ),
        (
            r#"[{"LogicalResourceId":"Api","CloudEndpoint":"https://x/dev/"},{"LogicalResourceId":"B","CloudEndpoint":"-"}]"#,
            None,
        ),
        (
            r#"{"stage_url":{"sensitive":false,"type":"string","value":"https://x/dev/"}}"#,
            Some("stage_url"),
        ),
        (
            r#"{"version":4,"terraform_version":"1","outputs":{"stage_url":{"value":"https://x/dev/","type":"string"}}}"#,
            Some("stage_url"),
        ),
        (r#""https://x/dev/""#, None),
        (r#"{"api":"https://x/dev/"}"#, None),
        ("API=https://x/dev/\nNAME=\"a b\"\n", Some("API")),
        (STACKS, Some("hello-dev.ApiUrl")),
        (CDK, Some("A.Url")),
        (ENDPOINTS, Some("One")),
        (STATE, Some("orders.url")),
        (SHOWN, None),
        (MAP, Some("urls.dev")),
        (MAP, Some("dev")),
        // A whole name wins over the end of another one.
        (
            r#"{"url":"https://x/dev/","inner":{"url":"https://x/b"}}"#,
            Some("url"),
        ),
        // What is twice the same is not ambiguous.
        ("API=https://x/dev/\nAPI=https://x/dev/\n", Some("API")),
        (
            r#"{"A":{"Url":"https://x/dev/"},"B":{"Url":"https://x/dev/"}}"#,
            Some("Url"),
        ),
        (
            "{\"a\":{\"Url\":\"https://x/dev/\"}}\n{\"b\":{\"Url\":\"https://x/b\"}}\n",
            Some("a.Url"),
        ),
    ];

    #[test]
    fn every_tools_shape_is_read() {
        for (text, key) in SHAPES {
            assert_eq!(find(text, key).as_deref(), Ok(URL), "{text}");
        }
        assert_eq!(find(STACKS, Some("Only")).as_deref(), Ok("https://x/only"));
        assert_eq!(
            find(STACKS, Some("hello-prod.ApiUrl")).as_deref(),
            Ok("https://x/prod/")
        );
        assert_eq!(
            find(ENDPOINTS, Some("Api.Stage")).as_deref(),
            Ok("https://x/Stage/")
        );
        assert_eq!(
            find(ENDPOINTS, Some("Same.2")).as_deref(),
            Ok("https://b/v1")
        );
        assert_eq!(find(STATE, Some("url")).as_deref(), Ok("https://x/root"));
    }

    #[test]
    fn an_ambiguous_name_lists_the_candidates() {
        let cases = [
            (
                STACKS,
                "ApiUrl",
                "the file has `hello-dev.ApiUrl`, `hello-prod.ApiUrl`",
            ),
            (
                STACKS,
                "hello-dev",
                "the file has `hello-dev.ApiUrl`, `hello-dev.Only`",
            ),
            (CDK, "Url", "the file has `A.Url`, `B.Url`"),
            (CDK, "A", "the file has `A.Url`"),
            (ENDPOINTS, "Api", "the file has `Api.Prod`, `Api.Stage`"),
            (ENDPOINTS, "Same", "the file has `Same.1`, `Same.2`"),
            (MAP, "urls", "the file has `urls.dev`, `urls.prod`"),
            (
                TWICE,
                "ApiUrl",
                "the file has 2 different values for `ApiUrl`",
            ),
            (
                "API=https://x/dev/\nAPI=https://x/b\n",
                "API",
                "the file has 2 different values for `API`",
            ),
            (
                r#"{"a":{"b":{"url":"https://x"}},"c":{"b":{"url":"https://y"}}}"#,
                "b.url",
                "the file has `a.b.url`, `c.b.url`",
            ),
            (
                "{\"a\":{\"Url\":\"https://x/dev/\"}}\n{\"a\":{\"Url\":\"https://x/b\"}}",
                "a.Url",
                "the file has 2 different values for `a.Url`",
            ),
            (
                "INFO deploying\n{\n \"a\":{\"Url\":\"https://x/dev/\"}\n}\n{\n \"b\":{\"Url\":\"https://x/b\"}\n}",
                "Url",
                "the file has `a.Url`, `b.Url`",
            ),
        ];
        for (text, key, listed) in cases {
            let error = find(text, Some(key)).unwrap_err();
            assert_eq!(
                error.message,
                format!("`{key}` is ambiguous: {listed}"),
                "{text}"
            );
            assert!(error.hint.is_some());
        }
    }

    #[test]
    fn a_wrong_key_lists_the_urls() {
        let error = find(
            r#"{"HelloStack": {"HelloUrl": "https://x/dev", "Name": "n"}}"#,
            Some("HelloStack.HelloURL"),
        )
        .unwrap_err();
        assert_eq!(
            error.message,
            "the file has no `HelloStack.HelloURL`; its only URL is `HelloStack.HelloUrl`"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("did you mean `HelloStack.HelloUrl`?")
        );
        let cases = [
            (
                r#"{"a":"https://x","b":"https://y"}"#,
                "its URLs are `a`, `b`",
            ),
            (
                STACKS,
                "its URLs are `hello-dev.ApiUrl`, `hello-dev.Only`, `hello-prod.ApiUrl`",
            ),
            (TWICE, "its only URL is `ApiUrl`"),
            (r#"{"a":"x"}"#, "the file has no URL"),
        ];
        for (text, message) in cases {
            assert_eq!(find(text, None).unwrap_err().message, message, "{text}");
        }
        assert!(find("{ nonsense", None).is_err());
        for (text, place) in [
            (
                "{\"a\":\"https://x\",\n \"a\":\"https://y\"}",
                "line 2 column 2",
            ),
            (
                "INFO x\n{\"b\":{\"a\":\"https://x\",\"a\":\"https://y\"}}",
                "line 2 column 23",
            ),
        ] {
            let message = find(text, None).unwrap_err().message;
            assert_eq!(
                message,
                format!("the member `a` appears twice in its object at {place}")
            );
        }
    }
}
