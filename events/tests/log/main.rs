//! The log engines from outside: the conformance suite, failing disks, damage, the golden log.

mod copy;
mod crash;
mod damage;
mod engines;
mod failing;
mod forged;
mod golden;
mod reader;
mod workload;
