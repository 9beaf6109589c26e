//! What pages of other origins may do here.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::service::Service;
use crate::http::cors::{self, Origins, Rules};

static RULES: Rules = Rules {
    methods: "GET, POST, OPTIONS",
    headers: "authorization, content-type, accept, accept-language",
    exposed: Some(
        "X-AlternativeName1, X-AlternativeName2, X-AlternativeName3, X-AlternativeName4, X-AlternativeName5",
    ),
};

/// Answers preflights, before anything asks for a token, and opens every other answer.
pub async fn open<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let service = request.app_data::<Data<Service>>().cloned();
    let origins = service.as_ref().map_or(&Origins::Any, |service| &service.settings.cors_origins);
    cors::open_to(origins, &RULES, request, next).await
}
