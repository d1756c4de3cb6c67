//! Content definitions and localization.

use super::read::To;
use super::{Compiler, key};
use crate::claims::value::truth;
use crate::policy::model::{ContentDefinition, Id, Resources, id};
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

impl<'a> Compiler<'a> {
    pub(crate) fn contents(&mut self) -> BTreeMap<Id, ContentDefinition> {
        self.blocks("ContentDefinitions", "ContentDefinition")
            .into_iter()
            .map(|element| (key(element), self.content(element)))
            .collect()
    }

    fn content(&mut self, element: &Element) -> ContentDefinition {
        let name = self.needed(element, "Id").unwrap_or_default().to_owned();
        let text = |child: &str| element.child_text(child).unwrap_or_default().to_owned();
        if element.child_text("DataUri").is_none() {
            self.report.warning(
                Code::MissingElement,
                element.place,
                format!("the content definition {name} has no DataUri"),
            );
        }
        let list = element.child("LocalizedResourcesReferences");
        let mut resources = Vec::new();
        for entry in list.into_iter().flat_map(|list| &list.children) {
            let Some(language) = self.needed(entry, "Language") else { continue };
            if let (Some(url), None) = (entry.attr("Url"), entry.attr("LocalizedResourcesReferenceId")) {
                let message = format!("texts at {url} are not loaded; put them into LocalizedResources");
                self.report.warning(Code::Looks, entry.place, message);
                continue;
            }
            let reference = self.reference(entry, "LocalizedResourcesReferenceId", To::RESOURCES);
            resources.extend(reference.map(|reference| (language.to_owned(), reference)));
        }
        ContentDefinition { id: name, load_uri: text("LoadUri"), data_uri: text("DataUri"), resources }
    }

    /// The localized texts; none if localization is switched off.
    pub(crate) fn resources(&mut self) -> BTreeMap<Id, Resources> {
        if let Some(localization) = self.root.child("BuildingBlocks").and_then(|blocks| blocks.child("Localization")) {
            // Reports a value that is neither true nor false.
            self.boolean(localization, "Enabled");
        }
        let Some(localization) = self.localization() else { return BTreeMap::new() };
        let all = localization.children.iter().filter(|child| child.name == "LocalizedResources");
        all.map(|element| (key(element), self.resource(element))).collect()
    }

    fn resource(&mut self, element: &Element) -> Resources {
        let mut resources = Resources::default();
        for entry in element.list("LocalizedStrings", "LocalizedString") {
            let (Some(kind), Some(string)) = (self.needed(entry, "ElementType"), self.needed(entry, "StringId")) else {
                continue;
            };
            let of = (id(kind), id(entry.attr("ElementId").unwrap_or_default()), id(string));
            resources.strings.insert(of, (string.to_owned(), entry.text.clone()));
        }
        for entry in element.list("LocalizedCollections", "LocalizedCollection") {
            let Some(claim) = self.needed(entry, "ElementId") else { continue };
            let options = self.options_of(entry, "Item");
            resources.options.insert(id(claim), options);
        }
        resources
    }

    /// The languages that the policy offers; empty if it lists none.
    pub(crate) fn languages(&self) -> Vec<String> {
        let supported = self.localization().and_then(|localization| localization.child("SupportedLanguages"));
        let languages = supported.into_iter().flat_map(|supported| &supported.children);
        languages.map(|language| language.text.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
    }

    pub(crate) fn default_language(&self) -> Option<String> {
        self.localization()?.child("SupportedLanguages")?.attr("DefaultLanguage").map(str::to_owned)
    }

    /// `Localization`, unless it is switched off.
    fn localization(&self) -> Option<&'a Element> {
        let localization = self.root.child("BuildingBlocks")?.child("Localization")?;
        let is_off = localization.attr("Enabled").and_then(truth) == Some(false);
        (!is_off).then_some(localization)
    }
}
