//! What of an exchange a failure shows beside what was expected, so that it can be understood without `--verbose`.

use super::ExchangePart;
use crate::http::{Exchange, Header, Hop, Phase, Response};
use crate::text::duration;

/// So many header lines are shown.
const LINES: usize = 40;

/// One fact of an exchange, as a line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A header line; its value may be a secret by its name.
    Header(String, String),
    /// A name, and what is to be said of it.
    Text(&'static str, String),
}

/// The facts that help with failures about these parts, each once. This is the one place that decides it.
#[must_use]
pub fn facts(abouts: &[ExchangePart], exchange: &Exchange) -> Vec<Fact> {
    let mut facts = Vec::new();
    // Why a body is broken may stand in any header: how it is framed and encoded, and who sent it.
    let is_broken = exchange
        .response()
        .is_some_and(|response| response.body_error.is_some());
    let headers = is_broken.then_some(&ExchangePart::Headers);
    for fact in abouts
        .iter()
        .chain(headers)
        .flat_map(|about| of(*about, exchange))
    {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

fn of(about: ExchangePart, exchange: &Exchange) -> Vec<Fact> {
    let response = exchange.response();
    match about {
        ExchangePart::Status => response.map(of_status).unwrap_or_default(),
        ExchangePart::Headers => response
            .map(|response| lines(&response.headers, "headers"))
            .unwrap_or_default(),
        ExchangePart::Cookies => cookies(exchange),
        ExchangePart::Trailers => response
            .map(|response| lines(&response.trailers, "trailers"))
            .unwrap_or_default(),
        ExchangePart::Redirects | ExchangePart::Url => redirects(exchange),
        ExchangePart::Time => phases(exchange),
        ExchangePart::Connection => connection(exchange),
        ExchangePart::Head
        | ExchangePart::Error
        | ExchangePart::Body
        | ExchangePart::SizeOnWire
        | ExchangePart::Events
        | ExchangePart::Variables => Vec::new(),
    }
}

/// The headers that explain a status (RFC 9110 section 15).
fn explaining(status: u16) -> &'static [&'static str] {
    match status {
        300..=399 => &["location", "retry-after"],
        401 | 403 => &["www-authenticate"],
        405 => &["allow"],
        406 | 415 => &["accept", "accept-encoding", "accept-post", "accept-patch"],
        407 => &["proxy-authenticate"],
        413 | 429 | 503 => &[
            "retry-after",
            "ratelimit",
            "ratelimit-reset",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
        ],
        416 => &["content-range"],
        426 => &["upgrade"],
        _ => &[],
    }
}

fn of_status(response: &Response) -> Vec<Fact> {
    let named = |name: &&'static str| {
        let lines = response
            .header_lines(name)
            .map(|value| Fact::Header((*name).to_owned(), value.to_owned()));
        lines.collect::<Vec<_>>()
    };
    explaining(response.status)
        .iter()
        .flat_map(named)
        .take(LINES)
        .collect()
}

/// Header lines, up to some.
fn lines(headers: &[Header], what: &'static str) -> Vec<Fact> {
    let more = headers.len().saturating_sub(LINES);
    let none = headers
        .is_empty()
        .then(|| Fact::Text(what, "none".to_owned()));
    let rest = (more > 0).then(|| Fact::Text(what, format!("{more} more")));
    let shown = headers
        .iter()
        .take(LINES)
        .map(|(name, value)| Fact::Header(name.clone(), value.clone()));
    shown.chain(none).chain(rest).collect()
}

fn cookies(exchange: &Exchange) -> Vec<Fact> {
    let Some(response) = exchange.response() else {
        return Vec::new();
    };
    let set: Vec<Header> = response
        .header_lines("set-cookie")
        .map(|value| ("set-cookie".to_owned(), value.to_owned()))
        .collect();
    lines(&set, "set-cookie")
}

/// The way to the last response: `302 http://… to http://…`.
fn redirects(exchange: &Exchange) -> Vec<Fact> {
    let location = |headers: &[Header]| {
        let line = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("location"));
        line.map_or_else(|| "nowhere".to_owned(), |(_, to)| to.clone())
    };
    let hop = |hop: &Hop| {
        Fact::Text(
            "redirect",
            format!("{} {} to {}", hop.status, hop.url, location(&hop.headers)),
        )
    };
    let mut facts: Vec<_> = exchange.hops.iter().take(LINES).map(hop).collect();
    if let Some(response) = exchange.response() {
        facts.push(Fact::Text(
            "ended at",
            format!("{} {}", response.status, exchange.url),
        ));
        facts.extend(
            of_status(response)
                .into_iter()
                .filter(|_| response.status / 100 == 3),
        );
    }
    facts
}

/// `dns 1.2 ms, connect 300 µs, first byte 12 ms, download 90 µs, in all 14 ms`
fn phases(exchange: &Exchange) -> Vec<Fact> {
    let timing = &exchange.timing;
    let known = Phase::ALL
        .into_iter()
        .filter(|phase| *phase != Phase::Total);
    let known = known.filter_map(|phase| {
        Some(format!(
            "{} {}",
            phase.name().replace('_', " "),
            duration(timing.phase(phase)?)
        ))
    });
    let all = std::iter::once(format!("in all {}", duration(timing.total)));
    let hops = exchange.hops.len();
    let before = (hops > 0).then(|| {
        let took = exchange.hops.iter().map(|hop| hop.timing.total).sum();
        Fact::Text("time of redirects", duration(took))
    });
    before
        .into_iter()
        .chain([Fact::Text(
            "time",
            known.chain(all).collect::<Vec<_>>().join(", "),
        )])
        .collect()
}

fn connection(exchange: &Exchange) -> Vec<Fact> {
    let Some(peer) = exchange.peer.as_deref() else {
        return Vec::new();
    };
    let mut facts: Vec<_> = peer
        .address
        .map(|address| Fact::Text("address", address.to_string()))
        .into_iter()
        .collect();
    if let Some(certificate) = peer.certificate() {
        let names = certificate.san.join(", ");
        let (from, to) = (certificate.not_before, certificate.not_after);
        facts.push(Fact::Text(
            "certificate",
            format!("{} for {names}", certificate.subject),
        ));
        facts.push(Fact::Text("issued by", certificate.issuer.clone()));
        facts.push(Fact::Text("valid", format!("{from} to {to}")));
    }
    facts
}

/// What to do about a status that redirects, where it is not followed.
pub(super) fn redirect_hint(exchange: &Exchange) -> Option<String> {
    let response = exchange
        .response()
        .filter(|response| response.status / 100 == 3 && exchange.hops.is_empty())?;
    response.header_lines("location").next()?;
    Some("the response redirects: `follow_redirects = true` follows it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::answer;
    use super::*;

    fn told(about: ExchangePart, exchange: &Exchange) -> Vec<String> {
        let line = |fact: &Fact| match fact {
            Fact::Header(name, value) => format!("{name}: {value}"),
            Fact::Text(name, text) => format!("{name}: {text}"),
        };
        facts(&[about, about], exchange).iter().map(line).collect()
    }

    #[test]
    fn each_status_shows_the_headers_that_explain_it() {
        let all = [
            "location",
            "www-authenticate",
            "proxy-authenticate",
            "allow",
            "accept",
            "retry-after",
            "content-range",
            "upgrade",
        ];
        let headers: Vec<(&str, &str)> = all.iter().map(|name| (*name, "x")).collect();
        for (status, shown) in [
            (200, &[][..]),
            (301, &["location", "retry-after"]),
            (302, &["location", "retry-after"]),
            (308, &["location", "retry-after"]),
            (401, &["www-authenticate"]),
            (403, &["www-authenticate"]),
            (405, &["allow"]),
            (406, &["accept"]),
            (407, &["proxy-authenticate"]),
            (415, &["accept"]),
            (416, &["content-range"]),
            (426, &["upgrade"]),
            (429, &["retry-after"]),
            (503, &["retry-after"]),
            (500, &[]),
        ] {
            let expected: Vec<_> = shown.iter().map(|name| format!("{name}: x")).collect();
            assert_eq!(
                told(ExchangePart::Status, &answer(status, &headers, "")),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn each_part_shows_what_is_needed_to_understand_it() {
        let mut exchange = answer(
            302,
            &[("Location", "/new"), ("Set-Cookie", "a=1"), ("X-A", "b")],
            "",
        );
        assert_eq!(
            told(ExchangePart::Headers, &exchange),
            ["Location: /new", "Set-Cookie: a=1", "X-A: b"]
        );
        assert_eq!(told(ExchangePart::Cookies, &exchange), ["set-cookie: a=1"]);
        assert_eq!(told(ExchangePart::Trailers, &exchange), ["trailers: none"]);
        assert_eq!(
            told(ExchangePart::Url, &exchange),
            [
                "ended at: 302 http://stage.test/dev/hello",
                "location: /new"
            ]
        );
        assert_eq!(told(ExchangePart::Body, &exchange), [""; 0]);
        exchange.timing.first_byte = Some(std::time::Duration::from_millis(20));
        exchange.timing.total = std::time::Duration::from_millis(25);
        assert_eq!(
            told(ExchangePart::Time, &exchange),
            ["time: first_byte 20 ms, in all 25 ms".replace('_', " ")]
        );
        let many: Vec<_> = (0..60)
            .map(|number| (format!("x-{number}"), String::new()))
            .collect();
        assert_eq!(lines(&many, "headers").len(), LINES + 1);
        assert_eq!(
            told(ExchangePart::Headers, &answer(200, &[], "")),
            ["headers: none"]
        );
    }
}
