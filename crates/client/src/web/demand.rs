//! The response to a request without a user or a permission: a page, a redirect, a header or JSON, depending on the
//! kind of client.

use super::{Asked, SIGN_IN, Web};
use crate::page::{self, Answer, Form};
use crate::pending::Start;
use crate::place::Place;
use crate::requester::Requester;
use crate::settings::Purpose;
use url::form_urlencoded;

/// The user or permission that a request lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// No user is signed in.
    Person,
    /// A user is, but the app has no access token for these scopes and cannot get one without the user.
    Scopes(Vec<String>),
}

impl Lack {
    /// The scopes to ask for.
    fn scopes(&self) -> &[String] {
        match self {
            Self::Person => &[],
            Self::Scopes(scopes) => scopes,
        }
    }
}

impl Web {
    /// The answer to a request that lacks something; `form` is the body of a posted form.
    pub(crate) async fn demand(&self, asked: &Asked, lack: &Lack, form: Option<&[u8]>) -> Answer {
        let scopes = lack.scopes();
        let sign_in_to = |place: &Place| self.sign_in_to(&asked.mount, place, scopes);
        match asked.requester {
            Requester::Person if asked.is_long => page::long_address(&sign_in_to(&asked.home())),
            Requester::Person => {
                let place = asked.place.clone().unwrap_or_else(|| asked.home());
                self.begin(asked, Start { scopes: scopes.to_vec(), ..Start::new(Purpose::SignIn, place) }).await
            }
            Requester::Form => self.form_not_sent(asked, lack, form),
            Requester::Htmx => page::lead(&sign_in_to(&asked.before()), self.says(asked, lack)),
            Requester::Prefetch => page::not_ahead(),
            Requester::Script => self.says(asked, lack),
        }
    }

    /// For programs: what is missing, and the path where a user gets it.
    fn says(&self, asked: &Asked, lack: &Lack) -> Answer {
        let path = self.path(&asked.mount, SIGN_IN);
        match (lack, self.seal_scopes(lack.scopes())) {
            (Lack::Scopes(scopes), Some(sealed)) => page::permission_required(&format!("{path}?ask={sealed}"), scopes),
            (Lack::Scopes(scopes), None) => page::permission_required(&path, scopes),
            (Lack::Person, _) => page::sign_in_required(&path),
        }
    }

    /// A form cannot be sent along to the provider. If it is short, and this app's own, the page holds it until the
    /// person is signed in in another tab.
    fn form_not_sent(&self, asked: &Asked, lack: &Lack, form: Option<&[u8]>) -> Answer {
        let fields = form.filter(|_| asked.brings_form).and_then(fields);
        let sign_in = self.sign_in_to(&asked.mount, &asked.before(), lack.scopes());
        let action = asked.place.as_ref().map(Place::as_str).unwrap_or_default();
        page::form_not_sent(&Form {
            lacks_person: *lack == Lack::Person,
            sign_in: &sign_in,
            action,
            fields: fields.filter(|_| !action.is_empty()),
        })
    }

    /// The provider cannot be reached.
    pub(crate) fn unavailable(&self, asked: &Asked, retry: &Place) -> Answer {
        let retry = retry.under(&asked.mount);
        page::unavailable(asked.requester, retry.as_str(), asked.home().as_str())
    }
}

/// The fields of a form; none when it holds bytes that are no text, which a page cannot hold.
fn fields(form: &[u8]) -> Option<Vec<(String, String)>> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(form).into_owned().collect();
    let is_text = |text: &String| !text.contains(char::REPLACEMENT_CHARACTER) && !text.contains('\0');
    fields.iter().all(|(name, value)| is_text(name) && is_text(value)).then_some(fields)
}
