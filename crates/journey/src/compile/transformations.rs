//! Claims transformations: methods, and the claims and parameters they take.

use super::read::To;
use super::report::suggestion;
use super::{Compiler, key};
use crate::claims::transform::{self, FOREIGN, METHODS, Row};
use crate::policy::model::{Id, Transformation};
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

    /// None also for a method of the language that we do not have: it is reported only where it is used.
    fn transformation(&mut self, element: &Element) -> Option<Transformation> {
        self.needed(element, "Id")?;
        let name = self.needed(element, "TransformationMethod")?;
        let Some(method) = transform::method(name) else {
            if !FOREIGN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let known = METHODS.iter().map(|row| row.name).chain(FOREIGN.iter().copied());
                self.report.unknown(element.place, "transformation method", name, known);
            }
            return None;
        };
        let inputs = self.transformed(element, "InputClaims", method, method.inputs);
        let outputs = self.transformed(element, "OutputClaims", method, method.outputs);
        let params = self.params(element, method);
        Some(Transformation { method, inputs, params, outputs })
    }

    fn transformed(&mut self, element: &Element, list: &str, method: &Row, known: &str) -> Vec<(String, Id)> {
        let Some(list) = element.child(list) else { return Vec::new() };
        let mut claims = Vec::new();
        for entry in &list.children {
            let claim = self.reference(entry, "ClaimTypeReferenceId", To::CLAIM);
            let Some(kind) = self.needed(entry, "TransformationClaimType") else { continue };
            self.known_word(entry, method, "claim", kind, known);
            claims.extend(claim.map(|claim| (kind.to_ascii_lowercase(), claim)));
        }
        claims
    }

    fn params(&mut self, element: &Element, method: &Row) -> BTreeMap<String, String> {
        let Some(list) = element.child("InputParameters") else { return BTreeMap::new() };
        let mut params = BTreeMap::new();
        for entry in &list.children {
            let Some(id) = self.needed(entry, "Id") else { continue };
            self.known_word(entry, method, "parameter", id, method.params);
            let value = entry.attr("Value").unwrap_or_default();
            params.insert(id.to_ascii_lowercase(), self.resolvable(entry, value));
        }
        params
    }

    /// Warn of a word that the method does not know.
    fn known_word(&mut self, entry: &Element, method: &Row, what: &str, word: &str, known: &str) {
        if known != "*" && !known.split(' ').any(|known| known.eq_ignore_ascii_case(word)) {
            let near = suggestion(word, known.split(' '));
            self.report.warning(Code::Operand, entry.place, format!("{} takes no {what} {word}{near}", method.name));
        }
    }
}
