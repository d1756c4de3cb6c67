//! User journeys and sub-journeys.

use super::read::To;
use super::report::suggestion;
use super::{Compiler, key};
use crate::policy::model::{Action, Exchange, Id, Journey, Selection, Step, id};
use crate::problem::Code;
use crate::state::position::{JourneyId, MOST_FRAMES};
use crate::xml::Element;
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
enum Type {
    Select {
        combined: bool,
    },
    Exchange,
    Invoke,
    GetClaims,
    SendClaims,
    /// Part of the policy language, but not supported by this engine.
    Foreign(&'static str),
}

/// Types of orchestration steps. To add one, add a row.
const TYPES: &[(&str, Type)] = &[
    ("CombinedSignInAndSignUp", Type::Select { combined: true }),
    ("ClaimsProviderSelection", Type::Select { combined: false }),
    ("ClaimsExchange", Type::Exchange),
    ("InvokeSubJourney", Type::Invoke),
    ("GetClaims", Type::GetClaims),
    ("SendClaims", Type::SendClaims),
    ("ConsentScreen", Type::Foreign("ConsentScreen")),
    ("ReviewScreen", Type::Foreign("ReviewScreen")),
    ("UserDialog", Type::Foreign("UserDialog")),
    ("Noop", Type::Foreign("Noop")),
];

/// Highest number of a step.
const MOST_STEPS: u32 = 10_000;

impl Compiler<'_> {
    /// Journeys and sub-journeys. Their ids are separate name spaces.
    pub(crate) fn journeys(&mut self) -> BTreeMap<JourneyId, Journey> {
        let mut journeys = BTreeMap::new();
        for element in self.root.list("UserJourneys", "UserJourney") {
            self.check_choices(element);
            journeys.insert(JourneyId::User(key(element)), self.journey(element));
        }
        for element in self.root.list("SubJourneys", "SubJourney") {
            self.check_choices(element);
            journeys.insert(JourneyId::Sub(key(element)), self.journey(element));
        }
        self.check_nesting(&journeys);
        journeys
    }

    /// Sub-journeys must end: none may call itself, directly or indirectly, and calls must not be nested too deeply.
    fn check_nesting(&mut self, journeys: &BTreeMap<JourneyId, Journey>) {
        let mut known = BTreeMap::new();
        for element in self.root.list("SubJourneys", "SubJourney") {
            let name = element.attr("Id").unwrap_or_default();
            match depth(journeys, &key(element), &mut Vec::new(), &mut known) {
                None => {
                    let message = format!("the sub-journey {name} leads to itself");
                    self.report.error(Code::Circle, element.place, message);
                }
                // The journey that calls it is a frame as well.
                Some(depth) if depth >= MOST_FRAMES => {
                    let message =
                        format!("the calls of the sub-journey {name} are nested more than {MOST_FRAMES} deep");
                    self.report.error(Code::Limit, element.place, message);
                }
                Some(_) => {}
            }
        }
    }

    /// Checks that a step which offers a choice is followed by one that acts on it. The choice may also have been
    /// offered by the journey that calls a sub-journey.
    fn check_choices(&mut self, element: &Element) {
        let mut steps: Vec<&Element> = element.list("OrchestrationSteps", "OrchestrationStep").collect();
        steps.sort_by_key(|step| number_of(step));
        let mut before: Option<&Element> = None;
        for step in steps {
            let kind = step.attr("Type").unwrap_or_default();
            let is_exchange = kind.eq_ignore_ascii_case("ClaimsExchange");
            let exchanges = step.list("ClaimsExchanges", "ClaimsExchange").count();
            let chosen = before.map_or(element.name == "SubJourney", offers_a_choice);
            if is_exchange && exchanges > 1 && !chosen {
                let message = format!(
                    "this step has {exchanges} claims exchanges: the step before it must let one of them be chosen"
                );
                self.report.error(Code::Steps, step.place, message);
            }
            if let Some(choice) = before.filter(|before| offers_a_choice(before) && !is_exchange) {
                let message = format!(
                    "step {} lets people choose, so that this step must be a ClaimsExchange, not {kind}",
                    choice.attr("Order").unwrap_or_default()
                );
                self.report.error(Code::Steps, step.place, message);
            }
            before = Some(step);
        }
    }

    fn journey(&mut self, element: &Element) -> Journey {
        let name = self.needed(element, "Id").unwrap_or_default().to_owned();
        let exchanges = exchanges(element);
        let default_issuer = element.attr("DefaultCpimIssuerTechnicalProfileReferenceId");
        let mut written: Vec<&Element> = element.list("OrchestrationSteps", "OrchestrationStep").collect();
        written.sort_by_key(|step| number_of(step));
        self.check_numbers(&name, &written);
        let steps = written.into_iter().filter_map(|step| self.step(step, &exchanges, default_issuer)).collect();
        Journey { steps }
    }

    /// Steps are numbered from 1 without gaps.
    fn check_numbers(&mut self, journey: &str, steps: &[&Element]) {
        let mut expected = 1;
        for step in steps {
            let Some(number) = number_of(step) else { continue };
            if number > expected {
                let message = match number - expected {
                    1 => format!("{journey} has no step {expected}; steps are numbered 1, 2, 3 without gaps"),
                    _ => format!(
                        "{journey} has no steps {expected} to {}; steps are numbered 1, 2, 3 without gaps",
                        number - 1
                    ),
                };
                self.report.error(Code::Steps, step.place, message);
            }
            expected = number + 1;
        }
    }

    fn step(&mut self, element: &Element, known: &[Exchange], default_issuer: Option<&str>) -> Option<Step> {
        let order = self.number(element, "Order", element.attr("Order"), 1, MOST_STEPS);
        let skips = self.preconditions(element, "SkipThisOrchestrationStep");
        let kind = element.attr("Type")?;
        let action = match self.word(kind, TYPES)? {
            Type::Select { combined } => Action::Select(self.selection(element, combined, known)?),
            Type::Exchange => Action::Exchange(self.exchanges_of(element)?),
            Type::Invoke => self.invocation(element)?,
            Type::GetClaims => {
                let named = element.attr("CpimIssuerTechnicalProfileReferenceId");
                Action::GetClaims { hint: named.and_then(|name| self.named(element, name, To::PROFILE)) }
            }
            Type::SendClaims => {
                let own = element.attr("CpimIssuerTechnicalProfileReferenceId");
                let Some(issuer) = own.or(default_issuer) else {
                    self.needed(element, "CpimIssuerTechnicalProfileReferenceId");
                    return None;
                };
                Action::Issue(self.named(element, issuer, To::PROFILE)?)
            }
            Type::Foreign(kind) => Action::Foreign(kind),
        };
        Some(Step { order: order?, skips, action })
    }

    fn exchanges_of(&mut self, element: &Element) -> Option<Vec<Exchange>> {
        let written: Vec<&Element> = element.list("ClaimsExchanges", "ClaimsExchange").collect();
        if written.is_empty() {
            let message = "a step of type ClaimsExchange needs a ClaimsExchange inside ClaimsExchanges";
            self.report.error(Code::MissingElement, element.place, message);
            return None;
        }
        let mut exchanges = Vec::new();
        for entry in written {
            let name = self.needed(entry, "Id");
            let profile = self.reference(entry, "TechnicalProfileReferenceId", To::PROFILE);
            exchanges.extend(name.zip(profile).map(|(name, profile)| Exchange { id: name.to_owned(), profile }));
        }
        Some(exchanges)
    }

    fn selection(&mut self, element: &Element, combined: bool, known: &[Exchange]) -> Option<Selection> {
        let content = self.reference(element, "ContentDefinitionReferenceId", To::CONTENT);
        let mut selection = Selection {
            combined,
            content: content.unwrap_or_default(),
            choices: vec![],
            show_single: false,
            local: None,
        };
        let list = element.child("ClaimsProviderSelections");
        let option = list.and_then(|list| list.attr("DisplayOption"));
        selection.show_single = option.is_some_and(|option| option.eq_ignore_ascii_case("ShowSingleProvider"));
        if combined && element.child("ClaimsExchanges").is_some() {
            // Checked here, so that exchanges which only the local form uses are checked too.
            self.exchanges_of(element);
        }
        for entry in list.into_iter().flat_map(|list| &list.children) {
            if let Some(local) = entry.attr("ValidationClaimsExchangeId") {
                selection.local = self.exchange(entry, local, known).or(selection.local);
            } else if let Some(target) = self.needed(entry, "TargetClaimsExchangeId") {
                selection.choices.extend(self.exchange(entry, target, known));
            }
        }
        if list.is_none_or(|list| list.children.is_empty()) {
            let message = "this step needs a ClaimsProviderSelection that names a ClaimsExchange";
            self.report.error(Code::MissingElement, element.place, message);
        }
        Some(selection)
    }

    /// The exchange of this journey that a selection names.
    fn exchange(&mut self, entry: &Element, name: &str, known: &[Exchange]) -> Option<Exchange> {
        let found = known.iter().find(|exchange| exchange.id.eq_ignore_ascii_case(name)).cloned();
        if found.is_none() {
            let near = suggestion(name, known.iter().map(|exchange| exchange.id.as_str()));
            self.report.error(
                Code::Reference,
                entry.place,
                format!("no step of this journey has the claims exchange {name}{near}"),
            );
        }
        found
    }

    fn invocation(&mut self, element: &Element) -> Option<Action> {
        let Some(candidate) = element.list("JourneyList", "Candidate").next() else {
            let message = "a step of type InvokeSubJourney needs a Candidate inside JourneyList";
            self.report.error(Code::MissingElement, element.place, message);
            return None;
        };
        let journey = self.reference(candidate, "SubJourneyReferenceId", To::SUB_JOURNEY)?;
        let sub = self.root.list("SubJourneys", "SubJourney").find(|sub| key(sub) == journey)?;
        let transfer = self.word(sub.attr("Type")?, &[("Call", false), ("Transfer", true)])?;
        Some(if transfer { Action::Transfer(journey) } else { Action::Call(journey) })
    }
}

/// The step's number, if it has one.
fn number_of(step: &Element) -> Option<u32> {
    step.attr("Order").and_then(|order| order.parse().ok())
}

/// Returns true if a step lets the user choose among claims exchanges.
fn offers_a_choice(step: &Element) -> bool {
    step.child("ClaimsProviderSelections").is_some()
}

/// The depth of the sub-journeys below this one, itself included, counted up to [`MOST_FRAMES`]. `None` if it leads to
/// itself.
fn depth(
    journeys: &BTreeMap<JourneyId, Journey>,
    sub: &Id,
    open: &mut Vec<Id>,
    known: &mut BTreeMap<Id, usize>,
) -> Option<usize> {
    if open.contains(sub) {
        return None;
    }
    if let Some(depth) = known.get(sub) {
        return Some(*depth);
    }
    if open.len() >= MOST_FRAMES {
        return Some(1);
    }
    let Some(journey) = journeys.get(&JourneyId::Sub(sub.clone())) else { return Some(1) };
    open.push(sub.clone());
    let mut deepest = 0;
    for step in &journey.steps {
        if let Action::Call(next) | Action::Transfer(next) = &step.action {
            deepest = deepest.max(depth(journeys, next, open, known)?);
        }
    }
    open.pop();
    known.insert(sub.clone(), deepest + 1);
    Some(deepest + 1)
}

/// Every exchange of a journey. References are checked later, where the steps are read.
fn exchanges(journey: &Element) -> Vec<Exchange> {
    let steps = journey.list("OrchestrationSteps", "OrchestrationStep");
    let entries = steps.flat_map(|step| step.list("ClaimsExchanges", "ClaimsExchange"));
    let exchange = |entry: &Element| {
        let profile = id(entry.attr("TechnicalProfileReferenceId")?);
        Some(Exchange { id: entry.attr("Id")?.to_owned(), profile })
    };
    entries.filter_map(exchange).collect()
}
