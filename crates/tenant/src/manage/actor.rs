//! The actor of a change, with the source address; part of every audit entry.

use serde::{Deserialize, Serialize};

/// The actor of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Actor {
    /// An operator at the command line.
    CommandLine {
        /// The operating system's account, if known.
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// A configuration file.
    ConfigurationFile {
        /// Its path, as given.
        path: String,
    },
    /// A signed-in administrator.
    Administrator {
        /// The administrator's object id.
        object_id: String,
        /// The source address of the request.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// The request's correlation id.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
    },
    /// An application that manages the tenant with its own access token.
    Application {
        /// Its client id.
        client_id: String,
        /// The request's correlation id.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
    },
    /// The server itself: key rotation, the demo.
    Server,
}

impl Actor {
    /// The object id of a signed-in administrator.
    #[must_use]
    pub fn object_id(&self) -> Option<&str> {
        match self {
            Self::Administrator { object_id, .. } => Some(object_id),
            _ => None,
        }
    }

    /// The operator who runs a command, by the name in the environment.
    #[must_use]
    pub fn command_line(account: Option<String>) -> Self {
        Self::CommandLine { account: account.filter(|name| !name.is_empty()) }
    }

    /// Returns true if the actor operates the server, and so may relax the protection of its network.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        matches!(self, Self::CommandLine { .. } | Self::ConfigurationFile { .. } | Self::Server)
    }

    /// The actor as JSON, the form used in audit entries.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The correlation id, if a request makes the change.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::Administrator { correlation_id, .. } | Self::Application { correlation_id, .. } => {
                correlation_id.as_deref()
            }
            Self::CommandLine { .. } | Self::ConfigurationFile { .. } | Self::Server => None,
        }
    }
}
