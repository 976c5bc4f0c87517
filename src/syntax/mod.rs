//! Collections as written: every construct decoded with its places, all problems at once.

mod auth;
mod body;
mod collection;
mod content;
mod credentials;
mod cursor;
mod flow;
mod foreign;
pub mod keys;
mod layout;
mod messages;
mod multipart;
mod names;
mod node;
mod read;
mod request;
mod settings;
mod spanned;
mod stage;
mod synonyms;
mod variable;

pub use auth::{
    AUTH_SCHEMES, Auth, AuthScheme, AuthScope, Authentication, Choice, Filled, Text, WrittenAuth,
};
pub use body::{Body, Graphql};
pub use collection::{Collection, Common, Project, Wait, parse, parse_project};
pub use content::{AnySource, ContentFile, FromText, GraphqlQuery, Source};
pub use credentials::literal_credentials;
pub use cursor::{
    Key, Problems, check_keys, names_hint, parse_duration, template_problem, unknown_key,
    wrong_type,
};
pub use flow::{Pass, Poll, Repeat, Retry, RetryOn, Rows, Switch};
pub(crate) use foreign::check_placeholders;
pub use messages::{Conversation, Message, Payload};
pub use multipart::{Part, PartContent};
pub use names::check as check_names;
pub use node::{Data, Entry, Node, Table};
pub use read::{is_toml, read};
pub use request::Request;
pub use settings::{
    Field, Fields, Flag, Given, Options, Proxy, Redirects, Sending, Settings, Shown, Skip, Takes,
    Tls, Unusable, WITHOUT_RESPONSE, flags, of_command_line,
};
pub use spanned::Spanned;
pub use stage::{BaseUrl, Place, Stage, Stages};
pub use variable::{CommandLine, Origin, Variable, Variables};
