//! Which names the parts of a step take from the scope, and where those are written.

use crate::source::Span;
use crate::syntax::{Auth, Fields, Origin, Payload, Spanned};
use crate::template::{Document, Template};

use super::{Action, Connection, Conversation, Definition, Definitions, Rows, Step};

/// A name that an expression uses.
#[derive(Debug, Clone)]
pub(super) struct Use {
    /// The name.
    pub(super) name: String,
    /// The member that is taken of it, where that can be told.
    pub(super) member: Option<String>,
    /// Where it is written.
    pub(super) span: Span,
}

/// What a part of a collection uses: names, variables of the environment, and files.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) names: Vec<Use>,
    pub(super) environment: Vec<Use>,
    pub(super) files: Vec<Use>,
}

impl Uses {
    fn template(&mut self, template: &Template, span: &Span) {
        if template.literal().is_some() {
            return;
        }
        let paths = template.paths().into_iter();
        self.names.extend(paths.map(|(name, member)| Use {
            span: locate(span, &name),
            name,
            member,
        }));
        let variables = template.env_names().into_iter();
        let located = |name: String| Use {
            span: locate(span, &name),
            name,
            member: None,
        };
        self.environment.extend(variables.map(located));
        self.files.extend(template.files().into_iter().map(located));
    }

    fn spanned(&mut self, template: &Spanned<Template>) {
        self.template(&template.value, &template.span);
    }

    fn document(&mut self, document: &Document, span: &Span) {
        document
            .templates()
            .into_iter()
            .for_each(|template| self.template(template, span));
    }

    fn fields(&mut self, fields: &Fields) {
        let values = fields.values().filter_map(|field| field.values.as_ref());
        values.flatten().for_each(|value| self.spanned(value));
    }

    fn auth(&mut self, auth: &Spanned<Auth>) {
        let Some(scheme) = auth.scheme() else { return };
        for text in scheme.texts() {
            self.spanned(text);
        }
        for document in scheme.documents() {
            self.document(document, &document.span);
        }
    }

    fn conversation(&mut self, conversation: &Conversation) {
        for turn in &conversation.turns {
            match &turn.action {
                Action::Send(payload, _) => self.payload(payload),
                Action::Close(_, Some(reason)) => self.spanned(reason),
                Action::Silence(_) | Action::Close(..) => {}
                Action::Expect(awaited) => {
                    awaited
                        .captures
                        .values()
                        .for_each(|capture| self.all(&capture.templates(), capture.span()));
                    awaited
                        .expectations
                        .iter()
                        .for_each(|expected| self.all(&expected.templates(), expected.span()));
                }
            }
        }
    }

    fn payload(&mut self, payload: &Spanned<Payload>) {
        match &payload.value {
            Payload::Json(document) => self.document(document, &payload.span),
            Payload::Text(template) | Payload::Base64(template) | Payload::Ping(template) => {
                self.template(template, &payload.span);
            }
        }
    }

    fn all(&mut self, templates: &[&Template], span: &Span) {
        for template in templates {
            self.template(template, span);
        }
    }

    /// What a variable's value uses.
    pub(super) fn definition(&mut self, definition: &Definition) {
        match &definition.origin {
            Origin::Value(document) | Origin::Env(_, Some(document)) => {
                self.document(document, &definition.span);
            }
            _ => {}
        }
    }

    /// What rows use.
    pub(super) fn rows(&mut self, rows: &Spanned<Rows>) {
        let span = &rows.span;
        match &rows.value {
            Rows::Fixed(_) | Rows::Table(_) | Rows::Lost => {}
            Rows::Documents(documents) => documents.iter().for_each(|row| self.document(row, span)),
            Rows::Expression(template) => self.template(template, span),
        }
    }
}

/// What a step uses before its response is there, own variables included.
pub(super) fn of_request(step: &Step) -> Uses {
    let mut uses = of_wire(step);
    let request = &step.request;
    step.title.iter().for_each(|title| uses.spanned(title));
    let of_body = request.body.iter().flat_map(|body| body.templates());
    of_body.for_each(|(template, span)| uses.template(template, span));
    step.when
        .iter()
        .for_each(|when| uses.template(when.value.template(), &when.span));
    step.rows.iter().for_each(|rows| uses.rows(rows));
    uses
}

/// What is used in the URL, the headers, the credentials and the connection of a request.
pub(super) fn of_wire(step: &Step) -> Uses {
    let mut uses = Uses::default();
    let request = &step.request;
    uses.spanned(&request.url);
    for fields in [
        &request.path_params,
        &request.query,
        &request.headers,
        &request.cookies,
    ] {
        uses.fields(fields);
    }
    request.auth.iter().for_each(|auth| uses.auth(&auth.0));
    if let Connection::Filled(unfilled) = &request.connection {
        for template in unfilled.options().templates() {
            uses.spanned(template);
        }
    }
    uses
}

/// What decides whether a step is sent.
pub(super) fn of_when(step: &Step) -> Uses {
    let mut uses = Uses::default();
    step.when
        .iter()
        .for_each(|when| uses.template(when.value.template(), &when.span));
    uses
}

/// What a step uses when its response is there: captures, expectations, `until` and `stop`.
pub(super) fn of_answer(step: &Step) -> Uses {
    let mut uses = Uses::default();
    let repeat = step
        .repeat
        .as_ref()
        .and_then(|repeat| repeat.until.as_ref());
    let ends = step.poll.as_ref().and_then(|poll| poll.stop.as_ref());
    [repeat, ends]
        .into_iter()
        .flatten()
        .for_each(|test| uses.template(test.value.template(), &test.span));
    for capture in step.captures.values() {
        capture
            .templates()
            .into_iter()
            .for_each(|template| uses.template(template, capture.span()));
    }
    step.request
        .conversation
        .iter()
        .for_each(|conversation| uses.conversation(conversation));
    for expectation in &step.expectations {
        expectation
            .templates()
            .into_iter()
            .for_each(|template| uses.template(template, expectation.span()));
    }
    uses
}

/// What the URL uses that paths are joined to.
pub(super) fn of_stage(stage: Option<&super::Stage>) -> Uses {
    let mut uses = Uses::default();
    if let Some(super::Base::Template(url)) = stage.map(|stage| &stage.base) {
        uses.spanned(url);
    }
    uses
}

/// What a name uses that shows the data row.
pub(super) fn of_title(title: &Spanned<Template>) -> Uses {
    let mut uses = Uses::default();
    uses.spanned(title);
    uses
}

/// What the variables of a level use.
pub(super) fn of_definitions(definitions: &Definitions) -> Uses {
    let mut uses = Uses::default();
    definitions
        .values()
        .for_each(|definition| uses.definition(definition));
    uses
}

/// The place of a name inside a written text: behind the first `{{`, as a whole word; else the text as a whole.
fn locate(span: &Span, name: &str) -> Span {
    let text = span.text();
    let Some(open) = text.find("{{") else {
        return span.clone();
    };
    let is_word = |at: usize| {
        let word = |character: Option<char>| {
            character.is_some_and(|character| character.is_alphanumeric() || character == '_')
        };
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|after| after.chars().next());
        !word(before) && !word(after) && before != Some('.')
    };
    let places = text.match_indices(name).map(|(at, _)| at);
    let found = places.filter(|at| *at > open).find(|at| is_word(*at));
    found.map_or_else(|| span.clone(), |at| span.part(at..at + name.len()))
}
