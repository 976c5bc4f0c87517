//! `auth.api_key`: a key in a header or in the query.

use std::sync::Arc;

use super::{
    AuthScheme, AuthScope, Authentication, Filled, Node, Problems, Text, WrittenAuth, check_keys,
    needs, required, wrong_type,
};
use crate::source::Span;
use crate::syntax::Key;
use crate::syntax::keys::keys;

const MEMBERS: &[Key] = keys! {
    "name": "string", "the name of the header or parameter; `x-api-key` by default";
    "value": "scalar", "the key";
    "in": "#header_or_query", "`\"header\"` or `\"query\"`";
};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "api_key",
        shape: "#api_key",
        about: "`{ name, value, in = \"header\" }`, or `\"query\"`",
    },
    members: MEMBERS,
    rules: || needs(&["value"]),
    choices: &[("header_or_query", || vec!["header", "query"])],
    secrets: &["api_key", "value"],
    decode: |node, problems| Some(Arc::new(decode(node, problems)?)),
};

#[derive(Debug)]
struct ApiKey {
    /// Name of the header or parameter.
    name: String,
    value: Text,
    /// Whether the key is a query parameter rather than a header.
    in_query: bool,
}

fn decode(node: &Node, problems: &mut Problems) -> Option<ApiKey> {
    let table = node.table("a table `{ name, value, in }`", problems)?;
    check_keys(table, &[MEMBERS], "an API key", problems);
    let name = table
        .get("name")
        .and_then(|node| node.string(problems))
        .unwrap_or("x-api-key")
        .to_owned();
    let in_query = match table.get("in").map(|node| (node, node.as_str())) {
        None | Some((_, Some("header"))) => false,
        Some((_, Some("query"))) => true,
        Some((node, _)) => return problems.refuse(wrong_type(node, "`\"header\"` or `\"query\"`")),
    };
    Some(ApiKey {
        name,
        value: required(node, table, "value", problems)?,
        in_query,
    })
}

impl WrittenAuth for ApiKey {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.value]
    }

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        vec![("the API key", &self.value)]
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        vec![("api_key", &self.value)]
    }

    fn makes_header(&self, name: &str) -> bool {
        !self.in_query && self.name.eq_ignore_ascii_case(name)
    }

    fn fill(&self, _: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let value = scope.required("the API key", &self.value)?;
        scope.hide("api_key", &value);
        let name = self.name.clone();
        Ok(if self.in_query {
            Authentication::Query { name, value }
        } else {
            Authentication::Header { name, value }
        })
    }
}
