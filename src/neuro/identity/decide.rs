//! What follows from each command.

use kyc_events::Millis;
use kyc_events::neuro::{
    AttachmentAdded, By, CheckAnswered, CheckRequested, ClaimAssessed, Fault, IdentityApplied,
    IdentityEvent, MarkedReady, PhotoAssessed, ReviewClaimed, ReviewDecided, ReviewErrored,
    ReviewStarted, Status,
};
use kyc_events::review::Verdict;
use kyc_events::sealed::Sealed;
use uuid::Uuid;

use super::story::{NOT_VALID, Story, finding, is_code};
use super::{
    Application, Assessment, Attachment, Command, Judgement, Problem, Rejection, State, may_become,
};
use crate::aggregate::Context;
use crate::config::limits;
use crate::review::reason::reason;

type Decided = Result<Vec<IdentityEvent>, Rejection>;

/// The code of a request that a provider did not answer.
const TIMEOUT: &str = "AuthenticationTimeout";

pub(super) fn decide(state: &State, command: &Command, context: &mut Context<'_>) -> Decided {
    let mut story = Story::new(state, context);
    match command {
        Command::Apply(new) => apply(&mut story, new)?,
        Command::Attach(new) => attach(&mut story, new)?,
        Command::MarkReady => mark_ready(&mut story)?,
        Command::StartReview { run, rules } => start(&mut story, *run, rules)?,
        Command::Assess { run, assessments } => assess(&mut story, *run, assessments)?,
        Command::Answer { request, judgement } => answer(&mut story, *request, Some(judgement))?,
        Command::GiveUp { request } => answer(&mut story, *request, None)?,
        Command::Claim { review, by } => return claim(state, *review, by, story.context.now),
        Command::Decide { review, verdict, by, reason, is_revision } => {
            let decision = (*review, *verdict, by.as_str(), reason.as_deref(), *is_revision);
            decide_on(&mut story, decision)?;
        }
        Command::SetStatus { status, by, reason } => {
            set_status(&mut story, *status, by, reason.as_deref())?;
        }
        Command::Erase { .. } => {}
    }
    Ok(story.events)
}

fn apply(story: &mut Story<'_, '_>, new: &Application) -> Result<(), Rejection> {
    if story.state.identification.is_some() {
        return Err(Rejection::Exists);
    }
    if new.claims.is_empty() {
        return Err(Rejection::NoProperties);
    }
    let properties: Vec<_> = new.claims.iter().chain(&new.added).cloned().collect();
    if properties.len() > limits::NEURO_PROPERTIES_MAX {
        return Err(Rejection::TooManyProperties);
    }
    story.note(IdentityApplied {
        subject: new.subject,
        key: new.key,
        account: new.account.clone(),
        key_number: new.key_number,
        domain: new.domain.clone(),
        properties: Sealed::open_value(&properties),
        claims: new.claims.len() as u32,
        person: new.person,
        local_name: new.local_name.clone(),
        namespace: new.namespace.clone(),
        public_key: Sealed::open_value(&new.public_key),
        client_signature: Sealed::open_value(&new.client_signature),
        valid_from: new.valid_from,
        valid_to: new.valid_to,
    });
    if new.is_ready { mark_ready(story) } else { Ok(()) }
}

fn attach(story: &mut Story<'_, '_>, new: &Attachment) -> Result<(), Rejection> {
    let key = story.state.undecided()?.key;
    let known = &story.state.attachments;
    if known.iter().any(|known| known.document.file == new.document.file) {
        return Ok(());
    }
    if known.len() >= limits::NEURO_ATTACHMENTS_MAX {
        return Err(Rejection::TooManyAttachments);
    }
    story.note(AttachmentAdded {
        key,
        document: new.document.clone(),
        file_name: Sealed::open_value(&new.file_name),
        signature: Sealed::open_value(&new.signature),
    });
    Ok(())
}

/// Said again while a run is under way it changes nothing.
fn mark_ready(story: &mut Story<'_, '_>) -> Result<(), Rejection> {
    story.state.undecided()?;
    if story.state.open_run().is_some() {
        return Ok(());
    }
    if story.state.runs >= limits::NEURO_RUNS_MAX {
        return Err(Rejection::TooManyRuns);
    }
    let run = (story.context.ids)();
    story.note(MarkedReady { run });
    Ok(())
}

fn start(story: &mut Story<'_, '_>, run: Uuid, rules: &str) -> Result<(), Rejection> {
    story.known()?;
    let open = story.state.open_run().filter(|open| open.id == run).ok_or(Rejection::RunOver)?;
    if open.findings.is_none() && open.rules.as_deref() != Some(rules) {
        story.note(ReviewStarted { run, rules: rules.to_owned() });
    }
    Ok(())
}

/// What the authenticators said is taken once: a run that is tried again after a crash may find
/// something else, and only one of them counts.
fn assess(
    story: &mut Story<'_, '_>,
    run: Uuid,
    assessments: &[Assessment],
) -> Result<(), Rejection> {
    let (key, claims) = (story.known()?.key, story.known()?.claims);
    let open = story.state.open_run().filter(|open| open.id == run).ok_or(Rejection::RunOver)?;
    if open.findings.is_some() {
        return Ok(());
    }
    make_sense(story, claims, assessments)?;
    let mut errors = 0;
    for assessment in assessments {
        let authenticator = &assessment.authenticator;
        for (property, said) in &assessment.claims {
            let (property, finding) = (*property, finding(authenticator, said));
            story.note(ClaimAssessed { run, key, property, finding });
        }
        for (file, said) in &assessment.photos {
            let (file, finding) = (*file, finding(authenticator, said));
            story.note(PhotoAssessed { run, key, file, finding });
        }
        for problem in &assessment.problems {
            errors += 1;
            err(story, run, errors, authenticator, problem)?;
        }
    }
    for provider in assessments.iter().filter_map(|assessment| assessment.provider.as_ref()) {
        let (request, provider) = ((story.context.ids)(), provider.clone());
        let expires_at = story.context.now.saturating_add(limits::NEURO_CHECK_TTL_MS);
        story.note(CheckRequested { request, run, provider, expires_at });
    }
    // Nothing said is said too.
    if let Some(run) = &mut story.state.run {
        run.findings.get_or_insert_default();
    }
    story.conclude()
}

fn make_sense(
    story: &Story<'_, '_>,
    claims: u32,
    assessments: &[Assessment],
) -> Result<(), Rejection> {
    let said = |one: &Assessment| one.claims.len() + one.photos.len() + one.problems.len();
    if assessments.iter().map(said).sum::<usize>() > limits::NEURO_FINDINGS_MAX {
        return Err(Rejection::Senseless("it says too much"));
    }
    let asked = assessments.iter().filter(|assessment| assessment.provider.is_some()).count();
    if asked > limits::NEURO_CHECKS_MAX {
        return Err(Rejection::Senseless("it asks too many providers"));
    }
    let files: Vec<Uuid> = story.state.assessed_files().collect();
    let is_known = |one: &Assessment| {
        one.claims.iter().all(|(property, _)| *property < claims)
            && one.photos.iter().all(|(file, _)| files.contains(file))
    };
    if assessments.iter().all(is_known) {
        return Ok(());
    }
    Err(Rejection::Senseless("it speaks of what is not there"))
}

fn err(
    story: &mut Story<'_, '_>,
    run: Uuid,
    number: u32,
    authenticator: &str,
    problem: &Problem,
) -> Result<(), Rejection> {
    let key = story.known()?.key;
    story.note(ReviewErrored {
        run,
        key,
        number,
        authenticator: authenticator.to_owned(),
        fault: problem.fault,
        code: problem.code.clone().filter(|code| is_code(code)),
        message: problem.message.as_ref().map(Sealed::open_value),
    });
    Ok(())
}

/// The first answer counts. A provider that says no does so for a reason, which is an error of the
/// client; one that wants to know more leaves a question to an operator.
fn answer(
    story: &mut Story<'_, '_>,
    request: Uuid,
    judgement: Option<&Judgement>,
) -> Result<(), Rejection> {
    story.known()?;
    let run = story.state.run.as_ref().ok_or(Rejection::UnknownRequest)?;
    let check = run.checks.get(&request).ok_or(Rejection::UnknownRequest)?;
    let verdict = judgement.map(|judgement| judgement.verdict);
    if check.is_over {
        let is_same = judgement.is_none() || check.verdict == verdict;
        return if is_same { Ok(()) } else { Err(Rejection::Answered) };
    }
    if story.state.open_run().is_none() {
        return Err(Rejection::RunOver);
    }
    let (id, provider) = (run.id, check.provider.clone());
    let errors = run.findings.as_ref().map_or(0, |findings| findings.errors.len());
    let problems = problems(judgement);
    for (number, problem) in (errors as u32 + 1..).zip(&problems) {
        err(story, id, number, &provider, problem)?;
    }
    story.note(CheckAnswered { request, verdict });
    story.conclude()
}

/// What an answer that is not a plain yes says.
fn problems(judgement: Option<&Judgement>) -> Vec<Problem> {
    let problem = |fault, code: &str, message: Option<String>| Problem {
        fault,
        code: Some(code.to_owned()),
        message,
    };
    let Some(judgement) = judgement else {
        return vec![problem(Fault::Service, TIMEOUT, None)];
    };
    let fault = match judgement.verdict {
        Verdict::Accept => return Vec::new(),
        Verdict::Resubmit => Fault::Service,
        Verdict::Reject => Fault::Client,
    };
    let reasons = judgement.reasons.iter().take(limits::REASONS_MAX);
    let mut problems: Vec<_> = reasons
        .map(|given| match given.trim() {
            code if is_code(code) => problem(fault, code, None),
            words => problem(fault, NOT_VALID, Some(words.to_owned())),
        })
        .collect();
    if problems.is_empty() {
        problems.push(problem(fault, NOT_VALID, None));
    }
    problems
}

/// A claim stands for a while, so that two do not work on the same.
fn claim(state: &State, review: Uuid, by: &str, now: Millis) -> Decided {
    let open = state.reviews.get(&review).filter(|review| !review.is_withdrawn);
    let open = open.ok_or(Rejection::UnknownReview)?;
    if open.verdict.is_some() {
        return Err(Rejection::Decided);
    }
    match open.claimed_by(now) {
        Some(other) if other != by => Err(Rejection::Claimed),
        Some(_) => Ok(Vec::new()),
        None => Ok(vec![ReviewClaimed { review, by: by.to_owned() }.into()]),
    }
}

fn decide_on(
    story: &mut Story<'_, '_>,
    (review, verdict, by, why, is_revision): (Uuid, Verdict, &str, Option<&str>, bool),
) -> Result<(), Rejection> {
    let key = story.known()?.key;
    let open = story.state.reviews.get(&review).filter(|review| !review.is_withdrawn);
    let open = open.ok_or(Rejection::UnknownReview)?;
    if open.verdict == Some(verdict) {
        return Ok(());
    }
    if open.verdict.is_some() && !is_revision {
        return Err(Rejection::Decided);
    }
    if open.verdict.is_none() && open.claimed_by(story.context.now).is_some_and(|other| other != by)
    {
        return Err(Rejection::Claimed);
    }
    let why = why.filter(|why| !why.trim().is_empty());
    if why.is_none() && verdict == Verdict::Reject {
        return Err(Rejection::ReasonNeeded);
    }
    let operator = By::Operator(by.to_owned());
    let to = match verdict {
        Verdict::Accept => Status::Approved,
        Verdict::Reject => Status::Rejected,
        Verdict::Resubmit => Status::Created,
    };
    let from = story.state.status.unwrap_or(Status::Created);
    if to != from && !may_become(from, to, &operator) {
        return Err(Rejection::WrongStatus(from));
    }
    let reason = why.map(reason);
    story.note(ReviewDecided { review, key, verdict, by: by.to_owned(), reason: reason.clone() });
    if to != from {
        let codes = if to == Status::Rejected { vec![NOT_VALID.to_owned()] } else { Vec::new() };
        story.turn(key, to, operator, codes, reason);
    }
    Ok(())
}

/// What its owner withdraws before it was decided is rejected.
fn set_status(
    story: &mut Story<'_, '_>,
    status: Status,
    by: &By,
    why: Option<&str>,
) -> Result<(), Rejection> {
    let key = story.known()?.key;
    let from = story.state.status.unwrap_or(Status::Created);
    let to = match (from, status, by) {
        (Status::Created, Status::Obsoleted | Status::Compromised, By::Owner) => Status::Rejected,
        _ => status,
    };
    if from == to {
        return Ok(());
    }
    if *by == By::Rules || !may_become(from, to, by) {
        return Err(Rejection::WrongStatus(from));
    }
    let why = why.filter(|why| !why.trim().is_empty());
    if why.is_none() && to != Status::Approved && matches!(by, By::Operator(_)) {
        return Err(Rejection::ReasonNeeded);
    }
    let is_refusal = to == Status::Rejected && *by != By::Owner;
    let codes = if is_refusal { vec![NOT_VALID.to_owned()] } else { Vec::new() };
    story.turn(key, to, by.clone(), codes, why.map(reason));
    Ok(())
}
