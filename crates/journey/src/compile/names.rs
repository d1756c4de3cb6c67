//! The definitions of the merged policy that references may name, by kind.

use super::key;
use crate::policy::model::Id;
use crate::xml::Element;
use std::collections::BTreeMap;

/// Lower-case id → id as written.
pub(crate) type Known = BTreeMap<Id, String>;

/// All definitions that have an id.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) claims: Known,
    /// Claim types and their DataType as written.
    pub(crate) types: BTreeMap<Id, String>,
    pub(crate) transformations: Known,
    pub(crate) predicates: Known,
    pub(crate) predicate_validations: Known,
    pub(crate) contents: Known,
    pub(crate) resources: Known,
    pub(crate) controls: Known,
    pub(crate) profiles: Known,
    pub(crate) journeys: Known,
    pub(crate) sub_journeys: Known,
}

impl Names {
    pub(crate) fn of(root: &Element) -> Self {
        let blocks = |list: &str| known(root.child("BuildingBlocks").and_then(|blocks| blocks.child(list)));
        Self {
            claims: blocks("ClaimsSchema"),
            types: types(root.child("BuildingBlocks").and_then(|blocks| blocks.child("ClaimsSchema"))),
            transformations: blocks("ClaimsTransformations"),
            predicates: blocks("Predicates"),
            predicate_validations: blocks("PredicateValidations"),
            contents: blocks("ContentDefinitions"),
            resources: blocks("Localization"),
            controls: blocks("DisplayControls"),
            profiles: known(root.child("TechnicalProfiles")),
            journeys: known(root.child("UserJourneys")),
            sub_journeys: known(root.child("SubJourneys")),
        }
    }
}

fn known(list: Option<&Element>) -> Known {
    let named = list.into_iter().flat_map(|list| &list.children).filter(|child| child.attr("Id").is_some());
    named.map(|child| (key(child), child.attr("Id").unwrap_or_default().to_owned())).collect()
}

fn types(list: Option<&Element>) -> BTreeMap<Id, String> {
    let all = list.into_iter().flat_map(|list| &list.children);
    all.filter_map(|claim| Some((key(claim), claim.child_text("DataType")?.to_owned()))).collect()
}
