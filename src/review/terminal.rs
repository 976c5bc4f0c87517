//! The screen and keys of a terminal, which is left as it was found: also after Ctrl-C, a signal, and a panic.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::{Key, Review};

/// How often a signal is looked for while no key is pressed.
const PATIENCE: Duration = Duration::from_millis(100);

/// Goes through a review on a terminal; whether it was interrupted. `stopped` says whether a signal came.
///
/// # Errors
/// Where the terminal cannot be used.
pub fn walk(review: &mut Review, color: bool, stopped: &dyn Fn() -> bool) -> io::Result<bool> {
    let _screen = Screen::enter()?;
    let mut out = io::stdout().lock();
    loop {
        draw(review, color, &mut out)?;
        let pressed = loop {
            if stopped() {
                return Ok(true);
            }
            if event::poll(PATIENCE)? {
                break event::read()?;
            }
        };
        let Event::Key(pressed) = pressed else {
            continue;
        };
        if pressed.kind == KeyEventKind::Release {
            continue;
        }
        if pressed.modifiers.contains(KeyModifiers::CONTROL)
            && matches!(pressed.code, KeyCode::Char('c' | 'd'))
        {
            return Ok(true);
        }
        if key(&pressed).is_some_and(|key| review.press(key)) {
            return Ok(false);
        }
    }
}

fn key(pressed: &KeyEvent) -> Option<Key> {
    let page = || size().map_or(10, |(_, rows)| isize::try_from(rows / 2).unwrap_or(10));
    let key = match pressed.code {
        KeyCode::Char('a') => Key::Accept,
        KeyCode::Char('r') => Key::Reject,
        KeyCode::Char('s') => Key::Skip,
        KeyCode::Char('A') => Key::AcceptAll,
        KeyCode::Char('x') => Key::Redact { everywhere: false },
        KeyCode::Char('X') => Key::Redact { everywhere: true },
        KeyCode::Char('q') | KeyCode::Esc => Key::Quit,
        KeyCode::Up | KeyCode::Char('k') => Key::Move(-1),
        KeyCode::Down | KeyCode::Char('j') => Key::Move(1),
        KeyCode::PageUp => Key::Move(-page()),
        KeyCode::PageDown | KeyCode::Char(' ') => Key::Move(page()),
        KeyCode::Home => Key::Move(isize::MIN),
        KeyCode::End => Key::Move(isize::MAX),
        _ => return None,
    };
    Some(key)
}

/// Draws a frame in one piece.
fn draw(review: &Review, color: bool, out: &mut impl Write) -> io::Result<()> {
    let (columns, rows) = size().unwrap_or((80, 24));
    let mut frame = Vec::new();
    for (at, line) in review
        .draw(usize::from(columns), usize::from(rows))
        .iter()
        .enumerate()
    {
        queue!(frame, MoveTo(0, u16::try_from(at).unwrap_or(u16::MAX)))?;
        frame.extend(line.render(color).into_bytes());
        queue!(frame, Clear(ClearType::UntilNewLine))?;
    }
    out.write_all(&frame)?;
    out.flush()
}

/// The terminal while it is ours.
struct Screen;

/// Whether it is: given back a second time, the cursor would go back to where it was, over what a panic said.
static OURS: AtomicBool = AtomicBool::new(false);

impl Screen {
    fn enter() -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
        }));
        enable_raw_mode()?;
        let screen = Self;
        OURS.store(true, Ordering::SeqCst);
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            Hide,
            Clear(ClearType::All)
        )?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Where even that fails, there is no terminal left to be told.
fn restore() {
    if OURS.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}
