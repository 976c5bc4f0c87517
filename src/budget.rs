//! The time that evaluating a response may take.
//!
//! A stage chooses its responses, so that an evaluation may take as long as the stage likes. Our own engines ask [`tick`] in their
//! loops and give up if the budget is spent; what is done by a library on much data is done [`apart`], on a thread that nobody has to
//! wait for. Whoever judges asks [`gave_up`] afterwards: if so, what an engine gave is worth nothing.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How many steps are taken between two looks at the clock.
const STEPS: u32 = 512;
/// How long is waited for another thread between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// The stack of another thread: that of a worker.
const STACK: usize = 8 << 20;

/// Says whether the run was stopped meanwhile.
pub type Stopped = Arc<dyn Fn() -> bool + Send + Sync>;

/// Why a budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The time is over.
    Time(Duration),
    /// Too much was found to be held in memory.
    Memory,
    /// The run was stopped.
    Stopped,
}

struct Budget {
    limit: Duration,
    deadline: Instant,
    stopped: Stopped,
    spent: Option<Spent>,
    /// Whether somebody was told so, and gave up.
    gave_up: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Budget>> = const { RefCell::new(None) };
    static STEP: Cell<u32> = const { Cell::new(0) };
    /// Whether it is known that the budget is spent: then every step says so.
    static SPENT: Cell<bool> = const { Cell::new(false) };
}

/// Does the work with a budget, and says whether that was spent.
pub fn within<T>(
    limit: Duration,
    stopped: Stopped,
    work: impl FnOnce() -> T,
) -> (T, Option<Spent>) {
    /// Puts back what was there before, also after a panic.
    struct Outer(Option<Budget>, bool);
    impl Drop for Outer {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
            SPENT.set(self.1);
        }
    }
    let budget = Budget {
        limit,
        deadline: Instant::now() + limit,
        stopped,
        spent: None,
        gave_up: false,
    };
    let _outer = Outer(CURRENT.replace(Some(budget)), SPENT.replace(false));
    let done = work();
    (done, spent())
}

/// Whether the budget is spent, by a look at the clock.
#[must_use]
pub fn is_spent() -> bool {
    CURRENT.with_borrow_mut(|budget| {
        let Some(budget) = budget else { return false };
        if budget.spent.is_none() && Instant::now() >= budget.deadline {
            budget.spent = Some(Spent::Time(budget.limit));
        }
        if budget.spent.is_none() && (budget.stopped)() {
            budget.spent = Some(Spent::Stopped);
        }
        budget.gave_up |= budget.spent.is_some();
        SPENT.set(budget.spent.is_some());
        budget.spent.is_some()
    })
}

/// A step of a loop: whether the budget is spent, which is found out now and then.
#[must_use]
pub fn tick() -> bool {
    let step = STEP.get().wrapping_add(1);
    STEP.set(step);
    (SPENT.get() || step.is_multiple_of(STEPS)) && is_spent()
}

/// Spends the budget, since too much was found to be held in memory.
pub fn too_much() {
    CURRENT.with_borrow_mut(|budget| {
        if let Some(budget) = budget {
            budget.spent.get_or_insert(Spent::Memory);
            SPENT.set(true);
            budget.gave_up = true;
        }
    });
}

/// Why somebody gave up since this was asked the last time, if so.
#[must_use]
pub fn gave_up() -> Option<String> {
    let gave_up = CURRENT.with_borrow_mut(|budget| {
        budget
            .as_mut()
            .is_some_and(|budget| std::mem::take(&mut budget.gave_up))
    });
    if gave_up { reason() } else { None }
}

/// Why the budget is spent, if that was found out.
#[must_use]
pub fn spent() -> Option<Spent> {
    CURRENT.with_borrow(|budget| budget.as_ref().and_then(|budget| budget.spent))
}

/// The same in words.
#[must_use]
pub fn reason() -> Option<String> {
    spent().map(Spent::reason)
}

impl Spent {
    /// In words.
    #[must_use]
    pub fn reason(self) -> String {
        match self {
            Self::Time(limit) => format!(
                "evaluating the response took more than {} s, the limit of apitest",
                limit.as_secs()
            ),
            Self::Memory => {
                "evaluating the response gives more than apitest holds in memory".to_owned()
            }
            Self::Stopped => "interrupted".to_owned(),
        }
    }
}

/// Does the work on another thread and waits for it as long as the budget lasts; `None` if that was not long enough. The thread
/// then goes on until it is done or the process ends. Without a budget, or without a thread to be had, it is done here.
pub fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if CURRENT.with_borrow(Option::is_none) {
        return Some(work());
    }
    let (send, receive) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("evaluation".to_owned())
        .stack_size(STACK);
    let started = thread.spawn(move || drop(send.send(work())));
    if started.is_err() {
        too_much();
        return None;
    }
    loop {
        match receive.recv_timeout(PAUSE) {
            Ok(done) => return Some(done),
            Err(RecvTimeoutError::Timeout) if !is_spent() => {}
            // Its thread panicked, or is left alone.
            Err(error) => {
                if error == RecvTimeoutError::Disconnected {
                    too_much();
                }
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn never() -> Stopped {
        Arc::new(|| false)
    }

    #[test]
    fn time_is_spent_by_loops_and_by_other_threads() {
        let limit = Duration::from_millis(30);
        let ((), spent) = within(limit, never(), || while !tick() {});
        assert_eq!(spent, Some(Spent::Time(limit)));
        let (done, spent) = within(limit, never(), || {
            apart(|| std::thread::sleep(Duration::from_secs(2)))
        });
        assert_eq!((done, spent), (None, Some(Spent::Time(limit))));
        let (done, spent) = within(Duration::from_secs(60), never(), || apart(|| 7));
        assert_eq!((done, spent), (Some(7), None));
        assert!(
            !is_spent() && apart(|| 8) == Some(8),
            "without a budget nothing is spent"
        );
    }

    #[test]
    fn a_signal_spends_it() {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let signal = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            stop.store(true, Ordering::Relaxed);
        });
        let stopped: Stopped = Arc::new(move || stopped.load(Ordering::Relaxed));
        let ((), spent) = within(Duration::from_secs(60), stopped, || while !tick() {});
        assert_eq!(spent, Some(Spent::Stopped));
        signal.join().unwrap();
    }

    #[test]
    fn a_panic_elsewhere_is_no_result() {
        let (done, spent) = within(Duration::from_secs(60), never(), || {
            apart(|| -> u8 { panic!("boom") })
        });
        assert_eq!((done, spent), (None, Some(Spent::Memory)));
    }
}
