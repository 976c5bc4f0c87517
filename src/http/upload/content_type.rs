//! The content type of a file that nobody gave one.

/// What a file is where its name says nothing.
const UNKNOWN: &str = "application/octet-stream";

/// Endings and what they mean: what curl knows, and what tests of APIs send.
const KNOWN: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

/// The content type of a file, by the ending of its name; `application/octet-stream` where that is not known.
#[must_use]
pub fn of_file(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    KNOWN
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known))
        .map_or(UNKNOWN, |(_, content_type)| content_type)
}
