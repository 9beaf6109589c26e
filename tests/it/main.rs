//! From the outside: a real server process, real HTTP, real signatures.

mod audit;
mod backup;
mod bad_input;
mod bundle;
mod callbacks;
mod commands;
mod corpora;
mod crash;
mod disk;
mod erasure;
mod harness;
mod mutations;
mod neuro;
mod readme;
mod rebuild;
mod replay;
mod scenarios;
mod seed;
mod stellar;
mod taler;
mod tidy;
mod transfer;
mod verifier;
