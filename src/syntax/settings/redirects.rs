//! `follow_redirects`: how many redirects are followed, and where they may take secrets.

use std::sync::Arc;

use super::layer::Layer;
use crate::source::Diagnostic;
use crate::syntax::keys::REDIRECTS;
use crate::syntax::variable::strings;
use crate::syntax::{Data, Node, Problems, check_keys};

/// How many redirects are followed if no number is written.
const MANY: u32 = 20;

/// Which redirects are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirects {
    /// How many.
    pub max: u32,
    /// Hosts, or `host:port`, to which a body with a secret may go along.
    pub send_secrets_to: Option<Arc<[String]>>,
    /// Whether it is an option of the command line, which says no more than how many.
    only_max: bool,
}

impl Layer for Redirects {
    fn lay(&mut self, nearer: Self) {
        if nearer.only_max {
            self.max = nearer.max;
        } else {
            *self = nearer;
        }
    }
}

pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<Redirects> {
    let only_max = node.span.file.is_command_line();
    let to_all = |max| Redirects {
        max,
        send_secrets_to: None,
        only_max,
    };
    match &node.data {
        Data::Bool(follow) => Some(to_all(if *follow { MANY } else { 0 })),
        Data::Table(table) => {
            check_keys(table, &[REDIRECTS], "`follow_redirects`", problems);
            let max = table.get("max").map(|node| count(node, problems));
            let hosts = table
                .get("send_secrets_to")
                .map(|node| hosts(node, problems));
            Some(Redirects {
                max: max.unwrap_or(Some(MANY))?,
                send_secrets_to: hosts,
                only_max,
            })
        }
        _ => count(node, problems).map(to_all),
    }
}

fn count(node: &Node, problems: &mut Problems) -> Option<u32> {
    let count = node.count(problems)?;
    u32::try_from(count).ok().or_else(|| {
        let message = format!("no more than {} redirects can be followed", u32::MAX);
        problems.refuse(Diagnostic::error(&node.span, message))
    })
}

fn hosts(node: &Node, problems: &mut Problems) -> Arc<[String]> {
    let hosts = strings(node, problems);
    for host in hosts.iter().filter(|host| !is_host(&host.value)) {
        let problem = Diagnostic::error(
            &host.span,
            format!("`{}` is not a host, or `host:port`", host.value),
        );
        problems.push(
            problem.hint(
                "such as `login.example.org` or `127.0.0.1:8080`; each host is named by itself",
            ),
        );
    }
    hosts.into_iter().map(|host| host.value).collect()
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|sign: char| {
            sign.is_whitespace() || matches!(sign, '/' | '@' | '*' | '{' | '?' | '#')
        })
}
