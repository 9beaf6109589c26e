//! One event after the other. What cannot follow is an error.

use kyc_events::Millis;
use kyc_events::neuro::{
    AttachmentAdded, By, CheckAnswered, CheckRequested, IdentityApplied, IdentityEvent,
    MarkedReady, Outcome, ReviewConcluded, ReviewDecided, ReviewErrored, ReviewRequested,
    ReviewStarted, Status,
};
use kyc_events::review::Reason;
use uuid::Uuid;

use super::super::run::{Check, Findings, Run};
use super::{Attached, Client, Identification, Review, State, may_become};
use crate::aggregate::IllegalHistory;

type Applied = Result<(), IllegalHistory>;

fn unless(legal: bool, what: &str) -> Applied {
    if legal { Ok(()) } else { Err(IllegalHistory::new(what)) }
}

impl State {
    pub(in crate::neuro::identity) fn apply(
        &mut self,
        event: &IdentityEvent,
        at: Millis,
    ) -> Applied {
        use IdentityEvent as E;
        let is_first = matches!(event, E::IdentityApplied(_));
        unless(!self.is_erased, "something of an erased identity")?;
        unless(self.identification.is_none() == is_first, "not applied for once, and first")?;
        match event {
            E::IdentityApplied(e) => self.identify(e, at),
            E::AttachmentAdded(e) => self.attach(e, at)?,
            E::MarkedReady(e) => self.begin(e, at)?,
            E::ReviewStarted(e) => self.start(e)?,
            E::ClaimAssessed(e) => {
                let claims = self.identification.as_ref().map_or(0, |known| known.claims);
                unless(e.property < claims, "an assessment of no claim")?;
                self.findings(e.run)?.claims.push((e.property, e.finding.clone()));
            }
            E::PhotoAssessed(e) => {
                let is_known = self.assessed_files().any(|file| file == e.file);
                unless(is_known, "an assessment of no attachment")?;
                self.findings(e.run)?.photos.push((e.file, e.finding.clone()));
            }
            E::ReviewErrored(e) => self.err(e)?,
            E::CheckRequested(e) => self.ask(e)?,
            E::CheckAnswered(e) => self.answer(e)?,
            E::ReviewConcluded(e) => self.conclude(e)?,
            E::ReviewRequested(e) => self.request_review(e)?,
            E::ReviewWithdrawn(e) => self.open(e.review)?.is_withdrawn = true,
            E::ReviewClaimed(e) => self.open(e.review)?.claim = Some((e.by.clone(), at)),
            E::ReviewDecided(e) => self.decide(e)?,
            E::IdentityApproved(e) => self.turn(Status::Approved, &e.by, None, at)?,
            E::IdentityRejected(e) => {
                self.turn(Status::Rejected, &e.by, e.reason.as_ref(), at)?;
                self.codes.clone_from(&e.codes);
            }
            E::IdentityObsoleted(e) => {
                self.turn(Status::Obsoleted, &e.by, e.reason.as_ref(), at)?;
            }
            E::IdentityCompromised(e) => {
                self.turn(Status::Compromised, &e.by, e.reason.as_ref(), at)?;
            }
            E::IdentityErased(_) => *self = Self { is_erased: true, ..Self::default() },
        }
        Ok(())
    }

    fn identify(&mut self, e: &IdentityApplied, at: Millis) {
        self.status = Some(Status::Created);
        self.identification = Some(Identification {
            subject: e.subject,
            key: e.key,
            account: e.account.clone(),
            domain: e.domain.clone(),
            properties: e.properties.clone(),
            claims: e.claims,
            person: e.person,
            client: Client {
                key_number: e.key_number,
                local_name: e.local_name.clone(),
                namespace: e.namespace.clone(),
                public_key: e.public_key.clone(),
                signature: e.client_signature.clone(),
            },
            created_at: at,
            valid_from: e.valid_from,
            valid_to: e.valid_to,
        });
    }

    fn attach(&mut self, e: &AttachmentAdded, at: Millis) -> Applied {
        self.must_be_undecided()?;
        let is_new = self.attachments.iter().all(|known| known.document.file != e.document.file);
        unless(is_new, "the same attachment twice")?;
        self.attachments.push(Attached {
            document: e.document.clone(),
            file_name: e.file_name.clone(),
            signature: e.signature.clone(),
            at,
        });
        self.updated_at = Some(at);
        Ok(())
    }

    fn begin(&mut self, e: &MarkedReady, at: Millis) -> Applied {
        self.must_be_undecided()?;
        unless(self.open_run().is_none(), "two runs at once")?;
        self.run = Some(Run::ready(e.run, at));
        self.runs += 1;
        Ok(())
    }

    fn start(&mut self, e: &ReviewStarted) -> Applied {
        let run = self.under_way(e.run)?;
        unless(run.findings.is_none(), "a run started after its end")?;
        run.rules = Some(e.rules.clone());
        Ok(())
    }

    fn err(&mut self, e: &ReviewErrored) -> Applied {
        let findings = self.findings(e.run)?;
        unless(e.number as usize == findings.errors.len() + 1, "an error out of turn")?;
        findings.errors.push(e.into());
        Ok(())
    }

    fn ask(&mut self, e: &CheckRequested) -> Applied {
        let files = self.assessed_files().collect();
        let run = self.under_way(e.run)?;
        let (provider, expires_at) = (e.provider.clone(), e.expires_at);
        let check = Check { provider, files, expires_at, is_over: false, verdict: None };
        run.findings.get_or_insert_default();
        unless(run.checks.insert(e.request, check).is_none(), "a request made twice")
    }

    fn answer(&mut self, e: &CheckAnswered) -> Applied {
        self.must_be_undecided()?;
        let check = self.run.as_mut().and_then(|run| run.checks.get_mut(&e.request));
        let check = check.filter(|check| !check.is_over);
        let check = check.ok_or_else(|| IllegalHistory::new("an answer to no request"))?;
        (check.is_over, check.verdict) = (true, e.verdict);
        Ok(())
    }

    /// An outcome that does not follow from what was found is none.
    fn conclude(&mut self, e: &ReviewConcluded) -> Applied {
        let claims = self.identification.as_ref().map_or(0, |known| known.claims);
        let files: Vec<Uuid> = self.assessed_files().collect();
        let run = self.under_way(e.run)?;
        // An approval with nothing found in it is one too: there may be no claims.
        run.findings.get_or_insert_default();
        unless(run.is_complete(), "a run concluded before its end")?;
        unless(
            run.judge(claims, files.into_iter()) == e.outcome,
            "an outcome that does not follow",
        )?;
        run.outcome = Some(e.outcome);
        Ok(())
    }

    fn request_review(&mut self, e: &ReviewRequested) -> Applied {
        self.must_be_undecided()?;
        unless(self.open_review().is_none(), "two reviews at once")?;
        let review = self.reviews.insert(e.review, Review::default());
        unless(review.is_none(), "a review asked for twice")
    }

    fn decide(&mut self, e: &ReviewDecided) -> Applied {
        let review = self.reviews.get_mut(&e.review).filter(|review| !review.is_withdrawn);
        let review = review.ok_or_else(|| IllegalHistory::new("no such review"))?;
        review.verdict = Some(e.verdict);
        review.decided_by = Some(e.by.clone());
        review.reason = e.reason.as_ref().map(|reason| reason.code.clone());
        Ok(())
    }

    fn turn(&mut self, to: Status, by: &By, reason: Option<&Reason>, at: Millis) -> Applied {
        let from = self.status.ok_or_else(|| IllegalHistory::new("no identity"))?;
        unless(may_become(from, to, by), "a change that nobody may make")?;
        if *by == By::Rules {
            let outcome = self.run.as_ref().and_then(|run| run.outcome);
            let follows = match to {
                Status::Approved => outcome == Some(Outcome::Approve),
                Status::Rejected => outcome == Some(Outcome::Reject),
                Status::Created | Status::Obsoleted | Status::Compromised => false,
            };
            unless(follows, "a change that does not follow from a run")?;
        }
        self.status = Some(to);
        self.reason = reason.map(|reason| reason.code.clone());
        self.updated_at = Some(at);
        Ok(())
    }

    fn must_be_undecided(&self) -> Applied {
        unless(self.status == Some(Status::Created), "it is decided")
    }

    fn under_way(&mut self, run: Uuid) -> Result<&mut Run, IllegalHistory> {
        self.must_be_undecided()?;
        let open = self.run.as_mut().filter(|open| open.id == run && open.outcome.is_none());
        open.ok_or_else(|| IllegalHistory::new("no such run is under way"))
    }

    fn findings(&mut self, run: Uuid) -> Result<&mut Findings, IllegalHistory> {
        Ok(self.under_way(run)?.findings.get_or_insert_default())
    }

    fn open(&mut self, review: Uuid) -> Result<&mut Review, IllegalHistory> {
        let review = self.reviews.get_mut(&review).filter(|review| review.is_open());
        review.ok_or_else(|| IllegalHistory::new("no such review waits"))
    }
}
