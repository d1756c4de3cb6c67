//! Fills a store with the users, grants and refresh tokens that a tenant has after two weeks of sign-ins and refreshes.
//!
//! Families have one to seven refresh tokens, and the last one is unused; one in four belongs to the phone
//! application. They began at random times within the last fifteen days, which is as far back as a sweep leaves
//! anything, and belong to random users.

use crate::browser::{FLOW, PASSWORD_FLOW, SCOPE};
use crate::people::{Cost, People, address, object_id};
use crate::tenant::{HOST, PHONE, Place, WEBAPP};
use anyhow::Result;
use clap::Args;
use std::collections::BTreeMap;
use std::time::Instant;
use vestibule_journey::{Issued, Value};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_server::oauth::grant::GrantBody;
use vestibule_store::{GrantRecord, RefreshRecord, Store};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::registry::Platform;

/// How much.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Amount {
    /// Users
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) users: u64,
    /// Refresh tokens, used ones among them
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    pub(crate) refresh_tokens: u64,
}

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Lifetime of a refresh token.
const LIFE: i64 = 14 * DAY;
/// The age of the oldest family.
const OLDEST: i64 = 15 * DAY;
/// The time since all users signed up.
const SIGNED_UP: i64 = 30 * DAY;
/// The sizes of families are 1 to this number, in turn.
const SIZES: u64 = 7;
/// The number of refresh tokens in one family of each size.
const ROUND: u64 = SIZES * (SIZES + 1) / 2;
/// The number of users, or families, per transaction.
const AT_ONCE: u64 = 25_000;
/// Separates the seeds of tokens, grants and the rest.
const TOKENS: u64 = 1 << 56;
const GRANTS: u64 = 2 << 56;
const CHANCES: u64 = 3 << 56;

/// Fills the store at `place`; its users' passwords are hashed at these costs in turn.
pub(crate) async fn fill(place: &Place, amount: Amount, costs: &[Cost]) -> Result<()> {
    let (store, tenant) = place.open().await?;
    let now = Clock::system().now();
    let began = Instant::now();
    let people = People::new(&tenant, now - SIGNED_UP, costs)?;
    for numbers in portions(amount.users) {
        let (users, identities) = people.several(numbers)?;
        store.insert_users(&users, &identities).await?;
    }
    say(began, &format!("{} users", amount.users));
    let seed = Seed { tenant: &tenant, now, users: amount.users };
    seed.families(&store, families(amount.refresh_tokens), began).await?;
    store.analyze().await?;
    store.close().await;
    say(began, "counted by the database, and closed");
    Ok(())
}

/// Progress goes to standard error, the result to standard output.
#[expect(clippy::print_stderr, reason = "seeding takes minutes")]
fn say(began: Instant, what: &str) {
    eprintln!("{:>6.0} s  {what}", began.elapsed().as_secs_f64());
}

fn portions(count: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..count.div_ceil(AT_ONCE)).map(move |portion| portion * AT_ONCE..((portion + 1) * AT_ONCE).min(count))
}

struct Seed<'a> {
    tenant: &'a str,
    now: i64,
    users: u64,
}

impl Seed<'_> {
    async fn families(&self, store: &Store, count: u64, began: Instant) -> Result<()> {
        let mut told = 0;
        for numbers in portions(count) {
            let end = numbers.end;
            let (mut grants, mut tokens) = (Vec::new(), Vec::new());
            for family in numbers {
                let grant = self.grant(family)?;
                tokens.extend((0..size(family)).map(|place| self.token(&grant, family, place)));
                grants.push(grant);
            }
            store.insert_grants(&grants, &tokens).await?;
            if end * 10 / count > told {
                told = end * 10 / count;
                say(began, &format!("{end} grants, {} refresh tokens", first_token(end)));
            }
        }
        Ok(())
    }

    fn grant(&self, family: u64) -> Result<GrantRecord> {
        let person = chance(family) % self.users;
        let object_id = object_id(person);
        let started_at = self.now - age(family);
        let (client_id, policy, platform) = match is_of_webapp(family) {
            true => (WEBAPP, FLOW, Platform::Web),
            false => (PHONE, PASSWORD_FLOW, Platform::PublicClient),
        };
        let body = GrantBody {
            issued: issued(person, &object_id, started_at),
            origin: format!("https://{HOST}"),
            scopes: SCOPE.split(' ').map(str::to_owned).collect(),
            auth_time: started_at / 1000,
            nonce: Some("a-nonce-of-the-load-program".to_owned()),
            userinfo_claims: Vec::new(),
            id_token_claims: Vec::new(),
            policy: policy.to_owned(),
            started_at,
            platform,
            obtained: None,
        };
        Ok(GrantRecord {
            id: Random::seeded(GRANTS + family).uuid(),
            tenant: self.tenant.to_owned(),
            client_id: client_id.to_owned(),
            object_id,
            policy: policy.to_owned(),
            body: serde_json::to_string(&body)?,
            created_at: started_at,
            revoked_at: None,
        })
    }

    /// The token at this position in its family. Each one except the last was used when the next was issued. The
    /// successors stored for the used ones are swept after a minute.
    fn token(&self, grant: &GrantRecord, family: u64, place: u64) -> RefreshRecord {
        let used = place + 1 < size(family);
        let issued_at = self.now - age(family) + given_after(family, place);
        RefreshRecord {
            hash: sha256_base64url(text(first_token(family) + place).as_bytes()),
            tenant: self.tenant.to_owned(),
            grant_id: grant.id.clone(),
            issued_at,
            expires_at: issued_at + LIFE,
            used_at: used.then(|| self.now - age(family) + given_after(family, place + 1)),
        }
    }
}

fn issued(person: u64, object_id: &str, signed_in_at: i64) -> Issued {
    let text = |text: &str| Value::Text(text.to_owned());
    let (name, address) = (format!("Person {person}"), address(person));
    let emails = Value::List(vec![address.clone()]);
    let claims =
        [("sub", text(object_id)), ("name", text(&name)), ("emails", emails.clone()), ("oid", text(object_id))];
    let bag = [
        ("accountenabled", Value::Bool(true)),
        ("authenticationsource", text("localAccountAuthentication")),
        ("displayname", text(&name)),
        ("email", text(&address)),
        ("emails", emails),
        ("forcechangepasswordnextsignin", Value::Bool(false)),
        ("givenname", text("Person")),
        ("objectid", text(object_id)),
    ];
    Issued {
        claims: claims.map(|(name, value)| (name.to_owned(), value)).into(),
        subject: Some(object_id.to_owned()),
        object_id: Some(object_id.to_owned()),
        bag: BTreeMap::from(bag.map(|(name, value)| (name.to_owned(), value))),
        interactive: true,
        signed_in_at: Some(signed_in_at),
    }
}

/// The number of families that have at least this many refresh tokens together.
pub(crate) fn families(refresh_tokens: u64) -> u64 {
    let round = refresh_tokens / ROUND * SIZES;
    (round..).find(|family| first_token(*family) >= refresh_tokens).unwrap_or(round)
}

/// The unused refresh token of a family, if it belongs to the web application and is valid for at least another hour.
pub(crate) fn unused(family: u64) -> Option<String> {
    let last = size(family) - 1;
    let left = LIFE + given_after(family, last) - age(family);
    (is_of_webapp(family) && left > DAY / 24).then(|| text(first_token(family) + last))
}

fn size(family: u64) -> u64 {
    family % SIZES + 1
}

/// The number of tokens in all earlier families.
fn first_token(family: u64) -> u64 {
    let rest = family % SIZES;
    family / SIZES * ROUND + rest * (rest + 1) / 2
}

fn text(token: u64) -> String {
    Random::seeded(TOKENS + token).token()
}

fn is_of_webapp(family: u64) -> bool {
    chance(family) >> 32 & 3 != 0
}

/// The age of the family, in milliseconds.
fn age(family: u64) -> i64 {
    (chance(family) >> 16) as i64 % OLDEST
}

/// When the token at this position was issued, in milliseconds after the family began.
fn given_after(family: u64, place: u64) -> i64 {
    age(family) * place as i64 / size(family) as i64
}

fn chance(family: u64) -> u64 {
    u64::from_be_bytes(Random::seeded(CHANCES + family).bytes())
}
