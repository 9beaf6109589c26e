//! What the endpoints answer about a customer.

use std::sync::Arc;

use kyc_events::StreamId;
use serde_json::Value;

use super::service::Service;
use crate::http::RequestId;
use crate::stellar::answer::{Asked, answer};
use crate::stellar::customer::{Command, State};
use crate::stellar::error::Error;
use crate::stellar::types::Type;

impl Service {
    /// The customer as this type, by the rules of now.
    pub async fn shown(
        &self,
        stream: &StreamId,
        mut state: Arc<State>,
        kind: &Type,
        lang: &str,
        request: &RequestId,
    ) -> Result<Value, Error> {
        if !state.stands_as(&kind.name, &kind.requirement) {
            let open = Command::Open { kind: kind.into() };
            state = self.parts.customers.send(stream, open, request.origin("wallet")).await?.state;
        }
        let asked = Asked { stream, kind: &kind.name, lang };
        answer(&state, &asked, &self.types, &self.parts.vault)
            .map_err(|error| Error::Unavailable(error.to_string()))?
            .ok_or_else(|| Error::Unavailable("a type was not opened".to_owned()))
    }
}
