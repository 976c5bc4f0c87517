use super::super::samples::{self, Captured};
use super::*;
use crate::event::{Body, Status};

fn written(events: &[Event]) -> String {
    samples::written(&KIND, events)
}

/// The contents of the elements with that start tag.
fn elements<'a>(page: &'a str, tag: &str) -> Vec<&'a str> {
    page.split(tag)
        .skip(1)
        .map(|rest| rest.split("</script>").next().unwrap())
        .collect()
}

fn data(page: &str) -> Vec<serde_json::Value> {
    elements(page, "<script type=\"application/json\">")
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

fn details(page: &str) -> Vec<serde_json::Value> {
    let lines = elements(page, "<script type=\"text/plain\">")
        .into_iter()
        .flat_map(str::lines);
    lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_page_holds_what_was_told_as_data() {
    let events = samples::of_each();
    let page = written(&events);
    let data = data(&page);
    let of = |name: &str| {
        data.iter()
            .find_map(|value| value.get(name))
            .unwrap()
            .clone()
    };
    assert_eq!(of("started")["seed"], 42);
    assert_eq!(of("problem")["message"], "unknown key `statsu`");
    assert_eq!(of("collections")[0]["name"], "hello");
    let row = &of("rows")[0];
    assert_eq!(
        (row["status"].as_str(), row["collection"].as_u64()),
        (Some("failed"), Some(0))
    );
    assert_eq!(
        row["what"],
        "the order is what was ordered: $.order.items[1].qty expected 3, got 1"
    );
    assert_eq!(of("finished")["exit_code"], 1);
    assert_eq!(
        details(&page)[0]["exchange"]["response"]["line"],
        "HTTP/1.1 200 OK"
    );
}

#[test]
fn nothing_that_was_told_is_read_as_markup() {
    let evil = "</script><script>alert(1)</script><!-- \u{1b}\u{0}\u{2028}";
    let mut request = samples::failed(evil, vec![samples::wrong(evil, evil, evil)]);
    request.exchange = Some(samples::exchange(evil));
    let page = written(&[
        samples::collection_started(evil, evil),
        samples::finished(request),
    ]);
    assert_eq!(
        page.matches("<script").count(),
        3,
        "the rows, the requests and the page's own"
    );
    assert!(!page.contains("<!--") && !page.contains('\u{1b}') && !page.contains('\0'));
    assert_eq!(data(&page)[0]["rows"][0]["name"], evil);
    assert_eq!(
        details(&page)[0]["exchange"]["response"]["body"]["text"],
        evil
    );
}

#[test]
fn the_policy_lets_only_the_pages_own_script_and_style_work() {
    let page = written(&[]);
    let hash = |from: &str, to: &str| {
        let text = page.split_once(from).unwrap().1.split_once(to).unwrap().0;
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
    };
    let policy = page
        .split_once("Content-Security-Policy\" content=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; "));
    assert!(policy.contains(&format!("script-src {};", hash("<script>", "</script>"))));
    assert!(policy.contains(&format!("style-src {};", hash("<style>", "</style>"))));
    assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    assert_eq!(
        (
            page.matches("http:").count(),
            page.matches("https:").count()
        ),
        (0, 0),
        "it loads nothing"
    );
}

#[test]
fn bodies_are_bounded_and_that_is_said() {
    let long = "ü".repeat(30_000);
    let mut request = samples::passed("long");
    request.exchange = Some(samples::exchange(&long));
    let page = written(&[samples::finished(request)]);
    let body: &serde_json::Value = &details(&page)[0]["exchange"]["response"]["body"];
    assert_eq!(
        (body["cut"].as_bool(), body["size"].as_u64()),
        (Some(true), Some(60_000))
    );
    assert_eq!(body["text"].as_str().unwrap().len(), 16 * 1024);
}

#[test]
fn a_page_of_very_many_requests_stays_small_enough_to_open() {
    let mut room = SizeBudget::default();
    let mut request = samples::passed("many");
    let body = Body {
        size: 10_000,
        text: Some("x".repeat(10_000)),
        cut: false,
    };
    request.exchange = Some(samples::exchange(&"x".repeat(10_000)));
    request.exchange.as_mut().unwrap().request.body = Some(body);
    let kept = |room: &SizeBudget, request: &RequestFinished| {
        let (kept, left_out) = room.fit(request);
        assert_eq!(kept.exchange.is_none(), left_out);
        kept.exchange.as_ref().map(|exchange| {
            exchange
                .request
                .body
                .as_ref()
                .unwrap()
                .text
                .as_ref()
                .unwrap()
                .len()
        })
    };
    assert_eq!(kept(&room, &request), Some(10_000));
    room.took(Status::Passed, 16_000_000);
    assert_eq!(kept(&room, &request), Some(1024));
    room.took(Status::Passed, 48_000_000);
    assert_eq!(kept(&room, &request), None);
    request.status = Status::Failed;
    assert_eq!(
        kept(&room, &request),
        Some(10_000),
        "what failed has room of its own"
    );
}

#[test]
fn it_is_written_as_the_run_goes() {
    let captured = Captured::default();
    let mut html = Html::new(Output::stream(captured.clone()));
    for number in 0..100 {
        let mut request = samples::passed(&format!("request {number}"));
        request.exchange = Some(samples::exchange(&"x".repeat(10_000)));
        html.tell(&samples::finished(request)).unwrap();
    }
    assert!(
        captured.text().len() > 700_000,
        "what is held back is bounded"
    );
    html.finish().unwrap();
    let rows: usize = data(&captured.text())
        .iter()
        .filter_map(|value| value["rows"].as_array())
        .map(Vec::len)
        .sum();
    assert_eq!((rows, details(&captured.text()).len()), (100, 100));
}
