//! What a verification provider is told: the values that a type needs, as of the request.

use kyc_events::stellar::{Content, numbered};
use kyc_projections::outbox;
use serde_json::{Map, Value, json};

use crate::callbacks::renderer::RenderError;
use crate::stellar::customer::State;
use crate::stellar::customer::view::view;
use crate::vault::Vault;

/// `data` of the request. Values stand under their SEP-9 names, dots and all.
pub fn data(
    state: &State,
    of: &outbox::Delivery,
    kind: &str,
    vault: &Vault,
) -> Result<Value, RenderError> {
    let view = view(state, kind).ok_or(RenderError::Erased)?;
    let opener = vault.fields(&of.stream, "stellar.FieldsProvided");
    let (mut values, mut documents) = (Map::new(), Map::new());
    for provided in view.provided {
        let Some(field) = state.fields.get(&provided.name) else { continue };
        match &field.content {
            Content::Text(text) => {
                let text = text.read(&numbered(&provided.name, field.revision), &opener);
                let text = text.map_err(|error| RenderError::Unavailable(error.to_string()))?;
                values.insert(provided.name, json!(text.ok_or(RenderError::Erased)?));
            }
            Content::Document(document) => {
                let shown = json!({
                    "file_id": document.file,
                    "content_type": document.media_type,
                    "size": document.bytes,
                });
                documents.insert(provided.name, shown);
            }
        }
    }
    Ok(json!({
        "request_id": of.id,
        "protocol": "stellar",
        "customer_id": of.stream.key(),
        "type": kind,
        "fields": values,
        "documents": documents,
    }))
}
