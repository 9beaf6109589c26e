//! Which streams and keys belong to a person, and what was decided about the person?
//!
//! People are known by their pseudonym. Streams and keys belong to a *generation*: erasure ends
//! one, and who comes back starts the next.

use kyc_events::corepass::{BATCH, BatchEvent, TRANSFER, TransferEvent};
use kyc_events::neuro::{ACCOUNT, AccountEvent, IDENTITY, IdentityEvent};
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::stellar::{CUSTOMER, CustomerEvent};
use kyc_events::subject::{SUBJECT, SubjectEvent};
use kyc_events::taler::{PAYMENT_TARGET, PaymentTargetEvent};
use kyc_events::{Millis, Position, Record, StreamId};
use serde::{Deserialize, Serialize};

use crate::projection::{FoldError, Projection, event};
use crate::rows::{Key, Rows};
use crate::table::Part::{Number, Text};
use crate::table::Table;

/// One person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The generation in use; also how often the person was erased, or is about to be.
    pub generation: u32,
    /// The generation that is being erased: it ends with this number.
    pub erasing: Option<u32>,
    /// The person's own key, once there is one in this generation.
    pub key: Option<KeyId>,
    /// Streams of this generation that are not at their end.
    pub live: u32,
    /// When the last of them ended, or will: what is attested of a person counts until it is good
    /// no more.
    pub ended_at: Option<Millis>,
    /// Until when something is attested.
    pub attested_until: Option<Millis>,
    /// A legal hold stands until then.
    pub held_until: Option<Millis>,
    /// The person asked to be forgotten under a hold: that is done when none stands.
    pub deferred: bool,
}

/// Where one stream belongs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Membership {
    subject: Tag,
    generation: u32,
    live: bool,
    /// Until when it attests something, if it is attested.
    valid_to: Option<Millis>,
    is_attested: bool,
}

/// A key of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedKey {
    /// Which.
    pub key: KeyId,
    /// The batch whose signed bytes it seals, if it is a batch's.
    pub batch: Option<u64>,
}

/// An erasure that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose.
    pub subject: Tag,
    /// Which generation ends.
    pub generation: u32,
}

/// See the module.
pub struct Subjects;

impl Projection for Subjects {
    const NAME: &'static str = "subjects";
    const SCHEMA: u32 = 4;
    const TABLES: &'static [Table] = &[
        Table::of::<Subject>("subject", &[Text]),
        Table::of::<StreamId>("stream", &[Text, Number, Text]),
        Table::of::<OwnedKey>("key", &[Text, Number, Text]),
        Table::of::<Membership>("of", &[Text]),
        Table::of::<Tag>("ended", &[Number, Text]),
        Table::of::<Erasure>("erasure", &[Text]),
        Table::of::<Erasure>("erased", &[Number]),
        Table::of::<Tag>("deferred", &[Number, Text]),
    ];

    fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
        match record.stream.kind() {
            TRANSFER => transfer(rows, record),
            BATCH => batch(rows, record),
            CUSTOMER => customer(rows, record),
            PAYMENT_TARGET => payment_target(rows, record),
            ACCOUNT => neuro_account(rows, record),
            IDENTITY => neuro_identity(rows, record),
            SUBJECT => subject(rows, record),
            _ => Ok(()),
        }
    }
}

fn transfer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    match &*record.name {
        "corepass.OrderRequested"
        | "corepass.OrderExpired"
        | "corepass.OrderFinished"
        | "corepass.KycReceived"
        | "corepass.TransferErased" => {}
        _ => return Ok(()),
    }
    match event(record)? {
        TransferEvent::OrderRequested(e) => {
            join(rows, stream, e.subject, e.key);
            set_live(rows, stream, true, record.recorded_at);
        }
        TransferEvent::OrderExpired(_) | TransferEvent::OrderFinished(_) => {
            set_live(rows, stream, false, record.recorded_at);
        }
        TransferEvent::KycReceived(e) => own(rows, stream, OwnedKey { key: e.key, batch: None }),
        TransferEvent::TransferErased(_) => leave(rows, stream),
        _ => {}
    }
    Ok(())
}

/// Being a customer has no end of its own: it counts from what happened last.
fn customer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    match &*record.name {
        "stellar.OwnerIdentified" => {
            if let CustomerEvent::OwnerIdentified(e) = event(record)? {
                join(rows, stream, e.subject, e.key);
            }
        }
        "stellar.CustomerErased" => {
            leave(rows, stream);
            return Ok(());
        }
        _ => {}
    }
    touch(rows, record);
    Ok(())
}

/// The same holds for an account.
fn payment_target(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "taler.PaymentTargetRegistered" => {
            if let PaymentTargetEvent::PaymentTargetRegistered(e) = event(record)? {
                join(rows, &record.stream, e.subject, e.key);
            }
        }
        "taler.PaymentTargetErased" => {
            leave(rows, &record.stream);
            return Ok(());
        }
        _ => {}
    }
    touch(rows, record);
    Ok(())
}

/// And for an account of the Agent API.
fn neuro_account(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "neuro.AccountCreated" => {
            if let AccountEvent::AccountCreated(e) = event(record)? {
                join(rows, &record.stream, e.subject, e.key);
            }
        }
        "neuro.AccountErased" => {
            leave(rows, &record.stream);
            return Ok(());
        }
        _ => {}
    }
    touch(rows, record);
    Ok(())
}

/// An identity that is approved counts until its end, even if nothing happens any more.
fn neuro_identity(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let stream = &record.stream;
    match &*record.name {
        "neuro.IdentityApplied" => {
            if let IdentityEvent::IdentityApplied(e) = event(record)? {
                join(rows, stream, e.subject, e.key);
                attest(rows, stream, |of| of.valid_to = Some(e.valid_to));
            }
        }
        "neuro.IdentityApproved" => attest(rows, stream, |of| of.is_attested = true),
        "neuro.IdentityRejected" | "neuro.IdentityObsoleted" | "neuro.IdentityCompromised" => {
            attest(rows, stream, |of| of.is_attested = false);
        }
        "neuro.IdentityErased" => {
            leave(rows, stream);
            return Ok(());
        }
        _ => {}
    }
    touch(rows, record);
    Ok(())
}

/// Changes what a stream attests; of a person the latest end counts.
fn attest(rows: &mut Rows, stream: &StreamId, change: impl FnOnce(&mut Membership)) {
    let Some(mut of) = rows.get::<Membership>(&of_key(stream)) else { return };
    let was_attested = of.is_attested;
    change(&mut of);
    rows.put(of_key(stream), &of);
    let Some(mut row) = rows.get::<Subject>(&subject_key(of.subject)) else { return };
    if of.is_attested == was_attested || of.generation != row.generation {
        return;
    }
    let all = streams(rows, of.subject, of.generation);
    let all = all.iter().filter_map(|stream| rows.get::<Membership>(&of_key(stream)));
    row.attested_until = all.filter(|of| of.is_attested).filter_map(|of| of.valid_to).max();
    rows.put(subject_key(of.subject), &row);
}

fn touch(rows: &mut Rows, record: &Record) {
    set_live(rows, &record.stream, true, record.recorded_at);
    set_live(rows, &record.stream, false, record.recorded_at);
}

fn leave(rows: &mut Rows, stream: &StreamId) {
    if let Some(of) = rows.get::<Membership>(&of_key(stream)) {
        rows.delete(&stream_key(of.subject, of.generation).text(stream.as_str()).done());
    }
    rows.delete(&of_key(stream));
}

fn batch(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    if &*record.name == "corepass.BatchSigned"
        && let BatchEvent::BatchSigned(e) = event(record)?
    {
        for order in &e.orders {
            own(rows, &order.stream, OwnedKey { key: e.key, batch: Some(e.nonce) });
        }
    }
    Ok(())
}

/// A stream belongs to the newest generation of its subject when it begins.
fn join(rows: &mut Rows, stream: &StreamId, subject: Tag, key: KeyId) {
    let mut row: Subject = rows.get(&subject_key(subject)).unwrap_or_default();
    if rows.get::<Membership>(&of_key(stream)).is_none() {
        // An order that was under way when the erasure began still belongs to what it erases.
        let late =
            row.erasing.filter(|g| rows.get::<OwnedKey>(&key_key(subject, *g, key)).is_some());
        let generation = late.unwrap_or(row.generation);
        let of =
            Membership { subject, generation, live: false, valid_to: None, is_attested: false };
        rows.put(of_key(stream), &of);
        rows.put(stream_key(subject, generation).text(stream.as_str()).done(), stream);
        rows.put(key_key(subject, generation, key), &OwnedKey { key, batch: None });
        if generation == row.generation {
            row.key = Some(key);
            rows.put(subject_key(subject), &row);
        }
    }
}

fn own(rows: &mut Rows, stream: &StreamId, owned: OwnedKey) {
    if let Some(of) = rows.get::<Membership>(&of_key(stream)) {
        rows.put(key_key(of.subject, of.generation, owned.key), &owned);
    }
}

/// A stream begins or ends something; a person is at an end when all of their streams are.
fn set_live(rows: &mut Rows, stream: &StreamId, live: bool, at: Millis) {
    let Some(mut of) = rows.get::<Membership>(&of_key(stream)) else { return };
    let Some(mut row) = rows.get::<Subject>(&subject_key(of.subject)) else { return };
    if of.live == live || of.generation != row.generation {
        return;
    }
    of.live = live;
    rows.put(of_key(stream), &of);
    if let Some(ended_at) = row.ended_at.take() {
        rows.delete(&ended_key(ended_at, of.subject));
    }
    row.live = if live { row.live + 1 } else { row.live.saturating_sub(1) };
    if row.live == 0 {
        let ended_at = row.attested_until.map_or(at, |until| until.max(at));
        row.ended_at = Some(ended_at);
        rows.put(ended_key(ended_at, of.subject), &of.subject);
    }
    rows.put(subject_key(of.subject), &row);
}

fn subject(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let Some(tag) = Tag::from_hex(record.stream.key()) else { return Ok(()) };
    let mut row: Subject = rows.get(&subject_key(tag)).unwrap_or_default();
    let deferred_before = row.deferred.then(|| deferred_key(&row, tag));
    match event(record)? {
        SubjectEvent::HoldSet(e) => row.held_until = Some(e.until),
        SubjectEvent::HoldReleased(_) => row.held_until = None,
        SubjectEvent::ErasureDeferred(_) => row.deferred = true,
        SubjectEvent::ErasureRequested(e) => {
            if let Some(ended_at) = row.ended_at {
                rows.delete(&ended_key(ended_at, tag));
            }
            let (generation, erasing) = (e.generation + 1, Some(e.generation));
            row = Subject { generation, erasing, ..Subject::default() };
            let erasure = Erasure { subject: tag, generation: e.generation };
            rows.put(erasure_key(tag), &erasure);
        }
        SubjectEvent::KeysCondemned(_) | SubjectEvent::DataUnsealed(_) => return Ok(()),
        SubjectEvent::SubjectErased(e) => {
            row.erasing = None;
            rows.delete(&erasure_key(tag));
            rows.delete_all(
                &Key::table("key").text(&tag.to_hex()).number(e.generation.into()).done(),
            );
            rows.put(
                erased_key(record.position),
                &Erasure { subject: tag, generation: e.generation },
            );
        }
    }
    if let Some(key) = deferred_before {
        rows.delete(&key);
    }
    if row.deferred {
        rows.put(deferred_key(&row, tag), &tag);
    }
    rows.put(subject_key(tag), &row);
    Ok(())
}

/// One person; `None` if nothing was ever recorded of them.
pub fn find(rows: &Rows, subject: Tag) -> Option<Subject> {
    rows.get(&subject_key(subject))
}

/// The streams of one generation that are not erased.
pub fn streams(rows: &Rows, subject: Tag, generation: u32) -> Vec<StreamId> {
    rows.scan(&stream_key(subject, generation).done()).map(|(_, stream)| stream).collect()
}

/// The keys of one generation that is not erased.
pub fn keys(rows: &Rows, subject: Tag, generation: u32) -> Vec<OwnedKey> {
    let prefix = Key::table("key").text(&subject.to_hex()).number(generation.into()).done();
    rows.scan(&prefix).map(|(_, key)| key).collect()
}

/// Erasures that were asked for and are not at their end.
pub fn erasures(rows: &Rows) -> Vec<Erasure> {
    rows.scan(&Key::table("erasure").done()).map(|(_, erasure)| erasure).collect()
}

/// People whose erasure was put off, whom no hold protects any more at `now`; at most `limit`.
pub fn deferred(rows: &Rows, now: Millis, limit: usize) -> Vec<Tag> {
    let end = Key::table("deferred").instant(now.saturating_add(1)).done();
    rows.scan::<Tag>(&Key::table("deferred").done())
        .take_while(|(key, _)| key[..] < end[..])
        .map(|(_, tag)| tag)
        .take(limit)
        .collect()
}

/// When the next hold ends that an erasure waits for.
pub fn next_deferred(rows: &Rows) -> Option<Millis> {
    let (_, tag) = rows.scan::<Tag>(&Key::table("deferred").done()).next()?;
    Some(find(rows, tag)?.held_until.unwrap_or_default())
}

/// Erasures that ended at `position` or later, in order.
pub fn erased_since(rows: &Rows, position: Position) -> Vec<(Position, Erasure)> {
    let table = Key::table("erased").done();
    let from = erased_key(position);
    rows.scan::<Erasure>(&table)
        .filter(|(key, _)| key[..] >= from[..])
        .filter_map(|(key, erasure)| {
            let at = u64::from_be_bytes(*key[table.len()..].first_chunk()?);
            Some((Position(at), erasure))
        })
        .collect()
}

/// People whose last stream ended at `until` or before and whom no hold protects at `now`, oldest
/// first; at most `limit`.
pub fn due(rows: &Rows, until: Millis, now: Millis, limit: usize) -> Vec<(Tag, Subject)> {
    let end = Key::table("ended").instant(until.saturating_add(1)).done();
    rows.scan::<Tag>(&Key::table("ended").done())
        .take_while(|(key, _)| key[..] < end[..])
        .filter_map(|(_, tag)| Some((tag, find(rows, tag)?)))
        .filter(|(_, row)| row.held_until.is_none_or(|until| until <= now))
        .take(limit)
        .collect()
}

fn subject_key(subject: Tag) -> Vec<u8> {
    Key::table("subject").text(&subject.to_hex()).done()
}

fn stream_key(subject: Tag, generation: u32) -> Key {
    Key::table("stream").text(&subject.to_hex()).number(generation.into())
}

fn key_key(subject: Tag, generation: u32, key: KeyId) -> Vec<u8> {
    let key = key.to_string();
    Key::table("key").text(&subject.to_hex()).number(generation.into()).text(&key).done()
}

fn of_key(stream: &StreamId) -> Vec<u8> {
    Key::table("of").text(stream.as_str()).done()
}

fn ended_key(at: Millis, subject: Tag) -> Vec<u8> {
    Key::table("ended").instant(at).text(&subject.to_hex()).done()
}

/// By when the hold ends; one that was lifted has ended long ago.
fn deferred_key(row: &Subject, subject: Tag) -> Vec<u8> {
    let until = row.held_until.unwrap_or_default();
    Key::table("deferred").instant(until).text(&subject.to_hex()).done()
}

fn erasure_key(subject: Tag) -> Vec<u8> {
    Key::table("erasure").text(&subject.to_hex()).done()
}

fn erased_key(position: Position) -> Vec<u8> {
    Key::table("erased").number(position.0).done()
}

#[cfg(test)]
mod tests;
