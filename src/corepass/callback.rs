//! How CorePass callbacks look: status as JSON, data and error as multipart (or JSON), each
//! signed anew at every attempt. Success is HTTP 200 exactly.

use kyc_events::corepass::{CallbackContent, OrderNo, field};
use kyc_events::sealed::{KeyId, Sealed};
use kyc_projections::outbox::{self, Content};
use serde_json::{Value, json};

use super::callback_style::{Part, json};
use super::core_id::CoreId;
use super::field::Field;
use super::go_json;
use super::service::{Service, order_id};
use super::signed::{DataBody, ErrorBody, Info, StatusBody};
use super::transfer::Order;
use crate::callbacks::egress::Target;
use crate::callbacks::renderer::{Boxed, Exporter, RenderError, Rendered, Renderer};
use crate::config::limits;

/// Renders with what the service knows.
pub struct CorePassRenderer {
    /// Keys, transfers, clock.
    pub service: Service,
}

/// Which order it is about, and what it tells. Others are not asked for here.
fn told(of: &outbox::Delivery) -> Result<(OrderNo, &CallbackContent), RenderError> {
    match &of.content {
        Content::CorePass { order, told } => Ok((*order, told)),
        Content::Stellar(_) | Content::Neuro(_) => {
            Err(RenderError::Unavailable("not of this protocol".to_owned()))
        }
    }
}

impl CorePassRenderer {
    async fn order(&self, of: &outbox::Delivery) -> Result<Order, RenderError> {
        let (order, _) = told(of)?;
        let state = self
            .service
            .transfers
            .state(&of.stream)
            .await
            .map_err(|error| RenderError::Unavailable(error.to_string()))?;
        state.order(order).cloned().ok_or(RenderError::Erased)
    }

    fn open<T: serde::Serialize + serde::de::DeserializeOwned>(
        &self,
        of: &outbox::Delivery,
        event: &str,
        name: &str,
        sealed: &Sealed<T>,
    ) -> Result<T, RenderError> {
        let (order, _) = told(of)?;
        let fields = self.service.vault.fields(&of.stream, event);
        sealed
            .read(&field(name, order), &fields)
            .map_err(|error| RenderError::Unavailable(error.to_string()))?
            .ok_or(RenderError::Erased)
    }

    fn user_text(&self, of: &outbox::Delivery, order: &Order) -> Result<String, RenderError> {
        self.open(of, "corepass.OrderRequested", "user", &order.user)
    }

    fn user(&self, of: &outbox::Delivery, order: &Order) -> Result<CoreId, RenderError> {
        let user = self.user_text(of, order)?;
        CoreId::parse(&user, self.service.network).map_err(|_| RenderError::Erased)
    }

    async fn body(&self, of: &outbox::Delivery) -> Result<Rendered, RenderError> {
        let order = self.order(of).await?;
        let user = self.user(of, &order)?;
        let style = &self.service.signing;
        let deadline = self.service.clock.now_s() + limits::CALLBACK_DEADLINE_S;
        let expiration = order.expiration;
        let fields: Vec<Field> =
            order.items.iter().filter_map(|name| Field::from_name(name)).collect();
        match told(of)?.1 {
            CallbackContent::Status { status, tx_hash } => {
                let status = status.word().to_owned();
                let tx_hash = tx_hash.clone();
                let body = StatusBody { user, fields, status, expiration, deadline, tx_hash };
                let signature = style.signer.sign(&body.message());
                Ok(json(body.wire(&signature)))
            }
            CallbackContent::Data => {
                let data = order.data.as_ref().ok_or(RenderError::Erased)?;
                let infos = self.open(of, "corepass.KycReceived", "infos", &data.infos)?;
                let infos: Vec<Info> = infos
                    .into_iter()
                    .filter_map(|info| {
                        let field = Field::from_name(&info.field_id)?;
                        Some(Info { field, value: info.field_value, pepper: info.pepper })
                    })
                    .collect();
                let list = Part::json("infos", go_json::to_vec(&infos));
                let body = DataBody { user, infos, deadline, expiration };
                let signature = style.signer.sign(&body.message(style.encoding));
                let whole = body.wire(&signature);
                let parts = [Part::text("user", body.user.as_str()), list];
                Ok(style.wrap(&parts, deadline, expiration, &signature, whole))
            }
            CallbackContent::Error { status } => {
                let items = Part::json("items", go_json::to_vec(&fields));
                let error = status.word().to_owned();
                let body = ErrorBody { user, items: fields, error, deadline, expiration };
                let signature = style.signer.sign(&body.message(style.encoding));
                let whole = body.wire(&signature);
                let parts = [
                    Part::text("user", body.user.as_str()),
                    items,
                    Part::text("error", &body.error),
                ];
                Ok(style.wrap(&parts, deadline, expiration, &signature, whole))
            }
        }
    }
}

impl Renderer for CorePassRenderer {
    fn target<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Target, RenderError>> {
        Box::pin(async move {
            let order = self.order(of).await?;
            let (name, url) = match told(of)?.1 {
                CallbackContent::Status { .. } => {
                    ("status_callback", order.status_callback.as_ref().ok_or(RenderError::Erased)?)
                }
                CallbackContent::Data | CallbackContent::Error { .. } => {
                    ("callback", &order.callback)
                }
            };
            let url = self.open(of, "corepass.OrderRequested", name, url)?;
            Ok(Target::parse(&url, &self.service.policy, true)?)
        })
    }

    fn render<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Rendered, RenderError>> {
        Box::pin(self.body(of))
    }

    fn is_success(&self, status: u16) -> bool {
        status == 200
    }

    fn schedule_ms(&self, of: &outbox::Delivery) -> Vec<i64> {
        match told(of) {
            Ok((_, CallbackContent::Status { .. })) => {
                self.service.signing.status_schedule_ms.clone()
            }
            _ => self.service.signing.schedule_ms.clone(),
        }
    }
}

impl Exporter for CorePassRenderer {
    fn content<'a>(&'a self, of: &'a outbox::Delivery) -> Boxed<'a, Result<Value, RenderError>> {
        Box::pin(async move {
            let order = self.order(of).await?;
            let (number, told) = told(of)?;
            let mut content = json!({
                "id": of.id.to_string(),
                "order": order_id(&of.stream, number),
                "user": self.user_text(of, &order)?,
                "items": order.items,
            });
            match told {
                CallbackContent::Status { status, .. } => content["status"] = json!(status.word()),
                CallbackContent::Error { status } => content["error"] = json!(status.word()),
                CallbackContent::Data => {
                    let data = order.data.as_ref().ok_or(RenderError::Erased)?;
                    let infos = self.open(of, "corepass.KycReceived", "infos", &data.infos)?;
                    content["infos"] = json!(infos);
                }
            }
            Ok(content)
        })
    }

    fn key<'a>(
        &'a self,
        of: &'a outbox::Delivery,
    ) -> Boxed<'a, Result<Option<KeyId>, RenderError>> {
        Box::pin(async move {
            if !matches!(told(of)?.1, CallbackContent::Data) {
                return Ok(None);
            }
            match self.order(of).await {
                Ok(order) => Ok(order.data.map(|data| data.key)),
                Err(RenderError::Erased) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}
