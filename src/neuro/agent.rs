//! `/Agent/…`: the resources of the Agent API.
//!
//! ```text
//! token: 401 ─► Content-Type, Accept: 406 ─► Host: 400 ─► body: 413 ─► members: 400 ─► the resource
//! ```
//!
//! Each resource is a function of a [`Call`] that answers a [`Reply`]; which encoding either has is
//! decided here. Nobody's body is looked at before their token is.

mod account;
mod crypto;
mod legal;
mod xmpp;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, REFERER,
};
use actix_web::http::uri::Authority;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;

use super::cors;
use super::error::Error;
use super::jwt::Bearer;
use super::service::Service;
use super::wire::{Form, Format, Reply};
use crate::config::limits;
use crate::engine::handle::Origin;
use crate::http::{RequestId, client};

/// One request.
pub struct Call {
    /// What was sent.
    pub form: Form,
    /// The header `Host`, which is one of ours.
    pub host: String,
    /// Who asks, as far as the network knows.
    pub remote: IpAddr,
    /// ISO 639-1, of `Accept-Language`.
    pub language: Option<String>,
    /// The header `Referer`.
    pub referer: Option<String>,
    /// Whose token was shown.
    pub bearer: Option<Bearer>,
    /// Of what it leads to.
    pub origin: Origin,
}

impl Call {
    /// Whose token was shown; there is one wherever it is needed.
    pub fn bearer(&self) -> Result<&Bearer, Error> {
        self.bearer.as_ref().ok_or_else(|| Error::Internal("no token where one is needed".into()))
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + 'a>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Everybody; a token that is shown is looked at if it is good.
    Open,
    /// Whoever shows a token.
    Token,
}

/// One resource.
#[derive(Clone, Copy)]
struct Resource {
    path: &'static str,
    /// The element that a request in XML is.
    root: &'static str,
    access: Access,
    /// A body may be as large as an attachment.
    takes_attachments: bool,
    answer: for<'a> fn(&'a Service, &'a Call) -> Answer<'a>,
}

macro_rules! resources {
    ($($path:literal, $root:literal, $access:ident, $answer:path;)*) => {
        [$(Resource {
            path: $path,
            root: $root,
            access: Access::$access,
            takes_attachments: false,
            answer: |service, call| Box::pin($answer(service, call)),
        }),*]
    };
}

fn resources() -> Vec<Resource> {
    let mut all = resources![
        "/Account/Create", "CreateAccount", Open, account::create::answer;
        "/Account/VerifyEMail", "VerifyEMail", Open, account::verify::e_mail;
        "/Account/VerifyPhoneNr", "VerifyPhoneNr", Open, account::verify::phone_nr;
        "/Account/ResendVerificationCodes", "ResendVerificationCodes", Token, account::resend::answer;
        "/Account/Login", "Login", Open, account::login::answer;
        "/Account/Refresh", "Refresh", Token, account::refresh::answer;
        "/Account/Logout", "Logout", Token, account::logout::answer;
        "/Account/Info", "GetAccountInfo", Token, account::info::answer;
        "/Crypto/GetAlgorithms", "GetAlgorithms", Token, crypto::algorithms::answer;
        "/Crypto/CreateKey", "CreateKey", Token, crypto::create_key::answer;
        "/Crypto/GetPublicKey", "GetPublicKey", Open, crypto::public_key::answer;
        "/Legal/ValidatePNr", "ValidatePNr", Token, legal::validate_pnr::answer;
        "/Legal/GetApplicationAttributes", "GetApplicationAttributes", Token, legal::attributes::answer;
        "/Legal/ApplyId", "ApplyId", Token, legal::apply_id::answer;
        "/Legal/ReadyForApproval", "ReadyForApproval", Token, legal::ready::answer;
        "/Legal/GetIdentity", "GetIdentity", Token, legal::identity::one;
        "/Legal/GetIdentities", "GetIdentities", Token, legal::identity::all;
        "/Xmpp/PopMessages", "PopMessages", Token, xmpp::pop::answer;
        "/Xmpp/ClearMessages", "ClearMessages", Token, xmpp::clear::answer;
    ]
    .to_vec();
    all.push(Resource {
        path: "/Legal/AddIdAttachment",
        root: "AddIdAttachment",
        access: Access::Token,
        takes_attachments: true,
        answer: |service, call| Box::pin(legal::attachment::answer(service, call)),
    });
    all
}

/// The routes; need a [`Service`] in the application's data.
pub fn routes(config: &mut web::ServiceConfig) {
    let mut scope = web::scope("/Agent").wrap(from_fn(cors::open));
    for resource in resources() {
        let serve = move |service: Data<Service>,
                          http: HttpRequest,
                          id: ReqData<RequestId>,
                          body: Payload| {
            async move { serve(resource, &service, &http, *id, body).await }
        };
        scope = scope.service(
            web::resource(resource.path)
                .route(web::post().to(serve))
                .default_service(web::to(|| wrong_method("POST, OPTIONS"))),
        );
    }
    let domain_info = web::resource("/Account/DomainInfo")
        .route(web::get().to(domain_info))
        .default_service(web::to(|| wrong_method("GET, OPTIONS")));
    config.service(scope.service(domain_info).default_service(web::to(nothing_here)));
}

pub(super) async fn wrong_method(methods: &'static str) -> Result<HttpResponse, Error> {
    Err(Error::WrongMethod(methods))
}

async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::NotFound("There is no such resource.".into()))
}

async fn domain_info(service: Data<Service>, http: HttpRequest) -> Result<HttpResponse, Error> {
    let format = Format::of_reply(header(&http, &ACCEPT), Format::Json)?;
    Ok(rendered(&account::domain_info::reply(&service.settings), format))
}

async fn serve(
    resource: Resource,
    service: &Service,
    http: &HttpRequest,
    id: RequestId,
    body: Payload,
) -> Result<HttpResponse, Error> {
    let shown = service.bearer(token(http));
    let bearer = match (resource.access, shown) {
        (Access::Token, shown) => Some(shown?),
        (Access::Open, shown) => shown.ok(),
    };
    let asked = Format::of_request(header(http, &CONTENT_TYPE))?;
    let format = Format::of_reply(header(http, &ACCEPT), asked)?;
    let host = host(service, http)?;
    let bytes_max = if resource.takes_attachments {
        // In base64, and the rest.
        service.settings.attachment_bytes_max.div_ceil(3) * 4 + limits::BODY_BYTES_MAX
    } else {
        limits::BODY_BYTES_MAX
    };
    let body = read(http, body, bytes_max).await?;
    let form = Form::parse(asked, &body, resource.root)?;
    let call = Call {
        form,
        host,
        remote: client::address(http, &service.settings.trusted_proxies),
        language: header(http, &ACCEPT_LANGUAGE).and_then(language),
        referer: header(http, &REFERER).map(str::to_owned),
        bearer,
        origin: id.origin("public"),
    };
    let reply = (resource.answer)(service, &call).await?;
    Ok(rendered(&reply, format))
}

fn rendered(reply: &Reply, format: Format) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(reply.body(format))
}

fn header<'a>(http: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    http.headers().get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn token(http: &HttpRequest) -> Option<&str> {
    let (scheme, token) = header(http, &AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What everything is signed with: as it was sent, and one of ours.
fn host(service: &Service, http: &HttpRequest) -> Result<String, Error> {
    let host = header(http, &HOST).or_else(|| http.uri().authority().map(Authority::as_str));
    let host = host.ok_or_else(|| Error::bad("The header Host is missing."))?;
    let is_ours = service.settings.allowed_hosts.iter().any(|one| one.eq_ignore_ascii_case(host));
    if is_ours {
        Ok(host.to_owned())
    } else {
        Err(Error::bad("The header Host names another server."))
    }
}

/// The first two letters of what is wanted most.
fn language(accepted: &str) -> Option<String> {
    let first = accepted.split(',').next()?.split(';').next()?.trim();
    let code: String = first.chars().take(2).collect();
    let is_code = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| code.to_ascii_lowercase())
}

async fn read(http: &HttpRequest, mut body: Payload, bytes_max: usize) -> Result<Vec<u8>, Error> {
    let length = http.headers().get("content-length").and_then(|value| value.to_str().ok());
    if length.and_then(|text| text.parse().ok()).is_some_and(|length: usize| length > bytes_max) {
        return Err(Error::TooLarge);
    }
    let all = async {
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|_| Error::bad("The body cannot be read."))?;
            if bytes.len() + piece.len() > bytes_max {
                return Err(Error::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    let late = |_| Error::bad("The body does not arrive.");
    tokio::time::timeout(limits::LARGE_BODY_WITHIN, all).await.map_err(late)?
}
