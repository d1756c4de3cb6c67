//! The in-memory world.

use crate::claims::value::rfc3339;
use crate::{
    Attributes, Clock, Courier, CourierError, Directory, DirectoryError, Http, HttpError, HttpRequest, HttpResponse,
    Key, KeyError, Keys, PasswordCheck, Secret, Value, WorldError, WriteMode,
};
use std::collections::{BTreeMap, VecDeque};

/// The initial time of [`Memory::new`]: 2026-01-02T03:04:05Z, in milliseconds since the epoch.
pub const START: i64 = 1_767_323_045_000;

/// Passwords that contain one of these are banned.
const BANNED: [&str; 2] = ["Banned123!", "Password1"];

/// A directory, a mailbox, a telephone, providers with scripted responses, key containers, a clock that stands still,
/// and random bytes from a seed.
#[derive(Debug)]
pub struct Memory {
    /// The users; `password` is among their attributes.
    pub users: Vec<Attributes>,
    /// Address and code of every mail, oldest first.
    pub mails: Vec<(String, String)>,
    /// Number and text of every SMS, oldest first.
    pub messages: Vec<(String, String)>,
    /// The current time, in milliseconds since the epoch.
    pub now: i64,
    /// How long a password check takes, in milliseconds.
    pub slow: i64,
    /// The source of randomness.
    pub seed: u64,
    /// True if the courier rejects messages as throttled.
    pub throttled: bool,
    /// The number of changes made to the directory.
    pub writes: usize,
    /// The responses to the next requests, in order; when none is left, requests fail.
    pub answers: VecDeque<Result<HttpResponse, HttpError>>,
    /// The requests that were sent, oldest first.
    pub requests: Vec<HttpRequest>,
    /// Secrets by key container.
    pub secrets: BTreeMap<String, String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// An empty world.
    #[must_use]
    pub fn new() -> Self {
        Self {
            users: Vec::new(),
            mails: Vec::new(),
            messages: Vec::new(),
            now: START,
            slow: 0,
            seed: 1,
            throttled: false,
            writes: 0,
            answers: VecDeque::new(),
            requests: Vec::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// Adds a user with a sign-in name (an address if it contains an `@`) and these attributes besides the usual ones.
    pub fn add(&mut self, object_id: &str, name: &str, password: &str, more: &[(&str, Value)]) {
        let attribute = if name.contains('@') { "signInNames.emailAddress" } else { "signInNames.userName" };
        let usual = [
            ("objectId", Value::from(object_id)),
            (attribute, Value::from(name)),
            ("password", Value::from(password)),
            ("accountEnabled", Value::Bool(true)),
            ("forceChangePasswordNextSignIn", Value::Bool(false)),
            ("refreshTokensValidFromDateTime", Value::from("2026-01-01T00:00:00Z")),
        ];
        let all = usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.users.push(all.collect());
    }

    /// The user of this address or user name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&Attributes> {
        let key = Key { attribute: "signInNames".to_owned(), value: name.to_owned() };
        self.find(&key).and_then(|at| self.users.get(at))
    }

    /// The user of this object id.
    ///
    /// # Panics
    /// When there is none.
    pub fn by_id(&mut self, object_id: &str) -> &mut Attributes {
        let key = Key { attribute: "objectId".to_owned(), value: object_id.to_owned() };
        let at = self.find(&key).expect("the user exists");
        &mut self.users[at]
    }

    /// The code of the last mail.
    ///
    /// # Panics
    /// When there is no mail.
    #[must_use]
    pub fn last_code(&self) -> String {
        self.mails.last().expect("a mail").1.clone()
    }

    /// The code of the last mail to this address.
    ///
    /// # Panics
    /// When there is no mail to it.
    #[must_use]
    pub fn code(&self, address: &str) -> String {
        self.mails.iter().rev().find(|(to, _)| to == address).expect("a mail to the address").1.clone()
    }

    /// Queues the response to a later request.
    pub fn answer(&mut self, status: u16, body: &str) {
        self.answers.push_back(Self::response(status, body));
    }

    /// A response without headers.
    ///
    /// # Errors
    /// Never; the type is that of [`Memory::answers`].
    pub fn response(status: u16, body: &str) -> Result<HttpResponse, HttpError> {
        Ok(HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    fn find(&self, key: &Key) -> Option<usize> {
        let attribute = key.attribute.to_ascii_lowercase();
        let is_name = |name: &str| {
            let name = name.to_ascii_lowercase();
            name == attribute || (attribute == "signinnames" && name.starts_with("signinnames."))
        };
        let is = |user: &Attributes| {
            user.iter().any(|(name, value)| is_name(name) && value.text().eq_ignore_ascii_case(&key.value))
        };
        self.users.iter().position(is)
    }

    /// A user as the directory returns it.
    fn seen(user: &Attributes) -> Attributes {
        let mut user = user.clone();
        user.remove("password");
        let mut emails: Vec<String> = user.get("signInNames.emailAddress").map(Value::text).into_iter().collect();
        if let Some(Value::List(others)) = user.get("otherMails") {
            emails.extend(others.clone());
        }
        if !emails.is_empty() {
            user.insert("emails".to_owned(), Value::List(emails));
        }
        user
    }

    fn create(&mut self, key: &Key) -> usize {
        let id = format!("new-{}", self.users.len());
        let now = Value::Text(rfc3339(self.now));
        let mut user = Attributes::from([
            ("objectId".to_owned(), Value::Text(id)),
            ("accountEnabled".to_owned(), Value::Bool(true)),
            ("refreshTokensValidFromDateTime".to_owned(), now),
        ]);
        if key.attribute.to_ascii_lowercase().starts_with("signinnames.") {
            user.insert(key.attribute.clone(), Value::Text(key.value.clone()));
        }
        self.users.push(user);
        self.users.len() - 1
    }

    fn change(&mut self, at: usize, attributes: &Attributes) {
        let now = Value::Text(rfc3339(self.now));
        let user = &mut self.users[at];
        for (name, value) in attributes {
            match name.as_str() {
                "objectId" => {}
                _ if value.text().is_empty() => drop(user.remove(name)),
                _ => drop(user.insert(name.clone(), value.clone())),
            }
        }
        if attributes.contains_key("password") {
            user.insert("refreshTokensValidFromDateTime".to_owned(), now);
        }
    }
}

impl Clock for Memory {
    fn now(&self) -> i64 {
        self.now
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.seed >> 33).to_le_bytes()[0];
        }
    }
}

impl Directory for Memory {
    async fn read(&mut self, key: &Key) -> Result<Option<Attributes>, WorldError> {
        Ok(self.find(key).map(|at| Self::seen(&self.users[at])))
    }

    async fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> Result<(Attributes, bool), DirectoryError> {
        let found = self.find(key);
        match found {
            Some(_) if !mode.update => return Err(DirectoryError::AlreadyExists),
            None if !mode.create => return Err(DirectoryError::DoesNotExist),
            _ => {}
        }
        let password = attributes.get("password").map(Value::text).unwrap_or_default();
        if BANNED.iter().any(|banned| password.contains(banned)) {
            let attribute = "password".to_owned();
            return Err(DirectoryError::Refused { message: "UserMessageIfPasswordBanned", attribute });
        }
        self.writes += 1;
        let at = found.unwrap_or_else(|| self.create(key));
        self.change(at, attributes);
        Ok((Self::seen(&self.users[at]), found.is_none()))
    }

    async fn delete(&mut self, key: &Key, attributes: Option<&[String]>) -> Result<(), DirectoryError> {
        let at = self.find(key).ok_or(DirectoryError::DoesNotExist)?;
        match attributes {
            Some(names) => names.iter().for_each(|name| drop(self.users[at].remove(name))),
            None => drop(self.users.remove(at)),
        }
        Ok(())
    }

    async fn check_password(&mut self, name: &str, password: &str) -> Result<PasswordCheck, WorldError> {
        self.now += self.slow;
        Ok(match self.user(name) {
            None => PasswordCheck::Unknown,
            Some(user) if user.get("password").map(Value::text).as_deref() != Some(password) => PasswordCheck::Wrong,
            Some(user) if user.get("accountEnabled") == Some(&Value::Bool(false)) => PasswordCheck::Disabled,
            Some(user) => PasswordCheck::Right(Self::seen(user)),
        })
    }
}

impl Courier for Memory {
    async fn mail_code(&mut self, address: &str, code: &str, _: &str, _: &[String]) -> Result<(), CourierError> {
        if self.throttled {
            return Err(CourierError::Throttled);
        }
        self.mails.push((address.to_owned(), code.to_owned()));
        Ok(())
    }

    async fn send_sms(&mut self, number: &str, text: &str) -> Result<(), CourierError> {
        if self.throttled {
            return Err(CourierError::Throttled);
        }
        self.messages.push((number.to_owned(), text.to_owned()));
        Ok(())
    }
}

impl Http for Memory {
    async fn send(&mut self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.push(request);
        self.answers.pop_front().unwrap_or(Err(HttpError::NotAvailable))
    }
}

impl Keys for Memory {
    async fn secret(&mut self, container: &str) -> Result<Secret, KeyError> {
        self.secrets.get(container).map(|secret| Secret::new(secret.as_bytes())).ok_or(KeyError::Missing)
    }
}
