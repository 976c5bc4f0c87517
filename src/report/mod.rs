//! Reporters: they listen to a run's events.
