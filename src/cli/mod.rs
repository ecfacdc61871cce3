//! The command line: every operation of the console as a command.
//!
//! # How a command plugs in
//! A command is a module with an argument type and one function:
//!
//! ```text
//! /// Doc comment = help text.
//! #[derive(Debug, clap::Subcommand)]       // or clap::Args for a command without verbs
//! pub enum Args { /// …
//!                 List(ListArgs) }
//!
//! pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
//!     ctx.before_change(args.yes)?;                     // only when it changes something, and first
//!     let emails = ctx.values.all("--email", &args.email)?;   // `@FILE` and `-`
//!     let world = ctx.world().await?;                   // says mode and organisation on stderr
//!     let found = workflow::search::search(&world, …, &ctx.listener(), &ctx.cancel).await?;
//!     ctx.confirm("Submit 3 deletions?", args.yes).await?;
//!     ctx.out.list(Some(&world.organization), &List { … })?;
//!     Ok(Exit::complete(found.complete))                // 0 or 6; failures bring their own code
//! }
//! ```
//!
//! It gets a variant in [`Command`] and a line in [`dispatch`]. Results go through [`output::Output`]
//! (never `println!`), notes through `ctx.out.note`, questions through `ctx.confirm`. On INT, TERM
//! or HUP `ctx.cancel` is cancelled; the command has a moment to come back by itself, then it is
//! dropped, and the process waits until calls that were already sent have their outcome recorded.

pub mod archive;
pub mod artifacts;
pub mod brief;
pub mod cases;
pub mod certificate;
pub mod certificate_server;
pub mod completions;
pub mod config;
pub mod consent;
pub mod context;
pub mod copies;
pub mod csv_out;
pub mod deadline;
pub mod decrypt;
pub mod defect;
pub mod docs;
pub mod doctor;
pub mod encryption;
pub mod exit;
pub mod failing;
pub mod favorites;
pub mod forget;
pub mod handed;
pub mod jobs;
pub mod keyspace;
pub mod ledger;
pub mod login;
pub mod login_cdds;
pub mod login_flow;
pub mod login_gws;
pub mod man;
pub mod mode;
pub mod options;
pub mod output;
pub mod passphrase;
pub mod progress;
pub mod records;
pub mod requests;
pub mod setup;
pub mod setup_answers;
pub mod setup_client;
pub mod setup_import;
pub mod setup_profile;
pub mod signals;
pub mod simulator;
pub mod start;
pub mod subjects;
pub mod table;
pub mod value_source;

pub use context::Context;
pub use exit::Exit;
pub use output::List;
pub use start::main;
pub use table::{Column, Fact};

use crate::domain::failure::Failure;
use options::Global;

/// Version with the commit it was built from.
pub fn version() -> &'static str {
    const COMMIT: &str = env!("DSR_GIT_HASH");
    if COMMIT.is_empty() {
        env!("CARGO_PKG_VERSION")
    } else {
        concat!(env!("CARGO_PKG_VERSION"), " (", env!("DSR_GIT_HASH"), ")")
    }
}

/// Console and commands for data subject requests in a Genesys estate
///
/// Without a command the console opens. Without --live, DSR_MODE or a profile that says so,
/// everything happens in a simulated estate, except where parameters name a live host: forget with
/// --cass_hostname or --files, keyspace tables with --cass_hostname and favorites restore with --gws
/// are live unless --simulate is said.
#[derive(Debug, clap::Parser)]
#[command(name = "dsr", version = version(), max_term_width = 100, propagate_version = false)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the console when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Nouns and verbs as Genesys users know them from `gc`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Find data subjects
    #[command(subcommand)]
    Subjects(subjects::Args),
    /// List, submit, follow and settle data subject requests
    #[command(subcommand)]
    Requests(requests::Args),
    /// What data subjects asked for, in law: its clock, its coverage, its ending
    Cases(cases::Args),
    /// The legal clock: when an answer is due, and why
    #[command(subcommand)]
    Deadline(deadline::Args),
    /// Read the archive of an export
    #[command(subcommand)]
    Archive(archive::Args),
    /// List, create and delete export jobs of the Cloud Data Download Service
    #[command(subcommand)]
    Jobs(jobs::Args),
    /// List, download and delete the encrypted files of exports
    #[command(subcommand)]
    Artifacts(artifacts::Args),
    /// The encryption certificate and the key ring
    #[command(subcommand)]
    Certificate(certificate::Args),
    /// Encryption at rest: the store, results and decrypted files
    #[command(subcommand)]
    Encryption(encryption::Args),
    /// Decrypt downloaded exports
    Decrypt(decrypt::Args),
    /// Read decrypted exports: interactions with their attachments, contacts
    Records(records::Args),
    /// Local copies of personal data: list them, find a person in them, remove them
    #[command(subcommand)]
    Copies(copies::Args),
    /// Find a person in Personal Favorites and Recents of GWS, and delete what was found
    Forget(Box<forget::Args>),
    /// Groups of settings saved before a deletion: list them, put settings back
    #[command(subcommand)]
    Favorites(favorites::Args),
    /// The Cassandra keyspace of GWS: what would be searched
    #[command(subcommand)]
    Keyspace(keyspace::Args),
    /// Sign in
    Login(login::LoginArgs),
    /// Sign out: the token is ended at the server and forgotten
    Logout(login::SystemArgs),
    /// Tell who is signed in and what the account may do
    Whoami(login::SystemArgs),
    /// First use: profile, role and OAuth client
    Setup(setup::Args),
    /// Check configuration, address, sign-in, permissions and limits, with remedies
    Doctor(doctor::Args),
    /// The evidence of what was done: show it, check it, hand it out
    #[command(subcommand)]
    Ledger(ledger::Args),
    /// Where the configuration lies, what holds, whether it is right
    #[command(subcommand)]
    Config(config::Args),
    /// Serve and steer the simulated estate
    #[command(subcommand)]
    Simulator(simulator::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
    /// Bring the project's own papers up to date
    #[command(subcommand, hide = true)]
    Docs(docs::Args),
}

impl Command {
    /// True for commands that work although the configuration is broken or missing.
    pub fn without_configuration(&self) -> bool {
        match self {
            Command::Completions(_) | Command::Man | Command::Docs(_) => true,
            Command::Config(args) => args.without_configuration(),
            _ => false,
        }
    }

    /// True for commands that tell themselves what is wrong with the configuration.
    pub fn tells_what_is_wrong(&self) -> bool {
        matches!(self, Command::Doctor(_) | Command::Setup(_))
    }
}

/// Runs the command.
///
/// # Errors
/// What the command fails with.
pub async fn dispatch(ctx: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Subjects(args) => subjects::run(ctx, args).await,
        Command::Requests(args) => requests::run(ctx, args).await,
        Command::Cases(args) => cases::run(ctx, args).await,
        Command::Deadline(args) => deadline::run(ctx, args).await,
        Command::Archive(args) => archive::run(ctx, args).await,
        Command::Jobs(args) => jobs::run(ctx, args).await,
        Command::Artifacts(args) => artifacts::run(ctx, args).await,
        Command::Certificate(args) => certificate::run(ctx, args).await,
        Command::Encryption(args) => encryption::run(ctx, args).await,
        Command::Decrypt(args) => decrypt::run(ctx, args).await,
        Command::Records(args) => records::run(ctx, args).await,
        Command::Copies(args) => copies::run(ctx, args).await,
        Command::Forget(args) => forget::run(ctx, *args).await,
        Command::Favorites(args) => favorites::run(ctx, args).await,
        Command::Keyspace(args) => keyspace::run(ctx, args).await,
        Command::Login(args) => login::login(ctx, args).await,
        Command::Logout(args) => login::logout(ctx, args).await,
        Command::Whoami(args) => login::whoami(ctx, args).await,
        Command::Setup(args) => setup::run(ctx, args).await,
        Command::Doctor(args) => doctor::run(ctx, args).await,
        Command::Ledger(args) => ledger::run(ctx, args).await,
        Command::Config(args) => config::run(ctx, args),
        Command::Simulator(args) => simulator::run(ctx, args).await,
        Command::Completions(args) => completions::run(ctx, &args),
        Command::Man => man::run(ctx),
        Command::Docs(args) => docs::run(ctx, args).await,
    }
}
