//! Who sits at the keyboard, as the operating system knows them. Environment variables such as
//! `USER` are not asked: anybody can set them.

use std::process::{Command, Stdio};

use crate::config::Env;
use crate::domain::actor::Actor;

/// The operator of this process.
pub fn of_process(env: &Env) -> Actor {
    let uid = rustix::process::geteuid().as_raw();
    Actor {
        uid,
        login: login_of(uid),
        sudo_uid: env.get("SUDO_UID").and_then(|text| text.parse().ok()),
    }
}

/// The login name of a user id: from the user database file, else from the system's directory
/// service, else the number itself.
fn login_of(uid: u32) -> String {
    let local = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&local, uid)
        .or_else(|| named(&asked("passwd", &uid.to_string())?, uid))
        .unwrap_or_else(|| format!("uid:{uid}"))
}

/// The number of a group given by name or number.
pub fn group_id(group: &str) -> Option<u32> {
    if let Ok(number) = group.parse() {
        return Some(number);
    }
    let find = |text: &str| {
        text.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok())?
        })
    };
    let local = std::fs::read_to_string("/etc/group").unwrap_or_default();
    find(&local).or_else(|| find(&asked("group", group)?))
}

fn named(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid).then(|| crate::domain::text::clean(name))
    })
}

/// Users of a directory service stand in no file; `getent` asks whatever the host is set up with.
fn asked(database: &str, key: &str) -> Option<String> {
    let output = Command::new("getent")
        .args([database, key])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_found_by_its_number_alone() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\njdoe:x:1001:1001::/home/jdoe:/bin/sh\nbroken\n";
        assert_eq!(named(passwd, 1001).as_deref(), Some("jdoe"));
        assert_eq!(named(passwd, 100), None);
    }

    #[test]
    fn a_number_is_a_group() {
        assert_eq!(group_id("4711"), Some(4711));
    }
}
