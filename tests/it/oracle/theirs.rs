//! The cases through reqwest.

use std::error::Error as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use apitest::http::{Coding, Content};
use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Body, Client, ClientBuilder, Method, Proxy, RequestBuilder, Response, Version};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::case::{Auth, Case, Field, Payload, Sent};
use super::compare::{Outcome, SeenResponse};
use super::world::{NAMES, World};
use crate::support::tls;

pub(super) async fn send(case: &Case, world: &World) -> Vec<Outcome> {
    let redirects = Arc::new(AtomicUsize::new(0));
    let client = client(case, world, Arc::clone(&redirects));
    let mut outcomes = Vec::new();
    for sent in &case.requests {
        redirects.store(0, Ordering::SeqCst);
        let outcome = match request(&client, sent, world).send().await {
            Ok(response) => seen(response, redirects.load(Ordering::SeqCst), world).await,
            Err(error) => Err(error),
        };
        outcomes.push(outcome.map_err(|error| message(&error)));
    }
    outcomes
}

fn client(case: &Case, world: &World, redirects: Arc<AtomicUsize>) -> Client {
    let mut builder = ClientBuilder::new()
        .tls_backend_preconfigured(tls_config())
        .no_proxy()
        .cookie_store(true)
        .referer(false)
        .timeout(Duration::from_secs(5))
        .redirect(policy(case.redirects as usize, redirects));
    if case.is_http2 {
        builder = builder.http2_prior_knowledge();
    }
    if let Some(url) = case.proxy {
        builder = builder.proxy(Proxy::all(world.fill(url)).unwrap());
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    for name in NAMES {
        builder = builder.resolve(name, address);
    }
    builder.build().unwrap()
}

fn tls_config() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(tls::file("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Follows up to `limit` redirects, and counts them; with none, the response that redirects is the response.
fn policy(limit: usize, redirects: Arc<AtomicUsize>) -> Policy {
    Policy::custom(move |attempt| {
        if limit == 0 {
            attempt.stop()
        } else if attempt.previous().len() > limit {
            attempt.error("too many redirects")
        } else {
            redirects.fetch_add(1, Ordering::SeqCst);
            attempt.follow()
        }
    })
}

fn request(client: &Client, sent: &Sent, world: &World) -> RequestBuilder {
    let method = Method::from_bytes(sent.method.as_bytes()).unwrap();
    let mut request = client.request(method, world.fill(&sent.url));
    for (name, value) in &sent.headers {
        request = request.header(*name, world.fill(value));
    }
    request = match sent.auth {
        Some(Auth::Basic(user, password)) => request.basic_auth(user, Some(password)),
        Some(Auth::Bearer(token)) => request.bearer_auth(token),
        None => request,
    };
    match &sent.payload {
        Payload::None => request,
        Payload::Bytes(bytes) => request.body(bytes.clone()),
        Payload::Chunked(bytes) => {
            let piece = Ok::<_, std::io::Error>(bytes.clone());
            request.body(Body::wrap_stream(futures_util::stream::iter([piece])))
        }
        Payload::Json(text) => {
            request.json(&serde_json::from_str::<serde_json::Value>(text).unwrap())
        }
        Payload::Form(fields) => request.form(fields),
        Payload::Multipart(fields) => {
            let add = |form: Form, field: &Field| form.part(field.name, part(field));
            request.multipart(fields.iter().fold(Form::new(), add))
        }
        Payload::Compressed(coding, text) => request
            .header("content-encoding", coding.name())
            .body(compressed(*coding, text)),
    }
}

/// The bytes that our client compresses, since reqwest compresses none.
fn compressed(coding: Coding, text: &'static str) -> Bytes {
    let content = Content::Bytes(Bytes::from_static(text.as_bytes()));
    let body = apitest::http::Body::new(content)
        .compressed(coding)
        .unwrap();
    body.bytes().unwrap().clone()
}

fn part(field: &Field) -> Part {
    let mut part = Part::bytes(field.content);
    if let Some(filename) = field.filename {
        part = part.file_name(filename);
    }
    match field.content_type {
        Some(content_type) => part.mime_str(content_type).unwrap(),
        None => part,
    }
}

async fn seen(
    response: Response,
    redirects: usize,
    world: &World,
) -> Result<SeenResponse, reqwest::Error> {
    let text = |bytes: &[u8]| world.without_ports(&String::from_utf8_lossy(bytes));
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect();
    Ok(SeenResponse {
        status: response.status().as_u16(),
        version: match response.version() {
            Version::HTTP_10 => "1.0",
            Version::HTTP_11 => "1.1",
            Version::HTTP_2 => "2",
            _ => "another",
        },
        headers,
        url: world.without_ports(response.url().as_str()),
        redirects,
        body: response.bytes().await?.to_vec(),
    })
}

/// The error with its causes.
fn message(error: &reqwest::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}
