//! The relying-party file of a user flow: its settings as one layer over the built-in policies.

use super::attribute::{self, DataType, Known, Returned};
use super::xml::{Node, node};
use super::{Attribute, CustomAttribute, FlowKind, FlowSettings, password, profiles};

/// B2C's literal subject (docs/b2c.md, "Token settings").
const NO_SUBJECT: &str = "Not supported currently. Use oid claim.";

/// The options of a Boolean, by language.
const YES: [&str; 2] = ["Yes", "Ja"];
const NO: [&str; 2] = ["No", "Nein"];

/// The inputs of the layer.
pub(super) struct Layer<'a> {
    pub(super) settings: &'a FlowSettings,
    /// The attributes to collect.
    pub(super) collected: Vec<(&'a Attribute, Known<'a>)>,
    /// The claims to return in tokens.
    pub(super) returned: Vec<Returned<'a>>,
}

/// The file's text.
pub(super) fn text(settings: &FlowSettings, custom: &[CustomAttribute], tenant_domain: &str, base: &str) -> String {
    let layer = Layer {
        settings,
        collected: attribute::all_collected(settings, custom),
        returned: attribute::all_returned(settings, custom),
    };
    let policy = node("TrustFrameworkPolicy")
        .attr("xmlns", "http://schemas.microsoft.com/online/cpim/schemas/2013/06")
        .attr("PolicySchemaVersion", "0.3.0.0")
        .attr("TenantId", tenant_domain)
        .attr("PolicyId", &settings.name)
        .attr("PublicPolicyUri", format!("http://{tenant_domain}/{}", settings.name))
        .with([node("BasePolicy").with([node("TenantId").text(tenant_domain), node("PolicyId").text(base)])])
        .with(filled(layer.building_blocks()))
        .with([node("ClaimsProviders").with([provider(layer.profiles())])])
        .with([layer.relying_party()]);
    policy.document("A user flow, written out of its settings. To go further than they do, keep it as a custom policy.")
}

/// The element, unless it would be empty.
pub(super) fn filled(element: Node) -> Option<Node> {
    (!element.is_empty()).then_some(element)
}

fn provider(profiles: Vec<Node>) -> Node {
    node("ClaimsProvider")
        .with([node("DisplayName").text("Settings of this flow"), node("TechnicalProfiles").with(profiles)])
}

impl Layer<'_> {
    fn building_blocks(&self) -> Node {
        let mut claims = node("ClaimsSchema").with(self.collected.iter().filter_map(collected_claim));
        claims = claims.with(self.only_returned().map(returned_claim));
        if !self.sets_passwords() {
            return node("BuildingBlocks").with(filled(claims));
        }
        let rule = &self.settings.password;
        claims = claims.with([node("ClaimType").attr("Id", "newPassword").with([
            node("UserHelpText").text(password::sentence(rule, 0)),
            node("PredicateValidationReference").attr("Id", password::validation(rule)),
        ])]);
        let words = crate::LANGUAGES.iter().enumerate().map(|(i, language)| {
            let strings = node("LocalizedStrings").with(password::strings(rule, i));
            let options = filled(node("LocalizedCollections").with(self.yes_and_no(i)));
            node("LocalizedResources").attr("Id", format!("words.{language}")).with(options).with([strings])
        });
        node("BuildingBlocks")
            .with([claims])
            .with(password::blocks(rule))
            .with([node("Localization").attr("Enabled", "true").with(words)])
    }

    /// The options of Boolean attributes in languages other than the first, whose options are part of the claim type.
    fn yes_and_no(&self, language: usize) -> Vec<Node> {
        let asked = self.collected.iter().filter(|(_, known)| known.data_type() == DataType::Boolean && language > 0);
        let item = |(text, value): (&str, &str)| node("Item").attr("Text", text).attr("Value", value);
        let collection = |(_, known): &(&Attribute, Known<'_>)| {
            node("LocalizedCollection")
                .attr("ElementType", "ClaimType")
                .attr("ElementId", &known.id)
                .attr("TargetCollection", "Restriction")
                .with([item((YES[language], "true")), item((NO[language], "false"))])
        };
        asked.map(collection).collect()
    }

    /// Custom attributes that tokens return but this flow's pages do not show.
    fn only_returned(&self) -> impl Iterator<Item = &Known<'_>> {
        let known = self.returned.iter().filter_map(|claim| claim.custom.as_ref());
        known.filter(|known| !self.collected.iter().any(|(_, other)| other.id == known.id))
    }

    /// Custom attributes to read from the directory.
    pub(super) fn custom_attributes(&self) -> impl Iterator<Item = &Known<'_>> {
        let collected = self.collected.iter().map(|(_, known)| known).filter(|known| known.custom.is_some());
        collected.chain(self.only_returned())
    }

    pub(super) const fn signs_in(&self) -> bool {
        matches!(self.settings.kind, FlowKind::SignUpSignIn | FlowKind::SignIn | FlowKind::ProfileEditing)
    }

    pub(super) const fn signs_up(&self) -> bool {
        matches!(self.settings.kind, FlowKind::SignUpSignIn | FlowKind::SignUp)
    }

    const fn sets_passwords(&self) -> bool {
        !matches!(self.settings.kind, FlowKind::ResourceOwner)
    }

    fn profiles(&self) -> Vec<Node> {
        profiles::all(self)
    }

    fn relying_party(&self) -> Node {
        let journey = match self.settings.kind {
            FlowKind::SignUpSignIn => "SignUpOrSignIn",
            FlowKind::SignUp => "SignUp",
            FlowKind::SignIn => "SignIn",
            FlowKind::ProfileEditing => "ProfileEdit",
            FlowKind::PasswordReset => "PasswordReset",
            FlowKind::ResourceOwner => "ResourceOwnerPasswordCredentials",
        };
        let refresh = node("Endpoint").attr("Id", "Token").attr("UserJourneyReferenceId", "RedeemRefreshToken");
        let profile = node("TechnicalProfile").attr("Id", "PolicyProfile").with([
            node("DisplayName").text("What tokens carry"),
            node("Protocol").attr("Name", "OpenIdConnect"),
            node("OutputClaims").with(self.token_claims()),
            node("SubjectNamingInfo").attr("ClaimType", "sub"),
        ]);
        node("RelyingParty").with([
            node("DefaultUserJourney").attr("ReferenceId", journey),
            node("Endpoints").with([refresh]),
            self.behaviours(),
            profile,
        ])
    }

    fn behaviours(&self) -> Node {
        let settings = self.settings;
        let scope = match settings.single_sign_on.as_str() {
            "application" => "Application",
            "policy" => "Policy",
            "disabled" => "Suppressed",
            _ => "Tenant",
        };
        let mut sign_on = node("SingleSignOn").attr("Scope", scope);
        if settings.keep_me_signed_in_days > 0 {
            sign_on = sign_on.attr("KeepAliveInDays", settings.keep_me_signed_in_days.to_string());
        }
        if settings.require_id_token_on_sign_out {
            sign_on = sign_on.attr("EnforceIdTokenHintOnLogout", "true");
        }
        node("UserJourneyBehaviors").with([
            sign_on,
            node("SessionExpiryType").text(if settings.session_rolling { "Rolling" } else { "Absolute" }),
            node("SessionExpiryInSeconds").text((settings.session_minutes * 60).to_string()),
        ])
    }

    fn token_claims(&self) -> Vec<Node> {
        let claim = |id: &str, partner: &str| {
            let claim = node("OutputClaim").attr("ClaimTypeReferenceId", id);
            if id == partner { claim } else { claim.attr("PartnerClaimType", partner) }
        };
        let subject = match self.settings.subject.as_str() {
            "not-supported" => {
                let subject = node("OutputClaim").attr("ClaimTypeReferenceId", "sub").attr("PartnerClaimType", "sub");
                let subject = subject.attr("DefaultValue", NO_SUBJECT);
                subject.attr("AlwaysUseDefaultValue", "true")
            }
            _ => claim("objectId", "sub"),
        };
        let mut claims = vec![subject];
        claims.extend(self.returned.iter().map(|returned| claim(&returned.id, &returned.partner)));
        if self.signs_in() && self.settings.self_service_reset {
            claims.push(claim("isForgotPassword", "isForgotPassword"));
        }
        claims
    }
}

/// The claim type of a collected attribute, where it differs from the base's.
fn collected_claim((asked, known): &(&Attribute, Known<'_>)) -> Option<Node> {
    let data_type = attribute::asked_type(asked, known);
    let label = asked.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let own_label = known.custom.map(|custom| custom.name.as_str());
    let help = known.custom.map(|custom| custom.description.trim()).filter(|help| !help.is_empty());
    let input = attribute::input(asked, data_type);
    let plain = known.custom.is_none();
    let mut claim = node("ClaimType").attr("Id", &known.id);
    claim = claim.with(label.or(own_label).map(|label| node("DisplayName").text(label)));
    claim = claim.with((!plain || data_type != DataType::Text).then(|| node("DataType").text(data_type.word())));
    claim = claim.with(help.map(|help| node("UserHelpText").text(help)));
    claim = claim.with((!plain || input != "TextBox").then(|| node("UserInputType").text(input)));
    filled(claim.with(restriction(asked, data_type)))
}

fn restriction(asked: &Attribute, data_type: DataType) -> Option<Node> {
    let option = |text: &str, value: &str| node("Enumeration").attr("Text", text).attr("Value", value);
    if data_type == DataType::Boolean {
        return Some(node("Restriction").with([option(YES[0], "true"), option(NO[0], "false")]));
    }
    let options = asked.options.iter().map(|text| option(text.trim(), text.trim()));
    filled(node("Restriction").with(options))
}

fn returned_claim(known: &Known<'_>) -> Node {
    let name = known.custom.map_or(known.id.as_str(), |custom| custom.name.as_str());
    node("ClaimType")
        .attr("Id", &known.id)
        .with([node("DisplayName").text(name), node("DataType").text(known.data_type().word())])
}
