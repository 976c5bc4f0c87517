//! Styled text: what is shown, apart from whether it is coloured.
