//! Merges a child policy into its parent, element by element, as a table of rules says.

use crate::xml::Element;

/// The way in which an element's content merges with the same element of the parent.
enum Rule {
    /// The child's element replaces the parent's.
    Replace,
    /// Each child element is merged with the parent's of the same name.
    Descend,
    /// Lists whose entries these attributes identify; entries in both lists are merged.
    ById(&'static [&'static str]),
    /// The same, but the child's entry replaces the parent's.
    OverrideById(&'static [&'static str]),
    /// The child's entries, followed by all of the parent's.
    Prepend,
    /// The parent's texts, followed by those that only the child has.
    AppendTexts,
    /// The parent's content is dropped, unless `MergeBehavior` says Append or Prepend.
    ByBehaviour,
}

/// One row for each element that is merged rather than replaced.
fn rule(element: &str) -> Rule {
    match element {
        "TrustFrameworkPolicy"
        | "BuildingBlocks"
        | "Localization"
        | "RelyingParty"
        | "UserJourneyBehaviors"
        | "TechnicalProfile"
        | "ClaimType"
        | "ContentDefinition"
        | "UserJourney"
        | "SubJourney"
        | "DisplayControl"
        | "ClaimsTransformation"
        | "OrchestrationStep"
        | "LocalizedResources" => Rule::Descend,
        "ClaimsSchema"
        | "ClaimsTransformations"
        | "ContentDefinitions"
        | "Predicates"
        | "PredicateValidations"
        | "DisplayControls"
        | "ClientDefinitions"
        | "TechnicalProfiles"
        | "UserJourneys"
        | "SubJourneys" => Rule::ById(&["Id"]),
        "CryptographicKeys" | "Actions" | "InputParameters" | "Endpoints" | "ClaimsExchanges" => {
            Rule::OverrideById(&["Id"])
        }
        "ClaimsProviderSelections" => Rule::OverrideById(&["TargetClaimsExchangeId", "ValidationClaimsExchangeId"]),
        "Metadata" => Rule::OverrideById(&["Key"]),
        "InputClaims" | "OutputClaims" | "PersistedClaims" | "DisplayClaims" => {
            Rule::OverrideById(&["ClaimTypeReferenceId", "DisplayControlReferenceId"])
        }
        "LocalizedStrings" => Rule::OverrideById(&["ElementType", "ElementId", "StringId"]),
        "LocalizedCollections" => Rule::OverrideById(&["ElementType", "ElementId", "TargetCollection"]),
        // A child's step is merged into the parent's step of the same number, so that it may change only the technical
        // profile of an exchange. If it adds an exchange, Azure AD B2C rejects the policy for two exchanges without a
        // choice.
        "OrchestrationSteps" => Rule::ById(&["Order"]),
        "ValidationTechnicalProfiles" | "InputClaimsTransformations" | "OutputClaimsTransformations" => Rule::Prepend,
        "SupportedLanguages" => Rule::AppendTexts,
        "LocalizedResourcesReferences" | "Restriction" => Rule::ByBehaviour,
        _ => Rule::Replace,
    }
}

/// Merges `child` into `parent`.
pub(crate) fn over(parent: &mut Element, child: Element) {
    match rule(&parent.name) {
        Rule::Replace => *parent = child,
        Rule::Descend => {
            let kept =
                |p: &Element, c: &Element| p.name == c.name && (p.name != "LocalizedResources" || same(p, c, &["Id"]));
            take_attributes(parent, &child);
            each(parent, child.children, kept, true);
        }
        Rule::ById(keys) => {
            take_attributes(parent, &child);
            each(parent, child.children, |p, c| same(p, c, keys), true);
        }
        Rule::OverrideById(keys) => {
            // A transformation's claims may occur several times: `inputClaim` for two claims, or one claim in two
            // roles.
            let twice = child.children.iter().any(|c| c.attr("TransformationClaimType").is_some());
            if twice {
                *parent = child;
                return;
            }
            take_attributes(parent, &child);
            each(parent, child.children, |p, c| same(p, c, keys), false);
        }
        Rule::Prepend => {
            let mut all = child.children;
            all.append(&mut parent.children);
            parent.children = all;
        }
        Rule::AppendTexts => {
            take_attributes(parent, &child);
            if replaces_all(&child) {
                parent.children.clear();
            }
            each(parent, child.children, |p, c| p.text.eq_ignore_ascii_case(&c.text), false);
        }
        Rule::ByBehaviour => by_behaviour(parent, child),
    }
}

fn by_behaviour(parent: &mut Element, mut child: Element) {
    match child.attr("MergeBehavior") {
        Some("Append") => parent.children.append(&mut child.children),
        Some("Prepend") => {
            child.children.append(&mut parent.children);
            parent.children = child.children;
        }
        _ => *parent = child,
    }
}

fn replaces_all(element: &Element) -> bool {
    element.attr("MergeBehavior") == Some("ReplaceAll")
}

/// Merges (`deep`) or replaces the entries that match, and appends the others.
fn each(parent: &mut Element, children: Vec<Element>, is: impl Fn(&Element, &Element) -> bool, deep: bool) {
    for child in children {
        match parent.children.iter_mut().find(|entry| is(entry, &child)) {
            Some(entry) if deep => over(entry, child),
            Some(entry) => *entry = child,
            None => parent.children.push(child),
        }
    }
}

/// The child's attributes win. If one changes, problems of the element are reported at the child's line.
fn take_attributes(parent: &mut Element, child: &Element) {
    for (key, value) in &child.attributes {
        match parent.attributes.iter_mut().find(|(known, _)| known == key) {
            Some((_, slot)) if slot.eq_ignore_ascii_case(value) => slot.clone_from(value),
            Some((_, slot)) => {
                slot.clone_from(value);
                parent.place = child.place;
            }
            None => {
                parent.attributes.push((key.clone(), value.clone()));
                parent.place = child.place;
            }
        }
    }
}

/// Returns true if two entries match: every key attribute is equal in both, ignoring letter case, and at least one is
/// present.
fn same(a: &Element, b: &Element, keys: &[&str]) -> bool {
    let equal = |key: &&str| match (a.attr(key), b.attr(key)) {
        (Some(x), Some(y)) => x.eq_ignore_ascii_case(y),
        (None, None) => true,
        _ => false,
    };
    a.name == b.name && keys.iter().all(equal) && keys.iter().any(|key| a.attr(key).is_some())
}

/// Lists that may occur several times in one element, with the same meaning as a single list.
const REPEATED: &[&str] = &[
    "ClaimsExchanges",
    "ClaimsProviderSelections",
    "DefaultPartnerClaimTypes",
    "InputClaimsTransformations",
    "JourneyList",
    "OutputClaimsTransformations",
    "Preconditions",
    "ValidationTechnicalProfiles",
];

/// Joins lists of the same name into the first of them, in the whole tree.
pub(crate) fn join_lists(element: &mut Element) {
    let mut joined: Vec<Element> = Vec::new();
    for mut child in std::mem::take(&mut element.children) {
        join_lists(&mut child);
        let is_list = REPEATED.contains(&child.name.as_str());
        match joined.iter_mut().find(|known| is_list && known.name == child.name) {
            Some(first) => first.children.append(&mut child.children),
            None => joined.push(child),
        }
    }
    element.children = joined;
}

/// Lifts technical profiles out of the providers that group them: only the profiles have an id, and each takes over
/// its provider's domain.
pub(crate) fn flatten_providers(policy: &mut Element) {
    let Some(at) = policy.children.iter().position(|child| child.name == "ClaimsProviders") else { return };
    let providers = policy.children.remove(at);
    let mut all = Element::new("TechnicalProfiles", providers.place);
    for provider in providers.children {
        let domain = provider.child("Domain").cloned();
        for mut profile in
            provider.children.into_iter().filter(|c| c.name == "TechnicalProfiles").flat_map(|c| c.children)
        {
            if let (Some(domain), None) = (&domain, profile.child("Domain")) {
                profile.children.push(domain.clone());
            }
            all.children.push(profile);
        }
    }
    policy.children.push(all);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use crate::xml;

    fn tree(inner: &str) -> Element {
        let text = format!("<TrustFrameworkPolicy>{inner}</TrustFrameworkPolicy>");
        xml::read(&Source { name: "P".to_owned(), text }, 0).expect("well-formed")
    }

    /// The merged tree in a short form: names, attributes, texts.
    fn merged(parent: &str, child: &str) -> String {
        let (mut parent, mut child) = (tree(parent), tree(child));
        flatten_providers(&mut parent);
        flatten_providers(&mut child);
        over(&mut parent, child);
        parent.children.iter().map(short).collect()
    }

    fn short(e: &Element) -> String {
        let attributes: Vec<&str> = e.attributes.iter().map(|(_, v)| v.as_str()).collect();
        let inner: String = e.children.iter().map(short).collect();
        format!(
            "{}[{}]{}({inner})",
            e.name.chars().filter(char::is_ascii_uppercase).collect::<String>(),
            attributes.join(" "),
            e.text
        )
    }

    fn profile(inner: &str) -> String {
        format!(
            "<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id='P'>{inner}</TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
        )
    }

    #[test]
    fn metadata_is_overridden_by_key() {
        let m = |items: &str| profile(&format!("<Metadata>{items}</Metadata>"));
        let got = merged(
            &m("<Item Key='a'>1</Item><Item Key='b'>2</Item>"),
            &m("<Item Key='A'>3</Item><Item Key='c'>4</Item>"),
        );
        assert_eq!(got, "TP[](TP[P](M[](I[A]3()I[b]2()I[c]4())))");
    }

    #[test]
    fn a_claim_is_replaced_where_it_stands_and_new_ones_follow() {
        let m = |items: &str| profile(&format!("<InputClaims>{items}</InputClaims>"));
        let got = merged(
            &m("<InputClaim ClaimTypeReferenceId='x' DefaultValue='1'/><InputClaim ClaimTypeReferenceId='y'/>"),
            &m("<InputClaim ClaimTypeReferenceId='z'/><InputClaim ClaimTypeReferenceId='X'/>"),
        );
        assert_eq!(got, "TP[](TP[P](IC[](IC[X]()IC[y]()IC[z]())))");
    }

    #[test]
    fn validations_of_the_child_come_first_and_nothing_is_removed() {
        let m = |id: &str| {
            profile(&format!(
                "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId='{id}'/></ValidationTechnicalProfiles>"
            ))
        };
        assert_eq!(merged(&m("base"), &m("own")), "TP[](TP[P](VTP[](VTP[own]()VTP[base]())))");
        assert_eq!(merged(&m("same"), &m("same")), "TP[](TP[P](VTP[](VTP[same]()VTP[same]())))");
    }

    fn journey(steps: &str) -> String {
        format!(
            "<UserJourneys><UserJourney Id='J'><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>"
        )
    }

    #[test]
    fn a_step_is_merged_into_the_one_of_its_number() {
        let step = |order: u8, exchange: &str| {
            format!(
                "<OrchestrationStep Order='{order}' Type='T'><ClaimsExchanges>{exchange}</ClaimsExchanges></OrchestrationStep>"
            )
        };
        let choice = "<OrchestrationStep Order='1' Type='T'><ClaimsProviderSelections><ClaimsProviderSelection \
                      ValidationClaimsExchangeId='L'/></ClaimsProviderSelections><ClaimsExchanges><ClaimsExchange Id='L' \
                      TechnicalProfileReferenceId='base'/></ClaimsExchanges></OrchestrationStep>";
        let own = step(1, "<ClaimsExchange Id='l' TechnicalProfileReferenceId='own'/>");
        let got = merged(&journey(choice), &journey(&format!("{own}{}", step(2, ""))));
        assert_eq!(got, "UJ[](UJ[J](OS[](OS[1 T](CPS[](CPS[L]())CE[](CE[l own]()))OS[2 T](CE[]()))))");
    }

    #[test]
    fn an_exchange_of_another_id_is_added_and_preconditions_are_replaced() {
        let step = |id: &str| {
            journey(&format!(
                "<OrchestrationStep Order='1'><Preconditions><Precondition Type='{id}'/></Preconditions><ClaimsExchanges>\
                 <ClaimsExchange Id='{id}'/></ClaimsExchanges></OrchestrationStep>"
            ))
        };
        assert_eq!(merged(&step("a"), &step("b")), "UJ[](UJ[J](OS[](OS[1](P[](P[b]())CE[](CE[a]()CE[b]())))))");
    }

    #[test]
    fn an_element_stands_where_it_was_changed_last() {
        let text = |kind: &str| format!("<TrustFrameworkPolicy>\n{kind}</TrustFrameworkPolicy>");
        let place = |parent: &str, child: &str| {
            let read =
                |text: String, index| xml::read(&Source { name: "P".to_owned(), text }, index).expect("well-formed");
            let (mut parent, child) = (read(text(parent), 0), read(text(child), 1));
            over(&mut parent, child);
            parent.child("SubJourneys").expect("there").children[0].place.file
        };
        let sub = |kind: &str| format!("<SubJourneys><SubJourney Id='S' Type='{kind}'/></SubJourneys>");
        assert_eq!((place(&sub("Call"), &sub("Call")), place(&sub("Call"), &sub("Transfer"))), (0, 1));
    }

    #[test]
    fn lists_that_come_twice_are_one() {
        let mut step = tree("<Preconditions><A/></Preconditions><X/><X/><Preconditions><B/></Preconditions>");
        join_lists(&mut step);
        let written: String = step.children.iter().map(short).collect();
        assert_eq!(written, "P[](A[]()B[]())X[]()X[]()");
    }

    #[test]
    fn merge_behaviour_says_what_becomes_of_lists() {
        let m = |behaviour: &str, id: &str| {
            format!(
                "<BuildingBlocks><ContentDefinitions><ContentDefinition Id='c'><LocalizedResourcesReferences{behaviour}><LocalizedResourcesReference Language='{id}'/></LocalizedResourcesReferences></ContentDefinition></ContentDefinitions></BuildingBlocks>"
            )
        };
        let languages = |behaviour: &str| {
            let got = merged(&m("", "en"), &m(behaviour, "de"));
            (got.find("[en]"), got.find("[de]"))
        };
        assert!(matches!(languages(" MergeBehavior='Append'"), (Some(en), Some(de)) if en < de));
        assert!(matches!(languages(" MergeBehavior='Prepend'"), (Some(en), Some(de)) if de < en));
        assert!(matches!(languages(" MergeBehavior='ReplaceAll'"), (None, Some(_))));
    }

    #[test]
    fn localized_resources_are_told_apart_by_id_and_their_strings_merged() {
        let m = |id: &str, text: &str| {
            format!(
                "<BuildingBlocks><Localization><LocalizedResources Id='{id}'><LocalizedStrings><LocalizedString ElementType='UxElement' StringId='a'>{text}</LocalizedString></LocalizedStrings></LocalizedResources></Localization></BuildingBlocks>"
            )
        };
        assert_eq!(merged(&m("r", "one"), &m("R", "two")), "BB[](L[](LR[R](LS[](LS[UxElement a]two()))))");
        assert!(merged(&m("r", "one"), &m("s", "two")).contains("LR[s]"));
    }
}
