//! Why AWS finds another signature: its canonical request beside ours.

use sha2::Sha256;

use super::Signer;
use crate::http::auth::Call;
use crate::http::{Request, Response};
use crate::value::Value;

impl Signer {
    /// What differs between the request that was signed and the one that AWS says it received. `None` where the response
    /// does not quote it, or both are the same: then the key is another.
    pub(super) fn difference(&self, request: &Request, response: &Response) -> Option<String> {
        let message = response.json().ok()?;
        let message = message
            .get("message")
            .or_else(|| message.get("Message"))
            .and_then(Value::as_str)?;
        let (_, quoted) =
            message.split_once("The Canonical String for this request should have been")?;
        let theirs = quoted.split_once('\'')?.1;
        let theirs = theirs
            .split("'\n\nThe String-to-Sign")
            .next()?
            .trim_end_matches(['\'', '\n']);
        let ours = self.canonical_of(request)?;
        let told = differences(&ours, theirs);
        if told.is_empty() {
            let told =
                "AWS received the request as signed: the secret key does not belong to this key id";
            return Some(told.to_owned());
        }
        Some(format!(
            "AWS received a different request from the one that was signed: {}",
            told.join("; ")
        ))
    }

    /// The canonical form of a request that was sent, with the headers of its signature.
    fn canonical_of(&self, request: &Request) -> Option<String> {
        let is_own = |name: &str| {
            ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own))
        };
        let own: Vec<_> = request
            .headers
            .iter()
            .filter(|(name, _)| is_own(name))
            .cloned()
            .collect();
        let headers = request
            .headers
            .iter()
            .filter(|(name, _)| !is_own(name))
            .collect();
        let body = request.body.as_ref();
        let raw_target = request.raw_target.as_deref();
        let call = Call {
            method: &request.method,
            url: &request.url,
            raw_target,
            headers,
            body,
        };
        let payload = call.body_hash::<Sha256>().ok()?;
        (!own.is_empty()).then(|| self.signed(&call, &own, &payload).canonical())
    }
}

/// What the lines are, by what is the same in both: names of headers, and the places of the others.
fn differences(ours: &str, theirs: &str) -> Vec<String> {
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.lines().collect(), theirs.lines().collect());
    let mut told = Vec::new();
    let mut tell = |what: &str, one: &str, two: &str| {
        if one != two {
            told.push(format!("{what} was signed as `{one}`, received as `{two}`"));
        }
    };
    let at =
        |lines: &[&str], place: usize| lines.get(place).copied().unwrap_or_default().to_owned();
    let from_end = |lines: &[&str], place: usize| {
        lines
            .len()
            .checked_sub(place)
            .map_or_else(String::new, |index| at(lines, index))
    };
    for (place, what) in ["the method", "the path", "the query"]
        .into_iter()
        .enumerate()
    {
        tell(what, &at(&ours, place), &at(&theirs, place));
    }
    let header = |lines: &[&str], name: &str| {
        let found = lines
            .iter()
            .skip(3)
            .find_map(|line| line.split_once(':').filter(|(known, _)| *known == name));
        found.map_or_else(|| "(nothing)".to_owned(), |(_, value)| value.to_owned())
    };
    for name in from_end(&ours, 2).split(';') {
        tell(
            &format!("the header `{name}`"),
            &header(&ours, name),
            &header(&theirs, name),
        );
    }
    tell(
        "the list of headers",
        &from_end(&ours, 2),
        &from_end(&theirs, 2),
    );
    tell(
        "the hash of the body",
        &from_end(&ours, 1),
        &from_end(&theirs, 1),
    );
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_named() {
        let ours = "GET\n/dev/a%2520b\nx=1\ncontent-type:a/b\nhost:h\n\ncontent-type;host\nabc";
        assert_eq!(differences(ours, ours), Vec::<String>::new());
        let theirs = "GET\n/dev/a%20b\nx=1\nhost:proxy\n\nhost\nabd";
        assert_eq!(
            differences(ours, theirs),
            [
                "the path was signed as `/dev/a%2520b`, received as `/dev/a%20b`",
                "the header `content-type` was signed as `a/b`, received as `(nothing)`",
                "the header `host` was signed as `h`, received as `proxy`",
                "the list of headers was signed as `content-type;host`, received as `host`",
                "the hash of the body was signed as `abc`, received as `abd`",
            ]
        );
    }
}
