//! The calls to AWS's token service that turn an identity into keys: one with a web identity, unsigned, and one that
//! assumes a role, signed with the keys of another.

use std::sync::Arc;

use url::Url;
use url::form_urlencoded::Serializer;

use super::super::Credentials;
use super::keys::AwsCredentials;
use super::source::{NoCredentials, ProviderContext, good};
use super::{Signer, Source};
use crate::http::Request;
use crate::secret::Secret;

/// The role that is asked for.
pub(super) struct Role<'a> {
    pub(super) arn: &'a str,
    pub(super) session: Option<&'a str>,
    pub(super) external_id: Option<&'a str>,
    pub(super) region: Option<&'a str>,
}

/// The keys of a role for a token of a web identity (`AssumeRoleWithWebIdentity`).
pub(super) async fn with_web_identity(
    seeker: &ProviderContext<'_>,
    role: &Role<'_>,
    token: &str,
) -> Result<AwsCredentials, NoCredentials> {
    ask(
        seeker,
        role,
        ("AssumeRoleWithWebIdentity", Some(token)),
        None,
    )
    .await
}

/// The keys of a role that others may assume (`AssumeRole`).
pub(super) async fn assume(
    seeker: &ProviderContext<'_>,
    role: &Role<'_>,
    keys: AwsCredentials,
) -> Result<AwsCredentials, NoCredentials> {
    ask(seeker, role, ("AssumeRole", None), Some(keys)).await
}

async fn ask(
    seeker: &ProviderContext<'_>,
    role: &Role<'_>,
    (action, token): (&str, Option<&str>),
    keys: Option<AwsCredentials>,
) -> Result<AwsCredentials, NoCredentials> {
    let world = seeker.world;
    let broken = |reason: String| {
        NoCredentials::Broken(format!(
            "the role `{}` could not be assumed: {reason}",
            role.arn
        ))
    };
    let variable = |name: &str| world.variable(name);
    let region = role
        .region
        .map(str::to_owned)
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.unwrap_or_else(|| "us-east-1".to_owned());
    let named = variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL"));
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    let address = named.unwrap_or_else(|| format!("https://sts.{region}.amazonaws.com{end}/"));
    let url = Url::parse(&address)
        .map_err(|error| broken(format!("`{address}` is not a URL: {error}")))?;
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", action)
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role.arn);
    form.append_pair("RoleSessionName", role.session.unwrap_or("apitest"));
    form.extend_pairs(role.external_id.map(|id| ("ExternalId", id)));
    form.extend_pairs(token.map(|token| ("WebIdentityToken", token)));
    let mut request = Request::new("POST", url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish());
    if let Some(keys) = keys {
        let signer = Signer::new("sts", region, Source::Given(keys), world.clone());
        request = request.auth(Arc::new(Credentials::new(signer)));
    }
    let text = good(&*seeker.context.fetch(request).await).map_err(broken)?;
    read(&text).ok_or_else(|| broken("the response contains no keys".to_owned()))
}

/// The keys of a response.
fn read(xml: &str) -> Option<AwsCredentials> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let credentials = document
        .descendants()
        .find(|node| node.has_tag_name_of("Credentials"))?;
    let text = |name: &str| {
        credentials
            .children()
            .find(|node| node.has_tag_name_of(name))?
            .text()
            .map(str::trim)
    };
    Some(AwsCredentials {
        id: text("AccessKeyId")?.to_owned(),
        secret: Secret::new(text("SecretAccessKey")?),
        session: text("SessionToken").map(Secret::new),
        expires: text("Expiration").and_then(|text| text.parse().ok()),
    })
}

/// What an error's document says, behind a colon.
pub(super) fn said(text: &str) -> String {
    let document = roxmltree::Document::parse(text).ok();
    let find = |name: &str| {
        let node = document
            .as_ref()?
            .descendants()
            .find(|node| node.has_tag_name_of(name))?;
        node.text().map(|text| text.trim().to_owned())
    };
    match (find("Code"), find("Message")) {
        (Some(code), Some(message)) => format!(" `{code}`: `{message}`"),
        (Some(only), None) | (None, Some(only)) => format!(": `{only}`"),
        (None, None) => {
            let line: String = text
                .trim()
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect();
            if line.is_empty() {
                line
            } else {
                format!(": `{line}`")
            }
        }
    }
}

/// Names without their namespaces.
trait Named {
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for roxmltree::Node<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_token_service_are_read() {
        let answer = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
            <SessionToken>tok/en==</SessionToken><SecretAccessKey>s3cr3t</SecretAccessKey><Expiration>2030-01-02T03:04:05Z</Expiration>
            <AccessKeyId>ASIA1</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>"#;
        let keys = read(answer).unwrap();
        assert_eq!(
            (keys.id.as_str(), keys.secret.expose()),
            ("ASIA1", "s3cr3t")
        );
        assert_eq!(
            keys.session
                .map(|token| token.expose().to_owned())
                .as_deref(),
            Some("tok/en==")
        );
        assert_eq!(keys.expires, "2030-01-02T03:04:05Z".parse().ok());
        assert!(read("<a/>").is_none());
        let error = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
        assert_eq!(said(error), " `AccessDenied`: `not you`");
        assert_eq!(said("plain\nmore"), ": `plain`");
    }
}
