//! A WebSocket from a recording.

use std::time::Duration;

use super::Channel;
use crate::http::{Error, Frame, Transcript, TranscriptFrame};

/// A conversation that is held again: what the other side said comes when it came then, and not before that was sent which
/// it followed; nobody waits for it.
pub(in crate::run) struct ReplayedChannel {
    transcript: Transcript,
    /// How far it was heard.
    heard: usize,
    /// How often something was sent.
    sent: usize,
    now: Duration,
}

impl Channel for ReplayedChannel {
    fn now(&self) -> Duration {
        self.now
    }

    fn is_timed(&self) -> bool {
        false
    }

    async fn send(&mut self, _: Frame, _: Option<usize>, _: Duration) -> Result<(), Error> {
        self.sent();
        Ok(())
    }

    async fn receive(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>> {
        self.received(until)
    }
}

impl ReplayedChannel {
    pub(super) fn new(transcript: Transcript) -> Self {
        Self {
            transcript,
            heard: 0,
            sent: 0,
            now: Duration::ZERO,
        }
    }

    fn sent(&mut self) {
        let then = self
            .transcript
            .said
            .iter()
            .filter(|said| said.sent)
            .nth(self.sent);
        self.now = then.map_or(self.now, |then| self.now.max(then.at));
        self.sent += 1;
    }

    fn received(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>> {
        let next = self
            .next()
            .filter(|(_, said)| said.at <= until)
            .map(|(at, said)| (at, said.clone()));
        if let Some((
            at,
            TranscriptFrame {
                frame, at: time, ..
            },
        )) = next
        {
            self.heard = at + 1;
            self.now = self.now.max(time);
            return Some(Ok(Some(frame)));
        }
        if self.next().is_none()
            && self.sent >= self.transcript.said.iter().filter(|said| said.sent).count()
        {
            if let Some(broke) = &self.transcript.broke {
                return Some(Err(broke.clone()));
            }
            let mut heard = self
                .transcript
                .said
                .iter()
                .take(self.heard)
                .filter(|said| !said.sent);
            if heard.any(|said| matches!(said.frame, Frame::Close(..))) {
                return Some(Ok(None));
            }
        }
        self.now = self.now.max(until);
        None
    }

    /// What the other side says next, now that so much was sent.
    fn next(&self) -> Option<(usize, &TranscriptFrame)> {
        let mut before = 0;
        for (at, said) in self.transcript.said.iter().enumerate() {
            if said.sent {
                before += 1;
            } else if at >= self.heard {
                return (before <= self.sent).then_some((at, said));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sent: bool, text: &str, at: u64) -> TranscriptFrame {
        TranscriptFrame {
            sent,
            frame: Frame::Text(text.to_owned()),
            at: Duration::from_millis(at),
        }
    }

    fn kept(said: Vec<TranscriptFrame>, broke: Option<Error>) -> ReplayedChannel {
        ReplayedChannel::new(Transcript { said, broke })
    }

    fn hear(kept: &mut ReplayedChannel, until: u64) -> Option<String> {
        let heard = kept.received(Duration::from_millis(until))?;
        Some(match heard {
            Ok(Some(Frame::Text(text))) => text,
            Ok(Some(frame)) => frame.kind().to_owned(),
            Ok(None) => "closed".to_owned(),
            Err(error) => error.message,
        })
    }

    #[test]
    fn an_answer_comes_after_what_it_answers() {
        let all = vec![
            said(false, "hello", 10),
            said(true, "a", 20),
            said(false, "A", 30),
            said(true, "b", 40),
            said(false, "B", 50),
        ];
        let mut kept = kept(all, None);
        kept.sent();
        assert_eq!(
            hear(&mut kept, 1000).as_deref(),
            Some("hello"),
            "it had come before"
        );
        assert_eq!(hear(&mut kept, 1000).as_deref(), Some("A"));
        assert_eq!(hear(&mut kept, 1000), None);
        kept.sent();
        assert_eq!(hear(&mut kept, 2000).as_deref(), Some("B"));
        assert_eq!(hear(&mut kept, 3000), None);
        assert_eq!(kept.now, Duration::from_secs(3));
    }

    #[test]
    fn silence_is_as_long_as_it_was() {
        let mut kept = kept(vec![said(true, "a", 10), said(false, "late", 300)], None);
        kept.sent();
        assert_eq!(hear(&mut kept, 210), None);
        assert_eq!(hear(&mut kept, 5000).as_deref(), Some("late"));
        assert_eq!(kept.now, Duration::from_millis(300));
    }

    #[test]
    fn it_ends_as_it_ended() {
        let close = TranscriptFrame {
            frame: Frame::Close(Some(1000), String::new()),
            ..said(false, "", 5)
        };
        let mut closed = kept(vec![close], None);
        assert_eq!(
            (
                hear(&mut closed, 10).as_deref(),
                hear(&mut closed, 20).as_deref()
            ),
            (Some("close"), Some("closed"))
        );
        let error = Error::new(crate::http::ErrorKind::Protocol, "it broke");
        let mut broken = kept(vec![said(true, "a", 5)], Some(error));
        assert_eq!(hear(&mut broken, 10), None);
        broken.sent();
        assert_eq!(hear(&mut broken, 20).as_deref(), Some("it broke"));
    }
}
