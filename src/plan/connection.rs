//! How a request is sent by its connection options: what is known of it before the run, and what only the run knows.

use std::sync::Arc;

use super::PlanInputs;
use crate::http::{self, HttpVersion, Settings, TlsFault};
use crate::source::{Diagnostic, Span};
use crate::syntax::{self, Options, Problems, Proxy, Sending, Spanned, Tls, Unusable};
use crate::template::Template;

/// How a request's connection is made.
#[derive(Debug, Clone)]
pub enum Connection {
    /// Known before the run; requests that are connected in the same way share it.
    Fixed(Arc<Settings>),
    /// With texts that only the run knows, or secrets that it must learn to hide.
    Filled(Unfilled),
}

/// A connection's options with texts that are not known yet.
#[derive(Debug, Clone)]
pub struct Unfilled {
    options: Arc<Options>,
}

impl Connection {
    /// The version of HTTP that is asked for.
    #[must_use]
    pub fn http(&self) -> Option<HttpVersion> {
        match self {
            Self::Fixed(settings) => settings.http,
            Self::Filled(unfilled) => unfilled.options.http.as_ref().map(|http| http.value),
        }
    }
}

impl Unfilled {
    /// What is written.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The settings, with texts as they are filled by `text`.
    ///
    /// # Errors
    /// If a text cannot be filled, or is not what it should be.
    pub fn fill(
        &self,
        mut text: impl FnMut(&Spanned<Template>) -> Result<String, Unusable>,
    ) -> Result<Settings, Unusable> {
        let (sending, faults) = self.options.apply(&Sending::default(), &mut text);
        match faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(sending.settings),
        }
    }
}

/// The text of a template that holds no expression.
#[expect(
    clippy::unnecessary_wraps,
    reason = "texts with expressions, which are filled by others, may have none"
)]
fn literal(template: &Spanned<Template>) -> Result<String, Unusable> {
    Ok(template.literal().unwrap_or_default().to_owned())
}

/// How connections are made as far as command line and environment say.
pub(crate) fn own_settings(world: &PlanInputs) -> Settings {
    let own = syntax::Settings::merged([&world.environment_settings, &world.command_line]);
    let usual = Sending::default();
    let sending = own.options.map(|own| own.apply(&usual, &mut literal).0);
    sending.unwrap_or(usual).settings
}

/// How connections are made as far as the command line says, and what is wrong with that.
pub(crate) fn check_command_line(settings: &syntax::Settings) -> (Settings, Vec<Diagnostic>) {
    let Some(options) = &settings.options else {
        return (Settings::default(), Vec::new());
    };
    let (sending, faults) = options.apply(&Sending::default(), &mut literal);
    let mut problems: Vec<_> = faults.into_iter().map(diagnostic).collect();
    // The key's password may stand in a collection, so that the certificate is looked at only when it is used.
    let known = http::Tls {
        cert: None,
        key: None,
        ..sending.settings.tls.clone()
    };
    for TlsFault { member, error } in known.faults() {
        if let Some(place) = options
            .tls
            .as_ref()
            .and_then(|tls| places(member, tls).next())
        {
            problems.push(Diagnostic::error(place, error.message).maybe_hint(error.hint));
        }
    }
    (sending.settings, problems)
}

/// What requests of a collection share.
#[derive(Debug, Default)]
pub(super) struct Last {
    /// How requests without options are sent.
    usual: Sending,
    /// How the last request's connection is made.
    settings: Arc<Settings>,
}

impl Last {
    fn share(&mut self, settings: Settings) -> Arc<Settings> {
        if *self.settings != settings {
            self.settings = Arc::new(settings);
        }
        Arc::clone(&self.settings)
    }
}

/// How the connection of a request with these options is made, and how it is sent.
pub(super) fn resolve(
    options: Option<&Arc<Options>>,
    last: &mut Last,
    problems: &mut Problems,
) -> (Connection, Sending) {
    let Some(options) = options else {
        let mut sending = last.usual.clone();
        sending.options.settings = last.share(Settings::default());
        return (
            Connection::Fixed(Arc::clone(&sending.options.settings)),
            sending,
        );
    };
    let (mut sending, faults) = options.apply(&last.usual, &mut literal);
    let is_known = |template: &&Spanned<Template>| template.literal().is_some();
    if !options.templates().iter().all(is_known) || holds_secrets(options) {
        let unreadable = files_of(options).unreadable();
        for fault in unreadable {
            tell(fault, options, true, problems);
        }
        let options = Arc::clone(options);
        return (Connection::Filled(Unfilled { options }), sending);
    }
    let settings = std::mem::take(&mut sending.settings);
    let settings = if faults.is_empty() {
        check_files(&settings, options, problems);
        last.share(settings)
    } else {
        for fault in faults {
            problems.push(diagnostic(fault).certain());
        }
        Arc::clone(&last.settings)
    };
    sending.options.settings = Arc::clone(&settings);
    (Connection::Fixed(settings), sending)
}

fn diagnostic((message, hint, span): Unusable) -> Diagnostic {
    Diagnostic::error(&span, message).maybe_hint(hint)
}

/// Passwords are made known to the redactor when a request is filled; those of the command line are known already.
fn holds_secrets(options: &Options) -> bool {
    let proxy = match &options.proxy {
        Some(Proxy::Through { url, password, .. }) if !url.span.file.is_command_line() => {
            password.is_some() || url.value.text().contains('@')
        }
        _ => false,
    };
    let tls = options.tls.as_ref();
    proxy || tls.is_some_and(|tls| tls.key_password.is_some())
}

/// The files that collections name literally: those of the command line are looked at when they are used.
fn files_of(options: &Options) -> http::Tls {
    let file = |of: fn(&Tls) -> &Option<Spanned<Template>>| {
        let template = of(options.tls.as_ref()?).as_ref()?;
        let folder = template.span.file.folder();
        let name = template.literal().filter(|_| is_written(&template.span))?;
        Some(folder.join(name))
    };
    http::Tls {
        ca: file(|tls| &tls.ca),
        cert: file(|tls| &tls.cert),
        key: file(|tls| &tls.key),
        ..http::Tls::default()
    }
}

fn is_written(span: &Span) -> bool {
    !span.file.is_command_line()
}

/// Files that cannot be used are told before anything is sent.
fn check_files(settings: &Settings, options: &Options, problems: &mut Problems) {
    let members = ["ca", "cert", "key", "min"];
    let tls = options.tls.as_ref();
    let in_files = tls.is_some_and(|tls| {
        let all = members.into_iter().flat_map(|member| places(member, tls));
        all.into_iter().any(is_written)
    });
    let faults = if in_files {
        settings.tls.faults()
    } else {
        Vec::new()
    };
    if faults.is_empty() {
        return;
    }
    let unreadable = settings.tls.unreadable();
    for fault in faults {
        let alone = unreadable.iter().any(|other| other.member == fault.member);
        tell(fault, options, alone, problems);
    }
}

/// Tells what is wrong with `tls`; `alone` says that it is a file's fault alone.
fn tell(
    TlsFault { member, error }: TlsFault,
    options: &Options,
    alone: bool,
    problems: &mut Problems,
) {
    let mut written = options.tls.iter().flat_map(|tls| places(member, tls));
    if let Some(place) = written.find(|span| is_written(span)) {
        let problem = Diagnostic::error(place, error.message).maybe_hint(error.hint);
        problems.push(if alone { problem.certain() } else { problem });
    }
}

/// Where what a fault of `tls` is about is written: a file, or the versions.
fn places<'a>(member: &str, tls: &'a Tls) -> impl Iterator<Item = &'a Span> {
    let file = |template: &'a Option<Spanned<Template>>| template.as_ref().map(|file| &file.span);
    let version = |version: &'a Option<Spanned<http::TlsVersion>>| {
        version.as_ref().map(|version| &version.span)
    };
    let found = match member {
        "ca" => [file(&tls.ca), None],
        "key" => [file(&tls.key), None],
        "cert" => [file(&tls.cert), None],
        _ => [version(&tls.min), version(&tls.max)],
    };
    found.into_iter().flatten()
}
