//! The operator's listener: health and metrics for everybody who reaches it, the rest by token.

pub mod callbacks;
pub mod health;
pub mod problem;
pub mod sandbox;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::callbacks::Delivery;
use crate::clock::Clock;
use crate::config::limits;
use crate::corepass::chain::sandbox::SandboxChain;
use crate::corepass::service::Service;
use crate::engine::{Handle, Journal, ReadModels};
use crate::http::Bearer;
use crate::metrics::Metrics;
use problem::Problem;

/// What the operator's endpoints use. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    /// The token.
    pub token: Bearer,
    /// Whether the log takes writes.
    pub journal: Journal,
    /// Read models.
    pub models: ReadModels,
    /// Deliveries.
    pub deliveries: Handle<Delivery>,
    /// What is counted.
    pub metrics: Metrics,
    /// What time it is.
    pub clock: Clock,
    /// The connector, if it is configured.
    pub corepass: Option<Service>,
    /// Its simulated chain, if it is.
    pub sandbox_chain: Option<Arc<SandboxChain>>,
    /// Where a virtual clock is kept.
    pub clock_file: Arc<std::path::Path>,
    /// Set when a part of the engine is gone.
    pub degraded: Arc<std::sync::atomic::AtomicBool>,
}

const OPEN: [&str; 4] = ["/livez", "/readyz", "/metrics", "/version"];

/// Lets nobody in without the token, but for the open paths.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let open = OPEN.contains(&request.path());
    let admitted = request
        .app_data::<web::Data<Console>>()
        .is_some_and(|console| console.token.admits(&request));
    if open || admitted { next.call(request).await } else { Err(Problem::unauthorized().into()) }
}

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(limits::TRANSMIT_BODY_BYTES_MAX))
        .route("/livez", web::get().to(health::livez))
        .route("/readyz", web::get().to(health::readyz))
        .route("/metrics", web::get().to(health::metrics))
        .route("/version", web::get().to(health::version))
        .route("/callbacks", web::get().to(callbacks::list))
        .route("/callbacks/{id}", web::get().to(callbacks::show))
        .route("/callbacks/{id}/redeliver", web::post().to(callbacks::redeliver))
        .route("/callbacks/{id}/export", web::post().to(callbacks::export))
        .route("/callbacks/{id}/remove", web::post().to(callbacks::remove))
        .route("/sandbox/corepass/vault", web::post().to(sandbox::vault))
        .route("/sandbox/corepass/faults", web::post().to(sandbox::faults))
        .route("/sandbox/clock", web::post().to(sandbox::clock))
        .default_service(web::to(problem::not_found));
}
