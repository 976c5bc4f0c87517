//! How a value of a nearer layer meets the one that it inherits.

use std::time::Duration;

use indexmap::IndexMap;

use super::{Field, Skip};
use crate::http::{Coding, HeaderCase, HttpVersion, IpVersion, TlsVersion};
use crate::syntax::{Auth, Poll, Retry, RetryOn, Spanned, Switch};
use crate::template::{Expression, Template};

/// A value that layers of settings may have.
pub(super) trait Layer: Sized {
    /// Lays the value of a nearer layer over this one: it replaces it, unless the type says otherwise.
    fn lay(&mut self, nearer: Self) {
        *self = nearer;
    }

    /// Its templates.
    fn templates<'a>(&'a self, _found: &mut Vec<&'a Spanned<Template>>) {}
}

/// A layer that says nothing leaves what is inherited.
impl<T: Layer> Layer for Option<T> {
    fn lay(&mut self, nearer: Self) {
        match (self, nearer) {
            (_, None) => {}
            (Some(inherited), Some(nearer)) => inherited.lay(nearer),
            (inherited, nearer) => *inherited = nearer,
        }
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        if let Some(value) = self {
            value.templates(found);
        }
    }
}

/// Tables merge by key.
impl Layer for IndexMap<String, Field> {
    fn lay(&mut self, nearer: Self) {
        self.extend(nearer);
    }
}

/// Two that are on merge by member.
impl<T: Layer> Layer for Spanned<Switch<T>> {
    fn lay(&mut self, nearer: Self) {
        match (&mut self.value, nearer) {
            (
                Switch::On(inherited),
                Self {
                    value: Switch::On(nearer),
                    span,
                },
            ) => {
                inherited.lay(nearer);
                self.span = span;
            }
            (_, nearer) => *self = nearer,
        }
    }
}

impl Layer for Retry {
    fn lay(&mut self, nearer: Self) {
        let Self {
            times,
            delay,
            backoff,
            max_delay,
            on,
        } = nearer;
        self.times.lay(times);
        self.delay.lay(delay);
        self.backoff.lay(backoff);
        self.max_delay.lay(max_delay);
        self.on.lay(on);
    }
}

impl Layer for Poll {
    fn lay(&mut self, nearer: Self) {
        let Self {
            every,
            timeout,
            stop,
        } = nearer;
        self.every.lay(every);
        self.timeout.lay(timeout);
        self.stop.lay(stop);
    }
}

impl Layer for Spanned<Template> {
    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        found.push(self);
    }
}

impl Layer for Vec<Spanned<Template>> {
    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        found.extend(self);
    }
}

macro_rules! replaced {
    ($($type:ty),* $(,)?) => {
        $(impl Layer for $type {})*
    };
}

replaced!(
    bool,
    u64,
    f64,
    Duration,
    HeaderCase,
    IpVersion,
    Skip,
    Switch<Coding>,
    Spanned<Auth>,
    Spanned<Expression>,
    Spanned<HttpVersion>,
    Spanned<TlsVersion>,
    Vec<RetryOn>,
);
