//! Reads forms as browsers post them without our script.

use std::collections::BTreeMap;
use vestibule_journey::event::Form;

/// The parts of a date (`DateTimeDropdown`), by the suffixes of their names.
const DATE_PARTS: [&str; 3] = ["_year", "_month", "_day"];

/// Makes one value per claim from the pairs of a posted form. A repeated name (ticked boxes) becomes one value
/// separated by commas, and `X_year`, `X_month`, `X_day` become `X` as `yyyy-mm-dd`. A date with no part chosen is
/// empty; a date with some parts missing becomes an invalid value, so that it is rejected rather than lost. A form
/// posted by our script passes through unchanged.
#[must_use]
pub fn form_values<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Form {
    let mut form = Form::new();
    for (name, value) in pairs {
        form.entry(name.to_owned())
            .and_modify(|known: &mut String| {
                known.push(',');
                known.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    let dates: Vec<String> =
        form.keys().filter_map(|name| name.strip_suffix(DATE_PARTS[0])).map(str::to_owned).collect();
    for claim in dates {
        join_date(&mut form, &claim);
    }
    form
}

fn join_date(form: &mut BTreeMap<String, String>, claim: &str) {
    let names = DATE_PARTS.map(|part| format!("{claim}{part}"));
    if !names.iter().all(|name| form.contains_key(name)) {
        return;
    }
    let [year, month, day] = names.map(|name| form.remove(&name).unwrap_or_default());
    let parts = [&year, &month, &day];
    let date = if parts.iter().all(|part| part.is_empty()) {
        String::new()
    } else if parts.iter().any(|part| part.is_empty()) {
        format!("{year}-{month}-{day}")
    } else {
        format!("{year:0>4}-{month:0>2}-{day:0>2}")
    };
    form.insert(claim.to_owned(), date);
}
