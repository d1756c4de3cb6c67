//! The users of the standard test tenant.

use vestibule_journey::Value;
pub(crate) use vestibule_journey::testing::{Memory, START as NOW};

/// Sign-in name, object id, password, more attributes.
type Person<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);

pub(crate) trait People: Sized {
    fn with(users: &[Person<'_>]) -> Self;
    /// The standard test tenant: Ann and Bob.
    fn ann_and_bob() -> Self;
    fn set(&mut self, id: &str, attribute: &str, value: Value);
    fn password(&mut self, id: &str) -> String;
}

impl People for Memory {
    fn with(users: &[Person<'_>]) -> Self {
        let mut world = Self::new();
        for (name, id, password, more) in users {
            let more: Vec<(&str, Value)> = more.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
            world.add(id, name, password, &more);
        }
        world
    }

    fn ann_and_bob() -> Self {
        let ann = [("displayName", "Ann Example"), ("givenName", "Ann"), ("surname", "Example"), ("city", "Bonn")];
        Self::with(&[
            ("ann@contoso.test", "ann-id", "Ann-likes-tea-1", &ann),
            ("bob@contoso.test", "bob-id", "Bob-likes-rain-2", &[("displayName", "Bob Example")]),
        ])
    }

    fn set(&mut self, id: &str, attribute: &str, value: Value) {
        self.by_id(id).insert(attribute.to_owned(), value);
    }

    fn password(&mut self, id: &str) -> String {
        self.by_id(id)["password"].text()
    }
}
