//! Attachments: whether those are there that are required, and are what they are called.

use kyc_events::neuro::Fault;

use crate::media_type::{Declared, Family, MAGIC_BYTES, MediaType};
use crate::neuro::onboarding::making::Making;
use crate::neuro::onboarding::photo;
use crate::neuro::onboarding::profile::{Photos, Profile};
use crate::neuro::onboarding::{Application, Attachment, Code, World};

pub(super) async fn judge(
    profile: &Profile,
    application: &Application,
    world: &dyn World,
    making: &mut Making<'_>,
) {
    match &profile.photos {
        Photos::Count(count) => {
            let there = application.photos().filter(|one| is_image(one)).count();
            for number in there + 1..=*count as usize {
                making.missing(Code::NotValid, &format!("photo {number}"));
            }
        }
        Photos::Named(names) => {
            let is_there = |name: &&String| application.photos().any(|p| p.base_name == **name);
            for name in names.iter().filter(|name| !is_there(name)) {
                making.missing(Code::NotValid, name);
            }
        }
    }
    for one in application.photos() {
        let is_reserved = photo::reserved(&one.base_name).is_some();
        if !is_reserved && !is_image(one) {
            // Somebody has to look at it.
            continue;
        }
        match world.read(one.file, MAGIC_BYTES).await {
            Ok(bytes) => match wrong(one, &bytes) {
                Some(code) => making.invalid_photo(one.file, code),
                None if is_reserved && profile.self_declared => making.valid_photo(one.file),
                None => {}
            },
            Err(error) => {
                tracing::error!(%error, "an attachment cannot be read");
                making.problem(Fault::Server, Code::ServiceFailed);
            }
        }
    }
}

fn is_image(attachment: &Attachment) -> bool {
    declared(attachment).is_some_and(|declared| declared.family() == Family::Image)
}

fn declared(attachment: &Attachment) -> Option<Declared> {
    Declared::parse(&attachment.media_type)
}

/// What is wrong with something that should be an image.
fn wrong(attachment: &Attachment, bytes: &[u8]) -> Option<Code> {
    match MediaType::of(bytes).filter(|kind| kind.family() == Family::Image) {
        None => Some(Code::InvalidFormat),
        Some(kind) => {
            let agrees = declared(attachment).is_some_and(|named| kind.agrees_with(&named));
            (!agrees).then_some(Code::InvalidType)
        }
    }
}
