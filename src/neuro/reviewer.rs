//! Has applications looked at by the authenticators, and gives up providers that do not answer.
//!
//! ```text
//!   ReadyForApproval ──► review, within the budget of the answer ──┐
//!   start, anything new ──► runs that are due, requests overdue ───┴──► Assess, GiveUp
//! ```
//!
//! Asks the read models what is to be done, never remembers: after a crash the same question gives
//! the same answer. What authenticators said counts once, so a review begun twice has one outcome.

use std::future::pending;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use kyc_events::neuro::{Channel, FILE_NAME, PROFILE, PROPERTIES, Status, of};
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::{Position, StreamId};
use kyc_projections::neuro_accounts::{self, NeuroAccounts};
use kyc_projections::neuro_work::{self, NeuroWork};
use tokio::sync::watch;
use uuid::Uuid;

use super::account::Account;
use super::identity::{Command, Identity, Rejection, State};
use super::onboarding::{Application, Attachment, Contacts, Known, Pipeline, Unavailable, World};
use super::settings::Settings;
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::failpoint::pass;
use crate::engine::handle::Origin;
use crate::engine::turns::Turns;
use crate::engine::{self, Handle, ReadModels};
use crate::vault::Vault;

/// Who acts in what is recorded.
const ACTOR: &str = "reviewer";

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Reviewer {
    /// The accounts.
    pub accounts: Handle<Account>,
    /// The identities.
    pub identities: Handle<Identity>,
    /// Read models.
    pub models: ReadModels,
    /// Opens what is sealed.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Who is asked.
    pub pipeline: Arc<Pipeline>,
    /// As configured.
    pub settings: Arc<Settings>,
    /// One review at a time of an identity, and of a person.
    pub turns: Turns,
}

impl Reviewer {
    /// Works until `stop` says so.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut news = self.models.news();
        while !*stop.borrow() {
            news.borrow_and_update();
            let is_done = self.round().await;
            let next = self.models.of::<NeuroWork>().query(neuro_work::next_overdue);
            let again = async {
                match next {
                    _ if !is_done => tokio::time::sleep(limits::PAUSE).await,
                    Some(at) => self.clock.sleep_until(at).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                changed = news.changed() => if changed.is_err() { break },
                () = again => {}
                _ = stop.changed() => break,
            }
        }
    }

    /// Does what is due; whether all of it could be done.
    async fn round(&self) -> bool {
        let now = self.clock.now();
        let (due, overdue) = self.models.of::<NeuroWork>().query(|rows| {
            let due = neuro_work::due(rows, limits::NEURO_REVIEWS_PER_ROUND);
            (due, neuro_work::overdue(rows, now, limits::NEURO_REVIEWS_PER_ROUND))
        });
        let reviews = stream::iter(due).map(|run| async move {
            self.review(&run.identity).await.map_err(|cause| ("a review", cause))
        });
        let given_up = stream::iter(overdue).map(|check| async move {
            let command = Command::GiveUp { request: check.request };
            let given_up = self.settle(&check.identity, command).await;
            given_up.map_err(|cause| ("giving up a provider", cause))
        });
        let mut done = reviews.buffer_unordered(limits::NEURO_REVIEWS_AT_ONCE);
        let mut is_done = true;
        while let Some(result) = done.next().await {
            is_done &= noted(result);
        }
        let mut done = given_up.buffer_unordered(limits::NEURO_REVIEWS_AT_ONCE);
        while let Some(result) = done.next().await {
            is_done &= noted(result);
        }
        is_done
    }

    /// Has the authenticators look at an application that is marked ready, unless they have. The
    /// text of an error is for the log.
    pub async fn review(&self, identity: &StreamId) -> Result<(), String> {
        let _turn = self.turns.take(identity.as_str()).await;
        let state = self.identities.state(identity).await.map_err(|error| error.to_string())?;
        let Some(run) = state.open_run().filter(|run| run.findings.is_none()) else {
            return Ok(());
        };
        // Who is being erased is not looked at any more.
        let Some((application, key)) = self.application(identity, &state).await? else {
            return Ok(());
        };
        // Of two applications of one person that are looked at at once, the second sees what became of
        // the first, unless that waits for a provider or an operator.
        let person = application.person.map(Tag::to_hex);
        let _alone = match &person {
            Some(person) => Some(self.turns.take(person).await),
            None => None,
        };
        let (run, rules) = (run.id, self.pipeline.rules().to_owned());
        self.send(identity, Command::StartReview { run, rules }).await?;
        pass("neuro.review_started");
        let world = Shelf { reviewer: self, key };
        let assessments = self.pipeline.assess(&application, &world).await;
        self.settle(identity, Command::Assess { run, assessments }).await
    }

    /// Sends what ends a review or a request; on answer the read models know it.
    async fn settle(&self, identity: &StreamId, command: Command) -> Result<(), String> {
        match self.send(identity, command).await? {
            Some(last) if !self.models.wait_for(last).await => {
                Err("the read models are behind".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Sends; answers the position of the last event.
    async fn send(
        &self,
        identity: &StreamId,
        command: Command,
    ) -> Result<Option<Position>, String> {
        match self.identities.send(identity, command, Origin::of(ACTOR)).await {
            Ok(reply) => Ok(reply.last),
            // Somebody decided meanwhile, or the person was erased.
            Err(engine::Error::Rejected(
                Rejection::RunOver
                | Rejection::Unknown
                | Rejection::Erased
                | Rejection::WrongStatus(_)
                | Rejection::UnknownRequest,
            )) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What the authenticators are shown, and the person's key; nothing if the person was erased.
    async fn application(
        &self,
        stream: &StreamId,
        state: &State,
    ) -> Result<Option<(Application, KeyId)>, String> {
        let Some(known) = &state.identification else { return Ok(None) };
        let account = self.accounts.state(&known.account).await;
        let account = account.map_err(|error| error.to_string())?;
        let Some(owner) = &account.owner else { return Ok(None) };
        let text = |error: kyc_events::sealed::SealError| error.to_string();
        let created = self.vault.fields(&known.account, "neuro.AccountCreated");
        let profile = owner.profile.read(PROFILE, &created).map_err(text)?;
        let applied = self.vault.fields(stream, "neuro.IdentityApplied");
        let properties = known.properties.read(PROPERTIES, &applied).map_err(text)?;
        let (Some(profile), Some(properties)) = (profile, properties) else { return Ok(None) };
        let added = self.vault.fields(stream, "neuro.AttachmentAdded");
        let mut attachments = Vec::new();
        for attached in &state.attachments {
            let file = attached.document.file;
            let name = attached.file_name.read(&of(FILE_NAME, file), &added).map_err(text)?;
            let Some(file_name) = name else { return Ok(None) };
            attachments.push(Attachment {
                file,
                base_name: self.settings.photo_names.base_name(&file_name),
                file_name,
                media_type: attached.document.media_type.clone(),
                bytes: attached.document.bytes,
                is_assessed: attached.is_assessed(),
            });
        }
        let is_verified =
            |channel| account.contact(channel).is_some_and(|c| c.verified_at.is_some());
        let contacts = Contacts {
            e_mail: Some(profile.e_mail).filter(|_| is_verified(Channel::Email)),
            phone_nr: profile.phone_nr.filter(|_| is_verified(Channel::Sms)),
        };
        let application = Application {
            account: known.account.clone(),
            user_name: profile.user_name,
            contacts,
            language: profile.language.unwrap_or_default(),
            properties,
            claims: known.claims as usize,
            person: known.person,
            attachments,
            now: self.clock.now(),
        };
        Ok(Some((application, known.key)))
    }
}

fn noted(result: Result<(), (&str, String)>) -> bool {
    match result {
        Ok(()) => true,
        Err((what, cause)) => {
            tracing::error!(what, cause, "was interrupted and is tried again");
            false
        }
    }
}

/// What authenticators look up.
struct Shelf<'a> {
    reviewer: &'a Reviewer,
    key: KeyId,
}

impl World for Shelf<'_> {
    fn read(&self, file: Uuid, bytes_max: usize) -> Known<'_, Vec<u8>> {
        let (vault, key) = (Arc::clone(&self.reviewer.vault), self.key);
        let read = move || -> Result<Vec<u8>, String> {
            let opened = vault.open_document(key, file).map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            for chunk in opened.ok_or("an attachment is not in the vault")? {
                bytes.extend(chunk.map_err(|error| error.to_string())?);
                if bytes.len() >= bytes_max {
                    break;
                }
            }
            bytes.truncate(bytes_max);
            Ok(bytes)
        };
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(read).await;
            read.map_err(|error| Unavailable(error.to_string()))?.map_err(Unavailable)
        })
    }

    fn is_approved_elsewhere<'a>(&'a self, person: Tag, account: &'a StreamId) -> Known<'a, bool> {
        Box::pin(async move {
            let models = &self.reviewer.models;
            if !models.wait_for_all().await {
                return Err(Unavailable("the read models are behind".to_owned()));
            }
            let all = models.of::<NeuroAccounts>().query(|rows| {
                neuro_accounts::of_person(rows, person, limits::NEURO_IDENTITIES_MAX)
            });
            Ok(all.iter().any(|one| one.status == Status::Approved && one.account != *account))
        })
    }
}
