//! Sessions of administrators: a random cookie, eight hours at most, thirty minutes without use for Administrators.

use axum::body::Body;
use cookie::SameSite;
use http::Response;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_server::app::App;
use vestibule_server::web::answer;
use vestibule_server::web::browser::{lasting, make, own_name};
use vestibule_server::web::request::Call;
use vestibule_store::{PortalSessionRecord, StoreError};
use vestibule_tenant::manage::{Actor, AdminTenant, Administrator, Role};

/// The longest session, milliseconds.
const ABSOLUTE: i64 = 8 * 60 * 60 * 1000;
/// The longest pause of an Administrator, milliseconds.
const IDLE: i64 = 30 * 60 * 1000;
/// Uses nearer to the last one than this are not written, milliseconds.
const NOTED: i64 = 60 * 1000;
/// For how long a sign-in counts as fresh, milliseconds.
pub(crate) const FRESH: i64 = 5 * 60 * 1000;

/// By how much a sign-in may lie in the future, as nodes' clocks differ, milliseconds.
const ROUNDING: i64 = 60 * 1000;

const COOKIE: &str = "vestibule-portal";

/// The person who is signed in.
#[derive(Clone, Debug)]
pub struct Who {
    /// The session.
    pub session: PortalSessionRecord,
    /// The person.
    pub administrator: Administrator,
}

impl Who {
    /// The role in the tenant of this id; in the installation for none.
    #[must_use]
    pub fn role(&self, tenant: Option<&str>) -> Option<Role> {
        let holds = |right: &&vestibule_tenant::manage::Right| match &right.tenant {
            None => true,
            Some(of) => tenant == Some(of.as_str()),
        };
        self.administrator.rights.iter().filter(holds).map(|right| right.role).max()
    }

    /// The person's highest role anywhere.
    #[must_use]
    pub fn highest_role(&self) -> Role {
        self.administrator.rights.iter().map(|right| right.role).max().unwrap_or(Role::Reader)
    }

    /// Returns true if the person proved who they are a short while ago.
    #[must_use]
    pub fn is_fresh(&self, now: i64) -> bool {
        // A clock that was set back makes nothing fresh.
        (-ROUNDING..=FRESH).contains(&(now - self.session.auth_time))
    }

    /// The actor of this person's changes.
    #[must_use]
    pub fn actor(&self, call: &Call) -> Actor {
        Actor::Administrator {
            object_id: self.administrator.user.object_id().to_owned(),
            address: Some(call.ip.to_string()),
            correlation_id: Some(call.correlation_id.clone()),
        }
    }
}

/// The person of this request: the session has not ended, the account is enabled and has a right, and nothing has ended
/// its sessions since.
pub(crate) async fn current(app: &App, admin: &AdminTenant, call: &Call) -> Result<Option<Who>, StoreError> {
    let Some(id_hash) = cookie_hash(call) else { return Ok(None) };
    let now = app.now();
    let Some(session) = app.store().portal_session(&id_hash, now).await? else { return Ok(None) };
    let manage = app.manage(Actor::Server);
    let Some(administrator) = manage.administrators(app.accounts(), admin).get(&session.object_id).await? else {
        return Ok(None);
    };
    let who = Who { session, administrator };
    let is_idle = who.highest_role() == Role::Administrator && now - who.session.used_at > IDLE;
    if is_idle || who.administrator.user.valid_from() > who.session.created_at {
        app.store().end_portal_session(&id_hash).await?;
        return Ok(None);
    }
    if now - who.session.used_at > NOTED {
        app.store().use_portal_session(&id_hash, now).await?;
    }
    Ok(Some(who))
}

/// Begin a session; the one that the browser had ends.
pub(crate) async fn begin(
    app: &App,
    call: &Call,
    object_id: &str,
    auth_time: i64,
    response: &mut Response<Body>,
) -> Result<(), StoreError> {
    let (value, now) = (app.random().token(), app.now());
    let session = PortalSessionRecord {
        id_hash: sha256_base64url(value.as_bytes()),
        object_id: object_id.to_owned(),
        csrf: app.random().token(),
        auth_time,
        created_at: now,
        used_at: now,
        expires_at: now + ABSOLUTE,
    };
    app.store().begin_portal_session(&session, cookie_hash(call).as_deref()).await?;
    let cookie = make(&call.origin, own_name(&call.origin, COOKIE), value, SameSite::Strict);
    answer::cookie(response, &cookie);
    Ok(())
}

/// End the session of this browser.
pub(crate) async fn end(app: &App, call: &Call, response: &mut Response<Body>) -> Result<(), StoreError> {
    if let Some(id_hash) = cookie_hash(call) {
        app.store().end_portal_session(&id_hash).await?;
    }
    let gone = make(&call.origin, own_name(&call.origin, COOKIE), String::new(), SameSite::Strict);
    answer::cookie(response, &lasting(gone, 0));
    Ok(())
}

/// None also where the browser sent two: one of them was planted by somebody.
fn cookie_hash(call: &Call) -> Option<String> {
    let name = own_name(&call.origin, COOKIE);
    let mut values = call.cookies().filter(|(known, _)| *known == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(sha256_base64url(value.as_bytes())),
        _ => None,
    }
}
