//! The users of the tenant under load, as the server would store them.

use anyhow::{Result, anyhow};
use argon2::Params;
use serde_json::json;
use vestibule_store::{IdentityRecord, UserRecord};
use vestibule_tenant::accounts::identity;
use vestibule_tenant::clock::Random;

/// The password of every user.
pub(crate) const PASSWORD: &str = "Kite-over-Harbour-7";
/// The number of different hashes of the password; each user has one of them.
const HASHES: u64 = 16;

/// The cost of a password hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// The cost in production.
    Whole,
    /// Next to nothing.
    Cheap,
}

impl Cost {
    /// Memory in KiB, and passes; the number of lanes is one.
    pub(crate) fn numbers(self) -> (u32, u32) {
        match self {
            Self::Whole => (19 * 1024, 2),
            Self::Cheap => (8, 1),
        }
    }
}

/// Creates users; the same number gives the same user.
pub(crate) struct People {
    tenant: String,
    now: i64,
    /// Ordered by cost.
    hashes: Vec<Vec<String>>,
}

impl People {
    /// Users of the tenant with this id, all created at `now` (milliseconds). Their passwords are hashed at these costs
    /// in turn.
    pub(crate) fn new(tenant: &str, now: i64, costs: &[Cost]) -> Result<Self> {
        let of_cost = |cost: &Cost| {
            let (memory_kib, passes) = cost.numbers();
            let params = Params::new(memory_kib, passes, 1, None)?;
            let mut workspace = vestibule_argon2::Workspace::default();
            let hash = |number: u64| {
                let salt: [u8; 16] = Random::seeded(number).bytes();
                vestibule_argon2::hash(&mut workspace, PASSWORD.as_bytes(), &salt, &params)
                    .map_err(|error| anyhow!("{error}"))
            };
            (0..HASHES).map(hash).collect::<Result<Vec<_>>>()
        };
        let hashes = costs.iter().map(of_cost).collect::<Result<_>>()?;
        Ok(Self { tenant: tenant.to_owned(), now, hashes })
    }

    /// The user with this number, and the address to sign in with.
    pub(crate) fn person(&self, number: u64) -> Result<(UserRecord, IdentityRecord)> {
        let object_id = object_id(number);
        let name = identity::email(&address(number)).ok_or_else(|| anyhow!("no address"))?;
        let costs = self.hashes.len() as u64;
        let hash = self.hashes.get((number % costs) as usize).and_then(|of| of.get((number / costs % HASHES) as usize));
        let attributes = json!({ "displayName": format!("Person {number}"), "givenName": "Person" });
        let user = UserRecord {
            tenant: self.tenant.clone(),
            object_id: object_id.clone(),
            body: json!({ "attributes": attributes }).to_string(),
            password_hash: hash.cloned(),
            force_change: false,
            enabled: true,
            valid_from: self.now,
            created_at: self.now,
            updated_at: self.now,
            version: 1,
        };
        let identity = IdentityRecord {
            tenant: self.tenant.clone(),
            issuer: String::new(),
            kind: name.kind,
            value_key: name.key,
            value: name.typed,
            object_id,
        };
        Ok((user, identity))
    }

    /// The users with these numbers.
    pub(crate) fn several(&self, numbers: std::ops::Range<u64>) -> Result<(Vec<UserRecord>, Vec<IdentityRecord>)> {
        numbers.map(|number| self.person(number)).collect::<Result<Vec<_>>>().map(|all| all.into_iter().unzip())
    }
}

/// The sign-in address of the user with this number.
pub(crate) fn address(number: u64) -> String {
    format!("person{number}@contoso.test")
}

/// The object id of the user with this number.
pub(crate) fn object_id(number: u64) -> String {
    Random::seeded(number).uuid()
}
