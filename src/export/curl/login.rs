//! How curl authenticates: what it does by itself, and the user and password that it is given.

use super::shell::{Part, Variables, word};
use crate::http::Request;
use crate::http::auth::Credentials;

/// Whether curl signs the request.
pub(super) fn is_signed(request: &Request) -> bool {
    let auth = request.auth.as_deref();
    auth.is_some_and(Credentials::curl_signs)
}

/// Whether curl sends the request once more, after the server's challenge.
pub(super) fn is_challenged(request: &Request) -> bool {
    let auth = request.auth.as_deref();
    auth.is_some_and(Credentials::curl_is_challenged)
}

/// User and password of a request, as one word.
pub(super) fn user_word(user: &str, password: &str, variables: &mut Variables) -> String {
    login_word(
        user,
        password,
        Hidden {
            name: "password",
            note: "the password that the request is sent with",
        },
        variables,
    )
}

/// The variable of a password that is not declared as one.
#[derive(Clone, Copy)]
pub(super) struct Hidden<'a> {
    /// Name of the variable.
    pub(super) name: &'a str,
    /// What it holds.
    pub(super) note: &'a str,
}

/// User and password as one word. The password is a variable of that name, also where it is too short to be found in a text;
/// where it is none that was declared, a note says what it is.
pub(super) fn login_word(
    user: &str,
    password: &str,
    hidden: Hidden<'_>,
    variables: &mut Variables,
) -> String {
    let mut parts = variables.parts(user);
    parts.push(Part::Text(":".to_owned()));
    parts.extend(variables.hidden(password, hidden.name, hidden.note));
    word(&parts)
}
