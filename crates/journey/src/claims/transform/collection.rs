//! String collection transformations.

use super::table::{BOOLEAN, COLLECTION, Page, Row, STRING, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};

// For AddItemToStringCollection and AddParameterToStringCollection, the tables of the reference say `Element`, but its
// examples and all policies say `item`.
#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::TextCollection;
    AddItemToStringCollection [claim("item", STRING), claim("collection", COLLECTION)] []
        => [maybe("collection", COLLECTION)], add_item;
    AddParameterToStringCollection [claim("collection", COLLECTION)] [param("item", STRING).needed()]
        => [maybe("collection", COLLECTION)], add_parameter;
    GetSingleItemFromStringCollection [claim("collection", COLLECTION)] []
        => [maybe("extractedItem", STRING)], single;
    StringCollectionContains [claim("inputClaim", COLLECTION)]
        [param("item", STRING).needed(), param("ignoreCase", STRING)]
        => [maybe("outputClaim", BOOLEAN)], contains;
    StringCollectionContainsClaim [claim("collection", COLLECTION), claim("item", STRING)]
        [param("ignoreCase", STRING)]
        => [maybe("outputClaim", BOOLEAN)], contains_claim;
};

fn add_item(call: &Call<'_>) -> Result<Yield, Fault> {
    add(call, call.input("item").map(Value::text))
}

fn add_parameter(call: &Call<'_>) -> Result<Yield, Fault> {
    add(call, Some(call.param("item").to_owned()))
}

/// The collection with the item appended, without duplicates. Without an item, the collection is copied.
fn add(call: &Call<'_>, item: Option<String>) -> Result<Yield, Fault> {
    let mut items: Vec<String> = Vec::new();
    for item in call.list("collection").into_iter().chain(item.filter(|item| !item.is_empty())) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    if items.is_empty() { nothing() } else { one("collection", Value::List(items)) }
}

fn single(call: &Call<'_>) -> Result<Yield, Fault> {
    call.list("collection").into_iter().next().map_or_else(nothing, |first| one("extractedItem", Value::Text(first)))
}

fn contains(call: &Call<'_>) -> Result<Yield, Fault> {
    let found = call.list("inputClaim").iter().any(|item| call.same(item, call.param("item")));
    one("outputClaim", Value::Bool(found))
}

fn contains_claim(call: &Call<'_>) -> Result<Yield, Fault> {
    let wanted = call.input("item").map(Value::text);
    let found = wanted.is_some_and(|wanted| call.list("collection").iter().any(|item| call.same(item, &wanted)));
    one("outputClaim", Value::Bool(found))
}
