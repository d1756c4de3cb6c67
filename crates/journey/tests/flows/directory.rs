//! A directory and a mailbox in memory.

use std::collections::BTreeMap;
use vestibule_journey::{
    Attributes, Clock, Courier, CourierError, DirectoryError, Http, HttpError, HttpRequest, HttpResponse, Key,
    KeyError, Keys, PasswordCheck, Secret, Value, WorldError, WriteMode,
};

/// 2026-01-02T03:04:05Z, in milliseconds.
pub(crate) const NOW: i64 = 1_767_323_045_000;

/// Name to sign in by, object id, password, more attributes.
type Person<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

/// The outside of a journey.
#[derive(Default)]
pub(crate) struct Directory {
    pub(crate) users: Vec<Attributes>,
    /// By object id.
    pub(crate) passwords: BTreeMap<String, String>,
    /// Address and code, oldest first.
    pub(crate) mails: Vec<(String, String)>,
    /// Milliseconds that the clock is ahead.
    pub(crate) later: i64,
    /// Milliseconds that the check of a password takes.
    pub(crate) slow: i64,
    chance: u8,
}

impl Directory {
    pub(crate) fn with(users: &[Person<'_>]) -> Self {
        let mut directory = Self::default();
        for (name, id, password, more) in users {
            let attribute = if name.contains('@') { "signInNames.emailAddress" } else { "signInNames.userName" };
            let mut user = Attributes::from([
                ("objectId".to_owned(), Value::from(*id)),
                (attribute.to_owned(), Value::from(*name)),
                ("accountEnabled".to_owned(), Value::Bool(true)),
                ("forceChangePasswordNextSignIn".to_owned(), Value::Bool(false)),
                ("refreshTokensValidFromDateTime".to_owned(), Value::from("2026-01-01T00:00:00Z")),
            ]);
            user.extend(more.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))));
            directory.users.push(user);
            directory.passwords.insert((*id).to_owned(), (*password).to_owned());
        }
        directory
    }

    /// The usual tenant: Ann and Bob.
    pub(crate) fn ann_and_bob() -> Self {
        let ann = [("displayName", "Ann Example"), ("givenName", "Ann"), ("surname", "Example"), ("city", "Bonn")];
        Self::with(&[
            ("ann@contoso.test", "ann-id", "Ann-likes-tea-1", &ann),
            ("bob@contoso.test", "bob-id", "Bob-likes-rain-2", &[("displayName", "Bob Example")]),
        ])
    }

    pub(crate) fn user(&mut self, id: &str) -> &mut Attributes {
        self.users.iter_mut().find(|user| user["objectId"].text() == id).expect("the user exists")
    }

    pub(crate) fn set(&mut self, id: &str, attribute: &str, value: Value) {
        self.user(id).insert(attribute.to_owned(), value);
    }

    /// The last code that was mailed to this address.
    pub(crate) fn code(&self, address: &str) -> String {
        self.mails.iter().rev().find(|(to, _)| to == address).expect("a mail was sent").1.clone()
    }

    fn position(&self, key: &Key) -> Option<usize> {
        let names: &[&str] = match key.attribute.as_str() {
            "signInNames" => &["signInNames.emailAddress", "signInNames.userName"],
            other => &[other],
        };
        let is = |user: &Attributes| {
            names.iter().any(|n| user.get(*n).is_some_and(|v| v.text().eq_ignore_ascii_case(&key.value)))
        };
        self.users.iter().position(is)
    }

    fn seen(user: &Attributes) -> Attributes {
        let mut user = user.clone();
        let mut emails: Vec<String> = user.get("signInNames.emailAddress").map(Value::text).into_iter().collect();
        if let Some(Value::List(others)) = user.get("otherMails") {
            emails.extend(others.clone());
        }
        if !emails.is_empty() {
            user.insert("emails".to_owned(), Value::List(emails));
        }
        user
    }

    /// Now, within the hour of [`NOW`].
    fn time(&self) -> String {
        let seconds = 4 * 60 + 5 + self.later / 1000;
        format!("2026-01-02T03:{:02}:{:02}Z", seconds / 60, seconds % 60)
    }

    fn change(&mut self, at: usize, attributes: &Attributes) {
        let id = self.users[at]["objectId"].text();
        for (name, value) in attributes {
            match name.as_str() {
                "password" => {
                    self.passwords.insert(id.clone(), value.text());
                    let now = Value::Text(self.time());
                    self.users[at].insert("refreshTokensValidFromDateTime".to_owned(), now);
                }
                "objectId" => {}
                _ if value.text().is_empty() => drop(self.users[at].remove(name)),
                _ => drop(self.users[at].insert(name.clone(), value.clone())),
            }
        }
    }
}

impl Clock for Directory {
    fn now(&self) -> i64 {
        NOW + self.later
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.chance = self.chance.wrapping_mul(29).wrapping_add(17);
            *byte = self.chance;
        }
    }
}

impl vestibule_journey::Directory for Directory {
    async fn read(&mut self, key: &Key) -> Result<Option<Attributes>, WorldError> {
        Ok(self.position(key).map(|at| Self::seen(&self.users[at])))
    }

    async fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> Result<(Attributes, bool), DirectoryError> {
        if attributes.get("password").is_some_and(|p| p.text().contains("Password1")) {
            let attribute = "password".to_owned();
            return Err(DirectoryError::Refused { message: "UserMessageIfPasswordBanned", attribute });
        }
        let (at, new) = match self.position(key) {
            Some(_) if !mode.update => return Err(DirectoryError::AlreadyExists),
            None if !mode.create => return Err(DirectoryError::DoesNotExist),
            Some(at) => (at, false),
            None => {
                let id = format!("new-{}", self.users.len());
                self.users.push(Attributes::from([
                    ("objectId".to_owned(), Value::Text(id)),
                    ("accountEnabled".to_owned(), Value::Bool(true)),
                    ("refreshTokensValidFromDateTime".to_owned(), Value::from("2026-01-02T03:04:05Z")),
                    (key.attribute.clone(), Value::Text(key.value.clone())),
                ]));
                (self.users.len() - 1, true)
            }
        };
        self.change(at, attributes);
        Ok((Self::seen(&self.users[at]), new))
    }

    async fn delete(&mut self, key: &Key, _: Option<&[String]>) -> Result<(), DirectoryError> {
        let at = self.position(key).ok_or(DirectoryError::DoesNotExist)?;
        self.users.remove(at);
        Ok(())
    }

    async fn check_password(&mut self, name: &str, password: &str) -> Result<PasswordCheck, WorldError> {
        let key = Key { attribute: "signInNames".to_owned(), value: name.to_owned() };
        let Some(at) = self.position(&key) else { return Ok(PasswordCheck::Unknown) };
        let user = Self::seen(&self.users[at]);
        self.later += self.slow;
        Ok(if self.passwords.get(&user["objectId"].text()).is_none_or(|known| known != password) {
            PasswordCheck::Wrong
        } else if user.get("accountEnabled") == Some(&Value::Bool(false)) {
            PasswordCheck::Disabled
        } else {
            PasswordCheck::Right(user)
        })
    }
}

impl Courier for Directory {
    async fn mail_code(&mut self, address: &str, code: &str, _: &str, _: &[String]) -> Result<(), CourierError> {
        self.mails.push((address.to_owned(), code.to_owned()));
        Ok(())
    }

    async fn send_sms(&mut self, _: &str, _: &str) -> Result<(), CourierError> {
        Err(CourierError::NotAvailable("SMS"))
    }
}

impl Http for Directory {
    async fn send(&mut self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::NotAvailable)
    }
}

impl Keys for Directory {
    async fn secret(&mut self, _: &str) -> Result<Secret, KeyError> {
        Err(KeyError::NotAvailable)
    }
}
