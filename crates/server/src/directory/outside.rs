//! The parts of a journey's world that the server does not have: outgoing HTTP and key containers.

use super::JourneyWorld;
use vestibule_journey::{Http, HttpError, HttpRequest, HttpResponse, KeyError, Keys, Secret};

impl Http for JourneyWorld {
    async fn send(&mut self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::NotAvailable)
    }
}

impl Keys for JourneyWorld {
    async fn secret(&mut self, _: &str) -> Result<Secret, KeyError> {
        Err(KeyError::NotAvailable)
    }
}
