//! Nobody gets in without a token: before anything of the body is read, whatever it is.

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Data, ReqData};

use super::Service;
use crate::stellar::error::Error;
use crate::stellar::sep10::token::Bearer;

/// Whose token a request shows.
pub type Whose = ReqData<Bearer>;

/// Puts the bearer into the request.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let service = request.app_data::<Data<Service>>();
    let service = service.ok_or_else(|| Error::Unavailable("no service".to_owned()))?;
    let bearer = service.auth.bearer(request.headers())?;
    request.extensions_mut().insert(bearer);
    next.call(request).await
}
