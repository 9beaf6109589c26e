//! The operator's listener: health and metrics for everybody who reaches it, the rest by token.

pub mod audit;
pub mod backups;
pub mod callbacks;
pub mod health;
pub mod more_info;
pub mod neuro;
pub mod problem;
pub mod projections;
pub mod retention;
pub mod review;
pub mod sandbox;
pub mod sandbox_oauth;
pub mod subjects;
pub mod taler;
pub mod transactions;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Route, web};

use crate::callbacks::Delivery;
use crate::callbacks::renderer::Exporters;
use crate::clock::Clock;
use crate::config::limits;
use crate::corepass::chain::sandbox::SandboxChain;
use crate::corepass::service::Service;
use crate::engine::{Handle, Journal, ReadModels};
use crate::evidence::backup::Backups;
use crate::evidence::notary::Notary;
use crate::http::Bearer;
use crate::metrics::Metrics;
use crate::subject::eraser::Eraser;
use crate::vault::Vault;
use crate::verification_code::Outgoing;
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
    /// Who knows what callbacks tell.
    pub exporters: Exporters,
    /// Personal data and its keys.
    pub vault: Arc<Vault>,
    /// Checkpoints and proofs.
    pub notary: Notary,
    /// Makes backups.
    pub backups: Backups,
    /// Holds and erasures.
    pub eraser: Eraser,
    /// How long after their end things are kept, by protocol.
    pub retention: crate::config::Retention,
    /// What is counted.
    pub metrics: Metrics,
    /// What time it is.
    pub clock: Clock,
    /// The connector, if it is configured.
    pub corepass: Option<Service>,
    /// Its simulated chain, if it is.
    pub sandbox_chain: Option<Arc<SandboxChain>>,
    /// Who would have sent codes to people, where that is simulated.
    pub sandbox_codes: Arc<[Arc<dyn Outgoing>]>,
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
    let open = OPEN.iter().chain(&sandbox_oauth::OPEN).any(|path| *path == request.path());
    let admitted = request
        .app_data::<web::Data<Console>>()
        .is_some_and(|console| console.token.admits(&request));
    if open || admitted { next.call(request).await } else { Err(Problem::unauthorized().into()) }
}

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str, route: Route| {
        web::resource(path).route(route).default_service(web::to(problem::wrong_method))
    };
    config
        .app_data(web::PayloadConfig::new(limits::TRANSMIT_BODY_BYTES_MAX))
        .app_data(
            web::PathConfig::default()
                .error_handler(|_, _| Problem::not_found("there is nothing here").into()),
        )
        .app_data(web::QueryConfig::default().error_handler(|_, _| {
            Problem::bad_request("the query is not what is expected here").into()
        }))
        .service(at("/livez", web::get().to(health::livez)))
        .service(at("/readyz", web::get().to(health::readyz)))
        .service(at("/metrics", web::get().to(health::metrics)))
        .service(at("/version", web::get().to(health::version)))
        .service(at("/callbacks", web::get().to(callbacks::list)))
        .service(at("/callbacks/{id}", web::get().to(callbacks::show)))
        .service(at("/callbacks/{id}/redeliver", web::post().to(callbacks::redeliver)))
        .service(at("/callbacks/{id}/export", web::post().to(callbacks::export)))
        .service(at("/callbacks/{id}/remove", web::post().to(callbacks::remove)))
        .service(at("/audit/checkpoint", web::get().to(audit::checkpoint)))
        .service(at("/audit/proof/{position}", web::get().to(audit::proof)))
        .service(at("/audit/consistency/{size}", web::get().to(audit::consistency)))
        .service(at("/projections", web::get().to(projections::list)))
        .service(at("/projections/rebuild", web::post().to(projections::rebuild)))
        .service(at("/projections/{name}/digest", web::get().to(projections::digest)))
        .service(at("/backups", web::post().to(backups::make)))
        .service(at("/subjects/{id}/erase", web::post().to(subjects::erase)))
        .service(
            at("/subjects/{id}/hold", web::post().to(subjects::set_hold))
                .route(web::delete().to(subjects::release_hold)),
        )
        .service(at("/subjects/{id}/timeline", web::get().to(subjects::timeline)))
        .service(at("/subjects/{id}/unseal", web::post().to(subjects::unseal)))
        .service(at("/erasures", web::get().to(subjects::erasures)))
        .service(at("/retention/due", web::get().to(retention::due)))
        .service(at("/sandbox/corepass/vault", web::post().to(sandbox::vault)))
        .service(at("/sandbox/corepass/faults", web::post().to(sandbox::faults)))
        .service(at("/sandbox/codes", web::get().to(sandbox::codes)))
        .service(at("/sandbox/clock", web::post().to(sandbox::clock)))
        .default_service(web::to(problem::not_found));
}
