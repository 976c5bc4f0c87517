//! How what is expected is merged: subjects with members one level deeper than anything else.

use crate::syntax::{Data, Entry, Node, Table};

/// Subjects whose members are expectations of their own, so that they merge one level deeper.
const BY_NAME: &[&str] = &["headers", "cookies", "jsonpath", "xpath", "css", "snapshot"];

/// The keys of `expect` that need no response, and those that only change how others are evaluated: they may stand beside
/// any `error`.
pub const WITHOUT_RESPONSE: [&str; 7] = [
    "error",
    "time",
    "redirects",
    "url",
    "that",
    "namespaces",
    "allow",
];

/// What is expected by a nearer layer, over what is expected by farther ones.
pub(super) fn merge(mut merged: Table, nearer: Table) -> Table {
    if merged.entries.is_empty() {
        return nearer;
    }
    if nearer.entries.is_empty() {
        return merged;
    }
    // What is inherited is about responses as they should be, so it gives way to `error`.
    if nearer.get("error").is_some() {
        merged
            .entries
            .retain(|(name, _)| WITHOUT_RESPONSE.contains(&name.as_str()));
    }
    settle_allowed(&mut merged, &nearer);
    for (key, entry) in nearer.entries {
        let deeper = merged
            .entries
            .iter_mut()
            .find(|(name, _)| *name == key && BY_NAME.contains(&key.as_str()));
        match (
            deeper.map(|(_, entry)| &mut entry.value.data),
            entry.value.data,
        ) {
            (Some(Data::Table(base)), Data::Table(members)) => merge_members(base, members, &key),
            // A snapshot after all, by the rules that are inherited; a text is its name.
            (Some(Data::Table(_)), Data::Bool(true)) if key == "snapshot" => {}
            (Some(Data::Table(base)), Data::String(name)) if key == "snapshot" => {
                let value = Node {
                    span: entry.value.span,
                    data: Data::String(name),
                };
                base.insert(
                    "name".to_owned(),
                    Entry {
                        key: entry.key,
                        value,
                    },
                );
            }
            (_, data) => {
                let value = Node {
                    span: entry.value.span,
                    data,
                };
                merged.insert(
                    key,
                    Entry {
                        key: entry.key,
                        value,
                    },
                );
            }
        }
    }
    merged
}

/// What is allowed is expected no more, and what is expected is allowed no more: the nearer one counts.
fn settle_allowed(inherited: &mut Table, nearer: &Table) {
    for name in nearer
        .get("allow")
        .map(Node::one_or_many)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
    {
        inherited.take(name);
    }
    let allow = inherited
        .entries
        .iter_mut()
        .find(|(name, _)| name == "allow");
    let Some((_, Entry { value, .. })) = allow else {
        return;
    };
    let expected = |node: &Node| node.as_str().is_some_and(|name| nearer.get(name).is_some());
    let left = value
        .one_or_many()
        .iter()
        .filter(|node| !expected(node))
        .cloned()
        .collect();
    value.data = Data::Array(left);
}

/// Merges what is expected by name: headers without regard to case, and `false` drops an expected header or cookie.
fn merge_members(base: &mut Table, nearer: Table, subject: &str) {
    let drops = ["headers", "cookies"].contains(&subject);
    for (name, entry) in nearer.entries {
        let before = base.entries.len();
        let same = |inherited: &str| {
            if subject == "headers" {
                inherited.eq_ignore_ascii_case(&name)
            } else {
                inherited == name
            }
        };
        // What a snapshot redacts is added to what it inherits.
        let placeholders = base
            .entries
            .iter_mut()
            .find(|(known, _)| subject == "snapshot" && name == "redact" && known == "redact");
        if let (Some((_, inherited)), Data::Table(members)) = (placeholders, &entry.value.data)
            && let Data::Table(table) = &mut inherited.value.data
        {
            members
                .entries
                .iter()
                .for_each(|(path, member)| table.insert(path.clone(), member.clone()));
            continue;
        }
        base.entries.retain(|(inherited, _)| !same(inherited));
        let dropped =
            drops && base.entries.len() < before && matches!(entry.value.data, Data::Bool(false));
        if !dropped {
            base.insert(name, entry);
        }
    }
}
