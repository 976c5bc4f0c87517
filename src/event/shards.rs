//! Whether several runs are all shards of one selection.

use std::collections::BTreeMap;

use super::{RunShard, RunStarted};

/// How many missing shards are named.
const NAMED: usize = 10;

/// What keeps runs from being the whole of one selection: runs by the names of their files, with their first events. Runs of which
/// none is a shard are whole.
#[must_use]
pub fn incomplete(runs: &[(&str, Option<&RunStarted>)]) -> Vec<String> {
    let known = || {
        runs.iter()
            .filter_map(|(file, run)| Some((*file, run.as_ref()?.shard.as_ref())))
    };
    let Some((first, reference)) = known().find_map(|(file, shard)| Some((file, shard?))) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    let mut present: BTreeMap<usize, &str> = BTreeMap::new();
    for (file, shard) in known() {
        let same =
            |shard: &RunShard| shard.of == reference.of && shard.selection == reference.selection;
        match shard {
            None => problems.push(format!(
                "`{file}` is not a shard, but `{first}` is shard {}",
                name(reference)
            )),
            Some(shard) if !(1..=shard.of).contains(&shard.number) => {
                problems.push(format!(
                    "`{file}` is shard {}, which does not exist",
                    name(shard)
                ));
            }
            Some(shard) if !same(shard) => {
                problems.push(foreign((file, shard), (first, reference)));
            }
            Some(shard) => match present.get(&shard.number) {
                Some(earlier) => problems.push(format!(
                    "shard {} is given twice: `{earlier}` and `{file}`",
                    name(shard)
                )),
                None => drop(present.insert(shard.number, file)),
            },
        }
    }
    problems.extend(missing(reference.of, &present));
    problems
}

fn name(shard: &RunShard) -> String {
    format!("{}/{}", shard.number, shard.of)
}

/// Why a shard belongs to another run.
fn foreign((file, shard): (&str, &RunShard), (first, reference): (&str, &RunShard)) -> String {
    let why = if shard.of == reference.of {
        let requests = |shard: &RunShard| crate::text::count(shard.requests, "request");
        if shard.requests == reference.requests {
            format!(
                "was cut from another selection than `{first}`, or ran against another base URL"
            )
        } else {
            format!(
                "was cut from another selection ({}) than `{first}` ({})",
                requests(shard),
                requests(reference)
            )
        }
    } else {
        format!(
            "does not belong to `{first}`, which is shard {}",
            name(reference)
        )
    };
    format!("`{file}`, shard {}, {why}", name(shard))
}

fn missing(of: usize, present: &BTreeMap<usize, &str>) -> Option<String> {
    let missing = of.saturating_sub(present.len());
    let absent = (1..=of).filter(|number| !present.contains_key(number));
    let mut named: Vec<String> = absent
        .take(NAMED)
        .map(|number| format!("{number}/{of}"))
        .collect();
    if missing > NAMED {
        named.push(format!("{} more", missing - NAMED));
    }
    match missing {
        0 => None,
        1 => Some(format!("shard {} is missing", named.join(", "))),
        _ => Some(format!("the shards {} are missing", named.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number, of how many, and which selection.
    type Shard = Option<(usize, usize, &'static str)>;

    fn run(shard: Shard) -> RunStarted {
        let shard = shard.map(|(number, of, selection)| RunShard {
            number,
            of,
            requests: 7,
            selection: selection.to_owned(),
        });
        RunStarted {
            format: 1,
            id: String::new(),
            time: String::new(),
            version: String::new(),
            seed: 0,
            requests: 1,
            collections: 1,
            shard,
        }
    }

    #[test]
    fn a_set_of_shards_is_whole_or_says_why_not() {
        let shard = |number, of| Some((number, of, "a"));
        let cases: [(&[Shard], &[&str]); 13] = [
            (&[], &[]),
            (&[None, None], &[]),
            (&[shard(1, 1)], &[]),
            (&[shard(2, 2), shard(1, 2)], &[]),
            (&[shard(2, 3)], &["the shards 1/3, 3/3 are missing"]),
            (&[shard(1, 3), shard(3, 3)], &["shard 2/3 is missing"]),
            (
                &[shard(1, 2), shard(2, 2), shard(1, 2)],
                &["shard 1/2 is given twice: `0` and `2`"],
            ),
            (
                &[shard(1, 2), shard(1, 2)],
                &[
                    "shard 1/2 is given twice: `0` and `1`",
                    "shard 2/2 is missing",
                ],
            ),
            (
                &[None, shard(1, 1)],
                &["`0` is not a shard, but `1` is shard 1/1"],
            ),
            (
                &[shard(1, 2), Some((2, 2, "b"))],
                &[
                    "`1`, shard 2/2, was cut from another selection than `0`, or ran against another base URL",
                    "shard 2/2 is missing",
                ],
            ),
            (
                &[shard(1, 2), shard(2, 3)],
                &[
                    "`1`, shard 2/3, does not belong to `0`, which is shard 1/2",
                    "shard 2/2 is missing",
                ],
            ),
            (
                &[shard(1, 1), shard(0, 1)],
                &["`1` is shard 0/1, which does not exist"],
            ),
            (
                &[shard(1, usize::MAX)],
                &[
                    "the shards 2/18446744073709551615, 3/18446744073709551615, 4/18446744073709551615, 5/18446744073709551615, \
                   6/18446744073709551615, 7/18446744073709551615, 8/18446744073709551615, 9/18446744073709551615, \
                   10/18446744073709551615, 11/18446744073709551615, 18446744073709551604 more are missing",
                ],
            ),
        ];
        for (shards, expected) in cases {
            let starts: Vec<_> = shards.iter().map(|shard| run(*shard)).collect();
            let names: Vec<_> = (0..starts.len()).map(|at| at.to_string()).collect();
            let runs: Vec<_> = names
                .iter()
                .zip(&starts)
                .map(|(name, run)| (name.as_str(), Some(run)))
                .collect();
            assert_eq!(incomplete(&runs), expected, "{shards:?}");
        }
    }
}
