//! CorePass Connector, "Authorization (KYC-transfer)", CP v. 1.
//!
//! Files: the aggregates ([`transfer`], [`batch`]), what goes over the wire ([`wire`],
//! [`signed`], [`go_json`]), one file per endpoint, [`callback`], the [`chain`] and its
//! [`driver`], [`error`].

pub mod accept;
pub mod all_statuses;
pub mod batch;
pub mod callback;
pub mod callback_style;
pub mod chain;
pub mod core_id;
pub mod driver;
pub mod error;
pub mod field;
pub mod go_json;
pub mod link;
pub mod qrcode;
pub mod service;
pub mod signed;
pub mod status;
pub mod transfer;
pub mod transmit;
pub mod valid;
pub mod verified;
pub mod wire;

use actix_web::middleware::from_fn;
use actix_web::web;

use crate::config::limits;

/// The connector's routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let post = |path: &str| web::resource(path).default_service(web::to(wire::wrong_method));
    let small = web::PayloadConfig::new(limits::BODY_BYTES_MAX);
    let large = web::PayloadConfig::new(limits::TRANSMIT_BODY_BYTES_MAX);
    let room = web::Data::new(wire::Room::default());
    config
        .service(
            post("/api/v1/blockchain/verified")
                .app_data(small.clone())
                .route(web::post().to(verified::handle)),
        )
        .service(
            post("/api/v1/blockchain/valid")
                .app_data(large.clone())
                .app_data(room.clone())
                .wrap(from_fn(wire::with_room))
                .route(web::post().to(valid::handle)),
        )
        .service(
            post("/api/v1/kyc/qrcode")
                .app_data(small.clone())
                .route(web::post().to(qrcode::handle)),
        )
        .service(
            post("/api/v1/kyc/status")
                .app_data(small.clone())
                .route(web::post().to(status::handle)),
        )
        .service(
            post("/api/v1/kyc/all-statuses")
                .app_data(small.clone())
                .route(web::post().to(all_statuses::handle)),
        )
        .service(post("/api/v1/kyc/accept").app_data(small).route(web::post().to(accept::handle)))
        .service(
            post("/api/v1/kyc/transmit")
                .app_data(large)
                .app_data(room)
                .wrap(from_fn(wire::with_room))
                .route(web::post().to(transmit::handle)),
        );
}
