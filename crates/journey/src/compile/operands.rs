//! Checks that a claims transformation has the claims and parameters of its method. Azure AD B2C does so at the upload
//! and rejects a policy in which one is missing, unknown or of another type.

use super::Compiler;
use super::report::suggestion;
use crate::claims::transform::Row;
use crate::claims::transform::table::{ANY, Operand, Parameter};
use crate::policy::model::id;
use crate::problem::Code;
use crate::xml::Element;

impl Compiler<'_> {
    /// Report every claim and parameter that does not fit the method.
    pub(crate) fn check_operands(&mut self, element: &Element, method: &'static Row) {
        self.check_claims_of(element, method, "InputClaims", "input", method.inputs);
        self.check_claims_of(element, method, "OutputClaims", "output", method.outputs);
        self.check_parameters(element, method);
    }

    fn check_claims_of(
        &mut self,
        element: &Element,
        method: &'static Row,
        list: &str,
        what: &str,
        operands: &'static [Operand],
    ) {
        let entries = || element.child(list).into_iter().flat_map(|list| &list.children);
        for entry in entries() {
            let Some(name) = name_of(entry, operands) else { continue };
            match operand(operands, name) {
                Some(operand) => self.check_type(entry, method, what, name, operand.types),
                None => {
                    let near = suggestion(name, operands.iter().map(|operand| operand.name));
                    let message = format!("{} takes no {what} claim {name}{near}", method.name);
                    self.report.error(Code::Operand, entry.place, message);
                }
            }
        }
        let has = |operand: &Operand| {
            let is_it = |entry| name_of(entry, operands).is_some_and(|name| name.eq_ignore_ascii_case(operand.name));
            operand.name == ANY || entries().any(is_it)
        };
        for missing in operands.iter().filter(|operand| operand.required && !has(operand)) {
            let place = element.child(list).map_or(element.place, |list| list.place);
            let message = format!(
                "{} needs an {what} claim with the TransformationClaimType {} of type {}",
                method.name,
                missing.name,
                missing.types.replace(' ', " or ")
            );
            self.report.error(Code::Operand, place, message);
        }
    }

    fn check_type(&mut self, entry: &Element, method: &Row, what: &str, name: &str, types: &str) {
        let Some(claim) = entry.attr("ClaimTypeReferenceId").filter(|claim| self.names.claims.contains_key(&id(claim)))
        else {
            return;
        };
        let own = self.names.types.get(&id(claim)).map_or("string", String::as_str);
        if types == ANY || types.split(' ').any(|known| known == own) {
            return;
        }
        let message = format!(
            "the {what} claim {name} of {} must be of type {}, but {claim} is of type {own}",
            method.name,
            types.replace(' ', " or ")
        );
        self.report.error(Code::Operand, entry.place, message);
    }

    fn check_parameters(&mut self, element: &Element, method: &'static Row) {
        let entries = || element.list("InputParameters", "InputParameter");
        for entry in entries() {
            let Some(name) = entry.attr("Id") else { continue };
            match method.parameter(name) {
                Some(parameter) => self.check_parameter(entry, method, name, parameter),
                None => {
                    let near = suggestion(name, method.params.iter().map(|parameter| parameter.name));
                    let message = format!("{} takes no parameter {name}{near}", method.name);
                    self.report.error(Code::Operand, entry.place, message);
                }
            }
        }
        let has = |parameter: &Parameter| {
            let is_it =
                |entry: &Element| entry.attr("Id").is_some_and(|name| name.eq_ignore_ascii_case(parameter.name));
            parameter.name == ANY || entries().any(is_it)
        };
        for missing in method.params.iter().filter(|parameter| parameter.required && !has(parameter)) {
            let place = element.child("InputParameters").map_or(element.place, |list| list.place);
            let message = format!("{} needs the parameter {}", method.name, missing.name);
            self.report.error(Code::Operand, place, message);
        }
    }

    fn check_parameter(&mut self, entry: &Element, method: &Row, name: &str, parameter: &Parameter) {
        let own = entry.attr("DataType").unwrap_or("string");
        if parameter.types != ANY && !parameter.types.split(' ').any(|known| known == own) {
            let types = parameter.types.replace(' ', " or ");
            let message = format!("the parameter {name} of {} must be of type {types}, not {own}", method.name);
            self.report.error(Code::Operand, entry.place, message);
        }
        let value = entry.attr("Value").unwrap_or_default();
        let known = parameter.values.iter().any(|known| known.eq_ignore_ascii_case(value));
        if !parameter.values.is_empty() && !known && !value.contains('{') {
            let near = suggestion(value, parameter.values.iter().copied());
            let hint = if near.is_empty() { format!("; it is one of {}", parameter.values.join(", ")) } else { near };
            self.report.error(
                Code::Operand,
                entry.place,
                format!("{name} of {} cannot be {value:?}{hint}", method.name),
            );
        }
    }
}

/// The name by which a claim is an operand: its TransformationClaimType; without one the claim's id, where the method
/// takes any name.
fn name_of<'e>(entry: &'e Element, operands: &[Operand]) -> Option<&'e str> {
    let own = || entry.attr("ClaimTypeReferenceId").filter(|_| operands.iter().any(|operand| operand.name == ANY));
    entry.attr("TransformationClaimType").filter(|name| !name.is_empty()).or_else(own)
}

/// The operand of exactly this name, in any case; failing that, the one for any name.
fn operand(operands: &'static [Operand], name: &str) -> Option<&'static Operand> {
    let exact = operands.iter().find(|operand| operand.name.eq_ignore_ascii_case(name));
    exact.or_else(|| operands.iter().find(|operand| operand.name == ANY))
}
