//! How a request's connection is made: what is written, the command line's options over it, and the environment's proxies below.

use std::path::PathBuf;
use std::sync::Arc;

use super::Overrides;
use crate::http::{self, HttpVersion, Proxies, Resolve, Settings, TlsFault, exceptions};
use crate::source::{Diagnostic, Span};
use crate::syntax::{self, Problems, Spanned, Switch};
use crate::template::Template;

/// How a request's connection is made.
#[derive(Debug, Clone)]
pub enum Connection {
    /// Known before the run; requests that are connected in the same way share it.
    Fixed(Arc<Settings>),
    /// With texts that only the run knows, or secrets that it must learn to hide.
    Filled(Box<Unfilled>),
}

/// A connection's settings with texts that are not known yet.
#[derive(Debug, Clone)]
pub struct Unfilled {
    /// What is known.
    known: Settings,
    /// What is written.
    written: syntax::Connection,
    /// What the command line says instead.
    over: Overrides,
}

/// Why settings cannot be used, and where that is written.
pub type Unusable = (String, Option<String>, Span);

impl Connection {
    /// The version of HTTP that is asked for.
    #[must_use]
    pub fn http(&self) -> Option<HttpVersion> {
        match self {
            Self::Fixed(settings) => settings.http,
            Self::Filled(unfilled) => unfilled.known.http,
        }
    }
}

impl Unfilled {
    /// What is written.
    #[must_use]
    pub fn written(&self) -> &syntax::Connection {
        &self.written
    }

    /// The settings, with texts as they are filled by `text`.
    ///
    /// # Errors
    /// Where a text cannot be filled, or is not what it should be.
    pub fn fill(
        &self,
        mut text: impl FnMut(&Spanned<Template>) -> Result<String, Unusable>,
    ) -> Result<Settings, Unusable> {
        let mut settings = self.known.clone();
        let written = &self.written;
        if let Some(Switch::On(proxy)) =
            written.proxy.as_ref().filter(|_| self.over.proxy.is_none())
        {
            let url = text(&proxy.url)?;
            let mut found =
                http::Proxy::parse(&url).map_err(|error| unusable(error, &proxy.url.span))?;
            if let Some(user) = &proxy.user {
                let password = proxy
                    .password
                    .as_ref()
                    .map(&mut text)
                    .transpose()?
                    .unwrap_or_default();
                found.login = Some((text(user)?, password));
            }
            settings.proxies = Proxies::all(found, settings.proxies.except);
        }
        if let Some(entries) = written
            .no_proxy
            .as_ref()
            .filter(|_| self.over.no_proxy.is_none())
        {
            let entries: Vec<_> = entries.iter().map(&mut text).collect::<Result<_, _>>()?;
            settings.proxies.except = exceptions(&entries.join(","));
        }
        let mut file = |template: &Option<Spanned<Template>>,
                        over: &mut Option<PathBuf>|
         -> Result<(), Unusable> {
            if let (Some(template), None) = (template, &over) {
                *over = Some(template.span.file.folder().join(text(template)?));
            }
            Ok(())
        };
        // A certificate of the command line comes with its key.
        if settings.tls.cert.is_none() {
            file(&written.tls.cert, &mut settings.tls.cert)?;
            file(&written.tls.key, &mut settings.tls.key)?;
        }
        file(&written.tls.ca, &mut settings.tls.ca)?;
        file(&written.unix_socket, &mut settings.unix_socket)?;
        for (template, place) in [
            (&written.tls.key_password, &mut settings.tls.key_password),
            (&written.tls.server_name, &mut settings.tls.server_name),
            (&written.interface, &mut settings.interface),
        ] {
            if let (Some(template), None) = (template, &place) {
                *place = Some(text(template)?);
            }
        }
        for (from, (_, to)) in &written.resolve {
            settings
                .resolve
                .push(Resolve::parse(from, &text(to)?).map_err(|error| unusable(error, &to.span))?);
        }
        Ok(settings)
    }
}

fn unusable(error: http::Error, span: &Span) -> Unusable {
    (error.message, error.hint, span.clone())
}

/// The version of HTTP by its name.
fn version(name: &str) -> HttpVersion {
    match name {
        "1.0" => HttpVersion::Http10,
        "1.1" => HttpVersion::Http11,
        _ => HttpVersion::Http2,
    }
}

/// What is known of a request's settings whatever the texts are.
fn known(settings: &syntax::Settings, over: &Overrides, environment: &Proxies) -> Settings {
    let absent = syntax::Connection::default();
    let written = settings.connection.as_deref().unwrap_or(&absent);
    let http = over
        .http
        .as_deref()
        .or(settings.http.as_ref().map(|http| http.value.as_str()));
    let mut proxies = match (&over.proxy, &written.proxy) {
        (Some(over), _) => over.clone(),
        (None, Some(_)) => Proxies::default(),
        (None, None) => environment.clone(),
    };
    if let Some(except) = &over.no_proxy {
        proxies.except.clone_from(except);
    }
    let tls = &over.tls;
    Settings {
        connect_timeout: over.connect_timeout.or(settings.connect_timeout),
        http: http.map(version),
        tls: http::Tls {
            insecure: tls.insecure || written.tls.insecure.unwrap_or_default(),
            min: tls
                .min
                .or(written.tls.min.as_ref().map(|version| version.value)),
            max: tls
                .max
                .or(written.tls.max.as_ref().map(|version| version.value)),
            ..tls.clone()
        },
        proxies,
        resolve: over.resolve.clone(),
        unix_socket: over.unix_socket.clone(),
        ip_version: over.ip_version.or(written.ip_version),
        interface: over.interface.clone(),
        close: over.close || written.keep_alive == Some(false),
        header_case: written.header_case.unwrap_or_default(),
        verbatim_target: false,
    }
}

/// How connections are made as far as command line and environment say.
pub(crate) fn own_settings(over: &Overrides, environment: &Proxies) -> Settings {
    known(&syntax::Settings::default(), over, environment)
}

/// How the connection of a request with these settings is made; `last` is how that of the request before it was.
pub(super) fn resolve(
    settings: &syntax::Settings,
    (over, environment): (&Overrides, &Proxies),
    last: &mut Arc<Settings>,
    problems: &mut Problems,
) -> Connection {
    let known = known(settings, over, environment);
    let Some(written) = settings.connection.as_deref() else {
        return Connection::Fixed(shared(known, last));
    };
    let unfilled = Unfilled {
        known,
        written: written.clone(),
        over: over.clone(),
    };
    if written
        .templates()
        .any(|template| template.literal().is_none())
        || holds_secrets(written)
    {
        let files = files_of(written, &over.tls);
        files
            .unreadable()
            .into_iter()
            .for_each(|fault| tell(fault, written, true, problems));
        return Connection::Filled(Box::new(unfilled));
    }
    let literal =
        |template: &Spanned<Template>| Ok(template.literal().unwrap_or_default().to_owned());
    match unfilled.fill(literal) {
        Ok(settings) => {
            check_files(&settings, written, problems);
            Connection::Fixed(shared(settings, last))
        }
        Err((message, hint, span)) => {
            problems.push(Diagnostic::error(&span, message).maybe_hint(hint).certain());
            Connection::Fixed(Arc::clone(last))
        }
    }
}

/// Passwords are made known to the redactor when a request is filled.
fn holds_secrets(written: &syntax::Connection) -> bool {
    let proxy = match &written.proxy {
        Some(Switch::On(proxy)) => proxy.password.is_some() || proxy.url.value.text().contains('@'),
        _ => false,
    };
    proxy || written.tls.key_password.is_some()
}

/// The files that are named literally and count beside the command line's.
fn files_of(written: &syntax::Connection, over: &http::Tls) -> http::Tls {
    let file = |template: &Option<Spanned<Template>>| {
        let template = template.as_ref()?;
        Some(template.span.file.folder().join(template.literal()?))
    };
    let tls = &written.tls;
    let ca = if over.ca.is_none() {
        file(&tls.ca)
    } else {
        None
    };
    let (cert, key) = if over.cert.is_none() {
        (file(&tls.cert), file(&tls.key))
    } else {
        (None, None)
    };
    http::Tls {
        ca,
        cert,
        key,
        ..http::Tls::default()
    }
}

/// Files that cannot be used are told before anything is sent.
fn check_files(settings: &Settings, written: &syntax::Connection, problems: &mut Problems) {
    let faults = settings.tls.faults();
    if faults.is_empty() {
        return;
    }
    let unreadable = settings.tls.unreadable();
    for fault in faults {
        let alone = unreadable.iter().any(|other| other.member == fault.member);
        tell(fault, written, alone, problems);
    }
}

/// Tells what is wrong with `tls`; `alone` says that it is a file's fault alone.
fn tell(
    TlsFault { member, error }: TlsFault,
    written: &syntax::Connection,
    alone: bool,
    problems: &mut Problems,
) {
    let tls = &written.tls;
    // What the command line names is told there.
    let place = match member {
        "ca" => tls.ca.as_ref().map(|file| &file.span),
        "key" => tls.key.as_ref().map(|file| &file.span),
        "cert" => tls.cert.as_ref().map(|file| &file.span),
        _ => tls
            .min
            .as_ref()
            .or(tls.max.as_ref())
            .map(|version| &version.span),
    };
    if let Some(place) = place {
        let problem = Diagnostic::error(place, error.message).maybe_hint(error.hint);
        problems.push(if alone { problem.certain() } else { problem });
    }
}

fn shared(settings: Settings, last: &mut Arc<Settings>) -> Arc<Settings> {
    if **last != settings {
        *last = Arc::new(settings);
    }
    Arc::clone(last)
}
