//! Process groups of commands: they end with the run.

use std::process::Child;
use std::sync::{Arc, Mutex};

use crate::lock::IgnorePoison as _;

/// The process groups that may have members.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups(Arc<Mutex<Vec<u32>>>);

/// The group that one command leads.
pub(super) struct Group {
    id: u32,
    all: Groups,
}

impl Groups {
    /// Remembers the group of a command that was started as its leader.
    pub(super) fn add(&self, leader: &Child) -> Group {
        let id = leader.id();
        self.change(|all| all.push(id));
        Group {
            id,
            all: self.clone(),
        }
    }

    /// Kills what is left of all of them.
    pub(super) fn kill(&self) {
        self.change(|all| all.drain(..).for_each(kill));
    }

    fn change(&self, change: impl FnOnce(&mut Vec<u32>)) {
        change(&mut self.0.lock().ignore_poison());
    }
}

impl Group {
    /// Kills it.
    pub(super) fn kill(&self) {
        kill(self.id);
        self.all.change(|all| all.retain(|id| *id != self.id));
    }

    /// Its leader has ended: forgets it unless it has other members. Without members its number may soon be another's.
    pub(super) fn release(&self) {
        if !has_members(self.id) {
            self.all.change(|all| all.retain(|id| *id != self.id));
        }
    }
}

#[cfg(unix)]
fn of(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
}

#[cfg(unix)]
fn kill(id: u32) {
    // It may have ended by itself.
    let _ended = of(id)
        .map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
}

#[cfg(unix)]
fn has_members(id: u32) -> bool {
    of(id).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

#[cfg(not(unix))]
fn kill(_: u32) {}

#[cfg(not(unix))]
fn has_members(_: u32) -> bool {
    false
}
