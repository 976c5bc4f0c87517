//! Fills `auth`: what is known now becomes a header, what is proved later becomes credentials.

use std::sync::Arc;

use super::{Filled, Filler, Unfilled, add_query, evaluate, hinted, unfilled};
use crate::http;
use crate::http::auth::{
    self, AuthServices, Claims, Credentials, Digest, OAuth2, Trust, aws, netrc, oauth2,
};
use crate::secret::Secret;
use crate::source::Span;
use crate::syntax::{
    self, Assertion, Auth, AwsKeys, AwsSigV4, ClientAuth, EMPTY_CREDENTIALS, Spanned,
};
use crate::template::Template;
use crate::value::{Object, Value};

impl Filler<'_> {
    /// Inherited authentication goes to the base URL's origin alone; a header that is written wins over it.
    pub(super) fn auth(&self) -> Filled<()> {
        let Some((auth, inherited)) = self.request.auth.as_deref() else {
            return Ok(());
        };
        if *inherited && self.leaves_base() {
            return Ok(());
        }
        match &auth.value {
            Auth::Off => {}
            Auth::Basic { user, password } => {
                let (user, password) = (self.spanned(user)?, self.spanned(password)?);
                if user.is_empty() && password.is_empty() {
                    return Err(empty("user and password are", &auth.span));
                }
                self.credential("password", &password);
                http::url::hide_credentials(
                    "credentials",
                    &user,
                    &password,
                    self.scope.names.redactor,
                );
                self.authorization(auth::basic(&user, &password));
            }
            Auth::Bearer(token) => {
                let token = self.required("the bearer token", token)?;
                self.credential("token", &token);
                self.authorization(auth::bearer(&token));
            }
            Auth::ApiKey {
                name,
                value,
                in_query,
            } => {
                let value = self.required("the API key", value)?;
                self.credential("api_key", &value);
                if *in_query {
                    self.with_request(|request| {
                        add_query(
                            &mut request.url,
                            request.raw_target.as_mut(),
                            &[(name.clone(), value)],
                        );
                    });
                } else {
                    self.with_request(|request| request.sensitive.push(name.clone()));
                    self.push(name, value);
                }
            }
            Auth::Digest { user, password } => {
                let (user, password) = (self.required("the user", user)?, self.spanned(password)?);
                self.credential("password", &password);
                self.credentials(Credentials::new(Digest::new(user, password)));
            }
            Auth::Netrc(file) => self.netrc(file.as_ref(), &auth.span)?,
            Auth::OAuth2(oauth2) => self.oauth2(oauth2)?,
            Auth::AwsSigV4(aws) => self.aws(aws, &auth.span)?,
        }
        Ok(())
    }

    fn spanned(&self, text: &Spanned<Template>) -> Filled<String> {
        self.text(&text.value, &text.span)
    }

    /// A text that must not be empty: then nothing would be proved by it.
    fn required(&self, what: &str, text: &Spanned<Template>) -> Filled<String> {
        let value = self.spanned(text)?;
        if value.trim().is_empty() {
            Err(empty(&format!("{what} is"), &text.span))
        } else {
            Ok(value)
        }
    }

    fn optional(&self, text: Option<&Spanned<Template>>) -> Filled<Option<String>> {
        text.map(|text| self.spanned(text)).transpose()
    }

    /// A text that is a secret whatever it is called and however short.
    fn secret(&self, name: &str, text: &Spanned<Template>) -> Filled<Secret> {
        let text = self.required(&format!("`{name}`"), text)?;
        self.scope.names.redactor.add_whole(name, &text);
        Ok(Secret::new(text))
    }

    /// What authenticates is a secret, also where nobody says so; a short one is a word of everyday tests.
    fn credential(&self, name: &str, value: &str) {
        const SHORTEST: usize = 8;
        if value.chars().nth(SHORTEST - 1).is_some() {
            self.scope.names.redactor.add_whole(name, value);
        }
    }

    fn authorization(&self, value: String) {
        if !self.has_header("authorization") {
            self.push("authorization", value);
        }
    }

    fn credentials(&self, credentials: Credentials) {
        if !self.has_header("authorization") {
            let shared = self.scope.names.credentials.share(credentials);
            self.with_request(|request| request.auth = Some(shared));
        }
    }

    /// What credentials know of the world outside.
    fn world(&self) -> AuthServices {
        let context = &self.scope.names.collection.context;
        let trust = self.trust();
        let environment = trust.environment.clone();
        let of_request = || -> auth::Environment {
            let environment = Arc::clone(&context.environment);
            Arc::new(move |name: &str| environment(name).map(|variable| variable.text))
        };
        AuthServices {
            environment: environment.unwrap_or_else(of_request),
            clock: context.clock,
            processes: self.scope.names.commands.processes(),
            redactor: self.scope.names.redactor.clone(),
            settings: trust
                .environment
                .is_some()
                .then(|| Arc::clone(&trust.settings)),
        }
    }

    fn trust(&self) -> &Trust {
        &self.scope.names.credentials.trust
    }

    /// How the request's connection is made.
    fn settings_now(&self) -> Arc<http::Settings> {
        let own = self
            .scope
            .request
            .borrow()
            .as_ref()
            .and_then(|request| request.settings.clone());
        own.unwrap_or_else(|| super::super::options::options(self.request).settings)
    }

    fn url_now(&self) -> Option<url::Url> {
        self.scope
            .request
            .borrow()
            .as_ref()
            .map(|request| request.url.clone())
    }

    /// User and password of the netrc entry for the host.
    fn netrc(&self, file: Option<&Spanned<Template>>, span: &Span) -> Filled<()> {
        let world = self.world();
        let path = match file {
            Some(file) => {
                let name = self.required("the path of the netrc file", file)?;
                netrc_path(&name, &file.span, &world)
            }
            None => netrc::usual_file(&world).ok_or_else(|| {
                unfilled(
                    "there is no netrc file: neither `NETRC` nor `HOME` is set",
                    span,
                )
            })?,
        };
        let shown = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            unfilled(
                format!(
                    "the netrc file `{shown}` cannot be read: {}",
                    crate::plan::plain(&error)
                ),
                span,
            )
        })?;
        let Some(url) = self.url_now() else {
            return Ok(());
        };
        let host = url.host_str().unwrap_or_default();
        let login = netrc::find(&text, host).map_err(|reason| {
            unfilled(
                format!("the netrc file `{shown}` has nothing for `{host}`: {reason}"),
                span,
            )
        })?;
        self.credential("password", &login.password);
        http::url::hide_credentials(
            "credentials",
            &login.user,
            &login.password,
            self.scope.names.redactor,
        );
        self.trust()
            .check_netrc(&url, &self.settings_now(), login.of_host)
            .map_err(|reason| unfilled(reason, span))?;
        self.authorization(auth::basic(&login.user, &login.password));
        Ok(())
    }

    fn oauth2(&self, written: &syntax::OAuth2) -> Filled<()> {
        let place = &written.token_url.span;
        let token_url = self.other_target(&written.token_url)?;
        let joined = match self.base {
            Some(base) => http::url::join(base, &token_url),
            None => http::url::base(&token_url),
        };
        let token_url = joined.map_err(|error| unfilled(error.message, place))?;
        let client = self.client(written)?;
        let (grant_type, given, statement) = self.grant(written, client.as_ref(), &token_url)?;
        let mut asked = Vec::new();
        let words = written
            .scope
            .iter()
            .map(|word| self.spanned(word))
            .collect::<Filled<Vec<_>>>()?;
        asked.extend((!words.is_empty()).then(|| ("scope".to_owned(), words.join(" "))));
        asked.extend(
            self.optional(written.audience.as_ref())?
                .map(|audience| ("audience".to_owned(), audience)),
        );
        for (name, value) in &written.params {
            asked.push((name.clone(), self.spanned(value)?));
        }
        let grant = oauth2::Grant {
            token_url,
            grant_type,
            given,
            statement,
            client,
            asked,
        };
        self.credentials(Credentials::new(OAuth2::new(grant, self.world())));
        Ok(())
    }

    fn client(&self, written: &syntax::OAuth2) -> Filled<Option<oauth2::Client>> {
        let id = written
            .client_id
            .as_ref()
            .map(|id| self.required("the client id", id))
            .transpose()?;
        let Some(id) = id else { return Ok(None) };
        let secret = written
            .client_secret
            .as_ref()
            .map(|secret| self.secret("client_secret", secret))
            .transpose()?;
        Ok(Some(oauth2::Client {
            id,
            secret,
            in_body: written.client_auth == ClientAuth::Body,
        }))
    }

    fn grant(
        &self,
        written: &syntax::OAuth2,
        client: Option<&oauth2::Client>,
        token_url: &url::Url,
    ) -> Filled<Given> {
        let field = |name: &str, value: Secret| (name.to_owned(), value);
        Ok(match &written.grant {
            syntax::Grant::ClientCredentials => ("client_credentials", Vec::new(), None),
            syntax::Grant::Password { username, password } => {
                let (username, password) = (
                    self.required("the user", username)?,
                    self.spanned(password)?,
                );
                self.credential("password", &password);
                let given = vec![
                    field("username", Secret::new(username)),
                    field("password", Secret::new(password)),
                ];
                ("password", given, None)
            }
            syntax::Grant::RefreshToken(token) => (
                "refresh_token",
                vec![field("refresh_token", self.secret("refresh_token", token)?)],
                None,
            ),
            syntax::Grant::JwtBearer(Assertion::Written(text)) => (
                JWT_BEARER,
                vec![field("assertion", self.secret("assertion", text)?)],
                None,
            ),
            syntax::Grant::JwtBearer(Assertion::Signed {
                key,
                algorithm,
                key_id,
                claims,
            }) => {
                let statement = Claims {
                    key: self.secret("key", key)?,
                    algorithm: algorithm.as_ref().map(|name| name.value.clone()),
                    key_id: self.optional(key_id.as_ref())?,
                    claims: self.claims(claims.as_ref(), client, token_url)?,
                };
                (JWT_BEARER, Vec::new(), Some(statement))
            }
        })
    }

    /// What is stated: the client says it (`iss`) to the endpoint (`aud`) where nothing else is written.
    fn claims(
        &self,
        written: Option<&Spanned<crate::template::Document>>,
        client: Option<&oauth2::Client>,
        token_url: &url::Url,
    ) -> Filled<Object> {
        let mut claims = Object::default();
        claims.extend(client.map(|client| ("iss".to_owned(), client.id.as_str().into())));
        claims.insert("aud".to_owned(), token_url.as_str().into());
        let Some(written) = written else {
            return Ok(claims);
        };
        let value = evaluate(written, self.scope)
            .map_err(|message| unfilled(message, &written.span))?
            .value;
        if let Value::Object(members) = &*value {
            claims.extend(members.clone());
        }
        Ok(claims)
    }

    fn aws(&self, written: &AwsSigV4, span: &Span) -> Filled<()> {
        let Some(url) = self.url_now() else {
            return Ok(());
        };
        let world = self.world();
        let (service, region) = (
            self.optional(written.service.as_ref())?,
            self.optional(written.region.as_ref())?,
        );
        let source = match &written.keys {
            AwsKeys::Found => aws::Source::Found,
            AwsKeys::Profile(profile) => {
                aws::Source::Profile(self.required("the profile", profile)?)
            }
            AwsKeys::Written {
                id,
                secret,
                session_token,
            } => aws::Source::Given(aws::AwsCredentials {
                id: self.required("the key's id", id)?,
                secret: self.secret("aws_secret_access_key", secret)?,
                session: session_token
                    .as_ref()
                    .map(|token| self.secret("aws_session_token", token))
                    .transpose()?,
                expires: None,
            }),
        };
        let profile = if let aws::Source::Profile(name) = &source {
            Some(name.as_str())
        } else {
            None
        };
        if !matches!(source, aws::Source::Given(_)) {
            self.trust()
                .check_aws(&url, &self.settings_now())
                .map_err(|reason| unfilled(reason, span))?;
        }
        let (service, region) = aws::scope(&url, (service, region), profile, &world)
            .map_err(|reason| unfilled(reason, span))?;
        self.credentials(Credentials::new(aws::Signer::new(
            service, region, source, world,
        )));
        Ok(())
    }
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is made to be an error, which travels boxed"
)]
fn empty(what: &str, span: &Span) -> Box<Unfilled> {
    hinted(format!("{what} empty"), span, EMPTY_CREDENTIALS)
}

/// The path of a netrc file that is written in a collection.
pub(in crate::run) fn netrc_path(
    name: &str,
    span: &Span,
    world: &AuthServices,
) -> std::path::PathBuf {
    let home = (world.environment)("HOME").map(std::path::PathBuf::from);
    match (name.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => span.file.folder().join(name),
    }
}

/// What is given for a token: the grant's name on the wire, form fields, or a statement to be signed.
type Given = (&'static str, Vec<(String, Secret)>, Option<Claims>);

/// RFC 7523 section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
