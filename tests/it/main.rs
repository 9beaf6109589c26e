//! From the outside: a real server process, real HTTP, real signatures.

mod backup;
mod bad_input;
mod bundle;
mod callbacks;
mod commands;
mod corpora;
mod crash;
mod erasure;
mod harness;
mod readme;
mod seed;
mod tidy;
mod transfer;
mod verifier;
