//! Read models over real histories: cut anywhere, reopened, crashed, damaged.

mod crash;
mod cut;
mod orders;
