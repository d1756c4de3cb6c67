//! `[[tenant]]` and the custom attributes of its users.

use super::application::{APPLICATION, ApplicationConfig};
use super::derived_guid;
use super::flow::FLOW;
use super::policy_key::{POLICY_KEY, PolicyKeyConfig};
use super::user::{USER, UserConfig};
use crate::config::schema::{Fallback, GUID, Kind, key, table};
use Fallback::{Is, Means, Required};
use Kind::{Integer, OneOf, Tables, Text, Texts};
use std::path::PathBuf;
use vestibule_journey::Source;
use vestibule_journey::flow::{CustomAttribute, FlowSettings};

table! {
    /// A tenant, with its own users, flows and applications.
    #[derive(Debug, Default)]
    pub struct TenantConfig, TENANT = "[[tenant]]" {
        /// Short name, the first part of its domain: 1 to 27 lower-case letters, digits and inner hyphens.
        name: String = key(Text, Required)
            .example("\"contoso\"").pattern("^[a-z0-9]([a-z0-9-]{0,25}[a-z0-9])?$");

        /// Domain, as it appears in URLs.
        domain: Option<String> = key(Text, Means("`{name}.onmicrosoft.com`"))
            .example("\"contoso.onmicrosoft.com\"").longest(253);

        /// Tenant id: a GUID in lower case. It cannot change once the tenant exists.
        id: Option<String> = key(Text, Means("derived from the name, the same on every machine"))
            .example("\"775527ff-9a37-4307-8b3d-cc311f58d925\"").pattern(GUID);

        /// Name on pages and in mails, 1 to 90 characters.
        display_name: Option<String> = key(Text, Means("the name")).example("\"Contoso\"").longest(90);

        /// Lifetime of an authorization code, in seconds.
        code_lifetime_secs: Option<u32> = key(Integer(60, 600), Is("60")).example("120").leniency(
            "Up to 600: slow applications have more time to redeem a code.",
            "An attacker who steals a code has more time, too.",
        );

        /// Number of wrong passwords after which an account is locked for a while.
        lockout_threshold: Option<u32> = key(Integer(1, 50), Is("10")).example("5").leniency(
            "Up to 50 wrong passwords before an account is locked.",
            "More guesses for each account.",
        );

        /// Duration of the first lock, in seconds. Repeated locks last longer.
        lockout_secs: Option<u32> = key(Integer(5, 18_000), Is("60")).example("300");

        /// Networks that outgoing requests of this tenant's policies may reach although they are private, such as an
        /// identity provider or a REST API inside your network: addresses or CIDR notation.
        outbound_allow: Option<Vec<String>> = key(Texts, Is("[]")).example("[\"10.1.0.0/16\"]").leniency(
            "Outgoing requests of the tenant's policies reach these private networks. Without it they reach public \
             addresses only.",
            "Whoever can change the tenant's policies can send requests into these networks.",
        );

        /// Custom attributes of users.
        attributes as "attribute": Vec<CustomAttribute> = key(Tables(&ATTRIBUTE), Fallback::None);

        /// User flows.
        flows as "flow": Vec<FlowSettings> = key(Tables(&FLOW), Fallback::None);

        /// Folder with custom policies (XML), relative to this file. Each policy with a `RelyingParty` answers under
        /// its PolicyId, which begins with `B2C_1A_`; its base policies are in the same folder. A policy whose file is
        /// removed from the folder is removed from the tenant.
        policies: Option<PathBuf> = key(Text, Fallback::None).example("\"policies\"");

        /// Policy keys: key containers of custom policies.
        policy_keys as "policy_key": Vec<PolicyKeyConfig> = key(Tables(&POLICY_KEY), Fallback::None);

        /// Applications (app registrations).
        applications as "application": Vec<ApplicationConfig> = key(Tables(&APPLICATION), Fallback::None);

        /// The first users.
        users as "user": Vec<UserConfig> = key(Tables(&USER), Fallback::None);
    }
    and {
        /// The files of the folder of policies, read by [`Config::load`](super::Config::load).
        #[serde(skip)]
        pub policy_files: Vec<Source>,
    }
}

table! {
    /// A custom attribute of users. Flows and claims name it `extension_{name}`.
    ATTRIBUTE = "[[tenant.attribute]]" {
        /// Name without `extension_`: a letter, then letters and digits, at most 64 characters.
        name = key(Text, Required).example("\"Team\"").pattern("^[A-Za-z][A-Za-z0-9]{0,63}$");

        /// Type of its values.
        type = key(OneOf(&["String", "Boolean", "Int"]), Required);

        /// Its purpose.
        description = key(Text, Is("\"\"")).example("\"The team a person plays for\"");
    }
}

impl TenantConfig {
    /// Its domain: as named, or `{name}.onmicrosoft.com`.
    #[must_use]
    pub fn domain(&self) -> String {
        self.domain.clone().unwrap_or_else(|| crate::manage::default_domain(&self.name))
    }

    /// Its id: as named, or derived from the name.
    #[must_use]
    pub fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| derived_guid(&["tenant", &self.name]))
    }
}
