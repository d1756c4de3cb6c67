//! Examples of every method, Microsoft's own first: the inputs, and the outputs or the error.

mod boolean;
mod collection;
mod date;
mod general;
mod integer;
mod json;
mod phone_number;
mod string;

use super::table::ANY;
use super::{Call, Fault, Row, Value, Yield, method, methods};
use crate::Secret;
use crate::policy::model::InputParameter;
use std::collections::BTreeMap;

/// One call of a method with its expected result.
#[derive(Debug)]
pub(super) struct Example {
    method: &'static str,
    inputs: Vec<(&'static str, Value)>,
    params: Vec<(&'static str, &'static str)>,
    yields: Vec<(&'static str, Option<Value>)>,
    unset: Vec<&'static str>,
    fault: Option<&'static str>,
}

/// An example of this method. By default it expects no output.
pub(super) fn example(method: &'static str) -> Example {
    Example { method, inputs: Vec::new(), params: Vec::new(), yields: Vec::new(), unset: Vec::new(), fault: None }
}

impl Example {
    /// An input claim with a value.
    fn claim(mut self, kind: &'static str, value: impl Into<Value>) -> Self {
        self.inputs.push((kind, value.into()));
        self
    }

    /// An input parameter.
    fn param(mut self, id: &'static str, value: &'static str) -> Self {
        self.params.push((id, value));
        self
    }

    /// Expects the method to set this output claim.
    fn yields(mut self, kind: &'static str, value: impl Into<Value>) -> Self {
        self.yields.push((kind, Some(value.into())));
        self
    }

    /// Expects the method to leave this listed output claim unchanged.
    fn leaves(mut self, kind: &'static str) -> Self {
        self.unset.push(kind);
        self
    }

    /// Expects the method to clear this output claim.
    fn clears(mut self, kind: &'static str) -> Self {
        self.yields.push((kind, None));
        self
    }

    /// Expects the message with this string id.
    fn denied(mut self, sentence: &'static str) -> Self {
        self.fault = Some(sentence);
        self
    }

    /// Expects an error that B2C reports as an exception.
    fn broken(mut self) -> Self {
        self.fault = Some("");
        self
    }

    fn check(&self) {
        let got = self.run();
        match (self.fault, &got) {
            (Some(""), Err(Fault::Broken(_))) => {}
            (Some(sentence), Err(Fault::Denied(id))) if sentence == *id => {}
            (None, Ok(outputs)) if of(outputs) == self.expected() => {}
            _ => panic!("{self:?}\ngave {got:?}"),
        }
    }

    fn expected(&self) -> BTreeMap<&str, Option<&Value>> {
        self.yields.iter().map(|(kind, value)| (*kind, value.as_ref())).collect()
    }

    fn run(&self) -> Result<Yield, Fault> {
        let row = method(self.method).unwrap_or_else(|| panic!("no method {}", self.method));
        self.is_allowed_by(row);
        let params = self.params.iter().map(|(id, value)| parameter(row, id, value)).collect::<Vec<_>>();
        let secret = Secret::new("12345");
        let call = Call {
            inputs: self.inputs.iter().map(|(kind, value)| (*kind, Some(value))).collect(),
            params: &params,
            outputs: self.yields.iter().map(|(kind, _)| *kind).chain(self.unset.iter().copied()).collect(),
            secret: row.key().map(|_| &secret),
            now: NOW,
            random: [7; 32],
        };
        (row.run)(&call)
    }

    /// Checks that the table of methods has the names that the example uses.
    fn is_allowed_by(&self, row: &Row) {
        for (kind, _) in &self.inputs {
            assert!(row.input(kind).is_some(), "{}: input {kind}", row.name);
        }
        for (id, _) in &self.params {
            assert!(row.parameter(id).is_some(), "{}: parameter {id}", row.name);
        }
        for (kind, _) in &self.yields {
            assert!(row.output(kind).is_some(), "{}: output {kind}", row.name);
        }
    }
}

/// A parameter of the first type that the method accepts for it; `id:type` selects another type.
fn parameter(row: &Row, id: &str, value: &str) -> InputParameter {
    let (id, data_type) = id.split_once(':').unwrap_or((id, ""));
    let usual = || row.parameter(id).and_then(|known| known.types.split(' ').next()).unwrap_or_default();
    let data_type = if data_type.is_empty() { usual() } else { data_type };
    InputParameter { id: id.to_owned(), data_type: data_type.to_owned(), value: value.to_owned() }
}

/// 2022-01-14T11:40:35Z
const NOW: i64 = 1_642_160_435_000;

fn of(outputs: &Yield) -> BTreeMap<&str, Option<&Value>> {
    outputs.iter().map(|(kind, value)| (kind.as_str(), value.as_ref())).collect()
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| (*item).to_owned()).collect())
}

fn all() -> Vec<Example> {
    let first = [boolean::all, collection::all, date::all, general::all];
    let others = [integer::all, json::all, phone_number::all, string::all];
    first.iter().chain(&others).flat_map(|page| page()).collect()
}

#[test]
fn every_example_gives_what_b2c_gives() {
    all().iter().for_each(Example::check);
}

#[test]
fn every_method_has_an_example_and_a_place_in_the_reference() {
    let examples = all();
    for row in methods() {
        assert!(examples.iter().any(|example| example.method == row.name), "{} has no example", row.name);
        assert!(row.url().is_some() || row.name == "ConvertStringToNumberClaim", "{} has no page", row.name);
    }
}

#[test]
fn nothing_given_and_nonsense_break_no_method() {
    for row in methods() {
        let call = Call { inputs: Vec::new(), params: &[], outputs: Vec::new(), secret: None, now: 0, random: [0; 32] };
        let _ = (row.run)(&call);
        let odd = Value::from("é{");
        let inputs = row.inputs.iter().map(|operand| (operand.name, Some(&odd))).collect();
        for text in ["99999999999999999999", "-1", "{1", "[", ""] {
            let named = row.params.iter().filter(|parameter| parameter.name != ANY);
            let params = named.map(|named| parameter(row, named.name, text)).collect::<Vec<_>>();
            let (inputs, outputs) = (Vec::clone(&inputs), vec!["claim"]);
            let call = Call { inputs, params: &params, outputs, secret: None, now: 0, random: [0; 32] };
            let _ = (row.run)(&call);
        }
    }
}
