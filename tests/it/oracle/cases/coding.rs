//! Compressed responses.

use crate::oracle::case::Case;

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for coding in [
        "gzip",
        "deflate",
        "raw-deflate",
        "br",
        "zstd",
        "twice",
        "two-gzips",
    ] {
        cases.push(Case::get(
            format!("coding: {coding}"),
            &format!("/{coding}"),
        ));
        cases.push(Case::new(
            format!("coding: HEAD of {coding}"),
            "HEAD",
            &format!("/{coding}"),
        ));
    }
    for coding in ["bad-gzip", "short-gzip"] {
        cases.push(Case::get(format!("coding: {coding}"), &format!("/{coding}")).fails());
    }
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let url = format!("http://{{http2}}/{coding}");
        cases.push(Case::get(format!("coding: {coding} over HTTP/2"), &url).http2());
        let name = format!("coding: {coding} that was not asked for");
        let case = Case::get(name, &format!("/{coding}"));
        cases.push(case.header("accept-encoding", "identity"));
        let target = format!("/respond?header=Content-Encoding:{coding}");
        cases.push(Case::get(format!("coding: {coding} of nothing"), &target));
    }
    let respond = |name: &str, target: &str| Case::get(format!("coding: {name}"), target);
    cases.extend([
        respond(
            "identity",
            "/respond?header=Content-Encoding:identity&body=hello",
        ),
        respond(
            "unknown",
            "/respond?header=Content-Encoding:x-rot13&body=hello",
        ),
        respond(
            "compress",
            "/respond?header=Content-Encoding:compress&body=hello",
        ),
        respond("empty", "/respond?header=Content-Encoding:&body=hello"),
        respond("204", "/respond?status=204&header=Content-Encoding:gzip"),
        respond("304", "/respond?status=304&header=Content-Encoding:gzip"),
        respond(
            "upper case",
            "/respond?header=Content-Encoding:GZIP&body=hello",
        ),
        respond("large", "/bomb/1"),
    ]);
    cases
}
