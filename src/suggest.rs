//! *Did you mean*: the known name that is nearest to a written one.

/// So many candidates are compared letter by letter: a file may hold thousands of names, and as many slips.
const MOST_COMPARED: usize = 1_000;

/// The candidate that is most like `written`, if one is alike enough to be what was meant.
#[must_use]
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Nobody mistypes a name as long as this, and comparing takes the product of the lengths.
    const LONGEST: usize = 100;
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_lowercase();
    let count = lower.chars().count();
    let is_close =
        |distance: usize, longest: usize| distance * 3 <= longest || (distance == 1 && longest > 2);
    let others = candidates
        .into_iter()
        .filter(|candidate| *candidate != written && candidate.len() <= LONGEST);
    let sized = others.map(|candidate| (candidate.chars().count(), candidate));
    // Two texts differ at least by as much as their lengths do.
    let likely = sized
        .filter(|(other, _)| is_close(count.abs_diff(*other), count.max(*other)))
        .take(MOST_COMPARED);
    let scored = likely.map(|(other, candidate)| {
        (
            strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()),
            count.max(other),
            candidate,
        )
    });
    let close = scored.filter(|(distance, longest, _)| is_close(*distance, *longest));
    close
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

/// The hint that names the nearest candidate: ``did you mean `status`?``
#[must_use]
pub fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(written, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_and_strangers_are_not() {
        let keys = ["status", "headers", "json", "time", "retry"];
        assert_eq!(nearest("statsu", keys), Some("status"));
        assert_eq!(nearest("Header", keys), Some("headers"));
        assert_eq!(nearest("jsno", keys), Some("json"));
        assert_eq!(nearest("banana", keys), None);
        assert_eq!(
            did_you_mean("tiem", keys).as_deref(),
            Some("did you mean `time`?")
        );
    }
}
