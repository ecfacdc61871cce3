//! `dsr docs`: the parts of the project's papers that are made from the program itself. Hidden: it is
//! for those who work on the program.

mod tables;

use std::path::{Path, PathBuf};

use super::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::runtime::pictures;

pub use tables::updated;

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Compare the tables of keys and commands in the README with the program, or write them anew
    Readme(ReadmeArgs),
    /// Draw the pictures of the README from the console's own screen, in a simulated estate of their own
    Pictures(PicturesArgs),
}

/// Arguments of `readme`.
#[derive(Debug, clap::Args)]
pub struct ReadmeArgs {
    /// Write the tables instead of comparing them
    #[arg(long)]
    pub write: bool,
    /// The file
    #[arg(long, value_name = "FILE", default_value = "README.md")]
    pub file: PathBuf,
}

/// Arguments of `pictures`.
#[derive(Debug, clap::Args)]
pub struct PicturesArgs {
    /// The directory they go to
    #[arg(long, value_name = "DIR", default_value = "assets/pictures")]
    pub to: PathBuf,
}

/// Runs a verb.
///
/// # Errors
/// Files that cannot be read or written, markers that are missing, tables that are not up to date.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Readme(args) => readme(ctx, &args),
        Args::Pictures(args) => draw(ctx, &args).await,
    }
}

fn readme(ctx: &Context, args: &ReadmeArgs) -> Result<Exit, Failure> {
    let before = std::fs::read_to_string(&args.file).map_err(|error| storage(&args.file, &error))?;
    let after = updated(&before)?;
    if before == after {
        ctx.out.note("The tables are up to date.");
        return Ok(Exit::OK);
    }
    if !args.write {
        return Err(Failure::new(
            FailureKind::Conflict,
            "The tables of the README are not up to date.",
        )
        .next("Write them: dsr docs readme --write"));
    }
    std::fs::write(&args.file, after).map_err(|error| storage(&args.file, &error))?;
    ctx.out.note("The tables were written.");
    Ok(Exit::OK)
}

async fn draw(ctx: &Context, args: &PicturesArgs) -> Result<Exit, Failure> {
    std::fs::create_dir_all(&args.to).map_err(|error| storage(&args.to, &error))?;
    for picture in pictures::all(&ctx.config.env).await? {
        let path = args.to.join(picture.name).with_extension("svg");
        std::fs::write(&path, picture.svg).map_err(|error| storage(&path, &error))?;
        ctx.out.note(&format!("{}", path.display()));
    }
    Ok(Exit::OK)
}

fn storage(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!("{}: {}.", path.display(), error.kind()),
    )
}
