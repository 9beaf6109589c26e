//! An identity as its owner sees it: opened, put together, and signed with the server's key.

use kyc_events::StreamId;
use kyc_events::neuro::{
    CLIENT_SIGNATURE, FILE_NAME, PROPERTIES, PUBLIC_KEY, SIGNATURE, Status, of,
};

use super::error::Error;
use super::identity::{Identification, State, id_of};
use super::key::{Algorithm, PublicKey};
use super::legal_identity::{self, Attachment, LegalId, Properties, legal_id};
use super::service::Service;
use super::wire::{Item, Reply};
use super::xml::Element;

impl Service {
    /// What resources answer about one identity.
    pub fn identity_response(&self, stream: &StreamId, state: &State) -> Result<Reply, Error> {
        let element = self.shown(stream, state)?;
        Ok(Reply::new("IdentityResponse").one("Identity", Item::Element(element)))
    }

    /// The identity as XML. The server's signature is made anew each time: it is deterministic, and
    /// covers whatever changed last.
    pub fn shown(&self, stream: &StreamId, state: &State) -> Result<Element, Error> {
        let identity = self.opened(stream, state)?;
        let signature = identity.server_signature(&self.key);
        let url = |id: &LegalId| format!("{}/Attachments/{id}", self.settings.public_url);
        Ok(identity.element(&signature, url))
    }

    /// The properties of an identity, the client's first.
    pub fn properties(
        &self,
        stream: &StreamId,
        of: &Identification,
    ) -> Result<Vec<(String, String)>, Error> {
        let applied = self.vault.fields(stream, "neuro.IdentityApplied");
        let read = of.properties.read(PROPERTIES, &applied).map_err(Error::internal)?;
        read.ok_or_else(gone)
    }

    fn opened(&self, stream: &StreamId, state: &State) -> Result<legal_identity::Identity, Error> {
        let identification = state.identification()?;
        let id = id_of(stream).ok_or_else(gone)?;
        let applied = self.vault.fields(stream, "neuro.IdentityApplied");
        let client = &identification.client;
        let algorithm = Algorithm::named(&client.local_name, &client.namespace)
            .ok_or_else(|| Error::Internal("an unknown algorithm".to_owned()))?;
        let public = client.public_key.read(PUBLIC_KEY, &applied).map_err(Error::internal)?;
        let key = PublicKey::parse(algorithm, &public.ok_or_else(gone)?)
            .ok_or_else(|| Error::Internal("a public key that is none".to_owned()))?;
        let signature = client.signature.read(CLIENT_SIGNATURE, &applied);
        let client_signature = signature.map_err(Error::internal)?.ok_or_else(gone)?;
        let properties = Properties::recorded(self.properties(stream, identification)?);
        let domain = &identification.domain;
        Ok(legal_identity::Identity {
            id: LegalId::new(id, domain),
            key,
            properties,
            client_signature,
            attachments: self.attachments(stream, state, domain)?,
            status: legal_identity::Status {
                provider: legal_id::provider(domain),
                state: state.status.unwrap_or(Status::Created),
                created_at_ms: identification.created_at,
                updated_at_ms: state.updated_at,
                from_ms: identification.valid_from,
                to_ms: identification.valid_to,
            },
        })
    }

    fn attachments(
        &self,
        stream: &StreamId,
        state: &State,
        domain: &str,
    ) -> Result<Vec<Attachment>, Error> {
        let added = self.vault.fields(stream, "neuro.AttachmentAdded");
        let one = |attached: &super::identity::Attached| {
            let file = attached.document.file;
            let file_name = attached.file_name.read(&of(FILE_NAME, file), &added);
            let signature = attached.signature.read(&of(SIGNATURE, file), &added);
            Ok(Attachment {
                id: LegalId::new(file, domain),
                file_name: file_name.map_err(Error::internal)?.ok_or_else(gone)?,
                content_type: attached.document.media_type.clone(),
                signature: signature.map_err(Error::internal)?.ok_or_else(gone)?,
                at_ms: attached.at,
            })
        };
        state.attachments.iter().map(one).collect()
    }
}

fn gone() -> Error {
    Error::NotFound("There is no such identity.".into())
}
