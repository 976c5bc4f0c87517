//! Looking up header lines.

use crate::http::Response;

/// The values of all header lines of that name (without regard to case), in the order received.
#[must_use]
pub fn headers<'r>(response: &'r Response, name: &str) -> Vec<&'r str> {
    let lines = response
        .headers
        .iter()
        .filter(|(line, _)| line.eq_ignore_ascii_case(name));
    lines.map(|(_, value)| value.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_name_are_found_in_order_and_without_case() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let response = Response::new(
            200,
            vec![header("Vary", "a"), header("X", "b"), header("vary", "c")],
            "",
        );
        assert_eq!(headers(&response, "VARY"), ["a", "c"]);
        assert!(headers(&response, "y").is_empty());
    }
}
