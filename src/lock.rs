//! Locks whose poison is ignored.

use std::sync::{LockResult, PoisonError};

/// Takes what a lock guards, even if another thread panicked while it held the lock.
///
/// A panic ends its own collection alone, so the others go on; what the locks guard is whole between any two statements.
pub(crate) trait IgnorePoison {
    /// What is guarded, or its guard.
    type Guarded;

    /// The guard, poisoned or not.
    fn ignore_poison(self) -> Self::Guarded;
}

impl<T> IgnorePoison for LockResult<T> {
    type Guarded = T;

    fn ignore_poison(self) -> T {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_panic_in_another_thread_does_not_close_the_lock() {
        let mutex = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _guard = mutex.lock().unwrap();
                panic!("while the lock is held");
            });
            holder.join().is_err()
        });
        assert!(panicked && mutex.is_poisoned());
        assert_eq!(*mutex.lock().ignore_poison(), 1);
    }
}
