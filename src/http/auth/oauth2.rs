//! OAuth 2: a token that is fetched, and sent as a bearer token (RFC 6749, 6750, 7523).

mod answer;

use std::any::Any;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;
use url::form_urlencoded::Serializer;

use super::call::{AuthResponse, Call};
use super::context::{AuthContext, FetchFailure};
use super::curl::{CurlAuth, CurlText};
use super::jwt::Claims;
use super::scheme::{Pending, Scheme};
use super::{AuthServices, basic, bearer};
use crate::http::{Error, ErrorKind, Header, Request, Response};
use crate::lock::IgnorePoison as _;
use crate::secret::Secret;
use crate::value::Value;

/// A token is renewed so long before it ends, or a tenth of its life before where that is less.
const MARGIN: Duration = Duration::from_secs(30);

/// How a token is had.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Where.
    pub token_url: Url,
    /// What is given for it, by its name on the wire.
    pub grant_type: &'static str,
    /// What is given for it: form fields.
    pub given: Vec<(String, Secret)>,
    /// A statement that is signed for it when it is fetched.
    pub statement: Option<Claims>,
    /// Who asks.
    pub client: Option<Client>,
    /// What else is asked: scope, audience, and what the endpoint wants.
    pub asked: Vec<(String, String)>,
}

/// Who asks for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Option<Secret>,
    /// Whether both stand in the body rather than in the header `authorization`.
    pub in_body: bool,
}

/// A grant, and the token that was had for it: one for all who share it.
#[derive(Debug)]
pub struct OAuth2 {
    grant: Grant,
    world: AuthServices,
    state: Mutex<State>,
    /// Who holds it fetches; the others wait for what comes of it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    /// What the next token is had for.
    refresh: Option<Secret>,
    /// How often a token was asked for.
    fetches: u64,
    /// What came of the last time, where it was none.
    failure: Option<FetchFailure>,
}

#[derive(Debug)]
struct Token {
    value: Secret,
    /// When it is renewed.
    until: Option<Instant>,
    /// It was fetched because the one before was refused, and nothing was granted for it since: one more refusal is not
    /// the token's fault.
    on_trial: bool,
}

impl Token {
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

impl Scheme for OAuth2 {
    fn preview(&self) -> &'static str {
        "Bearer ***"
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        let same = |other: &Self| self.grant == other.grant;
        other.downcast_ref().is_some_and(same)
    }

    fn prepare<'a>(&'a self, context: AuthContext<'a>) -> Pending<'a, ()> {
        Box::pin(self.renew(context))
    }

    fn auth_headers(&self, _: &Call<'_>) -> Result<Vec<Header>, Error> {
        let token = |token: &Token| ("authorization".to_owned(), bearer(token.value.expose()));
        Ok(self.state().token.as_ref().map(token).into_iter().collect())
    }

    fn on_response<'a>(
        &'a self,
        response: AuthResponse<'a>,
        context: AuthContext<'a>,
    ) -> Pending<'a, bool> {
        Box::pin(async move { Ok(self.renew_refused(response, context).await) })
    }

    fn explain(&self, _: &Request, response: &Response) -> Option<String> {
        let refused = "401: the token was rejected, and so was its replacement";
        (response.status == 401).then(|| refused.to_owned())
    }

    /// The token is a variable; a note shows the command that fetches it.
    fn curl(&self, _: &Request) -> CurlAuth {
        let token = self.state().token.as_ref().map(|token| token.value.clone());
        let fetched = CurlText::Fetched {
            name: "access_token",
            value: token,
            url: self.grant.token_url.clone(),
        };
        let value = vec![CurlText::literal("authorization: Bearer "), fetched];
        CurlAuth::default().option("--header", value)
    }

    fn fetch_request(&self) -> Option<Request> {
        self.request(None).ok()
    }
}

impl OAuth2 {
    /// No token yet.
    #[must_use]
    pub fn new(grant: Grant, world: AuthServices) -> Self {
        Self {
            grant,
            world,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }

    fn has_fresh(&self) -> bool {
        self.state().token.as_ref().is_some_and(Token::is_fresh)
    }

    /// Fetches a token where there is none that is fresh.
    ///
    /// # Errors
    /// Where the endpoint gave none.
    async fn renew(&self, context: AuthContext<'_>) -> Result<(), Error> {
        if self.has_fresh() {
            return Ok(());
        }
        let before = self.state().fetches;
        let _turn = self.turn.lock().await;
        if self.has_fresh() {
            return Ok(());
        }
        if let Some(failure) = self.failure_since(before, context) {
            return Err(failure);
        }
        self.fetch(context, false).await
    }

    /// What came of it when others fetched meanwhile on such a way, where it was no token.
    fn failure_since(&self, before: u64, context: AuthContext<'_>) -> Option<Error> {
        let state = self.state();
        state
            .failure
            .as_ref()
            .filter(|_| state.fetches > before)?
            .on(context)
    }

    /// Renews a token that was refused, once.
    async fn renew_refused(&self, answered: AuthResponse<'_>, context: AuthContext<'_>) -> bool {
        if answered.response.status != 401 {
            self.state()
                .token
                .iter_mut()
                .for_each(|token| token.on_trial = false);
            return false;
        }
        if answered.round > 0 {
            return false;
        }
        let _turn = self.turn.lock().await;
        let was = |token: &Token| {
            answered
                .headers
                .iter()
                .any(|(_, value)| *value == bearer(token.value.expose()))
        };
        let on_trial = self
            .state()
            .token
            .as_ref()
            .filter(|token| was(token))
            .map(|token| token.on_trial);
        match on_trial {
            // Another has renewed it meanwhile.
            None => self.has_fresh(),
            Some(true) => false,
            // The refusal is the response, where there is no other token.
            Some(false) => {
                let renewed = self.fetch(context, true).await.is_ok();
                self.state()
                    .token
                    .iter_mut()
                    .for_each(|token| token.on_trial = true);
                renewed
            }
        }
    }

    /// Fetches a token: for the refresh token where there is one, and else, or where that is not taken, for the grant.
    async fn fetch(&self, context: AuthContext<'_>, on_trial: bool) -> Result<(), Error> {
        let refresh = self.state().refresh.take();
        let mut fetched = match &refresh {
            Some(token) => self.ask(context, Some(token)).await,
            None => self.ask(context, None).await,
        };
        if fetched.is_err() && refresh.is_some() {
            fetched = self.ask(context, None).await;
        }
        let mut state = self.state();
        state.fetches += 1;
        match fetched {
            Err(error) => {
                state.failure = Some(FetchFailure::new(&error, context));
                Err(error)
            }
            Ok(Fetched {
                token,
                refresh: next,
            }) => {
                state.failure = None;
                state.refresh = next.or(refresh);
                state.token = Some(Token { on_trial, ..token });
                Ok(())
            }
        }
    }

    async fn ask(
        &self,
        context: AuthContext<'_>,
        refresh: Option<&Secret>,
    ) -> Result<Fetched, Error> {
        let exchange = context.fetch(self.request(refresh)?).await;
        let none = |error: Error| Error {
            kind: ErrorKind::Auth,
            message: format!("no token: {}", error.message),
            ..error
        };
        match exchange.whole() {
            Ok(response) => self.read(response),
            Err(error) if exchange.response().is_some() => {
                let message = format!("{}: {}", self.endpoint(), error.message);
                Err(none(Error {
                    message,
                    ..error.clone()
                }))
            }
            Err(error) => Err(none(error.clone())),
        }
    }

    /// The request for a token.
    ///
    /// # Errors
    /// Where its statement cannot be signed.
    fn request(&self, refresh: Option<&Secret>) -> Result<Request, Error> {
        let grant = &self.grant;
        let mut form = Serializer::new(String::new());
        if let Some(token) = refresh {
            form.append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", token.expose());
        } else {
            form.append_pair("grant_type", grant.grant_type);
            form.extend_pairs(
                grant
                    .given
                    .iter()
                    .map(|(name, value)| (name, value.expose())),
            );
            if let Some(statement) = &grant.statement {
                let signed = statement
                    .sign(self.world.clock)
                    .map_err(|reason| Error::new(ErrorKind::Auth, reason))?;
                self.world.redactor.add_whole("assertion", &signed);
                form.append_pair("assertion", &signed);
            }
        }
        form.extend_pairs(&grant.asked);
        let mut header = None;
        if let Some(client) = &grant.client {
            match &client.secret {
                Some(secret) if !client.in_body => header = Some(client_header(&client.id, secret)),
                secret => {
                    form.append_pair("client_id", &client.id);
                    form.extend_pairs(
                        secret
                            .iter()
                            .map(|secret| ("client_secret", secret.expose())),
                    );
                }
            }
        }
        let request = Request::new("POST", grant.token_url.clone())
            .header("content-type", "application/x-www-form-urlencoded");
        let mut request = request
            .header("accept", "application/json")
            .body(form.finish());
        request
            .headers
            .extend(header.map(|value| ("authorization".to_owned(), value)));
        Ok(request)
    }

    /// The token of a response (RFC 6749 section 5).
    fn read(&self, response: &Response) -> Result<Fetched, Error> {
        let document = response.json().ok();
        let member = |name: &str| document.and_then(|document| document.get(name));
        let text = |name: &str| {
            member(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        answer::hide_values(response, &self.world.redactor);
        let Some(value) = text("access_token").filter(|_| response.status < 300) else {
            return Err(self.refused(response, text("error"), text("error_description")));
        };
        let kind = text("token_type").unwrap_or("Bearer");
        if !kind.to_ascii_lowercase().starts_with("bearer") {
            let kind = if answer::is_code(kind) {
                format!("the type `{kind}`")
            } else {
                "an unknown type".to_owned()
            };
            let message = format!(
                "{} gives a token of {kind}, and only bearer tokens can be sent",
                self.endpoint()
            );
            return Err(Error::new(ErrorKind::Auth, message));
        }
        let seconds = member("expires_in")
            .and_then(Value::to_text)
            .and_then(|text| text.parse::<f64>().ok());
        let life = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let until = life.and_then(|life| {
            Instant::now().checked_add(life.saturating_sub(MARGIN.min(life / 10)))
        });
        let token = Token {
            value: Secret::new(value),
            until,
            on_trial: false,
        };
        Ok(Fetched {
            token,
            refresh: text("refresh_token").map(Secret::new),
        })
    }

    fn endpoint(&self) -> String {
        format!(
            "the token endpoint `{}`",
            crate::http::url::without_secret(&self.grant.token_url)
        )
    }

    /// The error of a response without a token. Its values may be tokens, so only an error's own members are quoted.
    fn refused(&self, response: &Response, code: Option<&str>, description: Option<&str>) -> Error {
        let status = response.status;
        let code = code.filter(|code| answer::is_code(code));
        let Some(code) = code else {
            let message = format!(
                "no token: {} responded with {status} without one: {}",
                self.endpoint(),
                answer::described(response)
            );
            return Error::new(ErrorKind::Auth, message).hint(answer::hint(response));
        };
        let more = description.map_or_else(String::new, |text| {
            format!(": `{}`", answer::in_words(text))
        });
        let error = Error::new(
            ErrorKind::Auth,
            format!(
                "no token: {} responded with {status} `{code}`{more}",
                self.endpoint()
            ),
        );
        match self.hint(code) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// What to look at (RFC 6749 section 5.2).
    fn hint(&self, code: &str) -> Option<&'static str> {
        let in_header = self
            .grant
            .client
            .as_ref()
            .is_some_and(|client| client.secret.is_some() && !client.in_body);
        Some(match code {
            "invalid_client" if in_header => {
                "are `client_id` and `client_secret` right? some servers want them in the body: `client_auth = \"body\"`"
            }
            "invalid_client" => "are `client_id` and `client_secret` right?",
            "invalid_grant" => match self.grant.grant_type {
                "password" => "are `username` and `password` right?",
                "refresh_token" => {
                    "is the `refresh_token` still valid? some servers accept each one only once"
                }
                _ => "is the JWT right: its key, `iss`, `sub`, `aud`, and this machine's clock?",
            },
            "invalid_scope" => "does the server know the `scope`, and may this client ask for it?",
            "unauthorized_client" | "unsupported_grant_type" => {
                "does the server allow this `grant` for this client?"
            }
            _ => return None,
        })
    }
}

/// What an endpoint gave.
struct Fetched {
    token: Token,
    refresh: Option<Secret>,
}

/// What servers that decode nothing take as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'*');

/// Id and secret as basic authentication; both are form-encoded before (RFC 6749 section 2.3.1), a space as `%20`: not all
/// servers read a plus as one.
fn client_header(id: &str, secret: &Secret) -> String {
    let encode = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    basic(&encode(id), &encode(secret.expose()))
}
