//! SEP-12 1.15.0 (2024-07-23), customers: mounted at `/kyc`.
//!
//! ```text
//! GET  PUT  /customer                   DELETE  /customer/{account}
//!      PUT  /customer/verification      GET POST /customer/files
//!      PUT  /customer/callback
//! ```
//!
//! Nobody's body is looked at before their token is. Bodies are JSON, a form or multipart, on all
//! of them. What is said of somebody who is not there and of somebody else's customer is the same.

mod answer;
pub mod body;
mod callback;
mod codes;
mod customer;
mod delete;
mod documents;
mod door;
mod files;
mod page;
mod service;
mod values;
mod verification;
mod whom;

pub use service::{Parts, Service};

use std::future::{Ready, ready};

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, web};

use super::cors;
use super::error::Error;

/// The routes; need a [`Service`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str| web::resource([path.to_owned(), format!("{path}/")]);
    config.service(
        web::scope("/kyc")
            .wrap(from_fn(door::authenticate))
            .wrap(from_fn(cors::open))
            .service(
                at("/customer")
                    .route(web::get().to(customer::get))
                    .route(web::put().to(customer::put))
                    .default_service(web::to(|| wrong_method("GET, PUT, OPTIONS"))),
            )
            .service(
                at("/customer/callback")
                    .route(web::put().to(callback::put))
                    .default_service(web::to(|| wrong_method("PUT, OPTIONS"))),
            )
            .service(
                at("/customer/verification")
                    .route(web::put().to(verification::put))
                    .default_service(web::to(|| wrong_method("PUT, OPTIONS"))),
            )
            .service(
                at("/customer/files")
                    .route(web::get().to(files::list))
                    .route(web::post().to(files::upload))
                    .default_service(web::to(|| wrong_method("GET, POST, OPTIONS"))),
            )
            .service(
                at("/customer/{account}")
                    .route(web::delete().to(delete::handle))
                    .default_service(web::to(|| wrong_method("DELETE, OPTIONS"))),
            )
            .default_service(web::to(nothing_here)),
    );
}

fn wrong_method(methods: &'static str) -> Ready<Result<&'static str, Error>> {
    ready(Err(Error::WrongMethod(methods)))
}

async fn nothing_here(_: HttpRequest) -> Result<&'static str, Error> {
    Err(Error::NotFound("not found"))
}
