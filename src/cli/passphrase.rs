//! The passphrase of a key: from where the command line says, else asked for.

use std::path::PathBuf;

use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};

use super::Context;
use crate::config::secret::{self, Secret, SecretSource};
use crate::crypto::AskPassphrase;
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::keyring::SHORTEST_PASSPHRASE;

/// The variable that names a file with it.
const VARIABLE: &str = "DSR_KEY_PASSPHRASE_FILE";

/// Where it comes from.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub struct PassphraseArgs {
    /// Read the passphrase of the key from standard input
    #[arg(long)]
    pub passphrase_stdin: bool,
    /// Read it from a file that only its owner can read [env: DSR_KEY_PASSPHRASE_FILE]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Read it from an open file descriptor
    #[arg(long, value_name = "NUMBER")]
    pub passphrase_fd: Option<u32>,
    /// Take the output of a command
    #[arg(long, value_name = "COMMAND")]
    pub passphrase_command: Option<String>,
}

impl PassphraseArgs {
    /// The passphrase, when the command line or the environment says where it is. Blocking.
    fn read(&self, ctx: &Context) -> Option<Result<SecretString, Failure>> {
        if self.passphrase_stdin {
            return Some(ctx.values.wait(secret::from_stdin));
        }
        let variable = ctx.config.env.get(VARIABLE).map(PathBuf::from);
        let source = if let Some(number) = self.passphrase_fd {
            SecretSource::Descriptor(number)
        } else if let Some(command) = &self.passphrase_command {
            SecretSource::Command(vec![command.clone()])
        } else {
            SecretSource::File(self.passphrase_file.clone().or(variable)?)
        };
        Some(
            ctx.values
                .wait(|| Secret::new(source, false).read(&ctx.config.env)),
        )
    }

    /// A new passphrase, asked for twice.
    ///
    /// # Errors
    /// When the two differ, it is too short, or nobody can be asked.
    pub async fn new_one(&self, ctx: &Context) -> Result<SecretString, Failure> {
        if let Some(read) = self.read(ctx) {
            return long_enough(read?);
        }
        if !ctx.interactive() {
            return Err(missing("A passphrase for the new key is needed."));
        }
        let first = asked(ctx, "Passphrase for the key (at least 12 characters): ").await?;
        let again = asked(ctx, "The same again: ").await?;
        use secrecy::ExposeSecret;
        if first.expose_secret() != again.expose_secret() {
            return Err(Failure::new(
                FailureKind::Usage,
                "The two passphrases differ; nothing was made.",
            ));
        }
        long_enough(first)
    }

    /// Whoever needs a passphrase asks `AskPassphrase` on a thread of its own; what the operator must
    /// be asked comes through the receiver, to [`answer`].
    pub fn asker(&self, ctx: &Context) -> (AskPassphrase, mpsc::Receiver<Question>) {
        let (questions, receiver) = mpsc::channel::<Question>(1);
        let interactive = ctx.interactive();
        // Read at once: standard input and descriptors can be read one time only.
        let said = self.read(ctx);
        let ask: AskPassphrase = Box::new(move |name| {
            if let Some(said) = &said {
                return said.clone();
            }
            if !interactive {
                return Err(missing(&format!("The passphrase of the key {name} is needed.")));
            }
            let (answer, wait) = oneshot::channel();
            let stopped = || Failure::new(FailureKind::Interrupted, "No passphrase was given.");
            questions
                .blocking_send((name.to_owned(), answer))
                .map_err(|_| stopped())?;
            wait.blocking_recv().map_err(|_| stopped())
        });
        (ask, receiver)
    }
}

/// A key whose passphrase is wanted, and the way back.
pub type Question = (String, oneshot::Sender<SecretString>);

/// Asks the operator.
///
/// # Errors
/// When there is no answer.
pub async fn answer(ctx: &Context, (name, back): Question) -> Result<(), Failure> {
    let passphrase = asked(ctx, &format!("Passphrase of {name}: ")).await?;
    // Whoever asked may have gone meanwhile.
    let _ = back.send(passphrase);
    Ok(())
}

async fn asked(ctx: &Context, prompt: &str) -> Result<SecretString, Failure> {
    let typed = ctx.ask_hidden(prompt).await?;
    typed.ok_or_else(|| Failure::new(FailureKind::Usage, "No passphrase was given."))
}

fn long_enough(passphrase: SecretString) -> Result<SecretString, Failure> {
    use secrecy::ExposeSecret;
    if passphrase.expose_secret().chars().count() >= SHORTEST_PASSPHRASE {
        return Ok(passphrase);
    }
    Err(Failure::new(
        FailureKind::Usage,
        format!(
            "The passphrase is too short: at least {SHORTEST_PASSPHRASE} characters protect a key that opens personal data."
        ),
    ))
}

fn missing(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message).next(
        "Say where it is: --passphrase-file, --passphrase-fd, --passphrase-command or --passphrase-stdin.",
    )
}
