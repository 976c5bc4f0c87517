//! What is done around a request: reading and checking collections, JSON, differences, redaction, snapshots.
//!
//! `cargo bench --bench run`; the bar of the first is half a second.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement may fail loudly"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use apitest::clock::Clock;
use apitest::http::Response;
use apitest::plan::{self, Plan, PlanInputs, Selection};
use apitest::secret::Redactor;
use apitest::snapshot::{self, Content, Head, Rules, store};
use apitest::source::{Diagnostic, File};
use apitest::syntax::Settings;
use apitest::value::{self, Value, diff};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A collection of so many requests, each with what a usual one has.
fn collection(requests: usize) -> Arc<File> {
    let mut text = String::from(
        "name = \"many\"\nbase_url = \"http://127.0.0.1:1\"\n[vars]\nkey = \"value\"\n",
    );
    for number in 1..=requests {
        write!(
            text,
            "\n[[request]]\nname = \"order {number}\"\npost = \"/orders/{number}\"\njson = {{ key = \"{{{{ key }}}}\" }}\n\
             expect.status = 200\nexpect.jsonpath.\"$.order.id\" = {number}\n\
             expect.jsonpath.\"$.order.items[1].name\" = {{ contains = \"{{{{ key }}}}\" }}\n"
        )
        .unwrap();
    }
    File::new("many.toml", text)
}

fn world() -> PlanInputs {
    PlanInputs {
        environment: Arc::new(|_| None),
        clock: Clock::System,
        seed: 1,
        run_id: "bench".to_owned(),
        given: Vec::new(),
        root: None,
        allow_commands: false,
        env_allow: None,
        sends: false,
        reads: apitest::plan::Reads::default(),
        stdin: Arc::new(|| Ok(String::new())),
        environment_settings: Settings::default(),
        command_line: Settings::default(),
    }
}

fn build(file: &Arc<File>, world: &PlanInputs) -> (Plan, Vec<Diagnostic>) {
    let files = [file.clone()];
    let selection = Selection::default();
    plan::build(&plan::Input {
        files: &files,
        project: None,
        project_sound: true,
        stage: None,
        base_url: None,
        selection: &selection,
        others: &Vec::new,
        world,
    })
}

fn plans(criterion: &mut Criterion) {
    let (file, world) = (collection(10_000), world());
    let (plan, problems) = build(&file, &world);
    assert!(problems.is_empty() && plan.broken == 0);
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    group.bench_function("read and check 10,000 requests", |bencher| {
        bencher.iter(|| black_box(build(&file, &world)));
    });
}

/// A document of about two megabytes.
fn document(quantity: usize) -> String {
    items(25_000, quantity)
}

fn items(count: usize, quantity: usize) -> String {
    let item = |number: usize| {
        format!(
            r#"{{"id":{number},"name":"item {number}","price":{number}.50,"qty":{quantity},"tags":["a","b"],"note":null}}"#
        )
    };
    format!(
        r#"{{"items":[{}]}}"#,
        (0..count).map(item).collect::<Vec<_>>().join(",")
    )
}

fn values(criterion: &mut Criterion) {
    let text = document(3);
    let expected = value::parse(&text).unwrap();
    let mut actual = expected.clone();
    if let Value::Object(members) = &mut actual
        && let Some(Value::Array(items)) = members.get_mut("items")
        && let Some(Value::Object(item)) = items.get_mut(12_000)
    {
        item.insert("qty".into(), Value::from("4"));
    }
    assert_eq!(diff::diff(&expected, &actual).len(), 1);
    let mut group = criterion.benchmark_group("value");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| value::parse(black_box(&text)).unwrap());
    });
    group.bench_function("parse, serde_json", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&text)).unwrap());
    });
    group.bench_function("diff, one leaf differs", |bencher| {
        bencher.iter(|| diff::diff(black_box(&expected), &actual));
    });
}

fn secrets(criterion: &mut Criterion) {
    let redactor = Redactor::default();
    for number in 0..20 {
        redactor
            .add(
                &format!("SECRET_{number}"),
                &format!("correct horse battery staple {number}"),
            )
            .unwrap();
    }
    let text = document(3);
    let mut group = criterion.benchmark_group("secret");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("redact, 20 secrets", |bencher| {
        bencher.iter(|| redactor.redact(black_box(&text)).len());
    });
}

/// An answer of ten megabytes, held against its snapshot on disk: all that `expect.snapshot` does, reading the file included.
fn snapshots(criterion: &mut Criterion) {
    let text = items(125_000, 3);
    let changed = text.replacen("\"qty\":3", "\"qty\":4", 1);
    let (rules, redactor, hides) = (Rules::default(), Redactor::default(), Redactor::default());
    hides.add("TOKEN", "correct horse battery staple").unwrap();
    let answer = |text: &str| {
        Response::new(
            200,
            vec![("content-type".into(), "application/json".into())],
            text.to_owned(),
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.snap");
    let written = snapshot::File::text(
        &Head::default(),
        &Content::take(&answer(&text), &rules, &redactor),
    );
    store::write(&path, &written).unwrap();
    let check = |text: &str, redactor: &Redactor| {
        let answer = answer(text);
        let stored = store::read(&path).unwrap().unwrap();
        snapshot::compare(&stored, &Content::take(&answer, &rules, redactor), &rules).unwrap()
    };
    assert!(check(&text, &hides).is_empty());
    let told: Vec<String> = check(&changed, &redactor)
        .iter()
        .flat_map(|change| &change.differences.kept)
        .map(ToString::to_string)
        .collect();
    assert_eq!(told, ["$.items[0].qty: expected 3, got 4"]);
    let mut group = criterion.benchmark_group("snapshot");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| value::parse(black_box(&text)).unwrap());
    });
    group.bench_function("check, the same", |bencher| {
        bencher.iter(|| check(black_box(&text), &redactor));
    });
    group.bench_function("check, the same, a secret is known", |bencher| {
        bencher.iter(|| check(black_box(&text), &hides));
    });
    group.bench_function("check, one leaf differs", |bencher| {
        bencher.iter(|| check(black_box(&changed), &redactor));
    });
}

criterion_group!(benches, plans, values, secrets, snapshots);
criterion_main!(benches);
