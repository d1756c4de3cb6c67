//! User flows: type, sign-in name and attributes. Graph tells nothing else of them.

use super::Import;
use super::node::Node;
use super::report::Report;
use super::tenant::own_name;
use serde_json::json;
use vestibule_journey::flow::{Attribute, FlowSettings, SignInWith};

/// Types of user flows: Graph's and ours.
const KINDS: [(&str, &str); 6] = [
    ("signUpOrSignIn", "sign-up-sign-in"),
    ("signUp", "sign-up"),
    ("signIn", "sign-in"),
    ("profileUpdate", "profile-editing"),
    ("passwordReset", "password-reset"),
    ("resourceOwner", "resource-owner"),
];
/// Built-in attributes that a flow can ask for. Graph writes them in several letter cases.
const BUILT_IN: [&str; 9] =
    ["displayName", "givenName", "surname", "city", "country", "state", "postalCode", "streetAddress", "jobTitle"];
/// Ways to ask, as our flows name them.
const INPUTS: [&str; 5] =
    ["TextBox", "DropdownSingleSelect", "RadioSingleSelect", "CheckboxMultiSelect", "DateTimeDropdown"];

impl Import<'_> {
    pub(super) fn flows(&mut self) {
        let mut count = 0;
        for node in self.list("b2cUserFlows.json") {
            count += 1;
            let read = flow(&node, &mut self.report);
            if let Some(mut flow) = self.kept(read).flatten() {
                self.known_attributes(&mut flow);
                self.tenant.flows.insert(flow.name.to_lowercase(), flow);
            }
        }
        if count > 0 {
            let line = "claims, lifetimes, password rules and pages of the user flows: Graph does not tell them; set \
                        \"claims\" and the other keys of [[tenant.flow]]";
            self.report.by_hand(line.to_owned());
        }
    }
}

impl Import<'_> {
    /// Those that did not come over cannot be asked for.
    fn known_attributes(&mut self, flow: &mut FlowSettings) {
        let (tenant, report) = (&self.tenant, &mut self.report);
        flow.attributes.retain(|asked| {
            let is_known = BUILT_IN.contains(&asked.name.as_str()) || tenant.attributes.contains_key(&asked.name);
            if !is_known {
                report.no_counterpart(format!("the attribute {} of the user flow {}", asked.name, flow.name));
            }
            is_known
        });
    }
}

/// A flow; none: its type has no counterpart.
fn flow(node: &Node<'_>, report: &mut Report) -> Result<Option<FlowSettings>, String> {
    let name = node.needed("id")?.text()?;
    let graph = node.needed("userFlowType")?.text()?;
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(graph)) else {
        report.no_counterpart(format!("the user flow {name} of the type {graph}"));
        return Ok(None);
    };
    let least = serde_json::from_value::<FlowSettings>(json!({ "name": name, "type": kind }));
    let mut flow = least.map_err(|error| node.wrong(&error.to_string()))?;
    providers(&mut flow, node, report)?;
    let assignments = node.list("userAttributeAssignments")?;
    if assignments.is_empty() && graph.to_ascii_lowercase().contains("signup") {
        report.by_hand(format!("the attributes that {name} asks for: expand userAttributeAssignments, or list them"));
    }
    for assignment in assignments {
        flow.attributes.extend(attribute(&assignment, name, report)?);
    }
    if node.member("apiConnectorConfiguration")?.says_something() {
        report.no_counterpart(format!("the API connectors of the user flow {name}"));
    }
    if node.flag("isLanguageCustomizationEnabled")?.unwrap_or_default() {
        report.no_counterpart(format!("the texts in other languages of the user flow {name}"));
    }
    Ok(Some(flow))
}

/// Local accounts by e-mail or user name; other providers have no counterpart.
fn providers(flow: &mut FlowSettings, node: &Node<'_>, report: &mut Report) -> Result<(), String> {
    let (newer, older) = (node.list("userFlowIdentityProviders")?, node.list("identityProviders")?);
    for provider in newer.iter().chain(&older) {
        let id = provider.needed("id")?.text()?;
        let lower = id.to_ascii_lowercase();
        if lower.contains("username") {
            flow.sign_in_with = SignInWith::Username;
        } else if !lower.contains("email") && !lower.contains("local") {
            report.no_counterpart(format!("the identity provider {id} of the user flow {}", flow.name));
        }
    }
    Ok(())
}

/// An attribute that the flow asks for; none: it is the address, or has no counterpart.
fn attribute(node: &Node<'_>, flow: &str, report: &mut Report) -> Result<Option<Attribute>, String> {
    let id = match node.member("userAttribute")?.text_of("id")? {
        Some(id) => id,
        None => node.needed("id")?.text()?,
    };
    let built_in = BUILT_IN.iter().find(|known| known.eq_ignore_ascii_case(id)).copied();
    let Some(name) = built_in.or_else(|| own_name(id)) else {
        if !id.eq_ignore_ascii_case("email") {
            report.no_counterpart(format!("the attribute {id} of the user flow {flow}"));
        }
        return Ok(None);
    };
    let input = node.text_of("userInputType")?.and_then(|text| INPUTS.iter().find(|i| i.eq_ignore_ascii_case(text)));
    let options = node.list("userAttributeValues")?;
    let options =
        options.iter().map(|option| Ok(option.needed("value")?.text()?.to_owned())).collect::<Result<_, String>>()?;
    Ok(Some(Attribute {
        name: name.to_owned(),
        label: node.text_of("displayName")?.map(str::to_owned),
        input: input.filter(|input| **input != "TextBox").map(|input| (*input).to_owned()),
        required: !node.flag("isOptional")?.unwrap_or_default(),
        options,
    }))
}
