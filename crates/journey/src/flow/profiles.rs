//! The technical profiles that a flow's settings change.

use super::FlowKind;
use super::overlay::{Layer, filled};
use super::xml::{Node, node};

/// All of these profiles, in the order of the base.
pub(super) fn all(layer: &Layer<'_>) -> Vec<Node> {
    let mut profiles = Vec::new();
    if layer.signs_in() {
        profiles.push(sign_in(layer));
        if layer.settings.forced_password_reset {
            profiles.push(profile("login-NonInteractive", [list("OutputClaim", ["forceChangePasswordNextSignIn"])]));
        }
        if !layer.settings.self_service_reset {
            profiles.push(profile("ForgotPassword", [node("EnabledForUserJourneys").text("Never")]));
        }
    }
    if layer.signs_up() {
        profiles.extend(sign_up(layer));
    }
    if layer.settings.kind == FlowKind::ProfileEditing {
        profiles.extend(edit(layer));
    }
    profiles.extend(named("AAD-UserReadUsingObjectId", list("OutputClaim", layer.custom_attributes().map(|k| &k.id))));
    // The account is not read again for these claims, because the sign-in has already returned them.
    let repeated = layer.returned.iter().map(|claim| &claim.id).filter(|id| *id != "objectId");
    profiles.extend(named("RefreshTokenReadAndSetup", list("OutputClaim", repeated)));
    profiles.push(issuer(layer));
    profiles
}

fn profile(id: &str, parts: impl IntoIterator<Item = Node>) -> Node {
    node("TechnicalProfile").attr("Id", id).with(parts)
}

/// A profile that contains only this part, or none if the part is empty.
fn named(id: &str, part: Node) -> Option<Node> {
    Some(profile(id, [filled(part)?]))
}

fn claim(kind: &'static str, id: &str) -> Node {
    node(kind).attr("ClaimTypeReferenceId", id)
}

/// `InputClaims` of several `InputClaim`, and so on.
fn list<S: AsRef<str>>(kind: &'static str, ids: impl IntoIterator<Item = S>) -> Node {
    claims(kind, ids.into_iter().map(|id| claim(kind, id.as_ref())))
}

fn claims(kind: &'static str, entries: impl IntoIterator<Item = Node>) -> Node {
    let name = match kind {
        "InputClaim" => "InputClaims",
        "DisplayClaim" => "DisplayClaims",
        "PersistedClaim" => "PersistedClaims",
        _ => "OutputClaims",
    };
    node(name).with(entries)
}

fn items<V: Into<String>>(items: impl IntoIterator<Item = (&'static str, V)>) -> Node {
    let item = |(key, value): (&str, V)| node("Item").attr("Key", key).text(value);
    node("Metadata").with(items.into_iter().map(item))
}

fn sign_in(layer: &Layer<'_>) -> Node {
    let settings = layer.settings;
    let mut metadata = vec![match settings.kind {
        FlowKind::SignUpSignIn => ("SignUpTarget", "SignUpExchange"),
        _ => ("setting.showSignupLink", "False"),
    }];
    if settings.keep_me_signed_in_days > 0 {
        metadata.push(("setting.enableRememberMe", "True"));
    }
    if settings.self_service_reset {
        metadata.push(("setting.forgotPasswordLinkOverride", "ForgotPassword"));
    }
    let mut parts = vec![items(metadata)];
    if settings.forced_password_reset {
        parts.push(list("OutputClaim", ["forceChangePasswordNextSignIn"]));
    }
    profile("SelfAsserted-LocalAccountSignin", parts)
}

fn sign_up(layer: &Layer<'_>) -> Vec<Node> {
    let settings = layer.settings;
    let required = |id: &str| claim("DisplayClaim", id).attr("Required", "true");
    let mut shown = Vec::new();
    if settings.sign_in_with == super::SignInWith::Username {
        shown.push(required("UserId"));
    }
    shown.push(match settings.email_verification {
        true => node("DisplayClaim").attr("DisplayControlReferenceId", "emailVerificationControl"),
        false => required("email"),
    });
    shown.extend([required("newPassword"), required("reenterPassword")]);
    shown.extend(asked(layer, "DisplayClaim"));
    let page =
        [claims("DisplayClaim", shown)].into_iter().chain(filled(claims("OutputClaim", asked(layer, "OutputClaim"))));
    // The base stores the display name, which has a default.
    let stored = layer.collected.iter().map(|(_, known)| &known.id).filter(|id| *id != "displayName");
    let mut profiles = vec![profile("LocalAccountSignUp", page)];
    profiles.extend(named("AAD-UserCreate", list("PersistedClaim", stored)));
    profiles
}

fn edit(layer: &Layer<'_>) -> Vec<Node> {
    let ids = || layer.collected.iter().map(|(_, known)| &known.id);
    let parts = [
        list("InputClaim", ids()),
        claims("DisplayClaim", asked(layer, "DisplayClaim")),
        claims("OutputClaim", asked(layer, "OutputClaim")),
    ];
    let page = node("TechnicalProfile").attr("Id", "SelfAsserted-ProfileUpdate");
    let page = page.with(parts.into_iter().filter_map(filled));
    let stored = named("AAD-UserWriteProfileUsingObjectId", list("PersistedClaim", ids()));
    std::iter::once(page).chain(stored).filter_map(filled).collect()
}

/// The attributes that the page asks for.
fn asked(layer: &Layer<'_>, kind: &'static str) -> Vec<Node> {
    let entry = |(asked, known): &(&super::Attribute, super::attribute::Known<'_>)| {
        let entry = claim(kind, &known.id);
        if asked.required { entry.attr("Required", "true") } else { entry }
    };
    layer.collected.iter().map(entry).collect()
}

fn issuer(layer: &Layer<'_>) -> Node {
    let settings = layer.settings;
    let seconds = |n: u32, unit: u32| n.saturating_mul(unit).to_string();
    let mut metadata = vec![
        ("token_lifetime_secs", seconds(settings.token_minutes, 60)),
        ("id_token_lifetime_secs", seconds(settings.token_minutes, 60)),
        ("refresh_token_lifetime_secs", seconds(settings.refresh_token_days, 86_400)),
        match settings.refresh_window_days {
            0 => ("allow_infinite_rolling_refresh_token", "True".to_owned()),
            days => ("rolling_refresh_token_lifetime_secs", seconds(days, 86_400)),
        },
    ];
    let pattern = if settings.issuer == "tfp" { "AuthorityWithTfp" } else { "AuthorityAndTenantGuid" };
    metadata.push(("IssuanceClaimPattern", pattern.to_owned()));
    if settings.policy_claim == "tfp" {
        metadata.push(("AuthenticationContextReferenceClaimPattern", "None".to_owned()));
    }
    profile("JwtIssuer", [items(metadata)])
}
