//! The parts of a compiled policy. Ids are in lower case, and every reference has been checked.

use crate::InputType;
use crate::claims::mask::Mask;
use crate::claims::pattern::Pattern;
use crate::claims::transform::Row;
use crate::claims::value::DataType;
use crate::profiles::Kind;
use std::collections::BTreeMap;

/// An id in lower case: policies compare ids without regard to letter case.
pub(crate) type Id = String;

/// The lower-case form of an id.
pub(crate) fn id(text: &str) -> Id {
    text.trim().to_ascii_lowercase()
}

/// An entry of a list: value, text, and true if it is preselected.
pub(crate) type Listed = (String, String, bool);

/// `ClaimType`
#[derive(Debug)]
pub(crate) struct ClaimType {
    /// As the policy spells it.
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) help: String,
    pub(crate) data_type: DataType,
    pub(crate) input: Option<InputType>,
    pub(crate) pattern: Option<ClaimPattern>,
    /// Value, text, and true if preselected.
    pub(crate) options: Vec<(String, String, bool)>,
    pub(crate) predicates: Option<Id>,
    /// The mask that pages show instead of its value.
    pub(crate) mask: Option<Mask>,
    /// Partner claim types by protocol, lower case.
    pub(crate) partners: BTreeMap<String, String>,
}

/// A claim type's `Pattern`.
#[derive(Debug)]
pub(crate) struct ClaimPattern {
    pub(crate) source: String,
    pub(crate) help: String,
    pub(crate) pattern: Pattern,
}

/// An entry of InputClaims, OutputClaims or PersistedClaims.
#[derive(Clone, Debug)]
pub(crate) struct ClaimRef {
    pub(crate) claim: Id,
    pub(crate) partner: Option<String>,
    /// `DefaultValue`
    pub(crate) default: Option<String>,
    /// True if claims resolvers in the default are filled in; otherwise it is literal text.
    pub(crate) resolves: bool,
    /// `AlwaysUseDefaultValue`
    pub(crate) always_default: bool,
    pub(crate) required: bool,
}

/// `ClaimsTransformation`
pub(crate) struct Transformation {
    pub(crate) method: &'static Row,
    /// The transformation claim type as written, and the claim.
    pub(crate) inputs: Vec<(String, Id)>,
    pub(crate) params: Vec<InputParameter>,
    pub(crate) outputs: Vec<(String, Id)>,
}

/// `InputParameter`
#[derive(Clone, Debug)]
pub(crate) struct InputParameter {
    /// As written.
    pub(crate) id: String,
    /// Name of its data type.
    pub(crate) data_type: String,
    pub(crate) value: String,
}

impl std::fmt::Debug for Transformation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transformation").field("method", &self.method.name).finish_non_exhaustive()
    }
}

/// `TechnicalProfile`, merged with the profiles it includes.
#[derive(Debug)]
pub(crate) struct Profile {
    /// As the policy spells it.
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) domain: Option<String>,
    pub(crate) kind: Kind,
    /// Protocol name, lower case, for default partner claim types.
    pub(crate) protocol: String,
    /// Messages for the user: metadata items by string id, in lower case.
    pub(crate) sentences: BTreeMap<String, String>,
    pub(crate) before: Vec<Id>,
    pub(crate) inputs: Vec<ClaimRef>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) persisted: Vec<ClaimRef>,
    pub(crate) outputs: Vec<ClaimRef>,
    pub(crate) after: Vec<Id>,
    pub(crate) validations: Vec<Validation>,
    /// A session profile that remembers claims.
    pub(crate) session: Option<Id>,
    pub(crate) enabled: Enabled,
}

impl Profile {
    /// The profile's own message for this string.
    pub(crate) fn sentence(&self, string: &str) -> Option<&str> {
        self.sentences.get(&id(string)).map(String::as_str)
    }
}

/// `EnabledForUserJourneys`
#[derive(Debug)]
pub(crate) enum Enabled {
    Always,
    Never,
    OnClaim(Id),
    OnItem { claim: Id, value: String, present: bool },
}

/// An entry of DisplayClaims.
#[derive(Debug)]
pub(crate) enum Shown {
    Claim { claim: Id, required: bool },
    Control(Id),
}

/// An entry of a validation list.
#[derive(Debug)]
pub(crate) struct Validation {
    pub(crate) profile: Id,
    pub(crate) skips: Vec<Precondition>,
    pub(crate) continue_on_error: bool,
    pub(crate) continue_on_success: bool,
}

/// `Precondition`: the step is skipped if the result of the test equals `if_true`.
#[derive(Debug)]
pub(crate) struct Precondition {
    pub(crate) claim: Id,
    /// The value to compare with; `None` tests if the claim has a value.
    pub(crate) equals: Option<String>,
    pub(crate) if_true: bool,
}

/// `DisplayControl` of type VerificationControl.
#[derive(Debug)]
pub(crate) struct DisplayControl {
    /// As the policy spells it.
    pub(crate) id: String,
    pub(crate) inputs: Vec<ClaimRef>,
    pub(crate) address: Id,
    pub(crate) required: bool,
    pub(crate) code: Id,
    pub(crate) outputs: Vec<ClaimRef>,
    /// By id, lower case.
    pub(crate) actions: BTreeMap<String, Vec<Validation>>,
}

/// `UserJourney` or `SubJourney`
#[derive(Debug)]
pub(crate) struct Journey {
    pub(crate) steps: Vec<Step>,
}

/// `OrchestrationStep`
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) order: u32,
    pub(crate) skips: Vec<Precondition>,
    pub(crate) action: Action,
}

/// The action of a step.
#[derive(Debug)]
pub(crate) enum Action {
    Select(Selection),
    Exchange(Vec<Exchange>),
    Call(Id),
    Transfer(Id),
    GetClaims {
        /// The profile that reads an ID token hint.
        hint: Option<Id>,
    },
    Issue(Id),
    /// A step type that this engine does not support; a policy that reaches it does not run.
    Foreign(&'static str),
}

/// A page on which the user chooses.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) combined: bool,
    pub(crate) content: Id,
    /// Exchanges, and the profiles they lead to.
    pub(crate) choices: Vec<Exchange>,
    pub(crate) show_single: bool,
    /// The local account form.
    pub(crate) local: Option<Exchange>,
}

/// `ClaimsExchange`
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// As the policy spells it.
    pub(crate) id: String,
    pub(crate) profile: Id,
}

/// `ContentDefinition`
#[derive(Debug)]
pub(crate) struct ContentDefinition {
    /// As the policy spells it.
    pub(crate) id: String,
    pub(crate) load_uri: String,
    pub(crate) data_uri: String,
    /// Language tag and resources.
    pub(crate) resources: Vec<(String, Id)>,
}

/// `LocalizedResources`
#[derive(Debug, Default)]
pub(crate) struct Resources {
    /// (element type, element id, string id), all lower case → string id as written, text.
    pub(crate) strings: BTreeMap<(String, String, String), (String, String)>,
    /// Options by claim.
    pub(crate) options: BTreeMap<Id, Vec<(String, String, bool)>>,
}
