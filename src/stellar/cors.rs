//! What pages of other origins may do here.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::http::cors::{self, Rules};

static RULES: Rules = Rules {
    methods: "GET, PUT, POST, DELETE, OPTIONS",
    headers: "Authorization, Content-Type",
    exposed: None,
};

/// Answers preflights, before anything asks for a token, and opens every other answer.
pub async fn open<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    cors::open(&RULES, request, next).await
}
