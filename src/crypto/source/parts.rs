//! Which files belong together. A split export may have been split after it was encrypted (its parts
//! are one message in pieces) or before (each part is a message, their contents are one archive in
//! pieces); what the files hold decides, and their names say whether the order is right.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::mime::holds_beginning;
use super::{Kind, LOOK, kind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// What a name says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The name without the number.
    pub(crate) stem: String,
    pub(crate) number: u32,
    /// Of how many, if it says so.
    pub(crate) of: Option<u32>,
}

/// One message: a file, or the pieces of one.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) paths: Vec<PathBuf>,
    /// What the name of its first file says.
    pub(crate) part: Option<Part>,
}

impl Source {
    /// The file it is named after.
    pub(crate) fn first(&self) -> &Path {
        self.paths.first().map_or(Path::new(""), PathBuf::as_path)
    }
}

/// Sorts files into messages.
///
/// # Errors
/// A file that cannot be read, and pieces in a wrong order or without their beginning.
pub(crate) fn arrange(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = Vec::new();
    let mut beginnings = Vec::new();
    for file in files {
        beginnings.push(begins_message(file)?);
    }
    for (at, file) in files.iter().enumerate() {
        let part = part(file);
        if beginnings[at] {
            sources.push(Source {
                paths: vec![file.clone()],
                part,
            });
            continue;
        }
        let owner = sources
            .iter_mut()
            .rev()
            .find(|source| belongs(source, part.as_ref()));
        match owner {
            Some(source) => source.paths.push(file.clone()),
            None => return Err(headless(files, &beginnings, at)),
        }
    }
    for source in &sources {
        let parts: Vec<_> = source.paths.iter().map(|path| part(path)).collect();
        check_order(&source.paths, &parts)?;
    }
    Ok(sources)
}

/// A continuation belongs to the last message before it that its name does not rule out.
fn belongs(source: &Source, part: Option<&Part>) -> bool {
    match (&source.part, part) {
        (Some(first), Some(part)) => first.stem == part.stem,
        (None, Some(_)) | (Some(_), None) | (None, None) => true,
    }
}

fn headless(files: &[PathBuf], beginnings: &[bool], at: usize) -> Failure {
    let name = shown(&files[at]);
    match files.iter().zip(beginnings).find(|(_, begins)| **begins) {
        Some((first, _)) => Failure::new(
            FailureKind::Usage,
            format!(
                "The parts are in a wrong order: {name} is not the beginning of a message, and {} is.",
                shown(first)
            ),
        )
        .next("Give the parts in their order, the beginning first."),
        None => Failure::new(
            FailureKind::BadAnswer,
            format!("{name} does not begin like an encrypted message (CMS in binary, PEM or S/MIME)."),
        )
        .next("If it is a part of a split export, give all parts in their order; else download it again."),
    }
}

/// Demands that pieces that say their number come in its order, with none left out.
///
/// # Errors
/// A wrong order or a missing part, by name.
fn check_order(paths: &[PathBuf], parts: &[Option<Part>]) -> Result<(), Failure> {
    if paths.len() < 2 || parts.iter().any(Option::is_none) {
        return Ok(());
    }
    let parts: Vec<&Part> = parts.iter().flatten().collect();
    let mut sorted: Vec<usize> = (0..parts.len()).collect();
    sorted.sort_by_key(|at| parts[*at].number);
    if sorted.iter().enumerate().any(|(at, place)| at != *place) {
        let order: Vec<String> = sorted.iter().map(|at| shown(&paths[*at])).collect();
        return Err(wrong_order(&order));
    }
    let first = parts[0].number.min(1);
    for (at, part) in parts.iter().enumerate() {
        let wanted = first + at as u32;
        if part.number != wanted {
            return Err(missing(&format!("part {wanted} of {}", clean(&part.stem))));
        }
    }
    match parts[0].of {
        Some(of) if (parts.len() as u32) < of => {
            Err(missing(&format!("{} of {of} parts", of - parts.len() as u32)))
        }
        _ => Ok(()),
    }
}

/// [`check_order`] over messages whose contents are one.
pub(crate) fn check_parts(sources: &[Source]) -> Result<(), Failure> {
    let paths: Vec<PathBuf> = sources.iter().map(|source| source.first().to_owned()).collect();
    let parts: Vec<Option<Part>> = sources
        .iter()
        .map(|source| source.part.clone().map(|part| Part { of: None, ..part }))
        .collect();
    check_order(&paths, &parts)
}

/// The failure for parts in a wrong order; `order` is the right one.
pub(crate) fn wrong_order(order: &[String]) -> Failure {
    Failure::new(FailureKind::Usage, "The parts are in a wrong order.")
        .next(format!("Give them in this order: {}", order.join(" ")))
}

fn missing(what: &str) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("Of the split export, {what} is missing."),
    )
    .next("A split export can only be opened with all its parts; give them all, in their order.")
}

fn shown(path: &Path) -> String {
    clean(&path.display().to_string())
}

/// True when the file begins like a message.
fn begins_message(path: &Path) -> Result<bool, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            match error.kind() {
                std::io::ErrorKind::NotFound => FailureKind::NotFound,
                _ => FailureKind::Storage,
            },
            format!("{} cannot be read ({}).", shown(path), error.kind()),
        )
        .next("Check the name and the mode of the file.")
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(
            Failure::new(FailureKind::Usage, format!("{} is a directory.", shown(path)))
                .next("Name the files."),
        );
    }
    // A pipe can be read once only: what it is shows when it is read.
    if !meta.is_file() {
        return Ok(true);
    }
    let mut beginning = Vec::new();
    file.take(LOOK as u64)
        .read_to_end(&mut beginning)
        .map_err(failed)?;
    Ok(match kind(&beginning) {
        Kind::Empty => true,
        // A later part may bear headers of its own around the middle of a message.
        Kind::Mime => holds_beginning(&beginning),
        kind => kind.is_message(),
    })
}

/// What the name of a file says: `….part2.p7m`, `…_2of3`, `….002`.
pub(crate) fn part(path: &Path) -> Option<Part> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    of_word(&name)
        .or_else(|| of_count(&name))
        .or_else(|| of_extension(&name))
}

fn of_word(name: &str) -> Option<Part> {
    let at = name.rfind("part")?;
    let rest = name[at + 4..].trim_start_matches(['-', '_', '.', ' ', '(']);
    let (number, rest) = digits(rest)?;
    let (of, rest) = of_how_many(rest);
    Some(Part {
        stem: format!(
            "{}{}",
            name[..at].trim_end_matches(['-', '_', '.', ' ', '(']),
            rest
        ),
        number,
        of,
    })
}

/// `…1of3…`.
fn of_count(name: &str) -> Option<Part> {
    let mut from = 0;
    while let Some(found) = name[from..].find("of") {
        let at = from + found;
        let before = name[..at].trim_end_matches(['-', '_', ' ']);
        let start = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if let (Some((number, "")), (Some(of), rest)) = (digits(&before[start..]), of_how_many(&name[at..])) {
            return Some(Part {
                stem: format!(
                    "{}{}",
                    before[..start].trim_end_matches(['-', '_', '.', ' ', '(']),
                    rest
                ),
                number,
                of: Some(of),
            });
        }
        from = at + 2;
    }
    None
}

/// `….001`.
fn of_extension(name: &str) -> Option<Part> {
    let (stem, extension) = name.rsplit_once('.')?;
    match digits(extension)? {
        (number, "") if (2..=4).contains(&extension.len()) => Some(Part {
            stem: stem.to_owned(),
            number,
            of: None,
        }),
        _ => None,
    }
}

fn of_how_many(text: &str) -> (Option<u32>, &str) {
    let trimmed = text.trim_start_matches(['-', '_', ' ']);
    let counted = trimmed
        .strip_prefix("of")
        .map(|rest| rest.trim_start_matches(['-', '_', ' ']));
    match counted.and_then(digits) {
        Some((of, rest)) => (Some(of), rest.trim_start_matches(')')),
        None => (None, text.trim_start_matches(')')),
    }
}

fn digits(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> Option<(String, u32, Option<u32>)> {
        part(Path::new(name)).map(|part| (part.stem, part.number, part.of))
    }

    #[test]
    fn names_say_which_part_they_are() {
        for (name, stem, number, of) in [
            ("export.part1.p7m", "export.p7m", 1, None),
            ("export-part-02.p7m", "export.p7m", 2, None),
            ("Export_Part2of3.p7m", "export.p7m", 2, Some(3)),
            ("export (part 2 of 3).p7m", "export.p7m", 2, Some(3)),
            ("export_2of3.p7m", "export.p7m", 2, Some(3)),
            ("export.p7m.002", "export.p7m", 2, None),
        ] {
            assert_eq!(said(name), Some((stem.to_owned(), number, of)), "{name}");
        }
        for name in ["export.p7m", "job-17.p7m", "profile.p7m", "department.p7m", "a.1"] {
            assert_eq!(said(name), None, "{name}");
        }
    }

    #[test]
    fn a_wrong_order_and_a_missing_part_are_named() {
        let check = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
            let parts: Vec<_> = paths.iter().map(|path| part(path)).collect();
            check_order(&paths, &parts)
        };
        assert!(check(&["a.part1", "a.part2", "a.part3"]).is_ok());
        let wrong = check(&["a.part1", "a.part3", "a.part2"]).unwrap_err();
        assert!(wrong.next.unwrap().ends_with("a.part1 a.part2 a.part3"));
        assert!(
            check(&["a.part1", "a.part3"])
                .unwrap_err()
                .message
                .contains("part 2")
        );
        assert!(
            check(&["a.part2", "a.part3"])
                .unwrap_err()
                .message
                .contains("part 1")
        );
        assert!(
            check(&["a_1of3", "a_2of3"])
                .unwrap_err()
                .message
                .contains("1 of 3")
        );
    }
}
