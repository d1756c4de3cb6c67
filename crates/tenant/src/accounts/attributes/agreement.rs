//! Tests that the attribute table used for checking policies agrees with the directory.

use super::{Changes, IMMUTABLE, INERT, STORED};
use crate::accounts::UserError;
use vestibule_journey::world::attributes::{Ability, AttributeUse, ability, attributes};
use vestibule_journey::{Attributes, Value};

fn is_known<T>(outcome: &Result<T, UserError>) -> bool {
    !matches!(outcome, Err(UserError::Unsupported(_)))
}

#[test]
fn what_policies_may_write_or_clear_the_directory_writes_and_clears() {
    for name in attributes() {
        let written = Changes::read(&Attributes::from([(name.to_owned(), Value::from("x"))]), &[]);
        assert_eq!(is_known(&written), ability(name, AttributeUse::Write) == Ability::Able, "{name} is written");
        let cleared = Changes::clear(&[name.to_owned()]);
        assert_eq!(is_known(&cleared), ability(name, AttributeUse::Clear) == Ability::Able, "{name} is cleared");
    }
}

#[test]
fn policies_may_write_every_attribute_of_the_directory() {
    let all = STORED.iter().map(|(name, _)| *name).chain(INERT).chain(IMMUTABLE);
    for name in all.chain(["extension_Team", "extension_0123456789abcdef0123456789abcdef_Team"]) {
        assert_eq!(ability(name, AttributeUse::Write), Ability::Able, "{name}");
    }
}
