//! From the command line to an exit code: parse, load the configuration, choose the console or a
//! command.

use std::ffi::OsString;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};
use tokio_util::sync::CancellationToken;

use super::context::scenario;
use super::mode::{self, Decided, Source};
use super::options::{Format, Global};
use super::output::{colors, locale_is_utf8};
use super::{
    Cli, Command, Context, Exit, brief, defect, dispatch, failing, favorites, forget, handed, keyspace,
    signals,
};
use crate::config::{Config, Env, Overrides, Places};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::runtime::console;
use crate::world::{Selection, hardening, logging};

/// How long a cancelled command may take to come back by itself.
const GRACE: Duration = Duration::from_millis(500);

/// How long a cancelled command may take when something was being sent. Every call has a shorter
/// deadline of its own; what is left after this is found by the next start.
const OUTLIVE: Duration = Duration::from_secs(120);

/// The whole program.
pub fn main() -> ExitCode {
    hardening::process();
    let (program, arguments) = as_drop_in(handed::arguments());
    let format = failing::format_of(&arguments);
    let cli = match parse(&program, &arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(failing::tell_clap(&error, format).0),
    };
    let format = cli.global.output;
    defect::remember();
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run(cli)));
    let code = code(ended.unwrap_or_else(|_| Err(defect::failure())), format);
    ExitCode::from(code)
}

/// Through a link named like the script the program is the script.
fn as_drop_in(mut arguments: Vec<OsString>) -> (String, Vec<OsString>) {
    let name = arguments
        .first()
        .and_then(|path| Path::new(path).file_name()?.to_str().map(str::to_owned));
    match name {
        Some(name) if matches!(name.as_str(), "gdpr_forget_me" | "gdpr_forget_me.py") => {
            arguments[0] = "dsr".into();
            arguments.insert(1, "forget".into());
            (name, arguments)
        }
        _ => ("dsr forget".to_owned(), arguments),
    }
}

/// Parses; what the drop-in's parameters need of each other is a usage error like any other.
fn parse(program: &str, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    if let Some(cli) = brief::parse(arguments) {
        return Ok(cli);
    }
    let usage = forget::usage(program);
    let mut command = Cli::command().mut_subcommand("forget", |forget| forget.override_usage(usage));
    let matches = command.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    if let Some(Command::Forget(args)) = &cli.command {
        // The mode decides whether there is a cluster to reach.
        let said = std::env::var("DSR_MODE").is_ok_and(|mode| mode == "simulation");
        let missing = args.missing(cli.global.simulate || said && !cli.global.live);
        if !missing.is_empty() {
            let message = format!("the following parameters are required: {}", missing.join(", "));
            let kind = clap::error::ErrorKind::MissingRequiredArgument;
            let forget = command.find_subcommand_mut("forget");
            return Err(forget.map_or_else(
                || clap::Error::raw(kind, &message),
                |forget| forget.error(kind, &message),
            ));
        }
    }
    Ok(cli)
}

fn code(ended: Result<Exit, Failure>, format: Format) -> u8 {
    match ended {
        Ok(exit) => exit.0,
        Err(failure) => {
            failing::tell(&failure, format);
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let Cli { global, command } = cli;
    let config = load(&global, command.as_ref())?;
    let _log = logging::start(&config.places, global.verbose);
    let decided = match command {
        Some(Command::Simulator(_)) => always_simulation(&global)?,
        Some(Command::Forget(ref args)) => mode::decide(
            &global,
            // Files are real ones too.
            args.cass_hostname.is_some() || !args.files.is_empty(),
            &config.env,
            config.profile.mode,
        )?,
        Some(Command::Keyspace(keyspace::Args::Tables(ref args))) => mode::decide(
            &global,
            args.cass_hostname.is_some(),
            &config.env,
            config.profile.mode,
        )?,
        Some(Command::Favorites(favorites::Args::Restore(ref args))) => {
            mode::decide(&global, args.gws.is_some(), &config.env, config.profile.mode)?
        }
        _ => mode::decide(&global, false, &config.env, config.profile.mode)?,
    };
    if global.scenario.is_some() && decided.mode == Mode::Live {
        return Err(Failure::new(
            FailureKind::Usage,
            "--scenario names a simulated estate, but this would be live.",
        )
        .next("Add --simulate, or leave --scenario out."));
    }
    let Some(command) = command else {
        return run_console(config, &global, decided);
    };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if matches!(command, Command::Decrypt(_) | Command::Records(_)) {
        // The command itself runs on this thread, its work on threads of their own; one worker carries
        // what goes on beside it, signals above all.
        builder.worker_threads(1);
    }
    let runtime = builder.enable_all().build().map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("The task runtime could not be started ({}).", error.kind()),
        )
    })?;
    let ended = runtime.block_on(run_command(config, global, decided, command));
    // A thread that still waits for the keyboard must not hold the process.
    runtime.shutdown_background();
    ended
}

/// Steering the simulation is simulation, whatever the environment and the profile say.
fn always_simulation(global: &Global) -> Result<Decided, Failure> {
    if global.live {
        return Err(Failure::new(
            FailureKind::Usage,
            "The simulator is not part of a live organisation; --live does not fit here.",
        ));
    }
    Ok(Decided {
        mode: Mode::Simulation,
        source: Source::Flag,
    })
}

fn load(global: &Global, command: Option<&Command>) -> Result<Arc<Config>, Failure> {
    let places = Places::of_user()?;
    let env = Env::process();
    if command.is_some_and(Command::without_configuration) {
        return Ok(Arc::new(Config::defaults(places, env)));
    }
    let overrides = Overrides {
        file: global.config.clone(),
        profile: global.profile.clone(),
    };
    if command.is_some_and(Command::tells_what_is_wrong) {
        return Ok(Arc::new(Config::inspect(places, env, &overrides).0));
    }
    Config::load(places, env, &overrides).map(Arc::new)
}

async fn run_command(
    config: Arc<Config>,
    global: Global,
    decided: Decided,
    command: Command,
) -> Result<Exit, Failure> {
    let cancel = CancellationToken::new();
    let format = global.output;
    let ctx = Context::new(config, global, decided, cancel.clone());
    signals::cancel_on_signal(cancel, ctx.values.waiting(), move || {
        let code = code(Err(interrupted()), format);
        std::process::exit(i32::from(code));
    });
    let ended = until_cancelled(dispatch(&ctx, command), &ctx).await;
    if let Some(world) = ctx.built_world() {
        world.outcomes().await;
        ctx.remember_organization(world);
    }
    ended
}

/// The work's result. After a cancellation the work has a moment to come back by itself. Where
/// something was being sent, the work is waited for to its end: it knows what came of it, and may hold
/// what exists nowhere else (the secret of a client that was just made).
async fn until_cancelled(
    work: impl Future<Output = Result<Exit, Failure>>,
    ctx: &Context,
) -> Result<Exit, Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        result = &mut work => return result,
        () = ctx.cancel.cancelled() => {}
    }
    let sending = || ctx.built_world().is_some_and(|world| !world.tasks.is_empty());
    let was_sending = sending();
    if let Ok(result) = tokio::time::timeout(GRACE, &mut work).await {
        return result;
    }
    if !was_sending && !sending() {
        return Err(interrupted());
    }
    ctx.out
        .note("Interrupted: waiting until the outcome of what was sent is recorded …");
    Err(match tokio::time::timeout(OUTLIVE, work).await {
        Ok(result) => ended_late(result),
        Err(_) => ended_without_outcome(),
    })
}

/// What an interrupted command says when its work came to an end all the same: what the work says of
/// what was changed.
fn ended_late(ended: Result<Exit, Failure>) -> Failure {
    match ended {
        Ok(Exit::OK) => interrupted().changed(Changed::Something),
        Ok(_) => interrupted().changed(Changed::Unknown),
        // Work that only says that it was interrupted does not speak of what was being sent.
        Err(failure) if failure.kind == FailureKind::Interrupted => match failure.changed {
            Changed::Nothing => ended_without_outcome(),
            _ => failure,
        },
        Err(failure) => Failure {
            kind: FailureKind::Interrupted,
            message: format!("Interrupted. {}", failure.message),
            ..failure
        },
    }
}

fn ended_without_outcome() -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        "Interrupted before the outcome of what was sent could be told.",
    )
    .changed(Changed::Unknown)
    .next("See `dsr requests list`; settle what is unknown with `dsr requests reconcile`.")
}

fn interrupted() -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        "Interrupted. Whatever had been sent has its outcome recorded.",
    )
    .next("See `dsr requests list` for where things stand.")
}

fn run_console(config: Arc<Config>, global: &Global, decided: Decided) -> Result<Exit, Failure> {
    let selection = Selection {
        mode: decided.mode,
        profile: Some(config.profile.name.clone()),
        scenario: scenario(global.scenario.as_deref()),
    };
    let config = unlocked(config, global, decided, &selection)?;
    let options = console::Options {
        selection,
        pinned: global.simulate && decided.mode == Mode::Simulation,
        color: colors(global.color, &config.env, true),
        ascii: global.ascii || !locale_is_utf8(&config.env),
        reveal: global.reveal,
        config,
    };
    console::run(options).map(Exit)
}

/// Asks for the passphrase of an encrypted store before the screen is taken.
fn unlocked(
    config: Arc<Config>,
    global: &Global,
    decided: Decided,
    selection: &Selection,
) -> Result<Arc<Config>, Failure> {
    if crate::world::locked_by(&config, selection)?.is_none() {
        return Ok(config);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("The runtime could not start ({}).", error.kind()),
        )
    })?;
    let cancel = CancellationToken::new();
    let ctx = Context::new(config, global.clone(), decided, cancel.clone());
    let ended = runtime.block_on(async {
        // A signal ends the question, so that the echo of the terminal is on again.
        signals::cancel_on_signal(cancel, ctx.values.waiting(), || std::process::exit(130));
        ctx.unlocked().await
    });
    // A thread that still waits for the keyboard must not hold the process.
    runtime.shutdown_background();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_says_of_changes_what_the_work_says() {
        let unknown = Failure::new(FailureKind::UnknownOutcome, "Not known.")
            .changed(Changed::Unknown)
            .next("dsr requests reconcile");
        let refused = Failure::new(FailureKind::Refused, "Refused.");
        for (ended, changed) in [
            (Ok(Exit::OK), Changed::Something),
            (Ok(Exit::INCOMPLETE), Changed::Unknown),
            (Err(unknown.clone()), Changed::Unknown),
            (Err(refused), Changed::Nothing),
            (Err(interrupted()), Changed::Unknown),
        ] {
            let told = ended_late(ended);
            assert_eq!((told.exit_code(), told.changed), (130, changed), "{told:?}");
        }
        let told = ended_late(Err(unknown.clone()));
        assert_eq!(told.next, unknown.next);
        assert!(told.message.contains("Not known."), "{told}");
        assert_eq!(ended_without_outcome().changed, Changed::Unknown);
    }
}
