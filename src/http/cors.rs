//! Cross-origin access: clients are pages of other origins, and every answer is theirs to read,
//! errors included. Nothing here rides on a cookie, so any origin may ask unless an operator says
//! otherwise.

use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;

/// What a protocol allows.
pub struct Rules {
    /// Methods.
    pub methods: &'static str,
    /// Headers of requests.
    pub headers: &'static str,
    /// Headers of answers that pages may read, beside the usual ones.
    pub exposed: Option<&'static str>,
}

/// Whose pages may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// `*`: any.
    Any,
    /// Only these: scheme, host, and port unless it is the scheme's own.
    These(Vec<String>),
}

impl Origins {
    /// What the answer to a request says of it; nothing: its page may not ask.
    fn allowed(&self, request: &ServiceRequest) -> Option<HeaderValue> {
        match self {
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::These(origins) => {
                let origin = request.headers().get(ORIGIN)?;
                let is_known = |known: &String| origin.as_bytes() == known.as_bytes();
                origins.iter().any(is_known).then(|| origin.clone())
            }
        }
    }
}

/// Answers preflights, before anything asks for a token, and opens every other answer to any page.
pub async fn open<B: MessageBody>(
    rules: &'static Rules,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    open_to(&Origins::Any, rules, request, next).await
}

/// The same, to pages of these origins.
pub async fn open_to<B: MessageBody>(
    origins: &Origins,
    rules: &'static Rules,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let allowed = origins.allowed(&request);
    if request.method() == Method::OPTIONS {
        let mut preflight = HttpResponse::NoContent();
        if let Some(origin) = allowed {
            preflight
                .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, origin))
                .insert_header((ACCESS_CONTROL_ALLOW_METHODS, rules.methods))
                .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, rules.headers))
                .insert_header((ACCESS_CONTROL_MAX_AGE, "600"));
        }
        let mut answer = request.into_response(preflight.finish()).map_into_right_body();
        vary(origins, answer.headers_mut());
        return Ok(answer);
    }
    let mut response = next.call(request).await?.map_into_left_body();
    let headers = response.headers_mut();
    vary(origins, headers);
    let Some(origin) = allowed else { return Ok(response) };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if let Some(exposed) = rules.exposed {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
    Ok(response)
}

/// Answers differ by origin unless all are alike.
fn vary(origins: &Origins, headers: &mut HeaderMap) {
    if matches!(origins, Origins::These(_)) {
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
}
