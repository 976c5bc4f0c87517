//! Files of other tools that are taken for collections: known by their names in a folder, or by their content.

use serde_json::Value;

/// Names of TOML files of other tools, as they lie in the root of many projects.
const NAMES: &[&str] = &[
    "Cargo.toml",
    "Cross.toml",
    "Manifest.toml",
    "Project.toml",
    "Scarb.toml",
    "book.toml",
    "bunfig.toml",
    "cliff.toml",
    "clippy.toml",
    "deny.toml",
    "dist-workspace.toml",
    "fly.toml",
    "foundry.toml",
    "hugo.toml",
    "mise.toml",
    "netlify.toml",
    "pixi.toml",
    "poetry.toml",
    "pyproject.toml",
    "railway.toml",
    "release-plz.toml",
    "ruff.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "samconfig.toml",
    "taplo.toml",
    "typos.toml",
    "uv.toml",
    "wrangler.toml",
];

/// Whether a file of this name belongs to another tool, and is skipped in folders.
pub(super) fn is_foreign(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What a file is that is not TOML, such as "a Postman collection"; `None` for TOML and what is not known.
pub(super) fn format_of(text: &str) -> Option<&'static str> {
    let first = text.lines().map(str::trim_end).find(|line| {
        !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("//")
    })?;
    match first.trim_start().chars().next()? {
        '{' | '[' => serde_json::from_str(text)
            .ok()
            .map(|json| json_format(&json)),
        '<' => Some("an HTML or XML document"),
        _ => line_format(first, text),
    }
}

fn json_format(json: &Value) -> &'static str {
    let has = |key: &str| json.get(key).is_some();
    if json
        .get("log")
        .is_some_and(|log| log.get("entries").is_some())
    {
        "a HAR file"
    } else if has("openapi") || has("swagger") {
        "an OpenAPI document"
    } else if has("item") && has("info") || has("requests") && has("order") {
        "a Postman collection"
    } else if has("values") && has("name") {
        "a Postman environment"
    } else if has("_type") && has("resources") {
        "an Insomnia export"
    } else {
        "a JSON document"
    }
}

/// The format that the first line that is no comment shows.
fn line_format(first: &str, text: &str) -> Option<&'static str> {
    let has_line = |is: fn(&str) -> bool| text.lines().any(|line| is(line.trim()));
    let mut words = first.split_whitespace();
    let (word, second) = (words.next()?, words.next());
    if second == Some("{") && words.next().is_none() && !word.contains(['"', '=']) {
        return Some("a Bruno request");
    }
    if word == "curl" {
        return Some("a curl command");
    }
    let is_method = word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase());
    if is_method && second.is_some_and(|target| target.contains(['/', '{'])) {
        let is_hurl = |line: &str| {
            line == "[Asserts]"
                || line == "HTTP"
                || line.starts_with("HTTP ")
                || line.starts_with("HTTP/1.1 ")
        };
        return Some(if has_line(is_hurl) {
            "a Hurl file"
        } else {
            "an `.http` file"
        });
    }
    let is_key = |line: &str| {
        line.split_once(':').is_some_and(|(key, rest)| {
            (rest.is_empty() || rest.starts_with(' '))
                && key
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_-.@".contains(c))
        })
    };
    if first == "---" || first.starts_with("- ") || is_key(first) {
        let is_api = |line: &str| line.starts_with("openapi:") || line.starts_with("swagger:");
        return Some(if has_line(is_api) {
            "an OpenAPI document"
        } else {
            "a YAML document"
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::format_of;

    #[test]
    fn files_of_other_tools_are_known_by_their_content() {
        for (text, format) in [
            (
                r#"{"info": {"schema": "x"}, "item": []}"#,
                "a Postman collection",
            ),
            (r#"{"name": "dev", "values": []}"#, "a Postman environment"),
            (r#"{"log": {"entries": []}}"#, "a HAR file"),
            (r#"{"openapi": "3.1.0"}"#, "an OpenAPI document"),
            ("[1, 2]", "a JSON document"),
            ("openapi: 3.1.0\npaths: {}\n", "an OpenAPI document"),
            ("# x\n---\na: 1\n", "a YAML document"),
            ("name: x\n", "a YAML document"),
            ("meta {\n  name: x\n}\n", "a Bruno request"),
            ("### hello\nGET {{url}}/hello\n", "an `.http` file"),
            ("GET https://example.org/hello\n", "an `.http` file"),
            ("GET https://example.org/hello\nHTTP 200\n", "a Hurl file"),
            ("POST http://h/\n[Asserts]\nstatus == 200\n", "a Hurl file"),
            ("curl -X POST http://h/\n", "a curl command"),
            ("<!doctype html>\n", "an HTML or XML document"),
        ] {
            assert_eq!(format_of(text), Some(format), "{text}");
        }
    }

    #[test]
    fn toml_is_left_to_its_reader() {
        for text in [
            "",
            "# nothing\n",
            "[[request]]\nget = \"/\"\n",
            "[defaults]\n",
            "name = \"a: b\"\n",
            "base_url = \"http://h\"",
            "\"GET /\" = 1\n",
            "vars = {\n",
            "get \"/hello\"\n",
            "{",
        ] {
            assert_eq!(format_of(text), None, "{text}");
        }
    }
}
