//! <https://learn.microsoft.com/azure/active-directory-b2c/stringcollection-transformations>

use super::{Example, Value, example, list};

#[rustfmt::skip]
pub(super) fn all() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let mails = || list(&["someone@outlook.com"]);
    let roles = || list(&["reader", "author", "admin"]);
    vec![
        example("AddItemToStringCollection").claim("item", "admin@contoso.com").claim("collection", mails()).yields("collection", list(&["someone@outlook.com", "admin@contoso.com"])),
        example("AddItemToStringCollection").claim("item", "someone@outlook.com").claim("collection", mails()).yields("collection", mails()),
        example("AddItemToStringCollection").claim("item", "admin@contoso.com").yields("collection", list(&["admin@contoso.com"])),
        example("AddItemToStringCollection").claim("collection", mails()).yields("collection", mails()),
        example("AddItemToStringCollection"),
        example("AddParameterToStringCollection").claim("collection", mails()).param("item", "admin@contoso.com").yields("collection", list(&["someone@outlook.com", "admin@contoso.com"])),
        example("AddParameterToStringCollection").param("item", "admin@contoso.com").yields("collection", list(&["admin@contoso.com"])),
        example("GetSingleItemFromStringCollection").claim("collection", list(&["someone@outlook.com", "someone@contoso.com"])).yields("extractedItem", "someone@outlook.com"),
        example("GetSingleItemFromStringCollection").claim("collection", list(&[])),
        example("StringCollectionContains").claim("inputClaim", roles()).param("item", "Admin").param("ignoreCase", "true").yields("outputClaim", yes.clone()),
        example("StringCollectionContains").claim("inputClaim", roles()).param("item", "Admin").yields("outputClaim", no.clone()),
        example("StringCollectionContains").param("item", "Admin").yields("outputClaim", no.clone()),
        example("StringCollectionContainsClaim").claim("collection", roles()).claim("item", "Admin").param("ignoreCase", "true").yields("outputClaim", yes),
        example("StringCollectionContainsClaim").claim("collection", roles()).claim("item", "Admin").param("ignoreCase", "false").yields("outputClaim", no.clone()),
        example("StringCollectionContainsClaim").claim("collection", list(&[""])).yields("outputClaim", no),
    ]
}
