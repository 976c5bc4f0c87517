//! How curl authenticates: what it does by itself, and the user and password that it is given.

use super::shell::{Part, Variables, word};
use crate::http::Request;
use crate::http::auth::{Digest, aws};

/// Whether curl signs the request for AWS.
pub(super) fn is_signed(request: &Request) -> bool {
    let auth = request.auth.as_deref();
    auth.is_some_and(|auth| auth.get::<aws::Signer>().is_some())
}

/// Whether curl sends the request once more, after the server's challenge.
pub(super) fn is_challenged(request: &Request) -> bool {
    let auth = request.auth.as_deref();
    auth.is_some_and(|auth| auth.get::<Digest>().is_some())
}

/// User and password of a request, as one word.
pub(super) fn user_word(user: &str, password: &str, variables: &mut Variables) -> String {
    login_word(
        user,
        password,
        ("password", "the password that the request is sent with"),
        variables,
    )
}

/// User and password as one word. The password is a variable of that name, also where it is too short to be found in a text;
/// where it is none that was declared, a note says what it is.
pub(super) fn login_word(
    user: &str,
    password: &str,
    (name, note): (&str, &str),
    variables: &mut Variables,
) -> String {
    let mut parts = variables.parts(user);
    parts.push(Part::Text(":".to_owned()));
    parts.extend(variables.hidden(password, name, note));
    word(&parts)
}
