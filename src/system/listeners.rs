//! The two listeners. What they serve comes as [`Routes`], some from each protocol.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};

use super::corepass;
use crate::config::limits;
use crate::http::with_request_id;
use crate::operator::{self, Console};

/// Adds data and routes to an application; called once for each worker.
pub type Routes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// As [`Routes`].
pub fn routes(add: impl Fn(&mut web::ServiceConfig) + Send + Sync + 'static) -> Routes {
    Arc::new(add)
}

/// Everybody's listener; CorePass's paths behind `door`.
pub(super) fn public(
    socket: TcpListener,
    door: corepass::Door,
    protocols: Vec<Routes>,
) -> anyhow::Result<ServerHandle> {
    let server = HttpServer::new(move || {
        let protocols = protocols.clone();
        App::new()
            .wrap(from_fn(corepass::door))
            .wrap(from_fn(with_request_id))
            .app_data(web::Data::new(door.clone()))
            .configure(move |config| protocols.iter().for_each(|add| add(config)))
            .default_service(web::to(corepass::nothing_here))
    });
    let server = server
        .workers(limits::HTTP_WORKERS)
        .max_connections(limits::CONNECTIONS_MAX)
        // Who hangs up waits no longer.
        .h1_allow_half_closed(false)
        .disable_signals()
        .shutdown_timeout(limits::SHUTDOWN_S);
    Ok(running(server.listen(socket)?.run()))
}

/// The operator's listener.
pub(super) fn operator(
    socket: TcpListener,
    console: Console,
    protocols: Vec<Routes>,
) -> anyhow::Result<ServerHandle> {
    let server = HttpServer::new(move || {
        let protocols = protocols.clone();
        App::new()
            .wrap(from_fn(operator::guard))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(from_fn(with_request_id))
            .app_data(web::Data::new(console.clone()))
            .configure(move |config| protocols.iter().for_each(|add| add(config)))
            .configure(operator::routes)
    });
    let server = server
        .workers(1)
        .max_connections(limits::CONNECTIONS_MAX)
        .h1_allow_half_closed(false)
        .disable_signals()
        .shutdown_timeout(limits::SHUTDOWN_S);
    Ok(running(server.listen(socket)?.run()))
}

fn running(server: Server) -> ServerHandle {
    let handle = server.handle();
    actix_rt::spawn(server);
    handle
}
