//! Cross-origin access: clients are pages of other origins, and every answer is theirs to read,
//! errors included. Nothing here rides on a cookie, so any origin may ask.

use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue,
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

/// Answers preflights, before anything asks for a token, and opens every other answer.
pub async fn open<B: MessageBody>(
    rules: &'static Rules,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if request.method() == Method::OPTIONS {
        let preflight = HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, rules.methods))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, rules.headers))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
            .finish();
        return Ok(request.into_response(preflight).map_into_right_body());
    }
    let mut response = next.call(request).await?.map_into_left_body();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Some(exposed) = rules.exposed {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
    Ok(response)
}
