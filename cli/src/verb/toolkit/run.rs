//! `wbx toolkit run TARGET [ARGS]…`: find → grant → build if stale → prepare → call.

use std::collections::BTreeMap;
use std::path::Path;

use miette::Report;
use serde_json::{Map, Value, json};
use workbooks_host::toolkit::units::Span;
use workbooks_host::{Artifact, Grant, Host, Level, Outcome, Prepared};

use crate::args::{Run, UsageError};
use crate::engine::call::{Call, Ended};
use crate::engine::catalog::{self, Target};
use crate::engine::embedded;
use crate::engine::loaded::Loaded;
use crate::engine::operator::{self, Flags};
use crate::engine::timings::Timings;
use crate::output::{Answer, Style, Text, bytes_as_text};
use crate::session::Session;

/// Runs a toolkit or a bare file.
pub(crate) fn run(session: &Session, args: Run) -> Result<Answer, Report> {
    let mut timings = Timings::start();
    let flags = Flags::read(args.profile.as_deref(), &args.grant, &args.mount)?;
    let call = Call {
        env: environment(&args.env)?,
        deadline: args.deadline.as_deref().map(str::parse::<Span>).transpose()?.map(|span| span.0),
        invoke: args.invoke,
        instance: args.instance,
        capture: session.output.json,
        args: args.command,
        ..Call::default()
    };
    let target = call.args.first().cloned().unwrap_or_default();
    let found = catalog::find(session, &target)?;
    timings.step("find");
    // What it shows its guests stays until they have ended.
    let (prepared, call, _loaded) = match found {
        Target::Toolkit(toolkit) => {
            let loaded = toolkit.load(session)?;
            timings.step("manifest");
            let (prepared, call) =
                prepare_toolkit(session, &loaded, &flags, args.dev, call, &mut timings)?;
            (prepared, call, Some(loaded))
        }
        Target::File(path) => (prepare_file(session, &path, &flags, &mut timings)?, call, None),
    };
    let ended = call.perform(&prepared, &mut timings)?;
    if args.timings {
        session.output.note(&timings.text());
    }
    Ok(answer(session, ended, &timings))
}

fn prepare_toolkit(
    session: &Session,
    loaded: &Loaded,
    flags: &Flags,
    dev: bool,
    call: Call,
    timings: &mut Timings,
) -> Result<(Prepared, Call), Report> {
    let manifest = &loaded.manifest;
    manifest.warnings.iter().for_each(|warning| session.output.warn(warning));
    let grant = operator::grant_toolkit(session, loaded, flags)?;
    timings.step("grant");
    let program = embedded::program_for(session, loaded, dev)?;
    timings.step("build");
    let host = if loaded.is_own() {
        embedded::host_of_project(session)?
    } else {
        embedded::host(session)?
    };
    timings.step("host");
    let mut call = call.arg_mode(manifest.arg_mode);
    // A program is called by its name, not by where it lies.
    if let Some(name) = call.args.first_mut() {
        name.clone_from(manifest.cli_bin.as_ref().unwrap_or(&manifest.id));
    }
    Ok((prepare(&host, &program.artifact(manifest), &grant, timings)?, call))
}

fn prepare_file(
    session: &Session,
    path: &Path,
    flags: &Flags,
    timings: &mut Timings,
) -> Result<Prepared, Report> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let wasm = embedded::binary(session.io.read(path)?)?;
    timings.step("read");
    let grant = operator::grant_file(&name, flags)?;
    timings.step("grant");
    let host: Host = embedded::host(session)?;
    timings.step("host");
    prepare(&host, &Artifact::bare(&wasm), &grant, timings)
}

fn prepare(
    host: &Host,
    artifact: &Artifact<'_>,
    grant: &Grant,
    timings: &mut Timings,
) -> Result<Prepared, Report> {
    let step = if host.is_compiled(artifact, grant) { "lift+load" } else { "compile" };
    let prepared = host.prepare(artifact, grant)?;
    timings.step(step);
    Ok(prepared)
}

fn environment(given: &[String]) -> Result<BTreeMap<String, String>, UsageError> {
    let pair = |text: &String| {
        let pair =
            text.split_once('=').filter(|(name, _)| !name.is_empty() && !text.contains('\0'));
        let invalid = || UsageError::Value {
            value: text.clone(),
            what: "a variable",
            help: "write `--env NAME=value`".to_owned(),
        };
        pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(invalid)
    };
    given.iter().map(pair).collect()
}

fn answer(session: &Session, ended: Ended, timings: &Timings) -> Answer {
    let mut data = Map::from_iter([("status".to_owned(), json!(ended.status))]);
    let mut text = Text::default();
    if let Some(invoked) = &ended.invoked {
        data.insert("result".to_owned(), json!(invoked.text));
        data.insert("failed".to_owned(), json!(invoked.failed));
        if !invoked.text.is_empty() {
            text = text.line(&invoked.text);
        }
    }
    if let Some(outcome) = &ended.outcome {
        // The answer of a component of texts, or what a command wrote.
        let stdout = if ended.answer.is_empty() { &outcome.stdout } else { &ended.answer };
        data.extend([bytes_as_text("stdout", stdout), bytes_as_text("stderr", &outcome.stderr)]);
        data.insert("truncated".to_owned(), json!(outcome.truncated));
        data.extend(record(session, outcome));
    } else {
        data.extend([bytes_as_text("stdout", &ended.answer), bytes_as_text("stderr", b"")]);
        data.insert("truncated".to_owned(), json!(false));
        data.insert("log".to_owned(), json!({ "lines": [], "dropped": 0 }));
        data.insert("usage".to_owned(), Value::Null);
    }
    if ended.status < 0 {
        session.output.note(
            &Text::default()
                .words(Style::Bad, "failed")
                .line(format!(": it returned {}", ended.status)),
        );
    }
    data.insert("timings".to_owned(), timings.data());
    Answer {
        data: Value::Object(data),
        text,
        bytes: ended.answer,
        status: exit_status(ended.status),
        ..Answer::default()
    }
}

/// Shows the log to people, and gives it to programs.
pub(crate) fn show_log(session: &Session, outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.log.lines.iter().map(|line| {
        let (level, style) = match line.level {
            Level::Trace => ("trace", Style::Dim),
            Level::Debug => ("debug", Style::Dim),
            Level::Info => ("info", Style::Plain),
            Level::Warn => ("warn", Style::Bad),
            Level::Error => ("error", Style::Bad),
        };
        let text =
            Text::default().words(style, level).line(format!(" {}: {}", line.target, line.message));
        session.output.note(&text);
        json!({ "level": level, "target": line.target, "message": line.message })
    });
    lines.collect()
}

/// The log and the usage; the log is shown too.
fn record(session: &Session, outcome: &Outcome) -> [(String, Value); 2] {
    let log = json!({ "lines": show_log(session, outcome), "dropped": outcome.log.dropped });
    let usage = json!({
        "cpu_ms": u64::try_from(outcome.usage.cpu.as_millis()).unwrap_or(u64::MAX),
        "memory_peak": outcome.usage.memory_peak,
        "calls": outcome.usage.calls,
    });
    [("log".to_owned(), log), ("usage".to_owned(), usage)]
}

/// The guest's status as the system has it, 0 to 255; failure never becomes success.
fn exit_status(status: i32) -> u8 {
    match u8::try_from(status & 0xff) {
        Ok(0) if status != 0 => 1,
        Ok(low) if status > 0 => low,
        _ => u8::from(status != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_never_becomes_success() {
        for (status, exit) in
            [(0, 0), (7, 7), (255, 255), (256, 1), (-1, 1), (-256, 1), (i32::MIN, 1)]
        {
            assert_eq!(exit_status(status), exit, "{status}");
        }
    }

    #[test]
    fn a_variable_without_a_name_is_refused() {
        for text in ["", "NAME", "=value", "A=\0"] {
            assert!(environment(&[text.to_owned()]).is_err(), "{text:?}");
        }
        assert_eq!(environment(&["A=b=c".to_owned()]).unwrap()["A"], "b=c");
    }
}
