//! The command line of what runs in little memory. The tree of all commands takes more room than a
//! decryption; for these few it is not built, unless there is something to say about the command line.

use std::ffi::OsString;

use clap::Parser;

use super::options::Global;
use super::{Cli, Command, decrypt, records};

#[derive(Parser)]
#[command(name = "dsr", disable_help_flag = true, disable_help_subcommand = true)]
struct Brief {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Few,
}

/// The same arguments as in the whole tree, so that both read a command line alike.
#[derive(clap::Subcommand)]
enum Few {
    Decrypt(decrypt::Args),
    Records(records::Args),
}

/// Reads the command line of one of the few commands. `None` for another one, and for everything that
/// the whole tree has to answer: help, and mistakes.
pub fn parse(arguments: &[OsString]) -> Option<Cli> {
    let few = ["decrypt", "records"];
    if !arguments.iter().any(|word| few.iter().any(|name| word == name)) {
        return None;
    }
    let brief = Brief::try_parse_from(arguments).ok()?;
    Some(Cli {
        global: brief.global,
        command: Some(match brief.command {
            Few::Decrypt(args) => Command::Decrypt(args),
            Few::Records(args) => Command::Records(args),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(line: &str) -> (Option<Cli>, Result<Cli, clap::Error>) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        (parse(&words), Cli::try_parse_from(&words))
    }

    #[test]
    fn what_is_read_briefly_is_read_alike_in_the_whole_tree() {
        for line in [
            "dsr decrypt a.p7m b.p7m --key k.pem --cert c.pem --to out --raw --output json",
            "dsr --live --profile records decrypt a.p7m --passphrase-fd 3 -v",
            "dsr --simulate records a.json --where id=1 --reveal --no-input",
            "dsr records a.json --output=csv --color never --ascii --config c.toml",
        ] {
            let (brief, whole) = both(line);
            let (brief, whole) = (brief.expect(line), whole.expect(line));
            assert_eq!(format!("{brief:?}"), format!("{whole:?}"), "{line}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_whole_tree() {
        for line in [
            "dsr decrypt",
            "dsr decrypt --help",
            "dsr --version decrypt",
            "dsr help decrypt",
            "dsr records a.json --unknown",
            "dsr --simulate --live records a.json",
            "dsr requests list records",
            "dsr copies list",
            "dsr",
        ] {
            assert!(both(line).0.is_none(), "{line}");
        }
    }
}
