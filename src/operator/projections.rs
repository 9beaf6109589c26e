//! `GET /projections`, `GET /projections/{name}/digest`, `POST /projections/rebuild`

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Console;
use super::problem::{self, Problem};
use crate::engine::read_models::RebuildError;

/// Names of all read models.
pub async fn list(console: Data<Console>) -> Json<Value> {
    Json(json!(console.models.names()))
}

/// What a read model came to, and how far in the log it is.
#[derive(Serialize)]
pub struct Digest {
    position: u64,
    digest: String,
}

/// Position and digest of one read model, at one moment.
pub async fn digest(console: Data<Console>, name: Path<String>) -> Result<Json<Digest>, Problem> {
    if !console.models.wait_for_all().await {
        return Err(Problem::unavailable());
    }
    let digest = console.models.digest(&name);
    let (position, digest) = digest.ok_or_else(|| Problem::not_found("no such read model"))?;
    Ok(Json(Digest { position: position.0, digest: hex::encode(digest) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rebuild {
    #[serde(default)]
    only: Option<String>,
}

/// Folds read models from zero beside the ones that answer, compares, and swaps.
pub async fn rebuild(
    console: Data<Console>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let Rebuild { only } = problem::parse(body)?;
    let models = console.models.clone();
    let done = tokio::task::spawn_blocking(move || models.rebuild(only.as_deref()));
    match done.await {
        Ok(Ok(rebuilt)) => {
            let rows = rebuilt.into_iter().map(|one| {
                json!({
                    "name": one.name,
                    "position": one.position.0,
                    "before": hex::encode(one.before),
                    "after": hex::encode(one.after),
                    "equal": one.equal,
                })
            });
            Ok(HttpResponse::Ok().json(rows.collect::<Vec<_>>()))
        }
        Ok(Err(RebuildError::Unknown)) => Err(Problem::not_found("no such read model")),
        Ok(Err(error)) => {
            tracing::error!(%error, "the read models were not rebuilt");
            Err(Problem::unavailable())
        }
        Err(_) => Err(Problem::unavailable()),
    }
}
