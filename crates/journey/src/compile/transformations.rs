//! Claims transformations: methods, and the claims and parameters they take.

use super::read::To;
use super::{Compiler, key};
use crate::claims::resolver;
use crate::claims::transform::table::{ANY, Operand};
use crate::claims::transform::{self, FOREIGN, Row};
use crate::policy::model::{Id, InputParameter, Transformation};
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

impl Compiler<'_> {
    pub(crate) fn transformations(&mut self) -> BTreeMap<Id, Transformation> {
        self.blocks("ClaimsTransformations", "ClaimsTransformation")
            .into_iter()
            .filter_map(|element| Some((key(element), self.transformation(element)?)))
            .collect()
    }

    /// Returns `None` also for an unsupported method of the language, which is reported only where it is used.
    fn transformation(&mut self, element: &Element) -> Option<Transformation> {
        self.needed(element, "Id")?;
        let name = self.needed(element, "TransformationMethod")?;
        let Some(method) = transform::method(name) else {
            if !FOREIGN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let known = transform::methods().map(|row| row.name).chain(FOREIGN.iter().copied());
                self.report.unknown(element.place, "transformation method", name, known);
            }
            return None;
        };
        let inputs = self.transformed(element, "InputClaims", method, Row::input);
        let outputs = self.transformed(element, "OutputClaims", method, Row::output);
        let params = self.params(element);
        self.check_operands(element, method);
        Some(Transformation { method, inputs, params, outputs })
    }

    /// The claims of a list, each with its transformation claim type. If the attribute is missing and the method takes
    /// any name, the claim's id is used.
    fn transformed(&mut self, element: &Element, list: &str, method: &Row, operand: Find) -> Vec<(String, Id)> {
        let Some(list) = element.child(list) else { return Vec::new() };
        let mut claims = Vec::new();
        for entry in &list.children {
            let claim = self.reference(entry, "ClaimTypeReferenceId", To::CLAIM);
            let own = entry.attr("ClaimTypeReferenceId").filter(|_| operand(method, ANY).is_some());
            let kind = entry.attr("TransformationClaimType").filter(|kind| !kind.is_empty()).or(own);
            let Some(kind) = kind.or_else(|| self.needed(entry, "TransformationClaimType")) else { continue };
            claims.extend(claim.map(|claim| (kind.to_owned(), claim)));
        }
        claims
    }

    fn params(&mut self, element: &Element) -> Vec<InputParameter> {
        let Some(list) = element.child("InputParameters") else { return Vec::new() };
        let mut params = Vec::new();
        for entry in &list.children {
            let Some(id) = self.needed(entry, "Id") else { continue };
            let value = self.verbatim(entry, entry.attr("Value").unwrap_or_default());
            let data_type = entry.attr("DataType").unwrap_or("string").to_owned();
            params.push(InputParameter { id: id.to_owned(), data_type, value });
        }
        params
    }

    /// The value of a parameter, in which only the expressions of claims transformations are filled in.
    fn verbatim(&mut self, entry: &Element, value: &str) -> String {
        for name in resolver::names(value).iter().filter(|name| !resolver::is_expression(name)) {
            let message =
                format!("parameters are passed as written: the claims resolver {{{name}}} is not filled in here");
            self.report.warning(Code::Resolver, entry.place, message);
        }
        value.to_owned()
    }
}

/// Finds an operand of a method: [`Row::input`] or [`Row::output`].
type Find = fn(&Row, &str) -> Option<&'static Operand>;
