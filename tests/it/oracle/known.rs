//! The differences that are meant, each with its reason.

/// Cases that differ, the fields in which each of them does, and why.
pub(super) struct Row {
    /// Names of cases; a `*` stands for any text.
    pub(super) cases: &'static [&'static str],
    pub(super) fields: &'static [&'static str],
    pub(super) reason: &'static str,
}

impl Row {
    pub(super) fn is_about(&self, case: &str) -> bool {
        self.cases.iter().any(|pattern| matches(pattern, case))
    }

    pub(super) fn covers(&self, case: &str, field: &str) -> bool {
        self.is_about(case) && self.fields.contains(&field)
    }
}

/// Whether a name is that of a pattern, in which one `*` may stand for any text.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((beginning, end)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let rest = name.strip_prefix(beginning);
    rest.is_some_and(|rest| rest.ends_with(end))
}

pub(super) const DIFFERENCES: &[Row] = &[
    // Bodies.
    Row {
        cases: &[
            "POST with no body",
            "POST with empty body",
            "PUT with no body",
            "PUT with empty body",
            "PATCH with no body",
            "PATCH with empty body",
            "body: form without fields",
            "redirect: * of POST",
            "redirect: * of PUT",
            "redirect: * of PATCH",
        ],
        fields: &["header content-length"],
        reason: "RFC 9110 section 8.6: a method that anticipates a body says that it is empty; \
            reqwest does not",
    },
    Row {
        cases: &["GET with chunks", "HEAD with chunks"],
        fields: &[
            "body",
            "header transfer-encoding",
            "response header content-length",
        ],
        reason: "reqwest drops a body of unknown length without a word if the method does not \
            anticipate one",
    },
    Row {
        cases: &["GET with chunks"],
        fields: &["response body"],
        reason: "the body that reqwest dropped cannot come back",
    },
    Row {
        cases: &[
            "multipart: quotes in names",
            "multipart: line breaks in a name",
            "multipart: names beyond ASCII",
            "multipart: spaces in names",
        ],
        fields: &["body", "header content-length"],
        reason: "RFC 7578 section 4.2 forbids `name*=`, which reqwest writes; ours are as \
            browsers write them",
    },
    // URLs.
    Row {
        cases: &[
            "target: /a#part",
            "target: /a?b#c?d",
            "HTTP/2: target: /a?b#c?d",
            "proxy: a fragment",
        ],
        fields: &["url"],
        reason: "reqwest drops the fragment of the final URL",
    },
    Row {
        cases: &[
            "redirect to /echo#part",
            "redirect keeps a fragment",
            "redirect replaces a fragment",
        ],
        fields: &["url"],
        reason: "RFC 9110 section 10.2.2: a redirect has a fragment of its own, or inherits it; \
            reqwest drops both",
    },
    // Headers.
    Row {
        cases: &["header: cookie: a=1"],
        fields: &["header cookie"],
        reason: "RFC 6265 section 5.4: one `cookie` line at most; reqwest sends each that is \
            written",
    },
    Row {
        cases: &["auth: by hand and in the URL"],
        fields: &["header authorization"],
        reason: "what is written wins over the URL; reqwest sends both lines",
    },
    Row {
        cases: &["HTTP/2: host"],
        fields: &["header :authority", "header host"],
        reason: "RFC 9113 section 8.3.1: `:authority` says what `host` would; reqwest sends \
            both, and they contradict each other",
    },
    // Redirects.
    Row {
        cases: &[
            "redirect: 301 of POST with a body",
            "redirect: 302 of POST with a body",
            "redirect: 303 of POST with a body",
            "redirect: 303 of PUT with a body",
            "redirect: 303 of PATCH with a body",
            "redirect: 303 of DELETE with a body",
        ],
        fields: &["header content-language"],
        reason: "the header describes a body that does not go along (RFC 9110 section 15.4)",
    },
    Row {
        cases: &[
            "redirect: 307 of POST with chunks",
            "redirect: 308 of POST with chunks",
        ],
        fields: &[
            "requests",
            "connections",
            "redirects",
            "status",
            "url",
            "response header location",
            "response header content-type",
        ],
        reason: "ours reads a body anew; reqwest cannot send a stream twice, and takes the \
            redirect as the response",
    },
    Row {
        cases: &["redirect to http://", "redirect to http://[::x/"],
        fields: &["outcome"],
        reason: "a redirect that cannot be followed is an error; reqwest takes it as the \
            response",
    },
    Row {
        cases: &["redirect to two places"],
        fields: &["requests", "connections", "outcome"],
        reason: "two different `location` lines are an error; reqwest follows the first",
    },
    Row {
        cases: &[
            "redirect to http://ada:secret@{plain}/echo",
            "redirect to http://ada:secret@{other}/echo",
            "redirect with credentials to http://ada:secret@{other}/echo",
        ],
        fields: &["header authorization", "url"],
        reason: "user and password of a `location` are used, as in browsers, and not shown; \
            reqwest shows and does not send them",
    },
    Row {
        cases: &["redirect to http://ada:secret@{plain}/echo"],
        fields: &["connections"],
        reason: "reqwest keeps connections apart by user and password in the URL",
    },
    Row {
        cases: &[
            "redirect with credentials to http://*",
            "redirect with credentials to https://{secure}/hello",
        ],
        fields: &["header www-authenticate"],
        reason: "reqwest drops it on the way to another origin; it is a header of responses, \
            and no secret in a request",
    },
    Row {
        cases: &["redirect with a host to another server"],
        fields: &["header host"],
        reason: "a written `host` is for the origin that it was written for; reqwest sends it \
            to the other one too",
    },
    // Cookies.
    Row {
        cases: &["cookies: domain that is a public suffix*"],
        fields: &["header cookie"],
        reason: "RFC 6265bis section 5.7: no cookies for public suffixes; reqwest has no list \
            of them",
    },
    Row {
        cases: &["cookies: no name", "cookies: no equals sign"],
        fields: &["header cookie"],
        reason: "RFC 6265bis section 5.6 keeps cookies without a name, as browsers do; reqwest \
            refuses them",
    },
    Row {
        cases: &[
            "cookies: prefix __Host- without a path",
            "cookies: prefix __Secure- over http",
        ],
        fields: &["header cookie"],
        reason: "RFC 6265bis section 4.1.3: reqwest does not know the prefixes",
    },
    Row {
        cases: &["cookies: too long"],
        fields: &["header cookie"],
        reason: "RFC 6265bis section 5.6: name and value have 4096 bytes at most; reqwest has \
            no limit",
    },
    Row {
        cases: &[
            "cookies: written besides",
            "cookies: set by a redirect, written too",
        ],
        fields: &["header cookie"],
        reason: "the jar's cookies go besides those that are written; with a written one, \
            reqwest sends none of the jar",
    },
    // Compressed responses.
    Row {
        cases: &[
            "coding: gzip*",
            "coding: deflate*",
            "coding: br*",
            "coding: zstd*",
            "coding: large",
            "coding: two-gzips",
            "coding: HEAD of gzip",
            "coding: HEAD of deflate",
            "coding: HEAD of raw-deflate",
            "coding: HEAD of br",
            "coding: HEAD of zstd",
            "coding: HEAD of two-gzips",
        ],
        fields: &[
            "response header content-encoding",
            "response header content-length",
        ],
        reason: "reqwest removes both headers if it decodes; tests of an API look at them",
    },
    Row {
        cases: &["coding: 204", "coding: 304"],
        fields: &["response header content-encoding"],
        reason: "the same, without a body",
    },
    Row {
        cases: &["coding: raw-deflate"],
        fields: &["outcome"],
        reason: "RFC 9110 section 8.4.1.2 names servers that send deflate without zlib's frame; \
            browsers take it, reqwest does not",
    },
    Row {
        cases: &["coding: twice"],
        fields: &["response body"],
        reason: "several codings are undone one after the other; reqwest returns the body as it \
            came",
    },
    Row {
        cases: &["coding: two-gzips"],
        fields: &["response body"],
        reason: "RFC 1952 section 2.2: a gzip file may have several members; reqwest loses all \
            behind the first",
    },
    Row {
        cases: &["coding: upper case"],
        fields: &["outcome"],
        reason: "RFC 9110 section 8.4.1: names of codings have no case; reqwest knows only \
            lower case, and decodes nothing",
    },
    // Responses.
    Row {
        cases: &["response: /folded"],
        fields: &["outcome"],
        reason: "RFC 9112 section 5.2: a client takes a folded line, with a space for the line \
            break; reqwest refuses it",
    },
    Row {
        cases: &["response: /latin1-header"],
        fields: &["response header x-a"],
        reason: "a value that is not UTF-8 is read as ISO 8859-1; reqwest gives its bytes",
    },
    Row {
        cases: &["response: /many-headers"],
        fields: &["outcome"],
        reason: "ours reads up to 4,000 header lines, reqwest up to 100",
    },
    // Proxies.
    Row {
        cases: &["proxy: credentials of its own, after a redirect"],
        fields: &["header proxy-authorization"],
        reason: "the proxy is still the same; reqwest does not send it its credentials again",
    },
];
