//! `apitest show PATH::NAME`: one request resolved, as HTTP and as curl.

use super::args::Show;
use super::context::Context;
use super::{WRONG, print, say};
use crate::project::{Error, Workspace};
use crate::run;

/// Shows requests as they would be sent.
pub(super) fn show(context: &Context, arguments: &Show) -> Result<u8, Error> {
    if !arguments.input.paths.iter().any(|path| path.contains("::")) {
        let hint = "such as `apitest show collections/hello.toml::'GET /hello greets'`; `apitest list` lists the names";
        return Err(Error::new("`show` needs one request: PATH::NAME").hint(hint));
    }
    let loaded = Workspace::load(&context.host, &arguments.input.options())?;
    if !loaded.diagnostics.is_empty() {
        say(&loaded.problems(context.stderr_style(arguments.input.color)));
    }
    if loaded.is_broken() {
        return Ok(WRONG);
    }
    let (jar, trust) = (loaded.cookies.unwrap_or_default(), loaded.trust);
    let mut shown = Vec::new();
    for collection in &loaded.plan.collections {
        for step in collection.steps.iter().filter(|step| step.selected) {
            let drawn = run::preview(
                (collection, step),
                &loaded.redactor,
                (&loaded.world.run_id, &trust),
                &jar,
            );
            shown.push(if arguments.curl {
                format!("{}\n", drawn.curl)
            } else {
                format!("{}\n{}", drawn.http, drawn.curl)
                    .trim_end()
                    .to_owned()
                    + "\n"
            });
        }
    }
    print(&shown.join("\n"))?;
    Ok(if shown.is_empty() { WRONG } else { 0 })
}
