//! Whether a request goes where a recorded one went: the stage may have another URL now, and secrets are stars.

use std::borrow::Cow;

use url::Url;

use super::index::{ReplayKey, Take};
use crate::http::url::same_origin;
use crate::secret::STARS;

/// Whether the path is the same, each seen from its own stage, or the URL is but for its query.
pub(super) fn same(take: &Take, url: &Url, asker: ReplayKey<'_>) -> bool {
    let Some(recorded) = &take.url else {
        return false;
    };
    let (then, now) = (below(recorded, take.base.as_ref()), below(url, asker.base));
    let redact = |path: &str| asker.redactor.redact(path).into_owned();
    match (then, now) {
        (Some(then), Some(now)) if path(then, &redact(now)) => true,
        // What a recorded redirect leads to may still be the stage of then, or a path of its host.
        _ => {
            let of_stage =
                |url, base: Option<&Url>| base.is_some_and(|base| same_origin(url, base));
            let host = same_origin(recorded, url)
                || (of_stage(recorded, take.base.as_ref()) && of_stage(url, asker.base));
            host && path(recorded.path(), &redact(url.path()))
        }
    }
}

/// The path from the stage on; `None` where the URL leads elsewhere.
fn below<'a>(url: &'a Url, base: Option<&Url>) -> Option<&'a str> {
    let base = base.filter(|base| same_origin(url, base))?;
    let rest = url.path().strip_prefix(base.path().trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Whether two paths are the same; a segment with a secret in it may be any.
fn path(one: &str, two: &str) -> bool {
    let (mut one, mut two) = (one.split('/'), two.split('/'));
    loop {
        match (one.next(), two.next()) {
            (None, None) => return true,
            (Some(one), Some(two))
                if one == two || text(one).contains(STARS) || text(two).contains(STARS) => {}
            _ => return false,
        }
    }
}

/// A part of a URL with its stars as stars: values in a query have them percent-encoded.
pub(super) fn text(part: &str) -> Cow<'_, str> {
    if part.contains("%2A%2A%2A") {
        part.replace("%2A%2A%2A", STARS).into()
    } else {
        part.into()
    }
}
