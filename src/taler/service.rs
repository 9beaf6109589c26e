//! What every endpoint of the exchange uses, and the names it gives.
//!
//! ```text
//!   payto URI, how often its holder was erased ──HMAC──► stream
//!   row number ──HMAC──► subject
//! ```
//!
//! A row number is the version of an event in the directory's stream: taken first, then given to a
//! payment target. If two requests for one account come at once, one number stays unused.

use std::sync::Arc;

use kyc_events::StreamId;
use kyc_events::sealed::Tag;
use kyc_events::taler::{
    DirectoryEvent, NumberTaken, PAYMENT_TARGET, payment_targets as directory,
};
use kyc_projections::payment_targets::{self, PaymentTargets, Process, Target};
use kyc_projections::subjects::{self, Subjects};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use uuid::Uuid;

use super::crockford;
use super::error::{Code, ErrorDetail};
use super::h_payto::{HPayto, is_same};
use super::message::SigningKey;
use super::oauth2::Provider;
use super::payment_target::{Command, PaymentTarget, Registration, Rejection};
use super::payto::{Payto, first_half};
use crate::aggregate::Keys as _;
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::handle::{Origin, Reply};
use crate::engine::turns::Turns;
use crate::engine::{self, Handle, Journal, ReadModels};
use crate::metrics::Metrics;
use crate::subject::name::Name;
use crate::vault::Vault;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// The payment targets.
    pub targets: Handle<PaymentTarget>,
    /// Where row numbers are taken.
    pub journal: Journal,
    /// The read models.
    pub models: ReadModels,
    /// Keys and seals.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// What signs answers.
    pub key: Arc<SigningKey>,
    /// Where holders prove who they are; `None`: every account is good.
    pub provider: Option<Arc<Provider>>,
    /// How the outside reaches us, no trailing slash.
    pub public_url: Arc<str>,
    /// Answer as the reference server of 2021 did.
    pub reference_2021: bool,
    /// Set when the server stops: who waits is answered.
    pub stopping: watch::Receiver<bool>,
    /// Room for those who wait.
    pub waiting: Arc<Semaphore>,
    /// Says how many they are.
    pub metrics: Metrics,
    /// One start of a process at a time for each account.
    pub starting: Turns,
    /// One question to the provider at a time for each account.
    pub proving: Turns,
}

/// The place of one who waits; free again when this is dropped.
pub struct Place<'a> {
    metrics: &'a Metrics,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.metrics.long_polls.dec();
    }
}

impl Service {
    /// A place to wait, if one is free.
    pub fn place(&self) -> Result<Place<'_>, ErrorDetail> {
        let full = |_| ErrorDetail::new(Code::DbSoftFailure).status(503);
        let permit = self.waiting.try_acquire().map_err(full)?;
        self.metrics.long_polls.inc();
        Ok(Place { metrics: &self.metrics, _permit: permit })
    }

    /// The payment target of a row number, unless it was erased or is about to be.
    pub async fn find(&self, number: u64) -> Result<Option<Target>, ErrorDetail> {
        let query = |rows: &_| payment_targets::find(rows, number);
        let Some(known) = self.models.of::<PaymentTargets>().query(query) else { return Ok(None) };
        if !self.models.wait_for_stream(&known.stream).await {
            return Err(lagging());
        }
        let found = self.models.of::<PaymentTargets>().query(query);
        Ok(found.filter(|target| !self.is_gone(target)))
    }

    /// The payment target of an account; it is registered if it was unknown.
    pub async fn register(&self, payto: &Payto, origin: Origin) -> Result<Target, ErrorDetail> {
        for _ in 0..limits::CONFLICT_RETRIES_MAX {
            let (stream, known) = self.current(payto).await?;
            if let Some(target) = known {
                return Ok(target);
            }
            let number = self.take_number(&stream).await?;
            let command = Command::Register(self.registration(payto, number)?);
            match self.targets.send(&stream, command, origin.clone()).await {
                Ok(reply) => self.caught_up(&reply).await?,
                // The holder is erased meanwhile: the next generation is asked for.
                Err(engine::Error::Rejected(Rejection::Erased)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ErrorDetail::internal(Code::DbSoftFailure, "an account is erased all the time"))
    }

    /// The stream that an account has now, and what is known of it.
    pub async fn current(&self, payto: &Payto) -> Result<(StreamId, Option<Target>), ErrorDetail> {
        let mut erased = 0_u32;
        loop {
            let stream = self.stream_of(payto, erased);
            if !self.models.wait_for_stream(&stream).await {
                return Err(lagging());
            }
            let found = self.models.of::<PaymentTargets>().query(|rows| {
                payment_targets::find(rows, payment_targets::number_of(rows, &stream)?)
            });
            match found {
                Some(target) if self.is_gone(&target) => erased += 1,
                found => return Ok((stream, found)),
            }
        }
    }

    /// Waits until the read models know what a command led to.
    pub async fn caught_up(&self, reply: &Reply<PaymentTarget>) -> Result<(), ErrorDetail> {
        match reply.last {
            Some(last) if !self.models.wait_for(last).await => Err(lagging()),
            _ => Ok(()),
        }
    }

    fn stream_of(&self, payto: &Payto, erased: u32) -> StreamId {
        let name = format!("{}\0{erased}", payto.as_str());
        let key = self.vault.pseudonym(PAYMENT_TARGET, name.as_bytes()).to_hex();
        StreamId::new(PAYMENT_TARGET, &key).expect("invariant: hex is a good key")
    }

    fn is_gone(&self, target: &Target) -> bool {
        let of = |rows: &_| subjects::find(rows, target.subject);
        let row = self.models.of::<Subjects>().query(of);
        target.is_erased || row.is_some_and(|row| row.generation > 0)
    }

    async fn take_number(&self, stream: &StreamId) -> Result<u64, ErrorDetail> {
        let taken = DirectoryEvent::from(NumberTaken { stream: stream.clone() });
        let now = self.clock.now();
        let noted = self.journal.note(directory(), &taken, "taler", now).await;
        let noted =
            noted.map_err(|error| ErrorDetail::internal(Code::DbStoreFailed, error.to_string()))?;
        Ok(noted.version.0)
    }

    fn registration(&self, payto: &Payto, number: u64) -> Result<Registration, ErrorDetail> {
        let failed = |error: kyc_events::sealed::SealError| {
            ErrorDetail::internal(Code::DbSetupFailed, error.to_string())
        };
        let subject = Name::taler(number).tag(self.vault.master());
        let hash = payto.full_hash();
        Ok(Registration {
            number,
            subject,
            key: self.vault.key_for(subject, 0).map_err(failed)?,
            full: self.tag(&hash),
            short: self.tag(&first_half(&hash)),
            payto: payto.as_str().to_owned(),
        })
    }

    fn tag(&self, h_payto: &[u8]) -> Tag {
        self.vault.pseudonym("taler.h_payto", h_payto)
    }

    /// Whether `h_payto` is that of the payment target. Keyed hashes are compared, so neither the
    /// hash is known here nor does the time tell anything about it.
    pub fn is_authorised(&self, target: &Target, h_payto: &HPayto) -> bool {
        let known = match h_payto {
            HPayto::Full64(_) => target.full,
            HPayto::Short32(_) => target.short,
        };
        is_same(&self.tag(h_payto.as_bytes()).0, &known.0)
    }

    /// Where a holder comes back to.
    pub fn redirect_uri(&self, target: &Target) -> String {
        format!("{}/kyc-proof/{}", self.public_url, target.number)
    }

    /// The process that a holder can come back to; opened if there is none.
    pub async fn open_process(
        &self,
        target: &Target,
        origin: Origin,
    ) -> Result<Option<Process>, ErrorDetail> {
        let is_open = |target: &Target| {
            target.process.filter(|process| self.clock.now() < process.expires_at)
        };
        if let Some(process) = is_open(target) {
            return Ok(Some(process));
        }
        let _turn = self.starting.take(target.stream.as_str()).await;
        if let Some(process) = self.find(target.number).await?.as_ref().and_then(is_open) {
            return Ok(Some(process));
        }
        let reply = self.targets.send(&target.stream, Command::Start, origin).await?;
        self.caught_up(&reply).await?;
        let process = reply.state.open_process(self.clock.now()).copied();
        Ok(process.map(|one| Process { id: one.id, expires_at: one.expires_at }))
    }

    /// The `state` of a process; nobody can guess it, and it is written nowhere.
    pub fn state(&self, target: &Target, process: Uuid) -> Result<String, ErrorDetail> {
        self.secret(target, b"taler oauth2 state\0", process)
    }

    /// The PKCE verifier of a process, the same way.
    pub fn verifier(&self, target: &Target, process: Uuid) -> Result<String, ErrorDetail> {
        self.secret(target, b"taler oauth2 verifier\0", process)
    }

    fn secret(&self, target: &Target, of: &[u8], process: Uuid) -> Result<String, ErrorDetail> {
        let text = [of, process.as_bytes()].concat();
        let tag = self.vault.tag(target.key, &text);
        let tag =
            tag.map_err(|error| ErrorDetail::internal(Code::DbFetchFailed, error.to_string()))?;
        let tag = tag.ok_or_else(|| ErrorDetail::new(Code::KycProofRequestUnknown))?;
        Ok(crockford::encode(&tag.0))
    }
}

fn lagging() -> ErrorDetail {
    ErrorDetail::internal(Code::DbFetchFailed, "the read models lag behind").status(503)
}

impl From<engine::Error<Rejection>> for ErrorDetail {
    fn from(error: engine::Error<Rejection>) -> Self {
        match error {
            engine::Error::Rejected(Rejection::Unknown | Rejection::Erased) => {
                Self::new(Code::KycProofRequestUnknown)
            }
            engine::Error::Rejected(rejection) => {
                Self::internal(Code::KycAmlLogicBug, rejection.to_string())
            }
            engine::Error::Busy => Self::new(Code::DbSoftFailure).status(503),
            engine::Error::Unavailable(what) => Self::internal(Code::DbStoreFailed, what),
            engine::Error::Quarantined => {
                Self::internal(Code::InternalInvariantFailure, "a command is quarantined")
            }
            engine::Error::TooLarge => Self::upload_exceeds_limit(),
        }
    }
}
