//! The options of a `curl` command by which curl makes the proof of who sends the request itself.

use super::super::auth::{Credentials, OAuth2, aws};
use super::super::{Options, Request};
use super::headers::user_word;
use super::shell::{Part, Variables, quote, word};
use crate::secret::Redactor;

/// The options for a request's credentials; what they are made of stands in variables.
pub(super) fn arguments(request: &Request, options: &Options, redactor: &Redactor, variables: &mut Variables<'_>) -> Vec<String> {
    match request.auth.as_deref() {
        None => Vec::new(),
        Some(Credentials::Digest(digest)) => {
            let user = user_word(digest.user(), digest.password().expose(), variables);
            vec!["--digest".to_owned(), format!("--user {user}")]
        }
        Some(Credentials::OAuth2(oauth2)) => vec![bearer(oauth2, options, redactor, variables)],
        Some(Credentials::Aws(signer)) => signed(signer, variables),
    }
}

/// The token is a variable; a comment is the command that fetches it.
fn bearer(oauth2: &OAuth2, options: &Options, redactor: &Redactor, variables: &mut Variables<'_>) -> String {
    let fetched = oauth2.request(None).map(|request| super::curl(&request, options, redactor));
    let from = match fetched {
        Ok(command) => command.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(" ").replace(" \\ ", ""),
        Err(_) => oauth2.grant().token_url.to_string(),
    };
    let token = oauth2.token().unwrap_or_else(|| oauth2.grant().token_url.to_string());
    let variable = variables.named("access_token", &token, Some(&format!("the `access_token` that this gives: {from}")));
    format!("--header {}", word(&[Part::Text("authorization: Bearer ".to_owned()), variable]))
}

/// Keys are the variables that the AWS tools know.
fn signed(signer: &aws::Signer, variables: &mut Variables<'_>) -> Vec<String> {
    let keys = signer.keys();
    let id = keys.as_ref().map_or("AWS_ACCESS_KEY_ID", |keys| &keys.id);
    let secret = keys.as_ref().map_or("AWS_SECRET_ACCESS_KEY", |keys| keys.secret.expose());
    let pair = [
        variables.named("aws_access_key_id", id, None),
        Part::Text(":".to_owned()),
        variables.named("aws_secret_access_key", secret, None),
    ];
    let scope = format!("aws:amz:{}:{}", signer.region(), signer.service());
    let mut arguments = vec![format!("--aws-sigv4 {}", quote(&scope)), format!("--user {}", word(&pair))];
    if let Some(token) = keys.as_ref().and_then(|keys| keys.session.as_ref()) {
        let token = variables.named("aws_session_token", token.expose(), None);
        arguments.push(format!("--header {}", word(&[Part::Text("x-amz-security-token: ".to_owned()), token])));
    }
    arguments
}
