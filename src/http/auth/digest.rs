//! Digest authentication: a hash of the password and of what the server asks (RFC 7616, and RFC 2617 for those who know
//! only that).

use std::any::Any;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};

use md5::{Digest as _, Md5};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Sha256, Sha512, Sha512_256};
use url::Url;

use super::call::{AuthResponse, Call};
use super::challenge::{Challenge, challenges, parameters};
use super::context::AuthContext;
use super::curl::{CurlAuth, CurlText};
use super::scheme::{Pending, Scheme};
use crate::http::url::same_origin;
use crate::http::{Error, Header, Request, Response};
use crate::lock::IgnorePoison as _;
use crate::secret::Secret;

/// How often a request is sent at most: without a proof, with one, and with one for the nonce that replaced a stale one.
const MOST_ROUNDS: usize = 3;

/// User and password, and what servers asked so far: a nonce is used again, with a count, until the server gives another.
#[derive(Debug)]
pub struct Digest {
    user: String,
    password: Secret,
    met: Mutex<Vec<Met>>,
}

/// What an origin asked last.
#[derive(Debug)]
struct Met {
    origin: Url,
    challenge: Challenge,
    /// How often the nonce was used.
    count: u32,
}

impl Digest {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            password: Secret::new(password),
            met: Mutex::default(),
        }
    }

    fn met(&self) -> MutexGuard<'_, Vec<Met>> {
        self.met.lock().ignore_poison()
    }

    /// Notes what the server asks, and says whether that is answered: the first time, and where a nonce was stale.
    fn is_challenged(&self, answered: AuthResponse<'_>) -> bool {
        let AuthResponse {
            url,
            response,
            round,
            ..
        } = answered;
        if response.status != 401 {
            self.take_next_nonce(url, response);
            return false;
        }
        let asked = strongest(challenges(response.header_lines("www-authenticate")));
        let answered =
            asked.filter(|asked| round == 0 || (round + 1 < MOST_ROUNDS && asked.is_true("stale")));
        let again = answered.is_some();
        let mut met = self.met();
        met.retain(|met| !same_origin(&met.origin, url));
        met.extend(answered.map(|challenge| Met {
            origin: url.clone(),
            challenge,
            count: 0,
        }));
        again
    }

    /// A server may give the nonce for the next request beforehand (RFC 7616 section 3.5).
    fn take_next_nonce(&self, url: &Url, response: &Response) {
        let Some(line) = response.header_lines("authentication-info").next() else {
            return;
        };
        if let Some(next) = parameters(line).get("nextnonce")
            && let Some(met) = self
                .met()
                .iter_mut()
                .find(|met| same_origin(&met.origin, url))
            && met.challenge.get("nonce") != Some(next)
        {
            met.challenge.set("nonce", next);
            met.count = 0;
        }
    }
}

impl Scheme for Digest {
    fn preview(&self) -> &'static str {
        "Digest ***"
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        let same = |other: &Self| self.user == other.user && self.password == other.password;
        other.downcast_ref().is_some_and(same)
    }

    /// The response to the origin's last challenge; nothing before the first one.
    fn auth_headers(&self, call: &Call<'_>) -> Result<Vec<Header>, Error> {
        let mut met = self.met();
        let Some(met) = met
            .iter_mut()
            .find(|met| same_origin(&met.origin, call.url))
        else {
            return Ok(Vec::new());
        };
        met.count += 1;
        let once = Once {
            count: met.count,
            client_nonce: &uuid::Uuid::new_v4().simple().to_string(),
        };
        let value = respond(
            &met.challenge,
            (&self.user, self.password.expose()),
            call,
            &once,
        )?;
        Ok(value
            .map(|value| ("authorization".to_owned(), value))
            .into_iter()
            .collect())
    }

    fn on_response<'a>(
        &'a self,
        response: AuthResponse<'a>,
        _: AuthContext<'a>,
    ) -> Pending<'a, bool> {
        Box::pin(std::future::ready(Ok(self.is_challenged(response))))
    }

    fn explain(&self, _: &Request, response: &Response) -> Option<String> {
        (response.status == 401).then(|| refusal(response))
    }

    fn curl(&self, _: &Request) -> CurlAuth {
        let password = CurlText::Described {
            name: "password",
            value: self.password.clone(),
            note: "the password that the request is sent with",
        };
        let user = CurlText::Redacted(self.user.clone());
        let login = vec![user, CurlText::literal(":"), password];
        CurlAuth::default()
            .option("--digest", Vec::new())
            .option("--user", login)
    }

    fn curl_is_challenged(&self) -> bool {
        true
    }
}

/// Why the server still asks.
fn refusal(response: &Response) -> String {
    let asked = challenges(response.header_lines("www-authenticate"));
    let digests: Vec<_> = asked
        .iter()
        .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("digest"))
        .collect();
    if digests.is_empty() {
        let schemes: Vec<_> = asked
            .iter()
            .map(|challenge| format!("`{}`", challenge.scheme))
            .collect();
        let asks = if schemes.is_empty() {
            "nothing".to_owned()
        } else {
            schemes.join(", ")
        };
        return format!(
            "401: the request uses digest authentication, but the server asks for {asks}"
        );
    }
    if strongest(asked.clone()).is_none() {
        let named = digests
            .iter()
            .map(|digest| format!("`{}`", digest.get("algorithm").unwrap_or("MD5")));
        let named: Vec<_> = named.collect();
        return format!(
            "401: the server asks for unsupported digest algorithms: {}",
            named.join(", ")
        );
    }
    "401: the server rejected this user and password".to_owned()
}

/// A hash that both sides know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
    Sha512Of256,
    /// In no standard, and in several servers.
    Sha512,
}

impl Hash {
    fn hex(self, text: &[u8]) -> String {
        match self {
            Self::Md5 => hex::encode(Md5::digest(text)),
            Self::Sha256 => hex::encode(Sha256::digest(text)),
            Self::Sha512Of256 => hex::encode(Sha512_256::digest(text)),
            Self::Sha512 => hex::encode(Sha512::digest(text)),
        }
    }

    /// The hash of a body.
    fn of_body(self, call: &Call<'_>) -> Result<String, Error> {
        match self {
            Self::Md5 => call.body_hash::<Md5>(),
            Self::Sha256 => call.body_hash::<Sha256>(),
            Self::Sha512Of256 => call.body_hash::<Sha512_256>(),
            Self::Sha512 => call.body_hash::<Sha512>(),
        }
    }

    /// The hash of parts with colons between them.
    fn of(self, parts: &[&str]) -> String {
        self.hex(parts.join(":").as_bytes())
    }
}

/// The algorithm of a challenge, and whether it is bound to a session; `None` where it is not known here.
fn algorithm(challenge: &Challenge) -> Option<(Hash, bool)> {
    let name = challenge
        .get("algorithm")
        .unwrap_or("MD5")
        .to_ascii_uppercase();
    let (hash, session) = name
        .strip_suffix("-SESS")
        .map_or((name.as_str(), false), |hash| (hash, true));
    let hash = match hash {
        "MD5" => Hash::Md5,
        "SHA-256" => Hash::Sha256,
        "SHA-512-256" => Hash::Sha512Of256,
        "SHA-512" => Hash::Sha512,
        _ => return None,
    };
    Some((hash, session))
}

/// How a body takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// As in RFC 2069: neither counts nor a nonce of the client.
    Old,
    Auth,
    AuthInt,
}

/// `auth` where it is offered: `auth-int` needs the body, which few servers check. `None` where neither is.
fn protection(challenge: &Challenge) -> Option<Protection> {
    // Some servers say that there is none by an empty one.
    let Some(offered) = challenge
        .get("qop")
        .filter(|offered| !offered.trim().is_empty())
    else {
        return Some(Protection::Old);
    };
    let offers = |wanted: &str| {
        offered
            .split(',')
            .any(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    match () {
        () if offers("auth") => Some(Protection::Auth),
        () if offers("auth-int") => Some(Protection::AuthInt),
        () => None,
    }
}

/// The challenge with the strongest hash among those that can be answered, the server's order deciding between equals.
fn strongest(found: Vec<Challenge>) -> Option<Challenge> {
    let digests = found
        .into_iter()
        .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("digest"));
    let answerable =
        digests.filter(|digest| digest.get("nonce").is_some() && protection(digest).is_some());
    let mut best: Option<(Hash, Challenge)> = None;
    for challenge in answerable {
        if let Some((hash, _)) = algorithm(&challenge)
            && best.as_ref().is_none_or(|(known, _)| hash > *known)
        {
            best = Some((hash, challenge));
        }
    }
    best.map(|(_, challenge)| challenge)
}

/// What is different in every response.
struct Once<'a> {
    count: u32,
    client_nonce: &'a str,
}

/// The value of `authorization` (RFC 7616 section 3.4); `None` where the challenge cannot be answered.
fn respond(
    challenge: &Challenge,
    (user, password): (&str, &str),
    call: &Call<'_>,
    once: &Once<'_>,
) -> Result<Option<String>, Error> {
    let parts = (
        algorithm(challenge),
        protection(challenge),
        challenge.get("nonce"),
    );
    let (Some((hash, session)), Some(protection), Some(nonce)) = parts else {
        return Ok(None);
    };
    let realm = challenge.get("realm").unwrap_or_default();
    let target = call.target();
    let mut secret = hash.of(&[user, realm, password]);
    if session {
        secret = hash.of(&[&secret, nonce, once.client_nonce]);
    }
    let asked = match protection {
        Protection::AuthInt => hash.of(&[call.method, target, &hash.of_body(call)?]),
        _ => hash.of(&[call.method, target]),
    };
    let count = format!("{:08x}", once.count);
    let word = if protection == Protection::AuthInt {
        "auth-int"
    } else {
        "auth"
    };
    let response = match protection {
        Protection::Old => hash.of(&[&secret, nonce, &asked]),
        _ => hash.of(&[&secret, nonce, &count, once.client_nonce, word, &asked]),
    };
    let mut value = format!(
        "Digest {}, realm={}, nonce={}",
        name(challenge, user, hash),
        quoted(realm),
        quoted(nonce)
    );
    let _ = write!(value, ", uri={}, response=\"{response}\"", quoted(target));
    if let Some(algorithm) = challenge.get("algorithm") {
        let _ = write!(value, ", algorithm={algorithm}");
    }
    if let Some(opaque) = challenge.get("opaque") {
        let _ = write!(value, ", opaque={}", quoted(opaque));
    }
    if protection != Protection::Old {
        let _ = write!(value, ", qop={word}, nc={count}");
    }
    if protection != Protection::Old || session {
        let _ = write!(value, ", cnonce={}", quoted(once.client_nonce));
    }
    if challenge.is_true("userhash") {
        value.push_str(", userhash=true");
    }
    Ok(Some(value))
}

/// The parameter that names the user: hashed where that is asked for, and spelt out in UTF-8 where the server knows that.
fn name(challenge: &Challenge, user: &str, hash: Hash) -> String {
    if challenge.is_true("userhash") {
        let realm = challenge.get("realm").unwrap_or_default();
        return format!("username=\"{}\"", hash.of(&[user, realm]));
    }
    let utf8 = challenge
        .get("charset")
        .is_some_and(|charset| charset.eq_ignore_ascii_case("UTF-8"));
    if utf8 && !user.is_ascii() {
        return format!(
            "username*=UTF-8''{}",
            utf8_percent_encode(user, NON_ALPHANUMERIC)
        );
    }
    format!("username={}", quoted(user))
}

/// A text in quotes (RFC 9110 section 5.6.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
