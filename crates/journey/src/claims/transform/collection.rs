//! Transformations of string collections.

use super::{Call, Denied, Value, Yield, nothing, one};

pub(super) fn add_item(call: &Call<'_>) -> Result<Yield, Denied> {
    match call.input("item") {
        Some(item) => one("collection", Value::List(with(call.list("collection"), item.text()))),
        None => nothing(),
    }
}

pub(super) fn add_parameter(call: &Call<'_>) -> Result<Yield, Denied> {
    one("collection", Value::List(with(call.list("collection"), call.param("item").to_owned())))
}

/// Each item once.
fn with(mut items: Vec<String>, item: String) -> Vec<String> {
    if !item.is_empty() && !items.contains(&item) {
        items.push(item);
    }
    items
}

pub(super) fn single(call: &Call<'_>) -> Result<Yield, Denied> {
    match call.list("collection").into_iter().next() {
        Some(first) => one("extractedItem", Value::Text(first)),
        None => nothing(),
    }
}

pub(super) fn contains(call: &Call<'_>) -> Result<Yield, Denied> {
    let found = call.list("inputClaim").iter().any(|item| call.same(item, call.param("item")));
    one("outputClaim", Value::Bool(found))
}

pub(super) fn contains_claim(call: &Call<'_>) -> Result<Yield, Denied> {
    let wanted = call.text("item");
    let found = call.list("collection").iter().any(|item| call.same(item, &wanted));
    one("outputClaim", Value::Bool(found))
}

pub(super) fn join(call: &Call<'_>) -> Result<Yield, Denied> {
    one("outputClaim", Value::Text(call.list("inputClaim").join(call.param("delimiter"))))
}

pub(super) fn split(call: &Call<'_>) -> Result<Yield, Denied> {
    let text = call.text("inputClaim");
    let delimiter = call.param("delimiter");
    let parts = if delimiter.is_empty() { vec![text.as_str()] } else { text.split(delimiter).collect() };
    one("outputClaim", Value::List(parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect()))
}
