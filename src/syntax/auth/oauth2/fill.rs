//! Fills `auth.oauth2`: the texts become the grant with which a token is fetched.

use url::Url;

use super::{Assertion, ClientAuth, Grant, OAuth2};
use crate::http::auth::{self, Claims, Credentials, oauth2};
use crate::secret::Secret;
use crate::syntax::Spanned;
use crate::syntax::auth::{AuthScope, Filled, Text};
use crate::template::Document;
use crate::value::{Object, Value};

/// RFC 7523 section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What is given for a token: form fields, or a statement to sign.
struct Given {
    /// Name of the grant on the wire.
    grant_type: &'static str,
    fields: Vec<(String, Secret)>,
    statement: Option<Claims>,
}

impl Given {
    fn fields<const N: usize>(grant_type: &'static str, fields: [(&str, Secret); N]) -> Self {
        let owned = |(name, value): (&str, Secret)| (name.to_owned(), value);
        Self {
            grant_type,
            fields: fields.into_iter().map(owned).collect(),
            statement: None,
        }
    }
}

impl OAuth2 {
    pub(super) fn credentials(&self, scope: &dyn AuthScope) -> Filled<Credentials> {
        let token_url = scope.fill_endpoint(&self.token_url)?;
        let client = self.client(scope)?;
        let given = self.given(client.as_ref(), &token_url, scope)?;
        let grant = oauth2::Grant {
            token_url,
            grant_type: given.grant_type,
            given: given.fields,
            statement: given.statement,
            client,
            asked: self.asked(scope)?,
        };
        Ok(Credentials::new(auth::OAuth2::new(grant, scope.services())))
    }

    /// Scope, audience, and the endpoint's own parameters.
    fn asked(&self, scope: &dyn AuthScope) -> Filled<Vec<(String, String)>> {
        let mut asked = Vec::new();
        let fill = |text: &Text| scope.fill_text(text);
        let words = self.scope.iter().map(fill).collect::<Filled<Vec<_>>>()?;
        if !words.is_empty() {
            asked.push(("scope".to_owned(), words.join(" ")));
        }
        if let Some(audience) = &self.audience {
            asked.push(("audience".to_owned(), scope.fill_text(audience)?));
        }
        for (name, value) in &self.params {
            asked.push((name.clone(), scope.fill_text(value)?));
        }
        Ok(asked)
    }

    fn client(&self, scope: &dyn AuthScope) -> Filled<Option<oauth2::Client>> {
        let Some(id) = &self.client_id else {
            return Ok(None);
        };
        let id = scope.required("the client id", id)?;
        let secret = self.client_secret.as_ref();
        let secret = secret
            .map(|secret| scope.secret("client_secret", secret))
            .transpose()?;
        Ok(Some(oauth2::Client {
            id,
            secret,
            in_body: self.client_auth == ClientAuth::Body,
        }))
    }

    fn given(
        &self,
        client: Option<&oauth2::Client>,
        token_url: &Url,
        scope: &dyn AuthScope,
    ) -> Filled<Given> {
        Ok(match &self.grant {
            Grant::ClientCredentials => Given::fields("client_credentials", []),
            Grant::Password { username, password } => {
                let username = scope.required("the user", username)?;
                let password = scope.fill_text(password)?;
                scope.hide("password", &password);
                let username = ("username", Secret::new(username));
                Given::fields("password", [username, ("password", Secret::new(password))])
            }
            Grant::RefreshToken(token) => {
                let token = scope.secret("refresh_token", token)?;
                Given::fields("refresh_token", [("refresh_token", token)])
            }
            Grant::JwtBearer(Assertion::Written(text)) => {
                let assertion = scope.secret("assertion", text)?;
                Given::fields(JWT_BEARER, [("assertion", assertion)])
            }
            Grant::JwtBearer(Assertion::Signed {
                key,
                algorithm,
                key_id,
                claims: written,
            }) => Given {
                grant_type: JWT_BEARER,
                fields: Vec::new(),
                statement: Some(Claims {
                    key: scope.secret("key", key)?,
                    algorithm: algorithm.as_ref().map(|name| name.value.clone()),
                    key_id: scope.optional(key_id.as_ref())?,
                    claims: claims(written.as_ref(), client, token_url, scope)?,
                }),
            },
        })
    }
}

/// Claims of the statement. By default the client makes it (`iss`) for the endpoint (`aud`).
fn claims(
    written: Option<&Spanned<Document>>,
    client: Option<&oauth2::Client>,
    token_url: &Url,
    scope: &dyn AuthScope,
) -> Filled<Object> {
    let mut claims = Object::default();
    claims.extend(client.map(|client| ("iss".to_owned(), client.id.as_str().into())));
    claims.insert("aud".to_owned(), token_url.as_str().into());
    let Some(written) = written else {
        return Ok(claims);
    };
    if let Value::Object(members) = &*scope.fill_document(written)? {
        claims.extend(members.clone());
    }
    Ok(claims)
}
