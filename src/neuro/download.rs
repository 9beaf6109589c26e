//! `GET /Attachments/{id}`: a document of an identity, for the owner, by the token of the API.
//!
//! ```text
//! token: 401 ─► id, attachment: 404 ─► the account's own: 403 ─► the bytes
//! ```

use std::sync::Arc;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use kyc_projections::neuro_accounts::{self, NeuroAccounts};

use super::agent::{token, wrong_method};
use super::cors;
use super::error::Error;
use super::legal_identity::LegalId;
use super::service::Service;

/// The route; needs a [`Service`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let attachment = web::resource("/Attachments/{id}")
        .wrap(from_fn(cors::open))
        .route(web::get().to(attachment))
        .default_service(web::to(|| wrong_method("GET, OPTIONS")));
    config.service(attachment);
}

async fn attachment(
    service: Data<Service>,
    http: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let bearer = service.bearer(token(&http))?;
    let known = service.account(&bearer).await?;
    let unknown = || Error::NotFound("There is no such attachment.".into());
    let id = LegalId::parse(&id).map_err(|_| unknown())?;
    if !id.is_of(&service.settings.domain) {
        return Err(unknown());
    }
    let query = |rows: &_| neuro_accounts::of_file(rows, id.id());
    let stream = service.models.of::<NeuroAccounts>().query(query).ok_or_else(unknown)?;
    let state = service.identities.state(&stream).await?;
    let identification = state.identification.as_ref().ok_or_else(unknown)?;
    if identification.account != known.stream {
        return Err(Error::Forbidden("The attachment is not yours.".into()));
    }
    let mut attached = state.attachments.iter().map(|attached| &attached.document);
    let document = attached.find(|document| document.file == id.id()).ok_or_else(unknown)?;
    let (vault, key, file) = (Arc::clone(&service.vault), identification.key, document.file);
    let room = usize::try_from(document.bytes).map_err(Error::internal)?;
    let read = move || -> Result<Option<Vec<u8>>, String> {
        let opened = vault.open_document(key, file).map_err(|error| error.to_string())?;
        let Some(chunks) = opened else { return Ok(None) };
        let mut bytes = Vec::with_capacity(room);
        for chunk in chunks {
            bytes.extend(chunk.map_err(|error| error.to_string())?);
        }
        Ok(Some(bytes))
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(Error::internal)?;
    let bytes = read.map_err(Error::Internal)?.ok_or_else(unknown)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, document.media_type.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(bytes))
}
