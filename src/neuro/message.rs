//! What waits for an account, as it is told: made anew of the identity as of the event that it is
//! about, so nothing of it is kept anywhere.
//!
//! | about | content |
//! |---|---|
//! | how the identity stands | `<identity>`; with a reason `<clientMessage>` too |
//! | what the automatic review came to, if not to approval | `<clientMessage>` |
//! | what an operator decided, if not to approve | `<clientMessage>` |
//!
//! Each ends with a sentence for people, `<body xmlns="jabber:client">`.

use kyc_events::neuro::{FILE_NAME, Fault, IdentityEvent, Outcome, REASON, Status, of};
use kyc_events::review::Reason;
use kyc_events::schema::EventSet as _;
use kyc_events::{StreamId, Version};
use kyc_projections::neuro_inbox::{Message, Told};

use super::error::Error;
use super::identity::{Identity, State, id_of};
use super::legal_identity::{LegalId, legal_id};
use super::onboarding::{Items, Report, Trouble, Words, client_message};
use super::service::{Known, Service};
use super::wire::{Item, Reply};
use super::xml::Element;
use crate::engine::past::state_at;
use crate::review::reason::OTHER;
use uuid::Uuid;

/// Who speaks if it is an operator.
const OPERATOR: &str = "operator";

impl Service {
    /// One message; nothing if what it is about is gone.
    pub fn told(&self, known: &Known, message: &Message) -> Result<Option<Reply>, Error> {
        let language = self.profile(known)?.language.unwrap_or_else(|| "en".to_owned());
        let log = self.models.log();
        let stream = &message.identity;
        let then = state_at::<Identity>(&*log, stream, message.version).map_err(Error::Internal)?;
        let content = match self.content(stream, &then, message, &language) {
            Ok(mut content) => {
                content.push(body(words(message.told, &then).in_language(&language)));
                content
            }
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let id = id_of(stream).map(|id| format!("{id}/{}", message.version.0)).unwrap_or_default();
        let domain = &self.settings.domain;
        let content = content.into_iter().map(Item::Element).collect();
        let told = Reply::new("Message")
            .text("id", id)
            .text("from", legal_id::provider(domain))
            .text("to", format!("{}@{domain}", known.user))
            .text("lang", language)
            .text("type", "Normal")
            .instant("timestamp", message.at)
            .many_bare("Content", content);
        Ok(Some(told))
    }

    fn content(
        &self,
        stream: &StreamId,
        then: &State,
        message: &Message,
        language: &str,
    ) -> Result<Vec<Element>, Error> {
        let reason = self.reason(stream, message.version)?;
        let report = self.report(stream, then)?;
        match message.told {
            Told::Status(_) => {
                let mut content = vec![self.shown(stream, then)?];
                if let Some(trouble) = reason {
                    let report = Report { troubles: vec![trouble], ..Report::default() };
                    let items = Items::default();
                    content.push(about(stream, then, (&items, &report), language)?);
                }
                Ok(content)
            }
            Told::Run(_) | Told::Review(_) => {
                let mut report = report;
                report.troubles.extend(reason);
                let items = self.items(stream, then)?;
                Ok(vec![about(stream, then, (&items, &report), language)?])
            }
        }
    }

    /// What the identity is made of, by name.
    pub fn items(&self, stream: &StreamId, state: &State) -> Result<Items, Error> {
        let known = state.identification()?;
        let names = self.properties(stream, known)?.into_iter().map(|(name, _)| name);
        let added = self.vault.fields(stream, "neuro.AttachmentAdded");
        let mut items =
            Items { claims: names.take(known.claims as usize).collect(), ..Items::default() };
        for attached in state.attachments.iter().filter(|attached| attached.is_assessed()) {
            let file = attached.document.file;
            let name = attached.file_name.read(&of(FILE_NAME, file), &added);
            items.photos.extend(name.map_err(Error::internal)?.map(|name| (file, name)));
        }
        Ok(items)
    }

    /// What the newest run found.
    pub fn report(&self, stream: &StreamId, state: &State) -> Result<Report, Error> {
        let Some(run) = &state.run else { return Ok(Report::default()) };
        let mut failed = None;
        let mut report = Report::of_run(run, |event, field, words| {
            let read = words.read(field, &self.vault.fields(stream, event));
            read.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        let seen = |file: &Uuid| run.accepted().any(|check| check.files.contains(file));
        report.unseen = state.assessed_files().filter(|file| !seen(file)).collect();
        failed.map_or(Ok(report), |error| Err(Error::internal(error)))
    }

    /// Why the event of this version happened, if an operator said so.
    fn reason(&self, stream: &StreamId, version: Version) -> Result<Option<Trouble>, Error> {
        let before = Version(version.0.saturating_sub(1));
        let records = self.models.log().read_stream(stream, before, 1).map_err(Error::internal)?;
        let Some(record) = records.first() else { return Ok(None) };
        let event = IdentityEvent::decode(&record.name, record.schema_version, &record.payload);
        let (reason, field, status) = match event.map_err(Error::internal)? {
            IdentityEvent::ReviewDecided(e) => (e.reason, of(REASON, e.review), None),
            IdentityEvent::IdentityRejected(e) => {
                (e.reason, REASON.to_owned(), Some(Status::Rejected))
            }
            IdentityEvent::IdentityObsoleted(e) => {
                (e.reason, REASON.to_owned(), Some(Status::Obsoleted))
            }
            IdentityEvent::IdentityCompromised(e) => {
                (e.reason, REASON.to_owned(), Some(Status::Compromised))
            }
            _ => return Ok(None),
        };
        let Some(Reason { code, text }) = reason else { return Ok(None) };
        let opener = self.vault.fields(stream, &record.name);
        let message = text.as_ref().map_or(Ok(None), |text| text.read(&field, &opener));
        let message = message.map_err(Error::internal)?;
        let code = Some(code).filter(|code| code != OTHER).or_else(|| {
            status.is_none_or(|status| status == Status::Rejected).then(|| "NotValid".to_owned())
        });
        Ok(Some(Trouble { service: OPERATOR.to_owned(), fault: Fault::Client, code, message }))
    }
}

/// For people: the body of the message.
fn body(words: &str) -> Element {
    Element::new("body", "jabber:client").text(words)
}

fn words(told: Told, then: &State) -> Words {
    let outcome = then.run.as_ref().and_then(|run| run.outcome);
    match told {
        Told::Status(Status::Approved) => Words::Approved,
        Told::Status(Status::Rejected) => Words::Rejected,
        Told::Status(Status::Obsoleted) => Words::Obsoleted,
        Told::Status(Status::Compromised) => Words::Compromised,
        Told::Run(_) if outcome == Some(Outcome::Reject) => Words::Rejected,
        Told::Status(Status::Created) | Told::Review(_) | Told::Run(_) => Words::Manual,
    }
}

fn about(
    stream: &StreamId,
    then: &State,
    (items, report): (&Items, &Report),
    language: &str,
) -> Result<Element, Error> {
    let id = id_of(stream).ok_or_else(|| Error::Internal("a stream without id".to_owned()))?;
    let id = LegalId::new(id, &then.identification()?.domain).to_string();
    Ok(client_message(&id, items, report, language))
}
