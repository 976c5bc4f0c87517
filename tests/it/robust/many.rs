//! Many collections side by side, some of them broken, some with stages that are down.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{apitest, events, finished};
use crate::support::Server;

const FILES: usize = 200;

/// Of every ten files: one does not parse, one fails, one has a stage that is down, one runs three rows, the others pass.
fn write(folder: &Path, up: &str, down: &str) {
    for number in 0..FILES {
        let (base, tail) = match number % 10 {
            3 => (up, "[[request\n"),
            5 => (up, "expect.json = { message = \"other\" }\n"),
            7 => (down, ""),
            _ => (up, "expect.json = { message = \"hello\" }\n"),
        };
        let rows = if number % 10 == 8 {
            "rows = [{ id = 1 }, { id = 2 }, { id = 3 }]\n"
        } else {
            ""
        };
        let text = format!(
            "base_url = \"{base}\"\n{rows}\n[[request]]\nname = \"first\"\nget = \"/hello\"\ncapture.message = \"$.message\"\n{tail}\n\
             [[request]]\nname = \"second\"\npost = \"/echo\"\njson = {{ said = \"{{{{ message }}}} {number}\" }}\n\
             expect.jsonpath.\"$.body\" = {{ contains = \"hello {number}\\\"\" }}\n"
        );
        fs::write(folder.join(format!("c{number:03}.toml")), text).unwrap();
    }
}

/// What became of every request, by collection, row and name.
fn outcomes(events: &[Value]) -> BTreeMap<String, String> {
    let told = finished(events).map(|event| {
        let id = format!(
            "{} {} {}",
            event["path"], event["collection_row"], event["name"]
        );
        (id, event["status"].to_string())
    });
    let told: Vec<_> = told.collect();
    let count = told.len();
    let told: BTreeMap<_, _> = told.into_iter().collect();
    assert_eq!(told.len(), count, "nothing is told twice");
    told
}

#[test]
fn every_result_is_there_and_the_same_each_time() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let down = format!("http://{}", Server::start().address());
    std::thread::sleep(std::time::Duration::from_millis(50));
    write(folder.path(), &server.url(""), &down);
    let (first, code) = events(folder.path(), &["--jobs", "8", "."]);
    assert_eq!(code, Some(2), "a broken file makes the run wrong");
    let last = first.last().unwrap();
    let tenth = FILES / 10;
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let counts = [
        &last["broken"],
        &last["unreachable"],
        &last["counts"]["passed"],
    ]
    .map(number);
    assert_eq!(counts, [tenth, 1, tenth * (6 * 2 + 6 + 1)]);
    // Of the stage that is down those tell that tried it at the same time, all others wait for one of them.
    let (failed, blocked) = (
        number(&last["counts"]["failed"]),
        number(&last["counts"]["blocked"]),
    );
    assert!(
        failed > tenth && failed + blocked == tenth + tenth * 2,
        "{last}"
    );
    let told = outcomes(&first);
    assert_eq!(told.len(), tenth * (6 * 2 + 3 * 2 + 2 + 2));
    let settled = |told: &BTreeMap<String, String>| -> Vec<(String, String)> {
        let down =
            |id: &str| (0..tenth).any(|ten| id.contains(&format!("c{:03}.toml", ten * 10 + 7)));
        told.iter()
            .filter(|(id, _)| !down(id))
            .map(|(id, status)| (id.clone(), status.clone()))
            .collect()
    };
    for jobs in ["1", "3"] {
        let (again, code) = events(folder.path(), &["--jobs", jobs, "."]);
        assert_eq!(
            (code, settled(&outcomes(&again))),
            (Some(2), settled(&told)),
            "{jobs} jobs"
        );
    }
}

#[test]
fn lines_of_collections_stay_together_on_the_terminal() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    for number in 0..40 {
        let request =
            |name: &str| format!("[[request]]\nname = \"{name} {number}\"\nget = \"/hello\"\n");
        let text = format!(
            "base_url = \"{}\"\n{}{}",
            server.url(""),
            request("first"),
            request("second")
        );
        fs::write(folder.path().join(format!("c{number:02}.toml")), text).unwrap();
    }
    let output = apitest(folder.path(), &["run", "--jobs", "8", "."]);
    let shown = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = shown.lines().collect();
    for number in 0..40 {
        let header = lines
            .iter()
            .position(|line| line.starts_with(&format!("c{number:02} ")))
            .unwrap();
        assert!(
            lines[header + 1].contains(&format!("first {number} ")),
            "{shown}"
        );
        assert!(
            lines[header + 2].contains(&format!("second {number} ")),
            "{shown}"
        );
    }
    assert!(shown.contains("80 passed"), "{shown}");
    assert_eq!(output.status.code(), Some(0));
}
