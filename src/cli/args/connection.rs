//! Connection options: the flags of their table, as arguments of clap.

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use crate::syntax::{Flag, Given, Takes, flags};

/// Options that win over every request's, in the order of the help.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionFlags(pub(crate) Vec<Given>);

impl Args for ConnectionFlags {
    fn augment_args(command: Command) -> Command {
        command.args(flags().into_iter().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ConnectionFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = flags()
            .into_iter()
            .flat_map(|flag| values(flag, matches).map(|value| Given { flag, value }));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of a flag as they were typed; an empty one for a flag that takes none.
fn values<'m>(flag: &Flag, matches: &'m ArgMatches) -> impl Iterator<Item = String> + use<'m> {
    let takes_none = matches!(flag.takes, Takes::Nothing);
    let switched = (takes_none && matches.get_flag(flag.name)).then(String::new);
    let typed = if takes_none {
        None
    } else {
        matches.get_many::<String>(flag.name)
    };
    switched
        .into_iter()
        .chain(typed.into_iter().flatten().cloned())
}

fn argument(flag: &'static Flag) -> Arg {
    let argument = Arg::new(flag.name)
        .long(flag.name)
        .help(flag.help)
        .help_heading("Connection")
        .action(ArgAction::Set);
    let argument = match flag.only_with {
        Some(other) => argument.requires(other),
        None => argument,
    };
    let argument = match flag.not_with {
        Some(other) => argument.conflicts_with(other),
        None => argument,
    };
    match flag.takes {
        Takes::Nothing => argument.action(ArgAction::SetTrue),
        Takes::One(name) => argument.value_name(name),
        Takes::OneOf(name, names) => {
            let parser = PossibleValuesParser::new(names);
            argument.value_name(name).value_parser(parser)
        }
        Takes::Optional(name, usual) => argument
            .value_name(name)
            .num_args(0..=1)
            .default_missing_value(usual),
        Takes::Many(name, short) => argument
            .value_name(name)
            .short(short)
            .action(ArgAction::Append),
        Takes::File(name) => argument
            .value_name(name)
            .value_parser(ValueParser::string())
            .value_hint(ValueHint::AnyPath),
    }
}
