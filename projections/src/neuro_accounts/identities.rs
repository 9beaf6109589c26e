//! Identities and their attachments.

use kyc_events::neuro::{IdentityApplied, IdentityEvent, Status};
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::{Millis, Record, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{FoldError, event};
use crate::rows::{Key, Rows};

/// One identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id.
    pub id: Uuid,
    /// The stream.
    pub stream: StreamId,
    /// Stream of the account.
    pub account: StreamId,
    /// The person's pseudonym.
    pub subject: Tag,
    /// The person's key.
    pub key: KeyId,
    /// Recognises the same person under another account.
    pub person: Option<Tag>,
    /// How it stands.
    pub status: Status,
    /// When it was applied for.
    pub created_at: Millis,
    /// Until when it is good.
    pub valid_to: Millis,
    /// Its place among all identities.
    number: u64,
}

pub(super) fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    let Ok(id) = Uuid::parse_str(stream.key()) else { return Ok(()) };
    match event(record)? {
        IdentityEvent::IdentityApplied(e) => identify(rows, record, id, e),
        IdentityEvent::AttachmentAdded(e) => {
            let file = e.document.file;
            rows.put(file_key(file), stream);
            rows.put(file_of_key(id).text(&file.to_string()).done(), &file);
        }
        IdentityEvent::IdentityApproved(_) => turn(rows, id, Status::Approved),
        IdentityEvent::IdentityRejected(_) => turn(rows, id, Status::Rejected),
        IdentityEvent::IdentityObsoleted(_) => turn(rows, id, Status::Obsoleted),
        IdentityEvent::IdentityCompromised(_) => turn(rows, id, Status::Compromised),
        IdentityEvent::IdentityErased(_) => erase(rows, id),
        IdentityEvent::MarkedReady(_)
        | IdentityEvent::ReviewStarted(_)
        | IdentityEvent::ClaimAssessed(_)
        | IdentityEvent::PhotoAssessed(_)
        | IdentityEvent::ReviewErrored(_)
        | IdentityEvent::CheckRequested(_)
        | IdentityEvent::CheckAnswered(_)
        | IdentityEvent::ReviewConcluded(_)
        | IdentityEvent::ReviewRequested(_)
        | IdentityEvent::ReviewWithdrawn(_)
        | IdentityEvent::ReviewClaimed(_)
        | IdentityEvent::ReviewDecided(_) => {}
    }
    Ok(())
}

/// One identity.
pub fn identity(rows: &Rows, id: Uuid) -> Option<Identity> {
    rows.get(&identity_key(id))
}

/// The identities of an account, the newest first, without the first `offset`; at most `limit`.
pub fn identities(rows: &Rows, account: &StreamId, offset: usize, limit: usize) -> Vec<Identity> {
    let newest = rows.scan::<Uuid>(&of_key(account).done()).rev();
    newest.skip(offset).take(limit).filter_map(|(_, id)| identity(rows, id)).collect()
}

/// How many identities an account has.
pub fn count(rows: &Rows, account: &StreamId) -> usize {
    rows.scan::<Uuid>(&of_key(account).done()).count()
}

/// Stream of the account that an identity is of.
pub fn of_account(rows: &Rows, id: Uuid) -> Option<StreamId> {
    identity(rows, id).map(|identity| identity.account)
}

/// Stream of the identity that an attachment belongs to.
pub fn of_file(rows: &Rows, file: Uuid) -> Option<StreamId> {
    rows.get(&file_key(file))
}

/// Approved identities of the same person, whichever account they are of; at most `limit`.
pub fn of_person(rows: &Rows, person: Tag, limit: usize) -> Vec<Identity> {
    let ids = rows.scan::<Uuid>(&person_key(person).done());
    ids.filter_map(|(_, id)| identity(rows, id)).take(limit).collect()
}

fn identify(rows: &mut Rows, record: &Record, id: Uuid, e: IdentityApplied) {
    let identity = Identity {
        id,
        stream: record.stream.clone(),
        account: e.account,
        subject: e.subject,
        key: e.key,
        person: e.person,
        status: Status::Created,
        created_at: record.recorded_at,
        valid_to: e.valid_to,
        number: record.position.0,
    };
    rows.put(of_key(&identity.account).number(identity.number).done(), &id);
    rows.put(identity_key(id), &identity);
}

fn turn(rows: &mut Rows, id: Uuid, status: Status) {
    let Some(mut found) = identity(rows, id) else { return };
    if let Some(person) = found.person {
        let key = person_key(person).text(&id.to_string()).done();
        if status == Status::Approved { rows.put(key, &id) } else { rows.delete(&key) }
    }
    found.status = status;
    rows.put(identity_key(id), &found);
}

fn erase(rows: &mut Rows, id: Uuid) {
    let Some(found) = identity(rows, id) else { return };
    if let Some(person) = found.person {
        rows.delete(&person_key(person).text(&id.to_string()).done());
    }
    let files: Vec<Uuid> = rows.scan(&file_of_key(id).done()).map(|(_, file)| file).collect();
    for file in files {
        rows.delete(&file_key(file));
    }
    rows.delete_all(&file_of_key(id).done());
    rows.delete(&of_key(&found.account).number(found.number).done());
    rows.delete(&identity_key(id));
}

fn identity_key(id: Uuid) -> Vec<u8> {
    Key::table("identity").text(&id.to_string()).done()
}

fn of_key(account: &StreamId) -> Key {
    Key::table("of").text(account.as_str())
}

fn person_key(person: Tag) -> Key {
    Key::table("person").text(&person.to_hex())
}

fn file_key(file: Uuid) -> Vec<u8> {
    Key::table("file").text(&file.to_string()).done()
}

fn file_of_key(id: Uuid) -> Key {
    Key::table("file_of").text(&id.to_string())
}
