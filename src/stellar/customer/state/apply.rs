//! One event after the other. What cannot follow is an error.

use kyc_events::Millis;
use kyc_events::stellar::{
    CallbackRequested, CallbackSet, CheckRequested, Content, CustomerDecided, CustomerEvent,
    DecidedBy, FieldsProvided, OwnerIdentified, ProvidedField, ReviewRequested, StatusChanged,
    TransactionRegistered, TransactionReleased, TypeOpened, Verdict, VerificationRequested,
};
use uuid::Uuid;

use super::{
    Callback, Check, Decision, Field, File, Kind, Owner, Refused, Review, State, Transaction,
};
use crate::aggregate::IllegalHistory;
use crate::config::limits;
use crate::verification_code::Code;

type Applied = Result<(), IllegalHistory>;

fn unless(legal: bool, what: &str) -> Applied {
    if legal { Ok(()) } else { Err(IllegalHistory::new(what)) }
}

impl State {
    pub(in crate::stellar::customer) fn apply(
        &mut self,
        event: &CustomerEvent,
        at: Millis,
    ) -> Applied {
        unless(!self.is_erased, "something after the erasure")?;
        let is_first = matches!(event, CustomerEvent::OwnerIdentified(_));
        unless(self.owner.is_some() != is_first, "the owner is identified first, and once")?;
        match event {
            CustomerEvent::OwnerIdentified(e) => self.identify(e),
            CustomerEvent::CustomerRegistered(_) => {
                unless(!self.is_registered, "registered twice")?;
                self.is_registered = true;
            }
            CustomerEvent::FieldsProvided(e) => self.provide(e)?,
            CustomerEvent::FileStored(e) => {
                let (document, expires_at) = (e.document.clone(), e.expires_at);
                let file = File { document, expires_at, is_bound: false };
                unless(self.files.insert(e.document.file, file).is_none(), "a file stored twice")?;
            }
            CustomerEvent::FileExpired(e) => {
                let file = self.files.remove(&e.file);
                unless(file.is_some_and(|file| !file.is_bound), "a file in use expired")?;
            }
            CustomerEvent::TypeOpened(e) => self.open(e)?,
            CustomerEvent::VerificationRequested(e) => self.send_code(e, at)?,
            CustomerEvent::VerificationFailed(e) => {
                self.coded(&e.field, e.verification)?.wrong += 1;
            }
            CustomerEvent::FieldVerified(e) => {
                self.coded(&e.field, e.verification)?;
                if let Some(field) = self.fields.get_mut(&e.field) {
                    field.is_verified = true;
                }
            }
            CustomerEvent::ReviewRequested(e) => self.request_review(e)?,
            CustomerEvent::ReviewWithdrawn(e) => {
                self.review(&e.kind, e.review)?;
                self.kind(&e.kind)?.review = None;
            }
            CustomerEvent::ReviewClaimed(e) => {
                self.review(&e.kind, e.review)?.claim = Some((e.by.clone(), at));
            }
            CustomerEvent::CheckRequested(e) => self.request_check(e)?,
            CustomerEvent::CustomerDecided(e) => self.decide(e)?,
            CustomerEvent::StatusChanged(e) => self.change(e)?,
            CustomerEvent::CallbackSet(e) => self.set_callback(e)?,
            CustomerEvent::CallbackRequested(e) => self.call_back(e)?,
            CustomerEvent::TransactionRegistered(e) => self.register_transaction(e)?,
            CustomerEvent::TransactionReleased(e) => self.release(e)?,
            CustomerEvent::CustomerErased(_) => {
                *self = Self { is_erased: true, ..Self::default() };
            }
        }
        Ok(())
    }

    fn identify(&mut self, e: &OwnerIdentified) {
        self.owner = Some(Owner {
            subject: e.subject,
            key: e.key,
            owner: e.owner,
            account: e.account,
            identity: e.identity.clone(),
        });
    }

    fn provide(&mut self, e: &FieldsProvided) -> Applied {
        unless(self.is_registered, "values of nobody")?;
        unless(e.number == self.next_provision(), "values out of turn")?;
        self.provisions = e.number;
        e.fields.iter().try_for_each(|given| self.take(given))
    }

    /// A value replaces the one before it; only a refusal for good stays.
    fn take(&mut self, given: &ProvidedField) -> Applied {
        let before = self.fields.remove(&given.name);
        let revision = before.as_ref().map_or(1, |field| field.revision + 1);
        unless(given.revision == revision, "a value out of turn")?;
        if let Content::Document(document) = &given.content
            && let Some(file) = self.files.get_mut(&document.file)
        {
            file.is_bound = true;
        }
        let (refused, codes_sent_at) = before
            .map(|field| (field.refused.filter(|refused| refused.is_final), field.codes_sent_at))
            .unwrap_or_default();
        let field = Field {
            revision,
            tag: given.tag,
            content: given.content.clone(),
            refused,
            is_verified: false,
            code: None,
            codes_sent_at,
        };
        self.fields.insert(given.name.clone(), field);
        Ok(())
    }

    fn open(&mut self, e: &TypeOpened) -> Applied {
        unless(self.is_registered, "a type of nobody")?;
        let requirement = e.requirement.clone();
        if let Some(kind) = self.kinds.get_mut(&e.kind) {
            unless(kind.requirement != requirement, "a type opened twice")?;
            kind.requirement = requirement;
            return Ok(());
        }
        let kind = Kind {
            requirement,
            asked: std::collections::BTreeSet::new(),
            status: None,
            decision: None,
            review: None,
            reviewed: None,
            check: None,
        };
        self.kinds.insert(e.kind.clone(), kind);
        Ok(())
    }

    fn send_code(&mut self, e: &VerificationRequested, at: Millis) -> Applied {
        let field = self.fields.get_mut(&e.field);
        let field = field.filter(|field| field.revision == e.revision && !field.is_verified);
        let field = field.ok_or_else(|| IllegalHistory::new("a code for no value"))?;
        field.code = Some(Code::sent(e.verification, e.expires_at));
        field.codes_sent_at.note(at);
        Ok(())
    }

    fn coded(&mut self, field: &str, verification: Uuid) -> Result<&mut Code, IllegalHistory> {
        let field = self.fields.get_mut(field).filter(|field| !field.is_verified);
        let code = field.and_then(|field| field.code.as_mut());
        code.filter(|code| code.id == verification && code.wrong < limits::CODE_ATTEMPTS_MAX)
            .ok_or_else(|| IllegalHistory::new("no such code is due"))
    }

    fn kind(&mut self, name: &str) -> Result<&mut Kind, IllegalHistory> {
        self.kinds.get_mut(name).ok_or_else(|| IllegalHistory::new("a type that is not open"))
    }

    fn review(&mut self, kind: &str, review: Uuid) -> Result<&mut Review, IllegalHistory> {
        let open = self.kind(kind)?.review.as_mut().filter(|open| open.id == review);
        open.ok_or_else(|| IllegalHistory::new("no such review waits"))
    }

    fn request_review(&mut self, e: &ReviewRequested) -> Applied {
        let seen = self.kinds.get(&e.kind).map(|kind| self.revisions(kind)).unwrap_or_default();
        let kind = self.kind(&e.kind)?;
        unless(kind.review.is_none(), "two reviews of one type")?;
        kind.review = Some(Review { id: e.review, claim: None, seen });
        Ok(())
    }

    fn request_check(&mut self, e: &CheckRequested) -> Applied {
        let seen = self.kinds.get(&e.kind).map(|kind| self.revisions(kind)).unwrap_or_default();
        self.kind(&e.kind)?.check = Some(e.request);
        let (provider, kind) = (e.provider.clone(), e.kind.clone());
        self.checks.insert(e.request, Check { provider, kind, seen, answer: None });
        while self.checks.len() > limits::CHECKS_REMEMBERED {
            self.checks.pop_first();
        }
        Ok(())
    }

    fn decide(&mut self, e: &CustomerDecided) -> Applied {
        unless(e.number == self.next_decision(), "a decision out of turn")?;
        let kind = self.kinds.get(&e.kind);
        let kind = kind.ok_or_else(|| IllegalHistory::new("a decision on no type"))?;
        let accepts = e.verdict == Verdict::Accept;
        unless(!accepts || self.is_complete(kind), "accepted with something missing")?;
        let names: Vec<String> = kind.names().map(str::to_owned).collect();
        self.decisions = e.number;
        if accepts {
            for name in &names {
                if let Some(field) = self.fields.get_mut(name) {
                    field.refused = None;
                }
            }
        }
        for refused in &e.refused {
            let field = self.fields.get_mut(&refused.field);
            let field = field.ok_or_else(|| IllegalHistory::new("a refusal of no value"))?;
            let (is_final, reason) = (refused.is_final, refused.reason.clone());
            field.refused = Some(Refused { is_final, reason, decision: e.number });
        }
        if let DecidedBy::Provider { request, .. } = &e.by
            && let Some(check) = self.checks.get_mut(request)
        {
            check.answer = Some(e.tag);
        }
        self.kind(&e.kind)?.asked.extend(e.asked.iter().cloned());
        let seen = self.kinds.get(&e.kind).map(|kind| self.revisions(kind)).unwrap_or_default();
        let kind = self.kind(&e.kind)?;
        kind.reviewed = kind.review.take().map(|review| review.id).or(kind.reviewed);
        kind.check = None;
        kind.decision = Some(Decision {
            number: e.number,
            verdict: e.verdict,
            by: e.by.clone(),
            reason: e.reason.clone(),
            is_whole: e.refused.is_empty() && e.asked.is_empty(),
            tag: e.tag,
            seen,
        });
        Ok(())
    }

    fn change(&mut self, e: &StatusChanged) -> Applied {
        let due = self.status_of(&e.kind) == Some(e.status);
        let kind = self.kind(&e.kind)?;
        unless(due && kind.status != Some(e.status), "a status that does not follow")?;
        kind.status = Some(e.status);
        Ok(())
    }

    fn set_callback(&mut self, e: &CallbackSet) -> Applied {
        unless(self.is_registered && e.number == self.next_callback(), "a URL out of turn")?;
        self.callbacks = e.number;
        self.callback = Some(Callback {
            number: e.number,
            url: e.url.clone(),
            tag: e.tag,
            lang: e.lang.clone(),
            ended: std::collections::BTreeSet::new(),
        });
        Ok(())
    }

    fn call_back(&mut self, e: &CallbackRequested) -> Applied {
        let told = self.kinds.get(&e.kind).and_then(|kind| kind.status);
        let callback = self.callback.as_mut().filter(|callback| callback.number == e.callback);
        let callback = callback.ok_or_else(|| IllegalHistory::new("a callback to nowhere"))?;
        unless(told == Some(e.status), "a callback without its status")?;
        unless(!callback.ended.contains(&e.kind), "a callback after the end")?;
        if e.status.is_final() {
            callback.ended.insert(e.kind.clone());
        }
        Ok(())
    }

    fn register_transaction(&mut self, e: &TransactionRegistered) -> Applied {
        unless(self.kinds.contains_key(&e.kind), "a transaction of no type")?;
        let (protocol, kind) = (e.protocol, e.kind.clone());
        let one = Transaction { protocol, kind, accepted: None };
        let before = self.transactions.insert(e.transaction.clone(), one);
        unless(before.is_none(), "a transaction registered twice")
    }

    fn release(&mut self, e: &TransactionReleased) -> Applied {
        let one = self.transactions.get_mut(&e.transaction).filter(|one| one.accepted.is_none());
        one.ok_or_else(|| IllegalHistory::new("no such transaction waits"))?.accepted =
            Some(e.accepted);
        Ok(())
    }
}
