//! A request as it would be sent, without sending it.

use super::fill;
use super::scope::{AtStep, Captured, Common, Names};
use crate::http;
use crate::plan::{Base, Collection, Step};
use crate::secret::Redactor;

/// A request as it would be sent: what only an answer can tell stays a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// As HTTP.
    pub http: String,
    /// As a `curl` command.
    pub curl: String,
}

/// Resolves a request as far as it can be without sending; commands are not run.
#[must_use]
pub fn preview(collection: &Collection, step: &Step, redactor: &Redactor, run_id: &str) -> Preview {
    let never = |_: &[String]| Err("commands are not run here".to_owned());
    let common = Common { redactor, run_id, command: &never };
    let mut names = Names::new(collection, None, Captured::default(), common);
    let stage = collection.stage.as_ref();
    let base = stage.and_then(|stage| match &stage.base {
        Base::Url(url) => Some(url.clone()),
        // Where a local stage will listen is known only when it does.
        Base::Gateway(gateway) => local(gateway.stage()),
        Base::Template(template) => {
            let text = template.render(&AtStep::of_collection(&names)).ok()?.text;
            http::url::base(&text).ok()
        }
    });
    names.set_stage(stage.and_then(|stage| stage.name.as_deref()), base.as_ref().map(url::Url::as_str));
    let scope = AtStep::new(&names, step, None);
    match fill::fill(&step.request, base.as_ref(), &scope) {
        Ok(request) => drawn(&request, step, redactor),
        Err(unfilled) => {
            let reason = redactor.redact(&unfilled.message).into_owned();
            let line = format!("{} {}", step.request.method.0, step.request.url.value.text());
            Preview { http: format!("{line}\n# not known before the run: {reason}\n"), curl: String::new() }
        }
    }
}

/// A local stage's URL without its port.
fn local(stage: &str) -> Option<url::Url> {
    let path = Some(stage).filter(|stage| *stage != "$default").unwrap_or_default();
    url::Url::parse(&format!("http://localhost/{path}")).ok()
}

fn drawn(request: &http::Request, step: &Step, redactor: &Redactor) -> Preview {
    let mut text = format!("{} {}\n", request.method, redactor.redact(request.url.as_str()));
    for (name, value) in &request.headers {
        text.extend([name.as_str(), ": ", &redactor.redact_header(name, value), "\n"]);
    }
    if let Some(body) = &request.body {
        text.push('\n');
        match std::str::from_utf8(body) {
            Ok(body) => text.push_str(&redactor.redact(body)),
            Err(_) => text.push_str(&crate::text::size(body.len() as u64)),
        }
        text.push('\n');
    }
    let options = super::send::options(&step.request);
    Preview { http: crate::text::neutral(&text).into_owned(), curl: http::curl(request, &options, redactor) }
}
