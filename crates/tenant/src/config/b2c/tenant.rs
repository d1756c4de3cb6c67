//! The tenant itself and the custom attributes of its users.

use super::Import;
use super::applications::legal_name;
use super::node::Node;
use crate::config::file::derived_guid;
use vestibule_journey::flow::CustomAttribute;
use vestibule_journey::{Folder, Source};

/// What B2C's tenants are named by before they have a domain of their own.
const INITIAL: &str = ".onmicrosoft.com";

impl Import<'_> {
    /// Domain, name and id: of `organization.json`, else of what applications and policies say.
    pub(super) fn tenant_itself(&mut self, policies: &[Source]) {
        let organization = self.list("organization.json").into_iter().next();
        let known = organization.map(|node| organization_of(&node)).map(|read| self.kept(read)).unwrap_or_default();
        let (id, display_name, initial) = known.unwrap_or_default();
        let domain =
            self.options.domain.clone().or(initial).or_else(|| self.publisher()).or_else(|| written_for(policies));
        let Some(domain) = domain.map(|domain| domain.to_ascii_lowercase()) else {
            let advice = "put organization.json beside the other files (GET /organization), or name it with --domain";
            return self.mistakes.push(format!("the tenant's domain is in none of the files: {advice}"));
        };
        let tenant = &mut self.tenant.tenant;
        tenant.name = domain.split('.').next().unwrap_or_default().to_owned();
        if id.is_none() {
            let line = "the tenant's id is not in the files, so it gets another: with organization.json (GET /organization) \
                        it keeps its own, which is in every token and issuer";
            self.report.by_hand(line.to_owned());
        }
        tenant.id = id.unwrap_or_else(|| derived_guid(&["tenant", &tenant.name]));
        let display_name = display_name.map(|name| legal_name(&name)).filter(|name| !name.trim().is_empty());
        tenant.display_name = display_name.unwrap_or_else(|| tenant.name.clone());
        tenant.domain = domain;
    }

    /// The domain that the applications are published under.
    fn publisher(&mut self) -> Option<String> {
        let of = |node: &Node<'_>| node.text_of("publisherDomain").ok().flatten().map(str::to_owned);
        let value = self.files.get("applications.json")?;
        let root = Node::root("applications.json", value);
        let items = root.list("value").or_else(|_| root.items()).unwrap_or_default();
        items.iter().filter_map(of).find(|domain| domain.to_ascii_lowercase().ends_with(INITIAL))
    }

    /// The custom attributes. The built-in ones are here already.
    pub(super) fn attributes(&mut self) {
        for node in self.list("userFlowAttributes.json") {
            match self.kept(attribute(&node)) {
                Some(Attribute::Own(own)) => drop(self.tenant.attributes.insert(own.name.clone(), own)),
                Some(Attribute::Unknown(line)) => self.report.no_counterpart(line),
                Some(Attribute::BuiltIn) | None => {}
            }
        }
    }
}

/// Id, display name and initial domain.
type Organization = (Option<String>, Option<String>, Option<String>);

fn organization_of(node: &Node<'_>) -> Result<Organization, String> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let mut domain = None;
    for verified in node.list("verifiedDomains")? {
        let name = verified.needed("name")?.text()?;
        if verified.flag("isInitial")?.unwrap_or_default() || domain.is_none() && name.ends_with(INITIAL) {
            domain = Some(name.to_owned());
        }
    }
    let id = node.text_of("id")?.map(str::to_ascii_lowercase);
    Ok((id, owned(node.text_of("displayName")?), domain))
}

/// The tenant that the policies name. Their own check says what is wrong with them.
fn written_for(policies: &[Source]) -> Option<String> {
    let folder = Folder::new(policies.iter().cloned());
    let (_, source) = folder.policies().next()?;
    let rest = source.text.split("TenantId=\"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

/// An attribute of the file.
enum Attribute {
    /// It is here already.
    BuiltIn,
    /// One of the tenant's own.
    Own(CustomAttribute),
    /// One that has no counterpart: a line about it.
    Unknown(String),
}

fn attribute(node: &Node<'_>) -> Result<Attribute, String> {
    let id = node.needed("id")?.text()?;
    let is_custom = node.text_of("userFlowAttributeType")?.is_none_or(|kind| kind.eq_ignore_ascii_case("custom"));
    let Some(name) = own_name(id).filter(|_| is_custom) else { return Ok(Attribute::BuiltIn) };
    let data_type = node.text_of("dataType")?.unwrap_or("string");
    let known = match data_type.to_ascii_lowercase().as_str() {
        "string" => "String",
        "boolean" => "Boolean",
        "int64" | "int" => "Int",
        _ => {
            let line = format!("the attribute {name} holds {data_type}; String, Boolean and Int are known here");
            return Ok(Attribute::Unknown(line));
        }
    };
    let description = node.text_of("description")?.unwrap_or_default().to_owned();
    Ok(Attribute::Own(CustomAttribute { name: name.to_owned(), data_type: known.to_owned(), description }))
}

/// `Team` of `extension_{32 digits}_Team`.
pub(super) fn own_name(id: &str) -> Option<&str> {
    let (app, name) = id.strip_prefix("extension_")?.split_once('_')?;
    (app.len() == 32).then_some(name)
}
