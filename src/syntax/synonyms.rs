//! Keys of other tools, and the line to write instead.

/// A key that tells the tables with this advice from others, the names that other tools use, and what to write. Names
/// are in lower case, without `_` and `-`.
type Advice = (&'static str, &'static [&'static str], &'static str);

/// The first row whose key is one of the table's and whose names have the one that is written.
const ADVICE: &[Advice] = &[
    (
        "xpath",
        &["body", "content", "response", "contains", "bodycontains"],
        "write `json = { … }` for the whole document, `jsonpath.\"$.a\"` for a part, or `text`",
    ),
    (
        "xpath",
        &["code", "statuscode", "responsecode", "httpstatus"],
        "write `status = 200`",
    ),
    (
        "xpath",
        &["responsetime", "duration", "latency", "maxtime", "timeout"],
        "write `time = { lt = \"500ms\" }`",
    ),
    (
        "xpath",
        &["bodypath", "path", "jpath", "jsonpaths"],
        "write `jsonpath.\"$.a\" = 1`",
    ),
    (
        "multipart",
        &["body", "data", "payload", "content", "raw", "requestbody"],
        "write the body as `json = { … }`, `form = { … }` or `text = \"…\"`",
    ),
    (
        "multipart",
        &["files", "upload", "formdata"],
        "write `multipart = { file = { file = \"path\" } }`",
    ),
    (
        "path_params",
        &[
            "params",
            "queryparams",
            "querystring",
            "qs",
            "search",
            "urlparams",
        ],
        "write `query = { name = \"value\" }`",
    ),
    (
        "path_params",
        &["endpoint", "uri", "path", "href", "request", "target"],
        "write the method with the path, such as `get = \"/hello\"`",
    ),
    (
        "expect",
        &[
            "assert",
            "asserts",
            "assertion",
            "assertions",
            "verify",
            "check",
            "checks",
            "test",
            "tests",
            "should",
            "then",
            "validate",
            "response",
            "status",
            "expected",
        ],
        "write `expect.status = 200`, or a table `expect = { status = 200 }`",
    ),
    (
        "capture",
        &["extract", "save", "store", "set", "export", "register"],
        "write `capture = { token = \"$.token\" }`",
    ),
    (
        "needs",
        &["depends", "dependson", "requires"],
        "write `needs = [\"name of a request\"]`",
    ),
    (
        "auth",
        &[
            "authorization",
            "authentication",
            "bearer",
            "token",
            "basicauth",
            "login",
        ],
        "write `auth = { bearer = \"{{ token }}\" }`, or `auth = { basic = { user, password } }`",
    ),
    (
        "tls",
        &[
            "insecure",
            "verifyssl",
            "verify",
            "ssl",
            "strictssl",
            "cert",
            "cacert",
        ],
        "write `tls = { insecure = true }`, or `tls = { ca = \"ca.pem\" }`",
    ),
    (
        "delay",
        &["sleep", "wait", "pause"],
        "write `delay = \"500ms\"`",
    ),
    (
        "rows",
        &[
            "foreach",
            "examples",
            "matrix",
            "parametrize",
            "withitems",
            "iterations",
        ],
        "write `rows = [{ name = \"value\" }]`, or `rows = \"rows.csv\"`",
    ),
    (
        "when",
        &["if", "condition", "onlyif"],
        "write `when = \"{{ expression }}\"`",
    ),
    (
        "skip",
        &["disabled", "ignore", "ignored", "enabled"],
        "write `skip = true`, or the reason",
    ),
    (
        "base_url",
        &["url", "host", "server", "baseuri", "endpoint"],
        "write `base_url = \"https://example.org\"`",
    ),
    (
        "vars",
        &["env", "variables", "variable", "environment"],
        "write `[vars]`; for an environment variable `token = { env = \"TOKEN\", secret = true }`",
    ),
    (
        "setup",
        &["before", "beforeall", "pre", "prerequest", "given"],
        "write one `[[setup]]` for each request that runs first",
    ),
    (
        "teardown",
        &["after", "afterall", "cleanup", "finally"],
        "write one `[[teardown]]` for each request that runs last",
    ),
    (
        "request",
        &[
            "steps",
            "step",
            "tests",
            "test",
            "items",
            "item",
            "testcases",
            "calls",
        ],
        "write one `[[request]]` for each request",
    ),
    (
        "jobs",
        &["concurrency", "parallel", "workers", "threads"],
        "write `jobs = 4`",
    ),
    (
        "one_of",
        &["notempty", "nonempty", "isnotempty"],
        "write `empty = false`",
    ),
    (
        "one_of",
        &["isnull", "null", "none", "nil"],
        "write `equals = \"{{ null }}\"`",
    ),
    (
        "one_of",
        &["present", "defined", "isdefined", "required"],
        "write `exists = true`",
    ),
];

/// The line to write instead of a key that another tool has, in a table with these keys.
pub(super) fn advice<'a>(
    key: &str,
    known: &(impl Iterator<Item = &'a str> + Clone),
) -> Option<&'static str> {
    let name: String = key
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    ADVICE
        .iter()
        .find(|(of, names, _)| {
            names.contains(&name.as_str()) && known.clone().any(|key| key == *of)
        })
        .map(|(_, _, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::{ADVICE, advice};
    use crate::syntax::keys::{BODY, COLLECTION, IDENTITY, SETTINGS, TARGET};

    fn request() -> impl Iterator<Item = &'static str> + Clone {
        [IDENTITY, TARGET, BODY, SETTINGS]
            .into_iter()
            .flatten()
            .map(|key| key.name)
    }

    fn collection() -> impl Iterator<Item = &'static str> + Clone {
        COLLECTION.iter().map(|key| key.name)
    }

    #[test]
    fn keys_of_other_tools_have_the_line_to_write() {
        assert!(advice("body", &request()).unwrap().contains("`json"));
        assert!(advice("queryParams", &request()).unwrap().contains("query"));
        assert!(advice("depends_on", &request()).unwrap().contains("needs"));
        assert!(
            advice("tests", &collection())
                .unwrap()
                .contains("[[request]]")
        );
        assert!(advice("url", &collection()).unwrap().contains("base_url"));
        assert_eq!(advice("body", &["a", "b"].into_iter()), None);
        assert_eq!(advice("boddy", &request()), None);
    }

    #[test]
    fn every_row_is_of_a_table() {
        let others = ["xpath", "one_of", "jobs"];
        for (of, names, _) in ADVICE {
            let is_key = |name: &str| request().chain(collection()).any(|key| key == name);
            assert!(is_key(of) || others.contains(of), "{of}");
            assert!(!names.is_empty(), "{of}");
        }
    }
}
