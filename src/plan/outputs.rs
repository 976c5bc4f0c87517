//! Stage URLs out of the files that deployment tools write.
//!
//! The formats are told apart by their shape: CDK `--outputs-file`, `CloudFormation` `describe-stacks` (whole or the bare
//! list), `sam list endpoints`, `terraform output -json` and state files, flat objects (Pulumi, SST), dotenv lines.

use indexmap::IndexMap;

use crate::source::did_you_mean;
use crate::value::{Value, parse};

/// Finds the URL of `key` in an outputs file; without a key, the only URL that is there.
///
/// # Errors
/// Where the file has no such value, or several and no key is given; the text lists the URLs that are there.
pub(super) fn find(text: &str, key: Option<&str>) -> Result<String, String> {
    let outputs = read(text)?;
    let urls = || outputs.iter().filter(|(_, value)| value.contains("://"));
    let listed = || match urls().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>() {
        names if names.is_empty() => "it holds no URL at all".to_owned(),
        names => format!("its URLs are {}", names.join(", ")),
    };
    if let Some(key) = key {
        by_key(&outputs, key).ok_or_else(|| {
            let hint = did_you_mean(key, outputs.keys().map(String::as_str)).map(|hint| format!("; {hint}"));
            format!("the file has no `{key}`: {}{}", listed(), hint.unwrap_or_default())
        })
    } else {
        let mut distinct: Vec<_> = urls().map(|(_, url)| url.clone()).collect();
        distinct.sort();
        distinct.dedup();
        match distinct.as_slice() {
            [url] => Ok(url.clone()),
            _ => Err(format!("say which value with `key`: {}", listed())),
        }
    }
}

/// The value of a key: its whole name, or the end of a name behind a dot where that is the only one.
fn by_key(outputs: &IndexMap<String, String>, key: &str) -> Option<String> {
    if let Some(value) = outputs.get(key) {
        return Some(value.clone());
    }
    let mut ends = outputs.iter().filter(|(name, _)| name.rsplit('.').next() == Some(key));
    let (first, second) = (ends.next(), ends.next());
    first.filter(|_| second.is_none()).map(|(_, value)| value.clone())
}

/// Every named text of the file.
fn read(text: &str) -> Result<IndexMap<String, String>, String> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    match parse(trimmed) {
        Ok(document) => Ok(of_document(&document)),
        Err(error) => match json_after_log(trimmed) {
            Some(document) => Ok(of_document(&document)),
            None => dotenv(trimmed).ok_or_else(|| format!("this is neither JSON ({error}) nor lines of `NAME=value`")),
        },
    }
}

/// Some tools print log lines before the document.
fn json_after_log(text: &str) -> Option<Value> {
    let starts = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut candidates = starts.filter_map(|at| text.get(at..)).filter(|rest| rest.starts_with(['{', '[']));
    candidates.find_map(|rest| parse(rest).ok())
}

fn dotenv(text: &str) -> Option<IndexMap<String, String>> {
    let pairs: Result<IndexMap<_, _>, _> = dotenvy::from_read_iter(text.as_bytes()).collect();
    pairs.ok().filter(|pairs| !pairs.is_empty())
}

fn of_document(document: &Value) -> IndexMap<String, String> {
    let mut outputs = IndexMap::new();
    match document {
        Value::Array(items) => items.iter().for_each(|item| of_item(item, &mut outputs)),
        Value::Object(members) => {
            if let Some(stacks) = document.get("Stacks").and_then(Value::as_array) {
                let lists = stacks.iter().filter_map(|stack| stack.get("Outputs")?.as_array());
                lists.flatten().for_each(|item| of_item(item, &mut outputs));
            }
            let state =
                document.get("outputs").filter(|_| document.get("terraform_version").is_some()).and_then(Value::as_object);
            state.unwrap_or(members).iter().for_each(|(name, value)| of_member(name, value, &mut outputs));
        }
        Value::String(text) => {
            outputs.insert("value".to_owned(), text.clone());
        }
        _ => {}
    }
    outputs
}

/// An item of a list: `{OutputKey, OutputValue}`, or `{LogicalResourceId, CloudEndpoint}`.
fn of_item(item: &Value, outputs: &mut IndexMap<String, String>) {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    if let (Some(key), Some(value)) = (text("OutputKey"), text("OutputValue")) {
        outputs.insert(key.to_owned(), value.to_owned());
    }
    if let (Some(id), Some(endpoint)) = (text("LogicalResourceId"), item.get("CloudEndpoint")) {
        let url = endpoint.as_str().or_else(|| endpoint.as_array()?.first()?.as_str());
        outputs.extend(url.filter(|url| url.contains("://")).map(|url| (id.to_owned(), url.to_owned())));
    }
}

/// A member: a text, terraform's `{sensitive, type, value}`, or a stack with outputs of its own.
fn of_member(name: &str, value: &Value, outputs: &mut IndexMap<String, String>) {
    match value {
        Value::String(text) => {
            outputs.insert(name.to_owned(), text.clone());
        }
        Value::Object(members) => match (members.get("value"), members.get("sensitive").or(members.get("type"))) {
            (Some(value), Some(_)) => of_member(name, value, outputs),
            _ => members.iter().for_each(|(inner, value)| of_member(&format!("{name}.{inner}"), value, outputs)),
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tools_shape_is_read() {
        let cases = [
            (r#"{"HelloStack": {"HelloApiEndpoint4F160690": "https://x/dev/"}}"#, Some("HelloStack.HelloApiEndpoint4F160690")),
            (r#"{"HelloStack": {"HelloApiEndpoint4F160690": "https://x/dev/"}}"#, Some("HelloApiEndpoint4F160690")),
            (
                r#"{"Stacks":[{"StackName":"s","Outputs":[{"OutputKey":"HelloApiUrl","OutputValue":"https://x/dev/"}]}]}"#,
                Some("HelloApiUrl"),
            ),
            (r#"[{"OutputKey":"HelloApiUrl","OutputValue":"https://x/dev/"}]"#, Some("HelloApiUrl")),
            (
                "2026-01-01 INFO x\n[{\"LogicalResourceId\":\"Api\",\"CloudEndpoint\":[\"https://x/dev/\"],\"Methods\":[]}]",
                Some("Api"),
            ),
            (
                r#"[{"LogicalResourceId":"Api","CloudEndpoint":"https://x/dev/"},{"LogicalResourceId":"B","CloudEndpoint":"-"}]"#,
                None,
            ),
            (r#"{"stage_url":{"sensitive":false,"type":"string","value":"https://x/dev/"}}"#, Some("stage_url")),
            (
                r#"{"version":4,"terraform_version":"1","outputs":{"stage_url":{"value":"https://x/dev/","type":"string"}}}"#,
                Some("stage_url"),
            ),
            (r#""https://x/dev/""#, None),
            (r#"{"api":"https://x/dev/"}"#, None),
            ("API=https://x/dev/\nNAME=\"a b\"\n", Some("API")),
        ];
        for (text, key) in cases {
            assert_eq!(find(text, key).as_deref(), Ok("https://x/dev/"), "{text}");
        }
    }

    #[test]
    fn a_wrong_key_lists_what_is_there() {
        let error =
            find(r#"{"HelloStack": {"HelloUrl": "https://x/dev", "Name": "n"}}"#, Some("HelloStack.HelloURL")).unwrap_err();
        assert!(error.contains("its URLs are `HelloStack.HelloUrl`") && error.contains("did you mean"), "{error}");
        let error = find(r#"{"a":"https://x","b":"https://y"}"#, None).unwrap_err();
        assert!(error.contains("say which value with `key`: its URLs are `a`, `b`"), "{error}");
        assert!(find("{ nonsense", None).is_err());
    }
}
