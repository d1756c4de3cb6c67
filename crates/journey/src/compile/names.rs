//! What the merged policy defines, by kind: what references may name.

use super::key;
use crate::policy::model::Id;
use crate::xml::Element;
use std::collections::BTreeMap;

/// Lower-case id → id as written.
pub(super) type Known = BTreeMap<Id, String>;

/// All that has an id.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) claims: Known,
    pub(super) transformations: Known,
    pub(super) predicates: Known,
    pub(super) predicate_validations: Known,
    pub(super) contents: Known,
    pub(super) resources: Known,
    pub(super) controls: Known,
    pub(super) profiles: Known,
    pub(super) journeys: Known,
    pub(super) sub_journeys: Known,
}

impl Names {
    pub(super) fn of(root: &Element) -> Self {
        let blocks = |list: &str| known(root.child("BuildingBlocks").and_then(|blocks| blocks.child(list)));
        Self {
            claims: blocks("ClaimsSchema"),
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
