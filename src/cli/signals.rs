//! Signals: Ctrl-C (SIGINT), SIGTERM and SIGHUP stop a run, SIGQUIT (Ctrl-\) stops it without teardown.

use std::io;

use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::project::Error;
use crate::run::{Level, Stop};

/// The exit code of what a signal ended.
const INTERRUPTED: i32 = 130;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// To stop: SIGINT, SIGTERM, SIGHUP.
    Stop,
    /// To stop without teardown: SIGQUIT.
    Quit,
}

/// Listens on a thread of its own, which ends with the process. The first signal stops what runs, the second one teardown too.
/// A third one ends the process at once: it is held by something that does not hear, such as a reader who does not read.
pub(super) fn listen(stop: &Stop) {
    let stop = stop.clone();
    // Without a listener a signal ends the process at once, which is what it would do anyway.
    drop(
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let Ok(mut signals) = Signals::new() else {
                    return;
                };
                loop {
                    let wish = signals.next();
                    match wish {
                        _ if stop.level() == Level::Now => end(&stop),
                        Wish::Stop => stop.interrupt(),
                        Wish::Quit => stop.raise(Level::Now),
                    }
                }
            }),
    );
}

#[expect(
    clippy::exit,
    reason = "whoever asks a third time wants nothing but this"
)]
fn end(stop: &Stop) {
    stop.end_commands();
    crate::output::abandon();
    std::process::exit(INTERRUPTED);
}

/// Waits for one.
pub(super) fn until_signal() -> Result<(), Error> {
    let failed = |error: io::Error| Error::new(format!("signals cannot be listened for: {error}"));
    Signals::new().map_err(failed)?.next();
    Ok(())
}

/// What comes, one after the other: none is lost while another is looked at.
struct Signals {
    runtime: Runtime,
    #[cfg(unix)]
    heard: Vec<(Signal, Wish)>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let kinds = [
            (SignalKind::interrupt(), Wish::Stop),
            (SignalKind::terminate(), Wish::Stop),
            (SignalKind::hangup(), Wish::Stop),
            (SignalKind::quit(), Wish::Quit),
        ];
        let wanted = kinds
            .into_iter()
            .filter(|(kind, _)| *kind != SignalKind::hangup() || !ignores_hangup());
        let heard = {
            let _here = runtime.enter();
            wanted
                .map(|(kind, wish)| Ok((signal(kind)?, wish)))
                .collect::<io::Result<_>>()?
        };
        Ok(Self { runtime, heard })
    }

    fn next(&mut self) -> Wish {
        let Self { runtime, heard } = self;
        runtime.block_on(std::future::poll_fn(|context| {
            let came = heard
                .iter_mut()
                .find_map(|(signal, wish)| signal.poll_recv(context).is_ready().then_some(*wish));
            came.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        }))
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self { runtime })
    }

    fn next(&mut self) -> Wish {
        self.runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        Wish::Stop
    }
}

/// Whether this process was started by `nohup`, as far as the system says.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // A bit each, from the lowest: SIGHUP is number 1.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}
