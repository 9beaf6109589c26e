//! The one suite that every log engine passes.
//!
//! An engine says how to make an empty log, and how to open one again, and runs every case:
//!
//! ```
//! use kyc_events::log::conformance::{CASES, Engine};
//! use kyc_events::log::{EventLog, memory::MemoryLog};
//!
//! struct Memory;
//!
//! impl Engine for Memory {
//!     fn create(&self) -> Box<dyn EventLog> {
//!         Box::new(MemoryLog::new())
//!     }
//! }
//!
//! for case in CASES {
//!     case.run(&Memory);
//! }
//! ```
//!
//! A case panics, with its name in the message, if the engine breaks the contract of
//! [`EventLog`] and [`EventReader`](super::EventReader).

mod appending;
mod ending;
mod reading;
pub mod sample;

use super::EventLog;

/// An engine under test.
pub trait Engine {
    /// A log without records, and independent of the ones made before.
    fn create(&self) -> Box<dyn EventLog>;

    /// The log again after it was closed or dropped; `None` if the engine keeps nothing. Cases
    /// about reopening do nothing then.
    fn reopen(&self, log: Box<dyn EventLog>) -> Option<Box<dyn EventLog>> {
        drop(log);
        None
    }
}

/// One promise of the contract.
#[derive(Clone, Copy)]
pub struct Case {
    /// What is promised.
    pub name: &'static str,
    check: fn(&dyn Engine),
}

impl Case {
    /// Checks it; panics if it does not hold.
    pub fn run(&self, engine: &dyn Engine) {
        eprintln!("conformance: {}", self.name);
        (self.check)(engine);
    }
}

macro_rules! cases {
    ($($module:ident :: $case:ident,)*) => {
        &[$(Case { name: stringify!($case), check: $module::$case }),*]
    };
}

/// Every promise of the contract.
pub const CASES: &[Case] = cases![
    appending::positions_and_versions_have_no_gaps,
    appending::a_conflict_is_a_value_and_the_others_are_appended,
    appending::a_wish_sees_the_ones_before_it_in_the_batch,
    appending::every_expectation_is_held_against_the_stream,
    appending::what_was_appended_is_read_as_it_was,
    appending::time_never_runs_backwards,
    appending::what_does_not_fit_a_record_is_refused,
    appending::what_is_no_event_is_refused,
    appending::a_batch_without_admitted_wishes_changes_nothing,
    reading::an_empty_log_reads_as_empty,
    reading::reading_begins_with_the_position_asked_for,
    reading::a_stream_is_read_after_the_version_asked_for,
    reading::a_record_names_the_one_before_it_in_its_stream,
    reading::large_and_small_records_are_read_alike,
    reading::waiting_ends_when_the_log_grows,
    reading::waiting_ends_with_the_time_out,
    reading::readers_see_whole_batches_in_order_while_they_are_appended,
    ending::a_closed_log_refuses_to_write_and_still_reads,
    ending::closing_wakes_those_who_wait,
    ending::a_closed_log_opens_as_it_was,
    ending::a_dropped_log_opens_as_it_was,
    ending::a_marked_log_opens_as_it_was,
    ending::writing_goes_on_after_opening,
];
