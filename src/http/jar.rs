//! Cookies kept between requests (RFC 6265bis sections 5.7 and 5.8; sections are those of draft-ietf-httpbis-rfc6265bis-22).
//!
//! `SameSite` is kept and not acted upon: here is no page that asks, so that every request is of its own site.

use std::cmp::Reverse;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use url::{Host, Url};

use super::cookie::RefusedCookie;
use super::{Request, Response, SetCookie};
use crate::clock::Clock;
use crate::lock::IgnorePoison as _;

/// A server cannot fill the memory: of more cookies than this, the oldest go.
const MOST_COOKIES: usize = 3000;
/// The same for one domain.
const MOST_OF_A_DOMAIN: usize = 180;

/// How much of a refused cookie's name is told.
const MOST_QUOTED: usize = 100;

/// A cookie that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The name; may be empty.
    pub name: String,
    /// The value, quotes included.
    pub value: String,
    /// The host, or the domain, that it goes to.
    pub domain: String,
    /// Whether it goes to that host alone.
    pub host_only: bool,
    /// The path below which it is sent.
    pub path: String,
    /// When it dies; `None`: with the jar.
    pub expires: Option<Timestamp>,
    /// Whether it goes over secure connections alone.
    pub secure: bool,
    /// Whether scripts of a page would not see it.
    pub http_only: bool,
    /// `SameSite`, as written; not acted upon, since no page asks here.
    pub same_site: Option<String>,
}

/// What became other in a jar.
#[derive(Debug, Default)]
pub struct Changes {
    set: Vec<Cookie>,
    gone: Vec<Cookie>,
}

/// The cookies of a run of a collection; a clone is a jar of its own.
pub struct Jar {
    clock: Clock,
    kept: Mutex<Store>,
}

/// What a jar holds.
#[derive(Debug, Clone, Default)]
struct Store {
    /// In the order in which they were made, each with when it was used.
    cookies: Vec<(Cookie, u64)>,
    /// How often something was set or sent: the time as far as the order of use needs one.
    uses: u64,
}

impl Jar {
    /// An empty jar.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
        }
    }

    /// The cookies that are alive, oldest first.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        let now = self.clock.now();
        self.lock()
            .all()
            .filter(|cookie| cookie.is_alive(now))
            .cloned()
            .collect()
    }

    /// The value of the `Cookie` header for a request to `url`; `None` where no cookie goes there.
    #[must_use]
    pub fn header(&self, url: &Url) -> Option<String> {
        self.header_besides(url, "")
    }

    /// As [`Jar::header`], after what is `written` by hand, whose names win over the jar's.
    pub(super) fn header_besides(&self, url: &Url, written: &str) -> Option<String> {
        let mut header = written.trim().trim_end_matches(';').to_owned();
        let written_names: Vec<&str> = written
            .split(';')
            .map(|pair| pair.split('=').next().unwrap_or(pair).trim())
            .collect();
        let mut store = self.lock();
        let mut matching = Vec::new();
        if !store.cookies.is_empty() {
            let (now, target) = (self.clock.now(), Target::of(url)?);
            let is_wanted = |cookie: &Cookie| {
                let fits = cookie.is_alive(now) && cookie.goes_to(&target);
                fits && (written.is_empty() || !written_names.contains(&cookie.name.as_str()))
            };
            matching = store.used(is_wanted);
            matching.sort_by_key(|cookie| Reverse(cookie.path.len()));
        }
        for cookie in matching {
            if !header.is_empty() {
                header.push_str("; ");
            }
            if !cookie.name.is_empty() {
                header.push_str(&cookie.name);
                header.push('=');
            }
            header.push_str(&cookie.value);
        }
        (!header.is_empty()).then_some(header)
    }

    /// The `Cookie` line of a request: what is written in its headers, and what the jar has besides.
    #[must_use]
    pub fn line_of(&self, request: &Request) -> Option<String> {
        let is_cookie = |header: &&super::Header| header.0.eq_ignore_ascii_case("cookie");
        let written: Vec<&str> = request
            .headers
            .iter()
            .filter(is_cookie)
            .map(|(_, value)| value.as_str())
            .collect();
        self.header_besides(&request.url, &written.join("; "))
    }

    /// Keeps what a `Set-Cookie` line of a response from `url` says; a line that browsers would refuse is passed over.
    pub fn store(&self, url: &Url, line: &str) {
        drop(self.keep(url, line));
    }

    /// Keeps what a response from `url` sets, and gives what it refuses.
    pub(super) fn take(&self, url: &Url, response: &Response) -> Vec<RefusedCookie> {
        let refused = |line: &str| {
            let reason = self.keep(url, line).err()?;
            let name = line
                .split(';')
                .next()
                .and_then(|pair| Some(pair.split_once('=')?.0.trim()));
            Some(RefusedCookie {
                name: name.unwrap_or_default().chars().take(MOST_QUOTED).collect(),
                reason,
            })
        };
        response
            .header_lines("set-cookie")
            .filter_map(refused)
            .collect()
    }

    fn keep(&self, url: &Url, line: &str) -> Result<(), String> {
        let set = SetCookie::read(line)?;
        let Some(target) = Target::of(url) else {
            return Ok(());
        };
        let now = self.clock.now();
        let cookie = Cookie::make(set, &target, now)?;
        let mut store = self.lock();
        if !target.secure
            && !cookie.secure
            && store
                .all()
                .any(|kept| kept.secure && kept.would_be_overlaid_by(&cookie))
        {
            return Err("it would hide a `Secure` cookie of that name, and came over an insecure connection".to_owned());
        }
        store.put(cookie);
        store.cookies.retain(|(cookie, _)| cookie.is_alive(now));
        Ok(())
    }

    /// Takes in cookies that are kept already elsewhere; each in the place of one with its name, domain and path.
    pub fn extend(&self, cookies: impl IntoIterator<Item = Cookie>) {
        let mut kept = self.lock();
        cookies.into_iter().for_each(|cookie| kept.put(cookie));
    }

    /// What is other here than in a jar that this one is a copy of.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Changes {
        let (before, now) = (before.cookies(), self.cookies());
        let gone = before
            .iter()
            .filter(|old| !now.iter().any(|cookie| cookie.is_same_as(old)))
            .cloned()
            .collect();
        Changes {
            set: now
                .into_iter()
                .filter(|cookie| !before.contains(cookie))
                .collect(),
            gone,
        }
    }

    /// Changes this jar as another one was changed.
    pub fn apply(&self, changes: Changes) {
        self.lock()
            .cookies
            .retain(|(cookie, _)| !changes.gone.iter().any(|gone| gone.is_same_as(cookie)));
        self.extend(changes.set);
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.kept.lock().ignore_poison()
    }
}

impl Default for Jar {
    fn default() -> Self {
        Self::new(Clock::System)
    }
}

impl Clone for Jar {
    fn clone(&self) -> Self {
        Self {
            clock: self.clock,
            kept: Mutex::new(self.lock().clone()),
        }
    }
}

/// Values are not shown: session cookies are as good as passwords.
impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(
                self.lock()
                    .all()
                    .map(|cookie| (&cookie.name, &cookie.domain)),
            )
            .finish()
    }
}

impl Store {
    fn all(&self) -> impl Iterator<Item = &Cookie> {
        self.cookies.iter().map(|(cookie, _)| cookie)
    }

    /// Those that are wanted, which are used by that.
    fn used(&mut self, is_wanted: impl Fn(&Cookie) -> bool) -> Vec<&Cookie> {
        self.uses += 1;
        let now = self.uses;
        let mut wanted = Vec::new();
        for (cookie, used) in self
            .cookies
            .iter_mut()
            .filter(|(cookie, _)| is_wanted(cookie))
        {
            *used = now;
            wanted.push(&*cookie);
        }
        wanted
    }

    /// One more, in the place of the same one where there is one.
    fn put(&mut self, cookie: Cookie) {
        self.uses += 1;
        if let Some(kept) = self
            .cookies
            .iter_mut()
            .find(|(kept, _)| kept.is_same_as(&cookie))
        {
            *kept = (cookie, self.uses);
        } else {
            self.make_room(&cookie.domain);
            self.cookies.push((cookie, self.uses));
        }
    }

    /// What was not used for longest goes; of a domain first what is not `Secure` (section 5.7).
    fn make_room(&mut self, domain: &str) {
        if self.all().filter(|cookie| cookie.domain == domain).count() >= MOST_OF_A_DOMAIN {
            let insecure = self.oldest(|cookie| cookie.domain == domain && !cookie.secure);
            let oldest = insecure.or_else(|| self.oldest(|cookie| cookie.domain == domain));
            oldest.map(|oldest| self.cookies.remove(oldest));
        }
        if self.cookies.len() >= MOST_COOKIES {
            self.oldest(|_| true)
                .map(|oldest| self.cookies.remove(oldest));
        }
    }

    /// Where among some the one is that was not used for longest.
    fn oldest(&self, of: impl Fn(&Cookie) -> bool) -> Option<usize> {
        let some = self
            .cookies
            .iter()
            .enumerate()
            .filter(|(_, (cookie, _))| of(cookie));
        some.min_by_key(|(_, (_, used))| *used).map(|(at, _)| at)
    }
}

/// A URL as cookies see it.
struct Target<'a> {
    host: String,
    is_name: bool,
    path: &'a str,
    secure: bool,
}

impl<'a> Target<'a> {
    fn of(url: &'a Url) -> Option<Self> {
        let host = url.host()?;
        let local = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
            Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
        };
        let is_name = matches!(host, Host::Domain(_));
        let secure = local || matches!(url.scheme(), "https" | "wss");
        Some(Self {
            host: host.to_string(),
            is_name,
            path: url.path(),
            secure,
        })
    }

    /// Section 5.1.3.
    fn is_in(&self, domain: &str) -> bool {
        let below = || {
            self.host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        self.host == domain || (self.is_name && below())
    }

    /// The folder of the path (section 5.1.4).
    fn default_path(&self) -> &'a str {
        match self.path.rsplit_once('/') {
            Some((folder, _)) if folder.starts_with('/') => folder,
            _ => "/",
        }
    }
}

impl Cookie {
    /// What is kept of a line that came from `target`; an error says why it must not be.
    fn make(set: SetCookie, target: &Target<'_>, now: Timestamp) -> Result<Self, String> {
        let domain = set.domain.as_deref().filter(|domain| !domain.is_empty());
        if let Some(domain) = domain.filter(|domain| !domain.is_ascii()) {
            return Err(format!(
                "its domain `{domain}` is not written in ASCII, as names on the wire are"
            ));
        }
        // A public suffix is fit at most for the host itself.
        let is_public = target.is_name && domain.is_some_and(is_public_suffix);
        let domain = domain.filter(|domain| !is_public || *domain != target.host);
        if let Some(domain) = domain.filter(|domain| !target.is_in(domain)) {
            return Err(format!(
                "its domain `{domain}` is not that of the host `{}`",
                target.host
            ));
        }
        if let Some(domain) = domain.filter(|_| is_public) {
            return Err(format!(
                "its domain `{domain}` is a public suffix, below which anybody can have a name"
            ));
        }
        if set.secure && !target.secure {
            return Err("it is `Secure`, and came over an insecure connection".to_owned());
        }
        if set
            .same_site
            .as_deref()
            .is_some_and(|site| site.eq_ignore_ascii_case("none"))
            && !set.secure
        {
            return Err("`SameSite=None` needs `Secure`".to_owned());
        }
        let path = set
            .path
            .as_deref()
            .filter(|path| path.starts_with('/'))
            .unwrap_or_else(|| target.default_path());
        let is_of_all_the_host = domain.is_none() && set.path.is_some() && path == "/";
        if let Some(broken) = broken_prefix(&set, is_of_all_the_host) {
            return Err(broken.to_owned());
        }
        Ok(Self {
            domain: domain.unwrap_or(&target.host).to_owned(),
            host_only: domain.is_none(),
            expires: set.dies(now),
            path: path.to_owned(),
            name: set.name,
            value: set.value,
            secure: set.secure,
            http_only: set.http_only,
            same_site: set.same_site,
        })
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|moment| moment > now)
    }

    fn goes_to(&self, target: &Target<'_>) -> bool {
        // What was made a public suffix meanwhile, or stands so in a file, leads nowhere below (section 5.8.3).
        let host = self.domain == target.host
            || (!self.host_only && target.is_in(&self.domain) && !is_public_suffix(&self.domain));
        host && path_matches(&self.path, target.path) && (target.secure || !self.secure)
    }

    fn is_same_as(&self, other: &Self) -> bool {
        let place = |cookie: &Self| (cookie.host_only, cookie.domain.len(), cookie.path.len());
        self.name == other.name
            && place(self) == place(other)
            && self.domain == other.domain
            && self.path == other.path
    }

    /// Whether an insecure cookie would hide this secure one (section 5.7, *leave secure cookies alone*).
    fn would_be_overlaid_by(&self, new: &Self) -> bool {
        let under = |one: &str, other: &str| {
            one == other
                || one
                    .strip_suffix(other)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        let domains = under(&self.domain, &new.domain) || under(&new.domain, &self.domain);
        self.name == new.name && domains && path_matches(&self.path, &new.path)
    }
}

/// Section 5.1.4.
fn path_matches(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// Whether everybody can have a name below a domain: `com`, `co.uk`, `execute-api.eu-west-1.amazonaws.com`, and every name
/// of one label.
fn is_public_suffix(domain: &str) -> bool {
    psl::suffix_str(domain).is_some_and(|suffix| suffix == domain)
}

/// What the name promises by `__Secure-` or `__Host-` and does not keep; a nameless cookie must not look as if it did.
fn broken_prefix(set: &SetCookie, is_of_all_the_host: bool) -> Option<&'static str> {
    let starts = |text: &str, prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if set.name.is_empty() {
        let looks = starts(&set.value, "__Secure-") || starts(&set.value, "__Host-");
        return looks
            .then_some("it has no name, and its value looks as if it had a name with a prefix");
    }
    if starts(&set.name, "__Host-") && !(set.secure && is_of_all_the_host) {
        return Some("a name that begins with `__Host-` needs `Secure`, `Path=/` and no `Domain`");
    }
    (starts(&set.name, "__Secure-") && !set.secure)
        .then_some("a name that begins with `__Secure-` needs `Secure`")
}

#[cfg(test)]
#[path = "jar_tests.rs"]
mod tests;
