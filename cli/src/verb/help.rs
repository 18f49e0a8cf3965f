//! `wbx help [VERB…]`: what there is; as JSON the tree of verbs.

use clap::{Command, CommandFactory as _};
use miette::Report;
use serde_json::{Value, json};

use super::nearest::did_you_mean;
use crate::args::{Args, UsageError};
use crate::output::{Answer, Text};
use crate::session::Session;

/// Explains a verb, or all.
pub(crate) fn show(session: &Session, verbs: &[String]) -> Result<Answer, Report> {
    let mut all = Args::command();
    all.build();
    let mut command = &mut all;
    for verb in verbs {
        let known: Vec<String> =
            command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        let unknown = || UsageError::Value {
            value: verb.clone(),
            what: "a verb",
            help: did_you_mean(verb, known.iter().map(String::as_str)),
        };
        command = command.find_subcommand_mut(verb).ok_or_else(unknown)?;
    }
    if session.output.json {
        return Ok(Answer::new(tree(command), Text::default()));
    }
    let text = command.render_long_help().to_string();
    Ok(Answer::new(Value::Null, Text::default().block(text)))
}

/// `{name, about, args, subcommands}` of a verb and all below it.
fn tree(command: &Command) -> Value {
    let arg = |arg: &clap::Arg| {
        json!({
            "name": arg.get_id().as_str(),
            "required": arg.is_required_set(),
            "long": arg.get_long(),
            "about": arg.get_help().map(ToString::to_string),
        })
    };
    let ours = |arg: &&clap::Arg| !matches!(arg.get_id().as_str(), "help" | "version");
    json!({
        "name": command.get_name(),
        "about": command.get_about().map(ToString::to_string),
        "args": command.get_arguments().filter(ours).map(arg).collect::<Vec<_>>(),
        "subcommands": command.get_subcommands().map(tree).collect::<Vec<_>>(),
    })
}
