//! How many files and sockets this process may have open (`RLIMIT_NOFILE`).
//!
//! Shells and service managers give a process 1,024 unless it asks for more, and every long poll
//! holds a socket. Up to the hard limit a process may raise its own.

use rustix::io;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::limits;

/// All connections of both listeners, and the files beside them.
pub const WANTED: u64 = (2 * limits::CONNECTIONS_MAX + limits::FILES_MAX) as u64;

/// Raises the limit to what a server at its bounds needs; says so if that cannot be. A sandbox seldom
/// needs so many.
pub fn raise_for_serving(is_sandbox: bool) {
    let (allowed, why) = match raise(WANTED) {
        Ok(allowed) => (allowed, "the hard limit".to_owned()),
        Err(error) => (current(), error.to_string()),
    };
    if allowed < WANTED && !is_sandbox {
        tracing::warn!(
            allowed,
            wanted = WANTED,
            why,
            "too few open files are allowed: beyond them connections are not accepted and files \
             not opened; raise the hard limit (LimitNOFILE of systemd, ulimit -Hn of the shell)"
        );
    }
}

/// Raises the soft limit to `wanted`, as far as the hard limit lets it; never lowers it. Answers
/// what it is then.
pub fn raise(wanted: u64) -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    if let Some(soft) = raised(&limit, wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(soft), ..limit })?;
    }
    Ok(current())
}

fn current() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The soft limit to set; `None` if it stays. A limit that is `None` is none.
fn raised(limit: &Rlimit, wanted: u64) -> Option<u64> {
    let soft = wanted.min(limit.maximum.unwrap_or(u64::MAX));
    limit.current.filter(|current| *current < soft).map(|_| soft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_the_hard_limit_and_never_lowered() {
        let limit = |current, maximum| Rlimit { current, maximum };
        for (current, maximum, expected) in [
            (Some(1024), Some(1_048_576), Some(51_024)),
            (Some(1024), None, Some(51_024)),
            (Some(1024), Some(4096), Some(4096)),
            (Some(4096), Some(4096), None),
            (Some(60_000), Some(1_048_576), None),
            (None, None, None),
        ] {
            let found = raised(&limit(current, maximum), 51_024);
            assert_eq!(found, expected, "{current:?} of {maximum:?}");
        }
    }

    #[test]
    fn this_process_gets_what_it_may_have() {
        let before = getrlimit(Resource::Nofile);
        let allowed = raise(u64::MAX - 1).expect("a process may raise its soft limit");
        let after = getrlimit(Resource::Nofile);
        assert_eq!(after.maximum, before.maximum, "the hard limit stays");
        assert_eq!(after.current.unwrap_or(u64::MAX), allowed);
        assert_eq!(raise(1), Ok(allowed), "it is not lowered");
    }
}
