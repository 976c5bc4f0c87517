//! What people see, from recorded events; each snapshot was read by a person at 80 columns.

use std::time::Duration;

use super::*;
use crate::event::{Body, Counts, ErrorKind, Exchange, Failure, Subject};
use crate::report::samples::*;

const OPTIONS: Options = Options {
    color: false,
    width: 80,
    verbosity: Verbosity::Normal,
    progress: false,
    live: false,
    folds: Folds::None,
    links: None,
};
const QUIET: Options = Options {
    verbosity: Verbosity::Quiet,
    ..OPTIONS
};
const VERBOSE: Options = Options {
    verbosity: Verbosity::Verbose,
    ..OPTIONS
};

/// What is written to standard output and standard error.
fn written(options: Options, events: &[Event]) -> (String, String) {
    let (out, err) = (Captured::default(), Captured::default());
    let mut terminal = Terminal::new(options, Box::new(out.clone()), Box::new(err.clone()));
    for event in events {
        terminal.tell(event).unwrap();
    }
    terminal.finish().unwrap();
    (out.text(), err.text())
}

fn shown(options: Options, events: &[Event]) -> String {
    written(options, events).0
}

#[test]
fn a_green_run() {
    insta::assert_snapshot!(shown(OPTIONS, &plain(passing())));
}

#[test]
fn a_green_run_in_colour() {
    let options = Options {
        color: true,
        ..OPTIONS
    };
    insta::assert_snapshot!(shown(options, &plain(passing())).replace('\u{1b}', "␛"));
}

#[test]
fn a_failing_run() {
    let mut requests = passing();
    requests.extend([wrong_status(), wrong_json()]);
    insta::assert_snapshot!(shown(OPTIONS, &plain(requests)));
}

#[test]
fn a_failure_in_colour() {
    let options = Options {
        color: true,
        ..OPTIONS
    };
    insta::assert_snapshot!(shown(options, &plain(vec![wrong_json()])).replace('\u{1b}', "␛"));
}

#[test]
fn differing_lines_of_text() {
    let lines = ["@@ -1,2 +1,2 @@", " Dear", "-Ann", "+Bob"].map(|line| difference("", line));
    let text = Failure {
        differences: lines.to_vec(),
        ..wrong("text", "Dear\nAnn", "Dear\nBob")
    };
    let hunks = difference(
        "$.letter",
        "the strings differ\n@@ -1,2 +1,2 @@\n Dear\n-Ann\n+Bob",
    );
    let json = Failure {
        differences: vec![hunks],
        ..wrong("json", "…", "…")
    };
    let long = "a value that is far too long for one line of a terminal, ".repeat(3);
    let header = Failure {
        hint: Some("headers are compared as they were sent".into()),
        ..wrong("header x-note", &long, &long)
    };
    let failed = failed("a letter", vec![text, json, header]);
    let exchange = Exchange {
        ..exchange("Dear\nBob\n")
    };
    insta::assert_snapshot!(shown(
        OPTIONS,
        &plain(vec![RequestFinished {
            exchange: Some(exchange),
            ..failed
        }])
    ));
}

#[test]
fn what_is_blocked_stands_under_its_cause() {
    insta::assert_snapshot!(shown(OPTIONS, &plain(blocked())));
}

#[test]
fn a_stage_that_is_down_is_told_once() {
    let down = |name: &str| {
        unanswered(
            name,
            "connect",
            "no connection to 127.0.0.1:4010: connection refused",
        )
    };
    let mut requests: Vec<_> = (1..=1000)
        .map(|row| RequestFinished {
            row: Some(row),
            ..down("GET /hello greets")
        })
        .collect();
    requests.push(unanswered("GET /slow", "timeout", "no response within 2 s"));
    let events = run(requests, |over| (over.unreachable, over.exit_code) = (1, 3));
    let shown = shown(OPTIONS, &events);
    let end = shown.lines().skip_while(|line| !line.is_empty());
    insta::assert_snapshot!(end.collect::<Vec<_>>().join("\n"));
}

#[test]
fn collections_side_by_side_are_shown_one_after_the_other() {
    let of = |path: &str, name: &str| RequestFinished {
        path: path.into(),
        ..passed(name)
    };
    let events = [
        collection_started("a.toml", "first"),
        collection_started("b.toml", "second"),
        finished(of("b.toml", "b 1")),
        finished(of("a.toml", "a 1")),
        collection_finished("b.toml", "second", Counts::default()),
        finished(of("a.toml", "a 2")),
        collection_finished("a.toml", "first", Counts::default()),
        Event::RunFinished(run_finished(Counts {
            passed: 3,
            ..Counts::default()
        })),
    ];
    insta::assert_snapshot!(shown(OPTIONS, &events));
}

#[test]
fn a_broken_file_is_told_on_standard_error_and_the_others_run() {
    let mut events = run(passing(), |over| (over.broken, over.exit_code) = (1, 2));
    events.insert(1, Event::Problem(problem()));
    let (out, err) = written(OPTIONS, &events);
    assert_eq!(err, format!("{}\n", problem().rendered));
    insta::assert_snapshot!(out);
    let (_, coloured) = written(
        Options {
            color: true,
            ..OPTIONS
        },
        &events,
    );
    insta::assert_snapshot!("a_problem_in_colour", coloured.replace('\u{1b}', "␛"));
}

#[test]
fn an_interrupted_run() {
    let mut requests = vec![passed("GET /hello greets")];
    requests.extend((0..40).map(|_| ended("later", Status::NotRun, "interrupted")));
    requests.push(RequestFinished {
        part: Part::Teardown,
        ..passed("log out")
    });
    let events = run(requests, |over| {
        (over.interrupted, over.exit_code) = (true, 130);
    });
    insta::assert_snapshot!(shown(OPTIONS, &events));
}

#[test]
fn what_is_told_before_the_end_is_never_lost() {
    let events = plain(vec![passed("GET /hello greets"), wrong_status()]);
    let shown = shown(OPTIONS, &events[..events.len() - 2]);
    assert!(
        shown.contains("✓ GET /hello greets") && shown.contains("✗ 1  hello › GET /hello greets"),
        "{shown}"
    );
}

#[test]
fn nothing_ran() {
    let reason = "nothing was selected: no request has the tag `smoke`";
    let events = run(Vec::new(), |over| {
        (over.reason, over.exit_code) = (Some(reason.into()), 2);
    });
    insta::assert_snapshot!(shown(OPTIONS, &events));
    insta::assert_snapshot!("nothing_ran_quietly", shown(QUIET, &events));
}

#[test]
fn the_slowest_of_many() {
    let request = |at: u64| RequestFinished {
        duration: Duration::from_millis(at * 100),
        ..passed(&format!("request {at}"))
    };
    let shown = shown(OPTIONS, &plain((1..=11).map(request).collect()));
    insta::assert_snapshot!(shown.lines().skip(12).collect::<Vec<_>>().join("\n"));
}

#[test]
fn quiet_shows_failures_only() {
    assert_eq!(
        written(QUIET, &plain(passing())),
        (String::new(), String::new())
    );
    insta::assert_snapshot!(shown(QUIET, &plain(vec![passed("GET /"), wrong_status()])));
}

#[test]
fn verbose_shows_every_exchange() {
    let mut sent = exchange(r#"{"message":"Hi from Lambda!","items":[1,2]}"#);
    sent.request.line = format!("POST {BASE}/hello HTTP/1.1");
    sent.request.body = Some(Body {
        size: 14,
        text: Some("key=value&a=b\n".into()),
        cut: false,
    });
    sent.hops = vec![crate::event::Hop {
        url: format!("{BASE}/old"),
        status: 302,
        headers: vec![("location".into(), "/dev/hello".into())],
        duration: Duration::ZERO,
        timing: crate::event::Timing {
            dns: Some(Duration::from_micros(210)),
            connect: Some(Duration::from_millis(1)),
            ..crate::report::samples::timing()
        },
    }];
    let binary = Exchange {
        response: sent.response.clone().map(|mut response| {
            response.body = Some(Body {
                size: 4_096,
                text: None,
                cut: false,
            });
            response
        }),
        ..exchange("")
    };
    let requests = vec![
        RequestFinished {
            exchange: Some(sent),
            ..passed("POST /hello")
        },
        RequestFinished {
            exchange: Some(binary),
            ..passed("GET /logo.png")
        },
        unanswered("GET /slow", "timeout", "no response within 2 s"),
    ];
    insta::assert_snapshot!(shown(VERBOSE, &plain(requests)));
}

#[test]
fn long_and_wide_names_keep_the_columns() {
    let mut events = plain(vec![
        passed(
            "a name that goes on and on, since whoever wrote it wanted to say all of it in one line",
        ),
        passed(
            "漢字の名前はとても広いので列をずらしてはいけませんし折り返しも正しくなければなりません",
        ),
        RequestFinished {
            error: Some(ErrorKind::Protocol),
            code: None,
            ..passed("expects no response")
        },
        RequestFinished {
            duration: Duration::from_secs(123),
            ..passed("slow")
        },
        ended(
            "skipped",
            Status::Skipped,
            "a reason that is longer than what is left of the line behind the name",
        ),
    ]);
    let url = "https://abc123.execute-api.ap-northeast-2.amazonaws.com/dev";
    for event in &mut events {
        match event {
            Event::CollectionStarted(started) => {
                (started.base_url, started.row) = (Some(url.into()), Some(3));
            }
            Event::RequestFinished(request) => request.collection_row = Some(3),
            _ => {}
        }
    }
    let shown = shown(OPTIONS, &events);
    assert!(
        shown.lines().all(|line| crate::text::width(line) <= 80),
        "{shown}"
    );
    insta::assert_snapshot!(shown);
}

/// A request of which every text is hostile.
fn hostile_request(evil: &str, big: &str) -> RequestFinished {
    let failure = Failure {
        subject: Subject::other(evil),
        message: Some(evil.into()),
        actual: Some(format!("{evil}{big}")),
        hint: Some(evil.into()),
        differences: vec![
            difference(evil, &format!("{evil}{big}")),
            difference("", big),
        ],
        place: Some(place(evil, 3, 5, &format!("{evil}{big}"), usize::MAX)),
        ..wrong("", big, "")
    };
    let mut request = failed(
        evil,
        vec![
            failure.clone(),
            Failure {
                differences: Vec::new(),
                ..failure.clone()
            },
        ],
    );
    request.failures.push(Failure {
        message: None,
        differences: Vec::new(),
        ..failure
    });
    request.method = format!("{evil}{big}");
    request.url = format!("{evil}{big}");
    request.diagnosis = Some(format!("{evil}{big}"));
    request.request_ids = vec![(evil.into(), big.to_owned()), (big.to_owned(), evil.into())];
    // A line break in a command belongs to what it sends.
    request.curl = Some(format!("curl '{}{big}'", evil.replace(['\r', '\n'], "")));
    request.rerun = None;
    request.exchange = Some(exchange(&format!("{evil}{big}")));
    request
}

/// Names, responses and messages are somebody else's.
#[test]
fn hostile_text_stays_in_its_place() {
    let evil = "\u{1b}[2J\u{1b}]0;title\u{7}\r\nfake ✓ line\u{202e}\u{2028}";
    let big = "x".repeat(10_000_000);
    let request = hostile_request(evil, &big);
    let unnamed = RequestFinished {
        name: big.clone(),
        error: Some(ErrorKind::Protocol),
        code: None,
        ..request.clone()
    };
    let json = exchange(&format!(r#"{{"{}":["{big}"]}}"#, "\\u001b[2J"));
    let json = RequestFinished {
        exchange: Some(json),
        reason: Some(big.clone()),
        ..request.clone()
    };
    for options in [OPTIONS, VERBOSE, QUIET] {
        let shown = shown(
            options,
            &plain(vec![request.clone(), unnamed.clone(), json.clone()]),
        );
        let steers = |character: char| character.is_control() && character != '\n';
        assert!(
            !shown.contains(steers) && !shown.contains(['\u{202e}', '\u{2028}']),
            "{options:?}"
        );
        assert_eq!(
            shown.lines().find(|line| line.starts_with("fake")),
            None,
            "{options:?}"
        );
        assert!(
            shown.len() < 500_000,
            "{} bytes with {options:?}",
            shown.len()
        );
    }
}

#[test]
fn a_run_that_fails_all_over_is_bounded() {
    let mut causes = Causes::default();
    let look = Theme {
        color: false,
        width: 80,
        links: None,
    };
    for at in 0..1_500 {
        causes.add(
            &failed(
                &format!("request {at}"),
                vec![wrong("status", "200", "500")],
            ),
            &Context::default(),
            OPTIONS.verbosity,
            look,
        );
    }
    let drawn = causes.draw(look);
    assert_eq!(
        drawn.lines().last(),
        Some("… and 500 failures more; `--report json=FILE` holds all of them")
    );
}

#[test]
fn github_folds_collections_and_takes_no_command_from_a_stage() {
    let mut request = failed("GET /hello greets", vec![wrong("status", "200", "403")]);
    request.exchange = Some(exchange("::stop-commands::x"));
    let mut events = vec![
        run_started(),
        collection_started("a.toml", "first"),
        collection_started("b.toml", "second"),
    ];
    for path in ["a.toml", "b.toml"] {
        events.push(finished(RequestFinished {
            path: path.into(),
            ..request.clone()
        }));
        events.push(collection_finished(path, path, Counts::default()));
    }
    events.push(Event::RunFinished(run_finished(Counts {
        failed: 2,
        ..Counts::default()
    })));
    let (shown, _) = written(
        Options {
            folds: Folds::Github,
            ..OPTIONS
        },
        &events,
    );
    let commands: Vec<_> = shown
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
        .collect();
    assert_eq!(commands[1], "::endgroup::");
    assert!(
        commands[0].starts_with("::group::first  a.toml")
            && commands[2].starts_with("::group::second  b.toml"),
        "{shown}"
    );
    assert_eq!(commands[3..], ["::endgroup::"], "{shown}");
    let last = shown.rfind("::endgroup::").unwrap();
    assert!(
        shown.find("✗ 1  first").unwrap() > last,
        "failures stand last and unfolded: {shown}"
    );
}

#[test]
fn many_refusals_of_a_stage_are_one_cause() {
    let refused = |name: &str| {
        let diagnosis = Some("the token is refused".to_owned());
        RequestFinished {
            code: Some(403),
            diagnosis,
            ..failed(name, vec![wrong("status", "200", "403")])
        }
    };
    let mut events = vec![run_started(), collection_started(PATH, "hello")];
    events.extend((1..=200).map(|number| finished(refused(&format!("request {number}")))));
    // One that fails in a way of its own stands for itself.
    let other = RequestFinished {
        code: Some(403),
        ..failed("other", vec![wrong("jsonpath $.a", "1", "2")])
    };
    events.push(finished(other));
    events.push(Event::RunFinished(run_finished(Counts {
        failed: 201,
        ..Counts::default()
    })));
    let (shown, _) = written(QUIET, &events);
    assert!(
        shown.contains("✗ 1  200 requests got 403\n    the token is refused\n"),
        "{shown}"
    );
    assert!(
        shown.contains("… and 190 more")
            && shown.contains("the first of them:")
            && shown.contains("✗ 2  hello › other")
    );
    assert_eq!(shown.matches("run again:").count(), 2, "{shown}");
}

#[test]
fn places_lead_to_their_files_where_the_terminal_opens_links() {
    let refused = |name: &str| RequestFinished {
        code: Some(403),
        ..failed(name, vec![wrong("status", "200", "403")])
    };
    let events = [finished(refused("one"))];
    let link = |text: &str, line: usize| {
        format!(
            "\u{1b}]8;;file:///a%20folder/collections/hello.toml#{line}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"
        )
    };
    for color in [false, true] {
        let options = Options {
            links: Some("/a folder"),
            color,
            ..OPTIONS
        };
        let (shown, _) = written(options, &events);
        let place = refused("one").failures[0].place.clone().unwrap();
        let expectation = format!("collections/hello.toml:{}:{}", place.line, place.column);
        assert!(
            shown.contains(&link(&expectation, place.line)),
            "the expectation's place: {shown:?}"
        );
        // Of one cause each is listed with its place.
        let many = [finished(refused("one")), finished(refused("two"))];
        let (shown, _) = written(options, &many);
        assert_eq!(
            shown
                .matches(&link("collections/hello.toml:20:1", 20))
                .count(),
            if color { 2 } else { 3 },
            "{shown:?}"
        );
    }
    let (shown, _) = written(OPTIONS, &events);
    assert!(!shown.contains('\u{1b}'));
}
