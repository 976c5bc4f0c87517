//! What was sent and received, as `--verbose` shows it: `>` is sent, `<` is received.

use super::body::document;
use super::buffer::{TextBuffer, Theme, bounded, start};
use crate::event::{Attempt, Body, Exchange, Frame, Message, Timing};
use crate::text::{Line, Style, duration, size};

/// A header value is shown up to so many characters.
const HEADER: usize = 2_000;
/// A body is shown up to so many lines, and characters.
const LINES: usize = 200;
const BODY: usize = 60_000;

/// Draws an exchange under its request's line, and why the client itself sent it again before.
pub(super) fn exchange(exchange: &Exchange, attempts: &[Attempt], look: Theme) -> String {
    let mut page = TextBuffer::new(look, 6);
    message(&exchange.request, "> ", &mut page);
    for reason in attempts
        .iter()
        .filter(|attempt| attempt.resent)
        .filter_map(|attempt| attempt.reason.as_deref())
    {
        page.wrapped(
            &bounded(&format!("! sent again: {reason}"), HEADER, Style::Warn),
            4,
        );
    }
    for hop in &exchange.hops {
        let line = format!("{} {}", hop.status, start(&hop.url, HEADER));
        page.line(
            &Line::styled("< ", Style::Dim)
                .plain(&line)
                .with("  (redirected)", Style::Dim),
        );
        headers(&hop.headers, "< ", &mut page);
        timing(&hop.timing, &mut page);
    }
    if let Some(response) = &exchange.response {
        message(response, "< ", &mut page);
    }
    if let Some(error) = &exchange.error {
        page.wrapped(&bounded(&format!("✗ {error}"), HEADER, Style::Bad), 2);
    }
    for (name, reason) in &exchange.refused_cookies {
        let named = if name.is_empty() {
            "a cookie without a name".to_owned()
        } else {
            format!("the cookie `{name}`")
        };
        let mut line = Line::styled(&format!("! {named} was not kept: "), Style::Warn);
        line.append(&bounded(reason, HEADER, Style::Plain));
        page.wrapped(&line, 4);
    }
    said(&exchange.messages, (LINES, HEADER), &mut page);
    timing(&exchange.timing, &mut page);
    page.into_text()
}

/// What was said over a WebSocket, the last so many frames: `→` is sent, `←` is received.
pub(super) fn said(frames: &[Frame], (most, characters): (usize, usize), page: &mut TextBuffer) {
    let left_out = frames.len().saturating_sub(most);
    if left_out > 0 {
        page.line(&Line::styled(&format!("… {left_out} before"), Style::Dim));
    }
    for frame in frames.iter().skip(left_out) {
        let mut line = Line::styled(if frame.sent { "→ " } else { "← " }, Style::Dim);
        if frame.kind != "text" {
            line.push(&format!("{} ", frame.kind), Style::Code);
        }
        if let Some(code) = frame.code {
            line.push(&format!("{code} "), Style::Code);
        }
        match &frame.body.text {
            Some(text) => line.append(&bounded(text, characters, Style::Plain)),
            None => line.push(
                &format!("({} that are not text)", size(frame.body.size as u64)),
                Style::Dim,
            ),
        }
        page.wrapped(&line, 2);
    }
}

/// `dns 1.2 ms, connect 300 µs, first byte 12 ms, download 90 µs, in all 14 ms`
fn timing(timing: &Timing, page: &mut TextBuffer) {
    let phases = [
        ("dns", timing.dns),
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("first byte", timing.first_byte),
        ("download", timing.download),
        ("in all", Some(timing.total)),
    ];
    let told = phases
        .iter()
        .filter_map(|(name, time)| Some(format!("{name} {}", duration((*time)?))));
    page.line(
        &Line::styled("  ", Style::Dim).with(&told.collect::<Vec<_>>().join(", "), Style::Dim),
    );
}

fn message(message: &Message, sign: &str, page: &mut TextBuffer) {
    let mut first = Line::styled(sign, Style::Dim);
    first.append(&bounded(&message.line, HEADER, Style::Bold));
    page.wrapped(&first, 2);
    headers(&message.headers, sign, page);
    if let Some(body) = message.body.as_ref().filter(|body| body.size > 0) {
        page.line(&Line::styled(sign, Style::Dim));
        self::body(body, sign, page);
    }
}

fn headers(headers: &[(String, String)], sign: &str, page: &mut TextBuffer) {
    for (name, value) in headers {
        let mut line = Line::styled(sign, Style::Dim)
            .with(start(name, HEADER), Style::Code)
            .plain(": ");
        line.append(&bounded(value, HEADER, Style::Plain));
        page.wrapped(&line, 4);
    }
}

fn body(body: &Body, sign: &str, page: &mut TextBuffer) {
    let bytes = size(u64::try_from(body.size).unwrap_or(u64::MAX));
    let dim = |text: &str| Line::styled(sign, Style::Dim).with(text, Style::Dim);
    let Some(text) = &body.text else {
        return page.line(&dim(&format!("({bytes} that are not text)")));
    };
    let pretty = document(text).map(|document| document.to_json_pretty());
    let text = pretty.as_deref().unwrap_or(text);
    let shown = start(text, BODY);
    let mut lines = shown.lines();
    for line in lines.by_ref().take(LINES) {
        page.wrapped(&Line::styled(sign, Style::Dim).plain(line), 2);
    }
    if body.cut || shown.len() < text.len() || lines.next().is_some() {
        page.line(&dim(&format!("… of {bytes}")));
    }
}
