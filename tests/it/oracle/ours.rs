//! The cases through our client.

use std::time::Duration;

use apitest::http::{
    Body, ConnectionPool, Content, Exchange, HttpVersion, Jar, Multipart, Options, Part,
    PartContent, Proxies, Proxy, Request, Resolve, Settings, Tls, auth,
};
use bytes::Bytes;
use url::Url;

use super::case::{Auth, Case, Field, Payload, Sent};
use super::compare::{Outcome, SeenResponse};
use super::world::{NAMES, World};
use crate::support::tls;

pub(super) async fn send(case: &Case, world: &World) -> Vec<Outcome> {
    let (clients, jar, options) = (ConnectionPool::new(), Jar::default(), options(case, world));
    let mut outcomes = Vec::new();
    for sent in &case.requests {
        let outcome = match request(sent, world) {
            Ok(request) => seen(&clients.send(request, &options, Some(&jar)).await, world),
            Err(message) => Err(message),
        };
        outcomes.push(outcome);
    }
    outcomes
}

fn options(case: &Case, world: &World) -> Options {
    let proxies = case
        .proxy
        .map(|url| Proxy::parse(&world.fill(url)).unwrap());
    let resolve = NAMES.map(|name| Resolve::parse(name, "127.0.0.1").unwrap());
    let settings = Settings {
        http: case.is_http2.then_some(HttpVersion::Http2),
        tls: Tls {
            ca: Some(tls::file("ca.pem")),
            ..Tls::default()
        },
        proxies: proxies.map_or_else(Proxies::default, |proxy| Proxies::all(proxy, Vec::new())),
        resolve: resolve.into(),
        ..Settings::default()
    };
    Options {
        settings: settings.into(),
        timeout: Some(Duration::from_secs(5)),
        follow_redirects: case.redirects,
        ..Options::default()
    }
}

fn request(sent: &Sent, world: &World) -> Result<Request, String> {
    let url = Url::parse(&world.fill(&sent.url)).map_err(|error| error.to_string())?;
    let mut request = Request::new(sent.method, url);
    for (name, value) in &sent.headers {
        request = request.header(*name, world.fill(value));
    }
    match sent.auth {
        Some(Auth::Basic(user, password)) => {
            request = request.header("authorization", auth::basic(user, password));
        }
        Some(Auth::Bearer(token)) => request = request.header("authorization", auth::bearer(token)),
        None => {}
    }
    Ok(with_payload(request, &sent.payload))
}

fn with_payload(mut request: Request, payload: &Payload) -> Request {
    if let Payload::Compressed(coding, _) = payload {
        request = request.header("content-encoding", coding.name());
    }
    let bytes = |bytes: &[u8]| Content::Bytes(Bytes::copy_from_slice(bytes));
    let (content_type, body) = match payload {
        Payload::None => return request,
        Payload::Bytes(content) => (None, Body::new(bytes(content))),
        Payload::Chunked(content) => (None, Body::new(bytes(content)).chunked()),
        Payload::Json(text) => (
            Some("application/json".to_owned()),
            Body::new(bytes(text.as_bytes())),
        ),
        Payload::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(*fields);
            let form = form.finish();
            (
                Some("application/x-www-form-urlencoded".to_owned()),
                Body::new(bytes(form.as_bytes())),
            )
        }
        Payload::Multipart(fields) => {
            let parts = fields.iter().map(part).collect();
            let form = Multipart::new("0123456789abcdef", parts);
            (
                Some("multipart/form-data; boundary=0123456789abcdef".to_owned()),
                Body::new(Content::Multipart(form.into())),
            )
        }
        Payload::Compressed(coding, text) => (
            None,
            Body::new(bytes(text.as_bytes()))
                .compressed(*coding)
                .unwrap(),
        ),
    };
    let mut request = match content_type {
        Some(value) if !request.has_header("content-type") => request.header("content-type", value),
        _ => request,
    };
    request.body = Some(body);
    request
}

fn part(field: &Field) -> Part {
    Part {
        name: field.name.to_owned(),
        filename: field.filename.map(str::to_owned),
        content_type: field.content_type.map(str::to_owned),
        content: PartContent::Bytes(Bytes::from_static(field.content)),
    }
}

fn seen(exchange: &Exchange, world: &World) -> Outcome {
    let response = exchange.whole().map_err(|error| error.message.clone())?;
    let headers = response.headers.iter();
    Ok(SeenResponse {
        status: response.status,
        version: response.version.name(),
        headers: headers
            .map(|(name, value)| (name.clone(), world.without_ports(value)))
            .collect(),
        body: response.body.to_vec(),
        url: world.without_ports(exchange.url.as_str()),
        redirects: exchange.hops.len(),
    })
}
