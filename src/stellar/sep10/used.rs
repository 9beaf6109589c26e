//! The challenges that gave a token, in the log: the log itself refuses a second first event of a
//! stream, so two that ask at the same time are not both the first, and a restart forgets nothing.

use kyc_events::stellar::{CHALLENGE, ChallengeEvent, ChallengeUsed};
use kyc_events::{Millis, StreamId};

use super::Unavailable;
use super::service::{FirstUse, UsedChallenges};
use crate::clock::Clock;
use crate::engine::Journal;

/// See the module.
pub struct Logged {
    /// The one writer.
    pub journal: Journal,
    /// What time it is.
    pub clock: Clock,
}

impl UsedChallenges for Logged {
    fn consume(&self, challenge: [u8; 32], expires_at: Millis) -> FirstUse<'_> {
        let stream = StreamId::new(CHALLENGE, &hex::encode(challenge))
            .expect("invariant: hex is a good key");
        let event = ChallengeEvent::from(ChallengeUsed { expires_at });
        Box::pin(async move {
            let noted = self.journal.note_once(stream, &event, "auth", self.clock.now()).await;
            noted.map_err(|error| Unavailable(error.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyc_events::log::memory::MemoryLog;

    use super::*;
    use crate::metrics::Metrics;

    #[actix_web::test]
    async fn of_two_at_the_same_time_one_is_the_first_and_a_restart_remembers() {
        let log = Arc::new(MemoryLog::default());
        let on = |log: &Arc<MemoryLog>| {
            let (journal, _) = Journal::start(log.clone(), Metrics::default());
            Logged { journal, clock: Clock::standing_at(0) }
        };
        let used = on(&log);
        let (one, two) = tokio::join!(used.consume([1; 32], 9), used.consume([1; 32], 9));
        assert!(one.expect("writable") != two.expect("writable"));
        let again = on(&log);
        assert_eq!(again.consume([1; 32], 9).await, Ok(false));
        assert_eq!(again.consume([2; 32], 9).await, Ok(true));
    }

    #[actix_web::test]
    async fn without_a_log_nobody_gets_in() {
        let (journal, _) = Journal::start(Arc::new(MemoryLog::default()), Metrics::default());
        journal.stop().await;
        journal.clone().ended().await;
        let used = Logged { journal, clock: Clock::standing_at(0) };
        assert!(used.consume([1; 32], 9).await.is_err());
    }
}
