//! A page to look at: one file that needs no network and no other file.
//!
//! It is written as the run goes: rows for the list in chunks, beside each the lines that hold the requests in full. The
//! page reads the rows at once and a request's line only when it is looked at, so that many requests stay quick to open.
//! All of it is data (JSON in elements that no browser runs), and the page's policy lets nothing run but its own script.

mod row;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use self::row::{Listed, SizeBudget};
use super::{Kind, Output, Reporter};
use crate::event::{CollectionStarted, Event, RequestFinished};

/// `--report html=FILE`
pub const KIND: Kind = Kind {
    name: "html",
    about: "an HTML page in one file",
    exchanges: true,
    beside: false,
    open: |output| Box::new(Html::new(output)),
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    "(() => {\n",
    include_str!("text.js"),
    include_str!("json.js"),
    include_str!("detail.js"),
    include_str!("page.js"),
    "})();\n"
);

/// A chunk is written when it has so many bytes.
const CHUNK: usize = 256 * 1024;

/// Writes the page.
pub struct Html {
    output: Option<Output>,
    begun: bool,
    /// The numbers of the collections that are not over.
    open: IndexMap<(String, Option<usize>), usize>,
    collections: usize,
    chunk: Chunk,
    room: SizeBudget,
}

/// What is not written yet: JSON texts with commas between them, and lines of JSON.
#[derive(Default)]
struct Chunk {
    collections: Vec<u8>,
    rows: Vec<u8>,
    details: Vec<u8>,
}

impl Html {
    /// Writes to a stream or a file.
    #[must_use]
    pub fn new(output: Output) -> Self {
        let (open, chunk, room) = (IndexMap::new(), Chunk::default(), SizeBudget::default());
        Self {
            output: Some(output),
            begun: false,
            open,
            collections: 0,
            chunk,
            room,
        }
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.output
            .as_mut()
            .map_or(Ok(()), |output| output.write_all(text))
    }

    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        self.write(head().as_bytes())
    }

    /// One thing that the page reads at once.
    fn data(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.flush()?;
        let text = escaped(value)?;
        self.write(b"<script type=\"application/json\">")?;
        self.write(&text)?;
        self.write(b"</script>\n")
    }

    fn collection(&mut self, started: &CollectionStarted) -> io::Result<()> {
        self.open
            .insert((started.path.clone(), started.row), self.collections);
        self.collections += 1;
        push(&mut self.chunk.collections, &escaped(started)?);
        Ok(())
    }

    fn request(&mut self, request: &RequestFinished) -> io::Result<()> {
        let collection = self
            .open
            .get(&(request.path.clone(), request.collection_row))
            .copied();
        let (kept, left_out) = self.room.fit(request);
        let line = escaped(&kept)?;
        self.room.took(request.status, line.len());
        push(
            &mut self.chunk.rows,
            &escaped(&Listed::of(request, collection, left_out))?,
        );
        self.chunk.details.extend(line);
        self.chunk.details.push(b'\n');
        if self.chunk.details.len() < CHUNK {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let Chunk {
            collections,
            rows,
            details,
        } = std::mem::take(&mut self.chunk);
        if collections.is_empty() && rows.is_empty() {
            return Ok(());
        }
        for (text, part) in [
            (
                "<script type=\"application/json\">{\"collections\":[",
                &collections,
            ),
            ("],\"rows\":[", &rows),
            ("]}</script>\n<script type=\"text/plain\">\n", &details),
            ("</script>\n", &Vec::new()),
        ] {
            self.write(text.as_bytes())?;
            self.write(part)?;
        }
        Ok(())
    }
}

impl Reporter for Html {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        self.begin()?;
        match event {
            Event::RunStarted(started) => self.data(&json!({ "started": started })),
            Event::Problem(problem) => self.data(&json!({ "problem": problem })),
            Event::CollectionStarted(started) => self.collection(started),
            Event::RequestStarted(_) => Ok(()),
            Event::RequestFinished(request) => self.request(request),
            Event::CollectionFinished(over) => {
                self.open.swap_remove(&(over.path.clone(), over.row));
                Ok(())
            }
            Event::RunFinished(finished) => self.data(&json!({ "finished": finished })),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin()?;
        self.flush()?;
        self.write(format!("<script>{SCRIPT}</script>\n</body>\n</html>\n").as_bytes())?;
        self.output.take().map_or(Ok(()), Output::finish)
    }
}

/// Adds an item to a list.
fn push(list: &mut Vec<u8>, item: &[u8]) {
    if !list.is_empty() {
        list.extend(b",\n");
    }
    list.extend(item);
}

/// A value as JSON that ends no element and begins none: in JSON a `<` stands only inside of texts.
fn escaped(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let text = serde_json::to_vec(value)?;
    if !text.contains(&b'<') {
        return Ok(text);
    }
    let mut escaped = Vec::with_capacity(text.len() + 64);
    for part in text.split_inclusive(|byte| *byte == b'<') {
        match part.split_last() {
            Some((b'<', before)) => {
                escaped.extend(before);
                escaped.extend(br"\u003c");
            }
            _ => escaped.extend(part),
        }
    }
    Ok(escaped)
}

/// Everything before the data. The policy names what may run and be applied by its hash (Content Security Policy Level 3).
fn head() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>apitest report</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<noscript><p>This page needs JavaScript to be shown. It loads nothing from anywhere.</p></noscript>
"#
    )
}

#[cfg(test)]
mod tests;
