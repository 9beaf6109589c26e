//! `GET /sandbox/oauth/authorize`, `POST /sandbox/oauth/token`, `GET /sandbox/oauth/info`,
//! `POST /sandbox/oauth/outcome` `{kind, times}`
//!
//! The simulated provider of the Taler exchange; 404 where it is not simulated. The first three
//! stand for another server, so they want no operator's token.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde::Deserialize;
use uuid::Uuid;

use super::problem::{self, Problem};
use crate::config::limits;
use crate::config::taler::SANDBOX_CLIENT_ID;
use crate::taler::oauth2::sandbox::{Kind, SandboxProvider, TokenRequest, Wish};

/// The provider, and where it sends users back to. Cheap to clone.
#[derive(Clone)]
pub struct Simulated {
    /// What it says.
    pub provider: Arc<SandboxProvider>,
    /// What the redirect URI of its one client begins with.
    pub redirects: Arc<str>,
}

/// Paths that want no token.
pub const OPEN: [&str; 3] =
    ["/sandbox/oauth/authorize", "/sandbox/oauth/token", "/sandbox/oauth/info"];

/// The routes; need [`Simulated`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let at = |path: &str, route: actix_web::Route| {
        web::resource(path).route(route).default_service(web::to(problem::wrong_method))
    };
    config
        .service(at(OPEN[0], web::get().to(authorize)))
        .service(at(OPEN[1], web::post().to(token)))
        .service(at(OPEN[2], web::get().to(info)))
        .service(at("/sandbox/oauth/outcome", web::post().to(outcome)));
}

/// What the exchange asks of a user's browser.
#[derive(Deserialize)]
pub struct Authorize {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    code_challenge: Option<String>,
    /// `deny`: the user says no.
    answer: Option<String>,
}

/// The user agrees at once, or says no if `answer=deny`.
pub async fn authorize(
    simulated: Data<Simulated>,
    query: Query<Authorize>,
) -> Result<HttpResponse, Problem> {
    let Authorize { client_id, redirect_uri, state, code_challenge, answer } = query.into_inner();
    if client_id != SANDBOX_CLIENT_ID || !redirect_uri.starts_with(&*simulated.redirects) {
        return Err(Problem::bad_request("no client of this name is sent back there"));
    }
    let mut back = url::Url::parse(&redirect_uri)
        .map_err(|_| Problem::bad_request("redirect_uri is no URL"))?;
    if answer.as_deref() == Some("deny") {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = format!("pass-{}", Uuid::new_v4().simple());
        let code = simulated.provider.authorize(code, &redirect_uri, code_challenge.as_deref());
        back.query_pairs_mut().append_pair("code", &code);
    }
    if let Some(state) = state {
        back.query_pairs_mut().append_pair("state", &state);
    }
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, back.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

/// A token for a code.
pub async fn token(simulated: Data<Simulated>, http: HttpRequest, body: Bytes) -> HttpResponse {
    match simulated.provider.behaviour() {
        Kind::Ok => {}
        Kind::Reject => {
            let why = serde_json::json!({
                "error": "access_denied", "error_description": "the user is not who they say"
            });
            return HttpResponse::Forbidden().json(why);
        }
        Kind::Hang => tokio::time::sleep(limits::SANDBOX_HANG).await,
        Kind::Garbage => return HttpResponse::Ok().body("<html>not what you expected</html>"),
        Kind::RedirectLoop => {
            return HttpResponse::TemporaryRedirect()
                .insert_header((LOCATION, http.path()))
                .finish();
        }
        Kind::Down => return broken(),
    }
    let field = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(&body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let request = TokenRequest {
        code: field("code"),
        client_id: field("client_id"),
        client_secret: field("client_secret"),
        redirect_uri: field("redirect_uri"),
        code_verifier: field("code_verifier"),
    };
    match simulated.provider.token(&request) {
        Some((status, said)) => {
            let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
            HttpResponse::build(status).json(said)
        }
        None => broken(),
    }
}

/// The connection breaks before the answer is whole.
fn broken() -> HttpResponse {
    let cut = stream::once(async { Err::<Bytes, _>(std::io::Error::other("simulated")) });
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).streaming(cut)
}

/// The user.
pub async fn info() -> HttpResponse {
    HttpResponse::Ok().json(SandboxProvider::info())
}

/// What becomes of the next questions.
pub async fn outcome(
    simulated: Data<Simulated>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let wish: Wish = problem::parse(body)?;
    simulated.provider.wish(wish);
    Ok(HttpResponse::NoContent().finish())
}
