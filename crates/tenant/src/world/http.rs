//! Outgoing HTTP of journeys: sends the engine's requests with the shared client and the tenant's allowed networks.

use super::JourneyWorld;
use std::sync::Arc;
use vestibule_journey::{Caller, Http, HttpError, HttpRequest, HttpResponse, Method};
use vestibule_outbound::{Class, Error, Kind, Networks, Request};

impl Http for JourneyWorld {
    async fn send(&mut self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = self.outgoing(request)?;
        // The client logs each call, with its cause.
        let answer = self.world.outbound().send(request).await.map_err(|error| told(&error))?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Ok(HttpResponse {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().filter_map(header).collect(),
            body: answer.body.to_vec(),
        })
    }
}

impl JourneyWorld {
    fn outgoing(&self, request: HttpRequest) -> Result<Request, HttpError> {
        let url = request.url.parse().map_err(|_| HttpError::Forbidden("it is no URL".to_owned()))?;
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let allowed = Networks::parse(&self.context.tenant.outbound_allow);
        let allowed = allowed.map_err(|error| HttpError::Forbidden(error.to_string()))?;
        let correlation_id = self.correlation_id().unwrap_or_default();
        let mut outgoing = Request::new(class(request.caller), method, url, correlation_id).allow(Arc::new(allowed));
        for (name, value) in &request.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes());
            let value = http::HeaderValue::from_str(value);
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err(HttpError::Forbidden("a header cannot be sent".to_owned()));
            };
            outgoing = outgoing.header(name, value);
        }
        Ok(if request.body.is_empty() { outgoing } else { outgoing.body(request.body) })
    }
}

fn class(caller: Caller) -> Class {
    match caller {
        Caller::Token => Class::Token,
        Caller::UserInfo => Class::UserInfo,
        Caller::Metadata => Class::Metadata,
        Caller::Rest => Class::Rest,
        Caller::Connector => Class::Connector,
    }
}

fn told(error: &Error) -> HttpError {
    match &error.kind {
        Kind::TimedOut { .. } => HttpError::Timeout,
        Kind::TooLarge { .. } => HttpError::TooLarge,
        Kind::Request(_) | Kind::Address { .. } | Kind::Plain { .. } | Kind::Redirect { .. } => {
            HttpError::Forbidden(error.to_string())
        }
        Kind::Name { .. } | Kind::Connect { .. } | Kind::Tls { .. } | Kind::Busy { .. } | Kind::Answer(_) => {
            HttpError::Unreachable(error.to_string())
        }
    }
}
