//! *Did you mean*: the known name that is nearest to a written one.

/// The candidate that is most like `written`, if one is alike enough to be what was meant.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Nobody mistypes a name as long as this, and comparing takes the product of the lengths.
    const LONGEST: usize = 100;
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_lowercase();
    let scored =
        candidates.into_iter().filter(|candidate| *candidate != written && candidate.len() <= LONGEST).map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            let longest = lower.chars().count().max(candidate.chars().count());
            (distance, longest, candidate)
        });
    let close = scored.filter(|(distance, longest, _)| *distance * 3 <= *longest || (*distance == 1 && *longest > 2));
    close.min_by_key(|(distance, ..)| *distance).map(|(.., candidate)| candidate)
}

/// The hint that names the nearest candidate: ``did you mean `status`?``
#[must_use]
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
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
        assert_eq!(did_you_mean("tiem", keys).as_deref(), Some("did you mean `time`?"));
    }
}
