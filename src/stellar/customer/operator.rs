//! What operators and verification providers do.

use std::collections::BTreeMap;

use kyc_events::stellar::{CustomerDecided, DecidedBy, RefusedField, ReviewClaimed, Verdict};
use uuid::Uuid;

use super::story::Story;
use super::{Decision, Rejection, State, Target};
use crate::review::reason::reason;
use crate::stellar::sep9;

/// A claim stands for a while, so that two do not work on the same.
pub(super) fn claim(story: &mut Story<'_, '_>, review: Uuid, by: &str) -> Result<(), Rejection> {
    let kind = story.state.kind_of_review(review).ok_or(Rejection::UnknownReview)?.to_owned();
    let open = story.state.kinds.get(&kind).and_then(|kind| kind.review.as_ref());
    let open = open.filter(|open| open.id == review).ok_or(Rejection::Decided)?;
    match open.claimed_by(story.context.now) {
        Some(other) if other != by => Err(Rejection::Claimed),
        Some(_) => Ok(()),
        None => {
            story.note(ReviewClaimed { review, kind, by: by.to_owned() });
            Ok(())
        }
    }
}

/// One decision, whoever makes it.
struct Judgement<'a> {
    kind: String,
    verdict: Verdict,
    by: DecidedBy,
    reason: Option<&'a str>,
    /// By canonical field name.
    fields: BTreeMap<&'static str, Option<&'a str>>,
    /// Only if nobody decided before.
    is_first: bool,
}

/// An operator's decision.
pub(super) fn decide(story: &mut Story<'_, '_>, wish: &Decision) -> Result<(), Rejection> {
    let kind = kind_of(&story.state, &wish.target)?;
    let state = story.state.kinds.get(&kind).ok_or(Rejection::UnknownKind)?;
    let claimed = state.review.as_ref().and_then(|review| review.claimed_by(story.context.now));
    if claimed.is_some_and(|by| by != wish.by) {
        return Err(Rejection::Claimed);
    }
    let mut fields = BTreeMap::new();
    for (name, why) in &wish.fields {
        let field = sep9::find(name).filter(|field| field.is_kept());
        let field = field.ok_or_else(|| Rejection::UnknownField(name.clone()))?;
        fields.insert(field.name, why.as_deref());
    }
    let by = DecidedBy::Operator(wish.by.clone());
    let reason = wish.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    if reason.is_none() && wish.verdict == Verdict::Reject {
        return Err(Rejection::ReasonNeeded);
    }
    // Two operators who decide at once: the second learns of the first. Who thinks again names
    // the type.
    let is_first = matches!(wish.target, Target::Review(_));
    judge(story, &Judgement { kind, verdict: wish.verdict, by, reason, fields, is_first })
}

fn kind_of(state: &State, target: &Target) -> Result<String, Rejection> {
    match target {
        Target::Kind(name) if !state.is_registered || !state.kinds.contains_key(name) => {
            Err(Rejection::UnknownKind)
        }
        Target::Kind(name) => Ok(name.clone()),
        Target::Review(review) => {
            let name = state.kind_of_review(*review).ok_or(Rejection::UnknownReview)?;
            let newer = state.kinds.get(name).and_then(|kind| kind.review.as_ref());
            if newer.is_some_and(|open| open.id != *review) {
                return Err(Rejection::UnknownReview);
            }
            Ok(name.to_owned())
        }
    }
}

/// A provider's answer. What it answers twice counts once; what came too late counts for nothing.
pub(super) fn record_check(
    story: &mut Story<'_, '_>,
    provider: &str,
    request: Uuid,
    verdict: Verdict,
    reasons: &[String],
) -> Result<(), Rejection> {
    let check = story.state.check(request).filter(|check| check.provider == provider);
    let check = check.ok_or(Rejection::UnknownCheck)?;
    let (kind, answer) = (check.kind.clone(), check.answer);
    let mut fields = BTreeMap::new();
    let mut reason = None;
    for given in reasons {
        let (name, why) = given.split_once(':').map_or((given.as_str(), None), |(name, why)| {
            (name, Some(why.trim()).filter(|why| !why.is_empty()))
        });
        match sep9::find(name.trim()).filter(|field| field.is_kept()) {
            Some(field) => {
                fields.insert(field.name, why);
            }
            None => reason = reason.or(Some(given.as_str())),
        }
    }
    if verdict == Verdict::Accept {
        fields.clear();
    }
    let by = DecidedBy::Provider { name: provider.to_owned(), request };
    let judgement = Judgement { kind, verdict, by, reason, fields, is_first: false };
    if let Some(answer) = answer {
        let repeated = tag(story, &judgement)? == answer;
        return if repeated { Ok(()) } else { Err(Rejection::AnsweredOtherwise) };
    }
    let open = story.state.kinds.get(&judgement.kind).and_then(|kind| kind.check);
    if open != Some(request) {
        return Ok(());
    }
    judge(story, &judgement)
}

fn tag(
    story: &Story<'_, '_>,
    judgement: &Judgement<'_>,
) -> Result<kyc_events::sealed::Tag, Rejection> {
    let shown = format!("{:?} {:?}", judgement.verdict, judgement.by);
    let fields = format!("{:?} {:?}", judgement.reason, judgement.fields);
    story.tag(&[b"decision", judgement.kind.as_bytes(), shown.as_bytes(), fields.as_bytes()])
}

fn judge(story: &mut Story<'_, '_>, judgement: &Judgement<'_>) -> Result<(), Rejection> {
    let key = story.state.known().ok_or(Rejection::Unknown)?.key;
    let tag = tag(story, judgement)?;
    let kind = story.state.kinds.get(&judgement.kind).ok_or(Rejection::UnknownKind)?;
    let verdict = judgement.verdict;
    let stands = |d: &super::state::Decision| d.tag == tag && story.state.is_settled(kind);
    if kind.review.is_none() && kind.decision.as_ref().is_some_and(stands) {
        return Ok(());
    }
    if judgement.is_first && kind.review.is_none() {
        return Err(Rejection::Decided);
    }
    if verdict == Verdict::Accept && !story.state.is_complete(kind) {
        return Err(Rejection::Incomplete);
    }
    let is_final = verdict == Verdict::Reject;
    let usual = if is_final { "rejected" } else { "resubmit" };
    let (mut refused, mut asked) = (Vec::new(), Vec::new());
    let fields = judgement.fields.iter().filter(|_| verdict != Verdict::Accept);
    for (name, why) in fields {
        if story.state.fields.contains_key(*name) {
            let reason = reason(why.or(judgement.reason).unwrap_or("not_accepted"));
            refused.push(RefusedField { field: (*name).to_owned(), is_final, reason });
            if !kind.names().any(|of_kind| of_kind == *name) {
                // Given for another type; from here on this one is about it too.
                asked.push((*name).to_owned());
            }
        } else if is_final {
            return Err(Rejection::NotProvided((*name).to_owned()));
        } else {
            asked.push((*name).to_owned());
        }
    }
    let said = judgement.reason.or((verdict != Verdict::Accept).then_some(usual));
    story.note(CustomerDecided {
        number: story.state.next_decision(),
        key,
        kind: judgement.kind.clone(),
        verdict,
        by: judgement.by.clone(),
        reason: said.map(reason),
        refused,
        asked,
        tag,
        policy: story.context.policy.clone(),
    });
    Ok(())
}
