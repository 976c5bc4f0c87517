//! What a stage answers to a request, without any wire: the route that takes it, or what API Gateway says by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use indexmap::IndexMap;
use percent_encoding::percent_decode_str;

use super::error::GatewayError;
use super::names::{Names, Parts};
use super::respond::RenderedResponse;
use super::{Gateway, Kind, Method, Route};
use crate::lock::IgnorePoison as _;
use crate::source::Diagnostic;
use crate::template::{Context, Scope};
use crate::value::Object;

/// A stage that is started: its API keys are known.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) gateway: Arc<Gateway>,
    pub(super) context: Arc<Context>,
    api_keys: Vec<String>,
}

/// A request as it came.
#[derive(Debug, Default)]
pub(super) struct GatewayRequest {
    pub(super) method: String,
    /// Percent-encoded, from the first `/`.
    pub(super) path: String,
    pub(super) query: String,
    /// Names in lower case; of a header that was sent several times the last line.
    pub(super) headers: IndexMap<String, String>,
    pub(super) body: Bytes,
    /// Whether the body was larger than is taken; it is empty then.
    pub(super) too_large: bool,
}

/// A response as it goes out.
#[derive(Debug)]
pub(super) struct GatewayResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) delay: Duration,
    /// Why the route's response could not be made.
    pub(super) problem: Option<Box<Diagnostic>>,
}

impl Stage {
    /// Finds out the API keys.
    ///
    /// # Errors
    /// Where a key's template has no value; the message says why.
    pub(super) fn new(gateway: Arc<Gateway>, context: Arc<Context>) -> Result<Self, String> {
        let none = IndexMap::new();
        let (params, query, headers) = (Object::default(), &none, &none);
        let parts = Parts {
            method: "",
            path: "",
            stage: "",
            params,
            query,
            headers,
            body: b"",
        };
        let names = Names::new(parts, &context);
        let key = |template: &crate::template::Template| match template.render(&names) {
            Ok(rendered) if rendered.text.is_empty() => Err("an API key is empty".to_owned()),
            Ok(rendered) => Ok(rendered.text),
            Err(error) => Err(format!("an API key has no value: {}", error.message)),
        };
        let api_keys = gateway.api_keys.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self {
            gateway,
            context,
            api_keys,
        })
    }

    pub(super) fn reply(&self, call: &GatewayRequest) -> GatewayResponse {
        let mut reply = self
            .answer(call)
            .unwrap_or_else(|refusal| self.refused(&refusal, None));
        // Nobody waits longer for a backend.
        let limit = integration_limit(self.gateway.kind);
        if reply.delay > limit {
            reply = GatewayResponse {
                delay: limit,
                ..self.refused(&GatewayError::TimedOut, None)
            };
        }
        reply.headers.extend(self.request_ids());
        reply
    }

    fn answer(&self, call: &GatewayRequest) -> Result<GatewayResponse, GatewayError> {
        if call.too_large {
            return Err(GatewayError::TooLarge);
        }
        let segments = self.segments(&call.path).ok_or(GatewayError::NoStage)?;
        let taken = self.gateway.kind.without_slash(&segments);
        let (route, params) = self
            .gateway
            .route(&call.method, taken)
            .ok_or_else(|| self.no_route(call))?;
        if route.api_key && !self.has_key(call) {
            return Err(GatewayError::NoKey);
        }
        if route
            .limit
            .as_ref()
            .is_some_and(|limit| !limit.admits(Instant::now()))
        {
            return Err(GatewayError::Throttled);
        }
        let query = query(&call.query);
        let missing = route.missing(&query, &call.headers);
        if !missing.is_empty() {
            return Err(GatewayError::MissingParameters(missing));
        }
        let path = format!("/{}", segments.join("/"));
        let parts = Parts {
            method: &call.method,
            path: &path,
            stage: self.gateway.stage(),
            params,
            query: &query,
            headers: &call.headers,
            body: &call.body,
        };
        Ok(self.made(route, &Names::new(parts, &self.context)))
    }

    fn made(&self, route: &Route, scope: &dyn Scope) -> GatewayResponse {
        match route.respond.make(scope, &self.gateway.folder) {
            Ok(RenderedResponse {
                status,
                headers,
                body,
            }) => GatewayResponse {
                status,
                headers,
                body,
                delay: route.respond.delay,
                problem: None,
            },
            Err(problem) => self.refused(&GatewayError::Failed, Some(problem)),
        }
    }

    fn refused(&self, refusal: &GatewayError, problem: Option<Box<Diagnostic>>) -> GatewayResponse {
        let answer = refusal.answer(self.gateway.kind);
        let mut headers = vec![("Content-Type".to_owned(), answer.content_type.to_owned())];
        headers.extend(
            answer
                .error
                .map(|error| ("x-amzn-ErrorType".to_owned(), error.to_owned())),
        );
        GatewayResponse {
            status: answer.status,
            headers,
            body: answer.body.into(),
            delay: Duration::ZERO,
            problem,
        }
    }

    /// The decoded segments behind the stage; `None` where the path is of another stage.
    fn segments(&self, path: &str) -> Option<Vec<String>> {
        let rest = path.strip_prefix('/')?;
        let inside = match &self.gateway.stage {
            None => rest,
            Some(stage) => {
                let (first, inside) = rest.split_once('/').unwrap_or((rest, ""));
                (first == stage).then_some(inside)?
            }
        };
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        Some(if inside.is_empty() {
            Vec::new()
        } else {
            inside.split('/').map(decode).collect()
        })
    }

    /// A header that could have been a signature and is none is told of before the missing route is.
    fn no_route(&self, call: &GatewayRequest) -> GatewayError {
        let authorization = call
            .headers
            .get("authorization")
            .filter(|_| self.gateway.kind == Kind::Rest);
        let scheme = |text: &str| {
            text.split_once(' ')
                .map(|(scheme, _)| scheme.to_ascii_lowercase())
        };
        match authorization {
            Some(header) if matches!(scheme(header).as_deref(), Some("bearer" | "basic")) => {
                GatewayError::NotSigned(header.clone())
            }
            _ => GatewayError::NoRoute,
        }
    }

    fn has_key(&self, call: &GatewayRequest) -> bool {
        call.headers
            .get("x-api-key")
            .is_some_and(|sent| self.api_keys.contains(sent))
    }

    fn request_ids(&self) -> Vec<(String, String)> {
        let (id, short) = {
            let mut random = self.context.random.lock().ignore_poison();
            let bytes: [u8; 16] = std::array::from_fn(|_| random.u8(..));
            let short: [u8; 11] = std::array::from_fn(|_| random.u8(..));
            (
                uuid::Builder::from_random_bytes(bytes).into_uuid(),
                STANDARD.encode(short),
            )
        };
        let header = |name: &str, value: String| (name.to_owned(), value);
        match self.gateway.kind {
            Kind::Rest => vec![
                header("x-amzn-RequestId", id.to_string()),
                header("x-amz-apigw-id", short),
            ],
            Kind::Http => vec![header("apigw-requestid", short)],
        }
    }
}

impl Kind {
    /// The segments by which a route is found: a REST API takes `/hello/` for `/hello`, an HTTP API does not.
    fn without_slash(self, segments: &[String]) -> &[String] {
        match segments.split_last() {
            Some((last, before)) if self == Self::Rest && last.is_empty() => before,
            _ => segments,
        }
    }
}

/// How long API Gateway waits for a backend.
fn integration_limit(kind: Kind) -> Duration {
    Duration::from_secs(if kind == Kind::Rest { 29 } else { 30 })
}

impl Gateway {
    /// The route that takes a request, with the path's parameters.
    fn route(&self, method: &str, segments: &[String]) -> Option<(&Route, Object)> {
        let fitting = |route: &Route| route.method.takes(method);
        let takers = || {
            self.routes
                .iter()
                .filter_map(|route| Some((route, route.path.parameters(segments)?)))
        };
        // A REST API looks for the resource first, and a resource without the method hides the ones behind it. An HTTP API
        // looks among the routes that have the method.
        let best = match self.kind {
            Kind::Rest => takers()
                .min_by_key(|(route, _)| route.path.rank())
                .map(|(route, _)| route.path.rank()),
            Kind::Http => takers()
                .filter(|(route, _)| fitting(route))
                .map(|(route, _)| route.path.rank())
                .min(),
        }?;
        let nearest = takers().filter(|(route, _)| route.path.rank() == best && fitting(route));
        nearest.min_by_key(|(route, _)| route.method == Method::Any)
    }
}

impl Route {
    /// The required parameters that a request lacks, query first.
    fn missing(
        &self,
        query: &IndexMap<String, String>,
        headers: &IndexMap<String, String>,
    ) -> Vec<String> {
        let absent = self.query.iter().filter(|name| !query.contains_key(*name));
        let unsent = self
            .headers
            .iter()
            .filter(|name| !headers.contains_key(&name.to_ascii_lowercase()));
        absent.chain(unsent).cloned().collect()
    }
}

/// The parameters of a query, decoded; of one that stands several times the last.
fn query(text: &str) -> IndexMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}
