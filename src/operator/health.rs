//! `GET /livez`, `/readyz`, `/metrics`, `/version`

use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::web::Data;
use kyc_projections::outbox::{self, Outbox};
use serde_json::json;

use super::Console;

/// The process answers.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The log takes writes, the read models follow, and every part is there.
pub async fn readyz(console: Data<Console>) -> HttpResponse {
    let checks = [
        ("log", console.journal.is_writable()),
        ("read_models", console.models.is_following()),
        ("workers", !console.degraded.load(Ordering::Relaxed)),
    ];
    let ready = checks.iter().all(|(_, ok)| *ok);
    let body = json!({
        "ready": ready,
        "checks": checks.iter().map(|(name, ok)| ((*name).to_owned(), json!(*ok)))
            .collect::<serde_json::Map<_, _>>(),
    });
    if ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// Prometheus text.
pub async fn metrics(console: Data<Console>) -> HttpResponse {
    let now = console.clock.now();
    let (due, waiting) = console.models.of::<Outbox>().query(|rows| outbox::counts(rows, now));
    console.metrics.outbox_due.set(due as i64);
    console.metrics.outbox_waiting.set(waiting as i64);
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(console.metrics.render())
}

/// Name and version.
pub async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
