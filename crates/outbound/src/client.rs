//! The client.

use crate::answer::Answer;
use crate::budget::Budgets;
use crate::connect::Dialer;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::exchange::{Bounds, exchange};
use crate::gate::Gate;
use crate::message::message;
use crate::redirect;
use crate::request::Request;
use crate::settings::{Settings, SettingsError};
use crate::target::Target;
use crate::tls;
use crate::trace::Recorder;
use bytes::Bytes;
use http::response::Parts;
use std::sync::Arc;

/// Sends requests to other servers. Clones share budgets, TLS sessions and settings.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    budgets: Arc<Budgets>,
    dialer: Dialer,
}

impl Client {
    /// A client with `settings`. Reads the system's certificate authorities.
    ///
    /// # Errors
    /// Fails if the extra root certificates are not PEM certificates.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let dialer = Dialer {
            resolver: Arc::clone(&settings.resolver),
            hosts: settings.hosts.clone(),
            tls: tls::connector(settings.extra_roots.as_deref())?,
        };
        let budgets = Arc::new(Budgets::new(settings.budget, settings.clock.clone()));
        Ok(Self { shared: Arc::new(Shared { settings, budgets, dialer }) })
    }

    /// Sends `request` and reads the complete answer. Every status except a redirect is an answer. Writes one log line.
    ///
    /// # Errors
    /// Fails if there is no usable answer: see [`Kind`].
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        let mut recorder = Recorder::start(&self.shared.settings.clock, &request);
        let outcome = self.shared.follow(&request, &mut recorder).await;
        let ((head, body), trace) = recorder.finish(outcome)?;
        Ok(Answer { status: head.status, headers: head.headers, body, trace })
    }
}

impl Shared {
    /// Sends the request and follows the redirects that its caller allows.
    async fn follow(&self, request: &Request, recorder: &mut Recorder) -> Result<(Parts, Bytes), Kind> {
        request.check()?;
        let limits = self.settings.limits(request.class);
        let deadline = Deadline::after(request.within.map_or(limits.whole, |within| within.min(limits.whole)));
        let bounds = Bounds { limits, deadline };
        let mut target = Target::of(&request.url)?;
        let mut followed = 0;
        loop {
            recorder.hop(&target, followed);
            let (head, body) = self.hop(request, &target, &bounds, followed == 0, recorder).await?;
            match redirect::next(request, &target, (head.status, &head.headers), followed)? {
                Some(next) => target = next,
                None => return Ok((head, body)),
            }
            followed += 1;
        }
    }

    /// Sends one request to one target, with all checks repeated.
    async fn hop(
        &self,
        request: &Request,
        target: &Target,
        bounds: &Bounds,
        first: bool,
        recorder: &mut Recorder,
    ) -> Result<(Parts, Bytes), Kind> {
        let message = message(request, target, first)?;
        let _permit = self.budgets.begin(target.key())?;
        let gate = Gate { allowed: &request.allowed, also_private: &self.settings.also_private };
        let connecting = bounds.deadline.at_most(bounds.limits.connect);
        let (stream, address) = self.dialer.connect(target, &gate, connecting).await?;
        recorder.connected(address);
        exchange(stream, message, bounds, recorder).await
    }
}
