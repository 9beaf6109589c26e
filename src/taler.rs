//! GNU Taler: what an exchange and its customers say to each other about KYC.
//!
//! | file | what |
//! |---|---|
//! | [`crockford`] | base32 of hashes, keys and signatures |
//! | [`payto`], [`h_payto`] | whose account, and the hash that stands for it |
//! | [`timestamp`], [`amount`] | time and money on the wire |
//! | [`message`] | what is signed, and by which key |
//! | [`measure_id`] | ids of requirements |
//! | [`payment_target`], [`third_party`] | the aggregates |
//! | [`review`] | documents in the operator's queue |
//! | [`kyc_check`], [`kyc_proof`], [`kyc_wallet`], [`kyc_bulk`] | the endpoints |
//! | [`service`], [`query`], [`cors`] | what they share |
//! | [`oauth2`] | the provider at which people prove who they are |
//! | [`bulk_headers`] | the headers of kyc-bulk |
//! | [`zip`] | looks into an archive that passes by |
//! | [`error`] | `ErrorDetail` with GANA's codes |

pub mod amount;
pub mod bulk_headers;
pub mod cors;
pub mod crockford;
pub mod error;
pub mod h_payto;
pub mod kyc_bulk;
pub mod kyc_check;
pub mod kyc_proof;
pub mod kyc_wallet;
pub mod measure_id;
pub mod message;
pub mod oauth2;
pub mod payment_target;
pub mod payto;
pub mod query;
pub mod review;
pub mod service;
#[cfg(test)]
pub(crate) mod testing;
pub mod third_party;
pub mod timestamp;
pub mod zip;

use std::future::{Ready, ready};

use actix_web::middleware::from_fn;
use actix_web::web;

use crate::config::limits;
use error::ErrorDetail;

/// The exchange's routes; need a [`service::Service`] and a [`kyc_bulk::Bulk`] in the application's
/// data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource(path).wrap(from_fn(cors::open));
    let small = web::PayloadConfig::new(limits::BODY_BYTES_MAX);
    config
        .service(
            at("/kyc-check/{payment_target_uuid}")
                .route(web::get().to(kyc_check::handle))
                .default_service(web::to(|| wrong_method("GET, OPTIONS"))),
        )
        .service(
            at("/kyc-proof/{payment_target_uuid}")
                .route(web::get().to(kyc_proof::handle))
                .default_service(web::to(|| wrong_method("GET, OPTIONS"))),
        )
        .service(
            at("/kyc-wallet")
                .app_data(small)
                .route(web::post().to(kyc_wallet::handle))
                .default_service(web::to(|| wrong_method("POST, OPTIONS"))),
        )
        .service(
            at("/kyc-bulk/{extern_pub}")
                .route(web::post().to(kyc_bulk::handle))
                .default_service(web::to(|| wrong_method("POST, OPTIONS"))),
        )
        .service(
            at("/{path:kyc-(check|proof|wallet|bulk)(/.*)?}")
                .default_service(web::to(nothing_here)),
        );
}

fn wrong_method(methods: &'static str) -> Ready<Result<&'static str, ErrorDetail>> {
    ready(Err(ErrorDetail::method_invalid(methods)))
}

async fn nothing_here() -> Result<&'static str, ErrorDetail> {
    Err(ErrorDetail::endpoint_unknown())
}
