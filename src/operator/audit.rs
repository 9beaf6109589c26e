//! `GET /audit/checkpoint`, `GET /audit/proof/{position}`, `GET /audit/consistency/{size}`
//!
//! The newest signed checkpoint, and proofs towards it, as text: C2SP `tlog-checkpoint`,
//! `tlog-proof` and the body of `tlog-witness` `add-checkpoint`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use kyc_events::Position;

use super::Console;
use super::problem::Problem;
use crate::evidence::notary::NotaryError;

/// The newest checkpoint.
pub async fn checkpoint(console: Data<Console>) -> Result<HttpResponse, Problem> {
    let notary = console.notary.clone();
    let (_, note) = blocking(move || notary.newest()).await?;
    Ok(text(note))
}

/// That the record at a position is in the log.
pub async fn proof(console: Data<Console>, position: Path<u64>) -> Result<HttpResponse, Problem> {
    let notary = console.notary.clone();
    let position = Position(*position);
    let proof = blocking(move || notary.inclusion(position)).await?;
    let proof = proof.ok_or_else(|| Problem::not_found("there is no record at this position"))?;
    Ok(text(proof.to_string()))
}

/// That the log only grew since it had this many records.
pub async fn consistency(console: Data<Console>, size: Path<u64>) -> Result<HttpResponse, Problem> {
    let notary = console.notary.clone();
    let size = *size;
    let proof = blocking(move || notary.consistency(size)).await?;
    let proof = proof.ok_or_else(|| Problem::not_found("the log has not so many records"))?;
    Ok(text(proof.to_string()))
}

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(body)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotaryError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(%error, "the notary failed");
            Err(Problem::unavailable())
        }
        Err(_) => Err(Problem::unavailable()),
    }
}
