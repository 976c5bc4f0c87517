//! Ctrl-C and SIGTERM.

use std::io;

use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::CliError;
use crate::run::{Level, Stop};

/// The exit code of what a signal ended.
const INTERRUPTED: i32 = 130;

/// Listens on a thread of its own, which ends with the process. The first signal stops what runs, the second one teardown too.
/// A third one ends the process at once: it is held by something that does not hear, such as a reader who does not read.
pub(super) fn listen(stop: &Stop) {
    let stop = stop.clone();
    // Without a listener a signal ends the process at once, which is what it would do anyway.
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Ok(mut signals) = Signals::new() else { return };
        loop {
            signals.next();
            if stop.level() == Level::Now {
                end();
            }
            stop.interrupt();
        }
    }));
}

#[expect(clippy::exit, reason = "whoever asks a third time wants nothing but this")]
fn end() {
    std::process::exit(INTERRUPTED);
}

/// Waits for one.
pub(super) fn until_signal() -> Result<(), CliError> {
    let failed = |error: io::Error| CliError::new(format!("signals cannot be listened for: {error}"));
    Signals::new().map(|mut signals| signals.next()).map_err(failed)
}

/// What comes, one after the other: none is lost while another is looked at.
struct Signals {
    runtime: Runtime,
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        #[cfg(unix)]
        let (interrupt, terminate) = {
            let _here = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        Ok(Self {
            runtime,
            #[cfg(unix)]
            interrupt,
            #[cfg(unix)]
            terminate,
        })
    }

    #[cfg(unix)]
    fn next(&mut self) {
        let Self { runtime, interrupt, terminate } = self;
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
    }

    #[cfg(not(unix))]
    fn next(&mut self) {
        self.runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        });
    }
}
