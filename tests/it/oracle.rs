//! reqwest as the differential oracle: the same requests through our client and through reqwest to the same servers.
//!
//! What the servers received (request line, headers, body) and what each client made of the response (status, headers, body,
//! final URL, number of redirects) must be equal, or the difference is a row of [`known::DIFFERENCES`] with its reason. A row
//! that no longer differs fails the test too.
//!
//! Normalised: the order and case of header names (both write lower case), the ports, our default `user-agent` (reqwest sends
//! none), the order of codings in `accept-encoding` and of cookies (reqwest's comes from a hash map), and a form's boundary. `referer`, which reqwest adds to redirects unless
//! that is switched off, is switched off.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod case;
mod cases;
mod compare;
mod known;
mod ours;
mod theirs;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use compare::Differences;
use known::DIFFERENCES;
use world::World;

/// The differences of each case that has some.
fn differences(world: &World) -> BTreeMap<String, Differences> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut all = BTreeMap::new();
    for case in cases::all() {
        let before = world.mark();
        let responses = runtime.block_on(ours::send(&case, world));
        let ours = (world.received_since(&before), responses);
        let before = world.mark();
        let responses = runtime.block_on(theirs::send(&case, world));
        let theirs = (world.received_since(&before), responses);
        let failing = [&ours.1, &theirs.1].map(|outcomes| outcomes.iter().any(Result::is_err));
        let mut found = compare::differences(&ours, &theirs);
        if (failing == [true; 2]) != case.is_failing {
            let outcomes = format!("{:?} and {:?}", ours.1, theirs.1);
            found.insert("failing with both clients".to_owned(), outcomes);
        }
        all.insert(case.name, found);
    }
    all
}

/// Differences that are in no row of the table.
fn unknown(all: &BTreeMap<String, Differences>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, differences) in all {
        for (field, detail) in differences {
            if !DIFFERENCES.iter().any(|row| row.covers(name, field)) {
                faults.push(format!("{name}: {field} differs: {detail}"));
            }
        }
    }
    faults
}

/// Rows of the table that are not about any case, or about one that does not differ so any more.
fn outdated(all: &BTreeMap<String, Differences>) -> Vec<String> {
    let mut faults = Vec::new();
    for row in DIFFERENCES {
        for pattern in row.cases {
            if !all.keys().any(|name| known::matches(pattern, name)) {
                faults.push(format!("no case is named `{pattern}`"));
            }
        }
        for (name, differences) in all.iter().filter(|(name, _)| row.is_about(name)) {
            for field in row.fields {
                if !differences.contains_key(*field) {
                    faults.push(format!(
                        "{name}: {field} agrees now, which the table explains by: {}",
                        row.reason
                    ));
                }
            }
        }
    }
    faults
}

#[test]
fn both_clients_send_and_see_the_same() {
    let all = differences(&World::start());
    let faults = [unknown(&all), outdated(&all)].concat();
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn there_are_enough_cases_each_with_its_own_name() {
    let cases = cases::all();
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    assert!(cases.len() >= 600, "{}", cases.len());
}
