//! Who is searched for again: the people of cases, and those of the register whose case has forgotten
//! them or is not in this store.

use crate::domain::case::coverage::System;
use crate::domain::case::{Case, CaseKind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::Identifier;
use crate::store::CaseFilter;
use crate::workflow::World;
use crate::workflow::cases::suppression::{self, Listed};
use crate::workflow::cases::{list, show, systems};

/// Somebody, by the case under which their data was erased.
pub(super) struct Person {
    pub id: String,
    pub kind: CaseKind,
    pub from: Option<&'static str>,
    /// The case, where it knows its person itself.
    pub case: Option<Case>,
    /// Systems in which something was erased under it; `None` where no case of this store tells.
    pub erased_in: Option<Vec<System>>,
    /// What they are known by, or why that is not known.
    pub identifiers: Result<Vec<Identifier>, Failure>,
}

impl Person {
    /// What is searched for.
    pub fn identifiers(&self) -> Option<&[Identifier]> {
        self.identifiers.as_deref().ok()
    }

    /// Whether something of theirs may have come back there.
    pub fn concerns(&self, system: &System) -> bool {
        self.erased_in
            .as_ref()
            .is_none_or(|systems| systems.contains(system))
    }

    fn of_register(listed: &Listed, erased_in: Option<Vec<System>>) -> Person {
        Person {
            id: listed.case.clone(),
            kind: CaseKind::Erasure,
            from: Some("register"),
            case: None,
            erased_in,
            identifiers: match &listed.entry {
                Ok(entry) => Ok(entry.identifiers.clone()),
                Err(failure) => Err(failure.clone()),
            },
        }
    }

    fn unknown(case: &Case, trouble: Option<&Failure>) -> Person {
        let why = match (case.forgotten, trouble) {
            (true, Some(failure)) => format!(
                "Its personal data has been forgotten, and the register of suppressed identifiers cannot be read: {}",
                failure.message
            ),
            (true, None) => {
                "Its personal data has been forgotten, and the register of suppressed identifiers has no entry of it."
                    .to_owned()
            }
            (false, _) => "It knows no identifiers.".to_owned(),
        };
        Person {
            id: case.id.clone(),
            kind: case.kind,
            from: None,
            case: None,
            erased_in: None,
            identifiers: Err(Failure::new(
                trouble.map_or(FailureKind::NotFound, |failure| failure.kind),
                why,
            )),
        }
    }
}

/// Everybody who is meant.
///
/// # Errors
/// When a case is not known or the store fails.
pub(super) async fn people(world: &World, handles: &[String]) -> Result<Vec<Person>, Failure> {
    let cases = cases(world, handles).await?;
    let (cases, erased): (Vec<Case>, Vec<Vec<System>>) = cases.into_iter().unzip();
    let (register, trouble) = match suppression::forgotten(world, &cases).await {
        Ok(register) => (register, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut people: Vec<Person> = cases
        .iter()
        .zip(erased)
        .map(|(case, erased)| {
            let listed = register.iter().find(|listed| listed.case == case.id);
            match (case.identifiers.is_empty(), listed) {
                (true, Some(listed)) => Person::of_register(listed, Some(erased)),
                (true, None) => Person::unknown(case, trouble.as_ref()),
                (false, _) => Person {
                    id: case.id.clone(),
                    kind: case.kind,
                    from: Some("case"),
                    case: Some(case.clone()),
                    erased_in: Some(erased),
                    identifiers: Ok(case.identifiers.clone()),
                },
            }
        })
        .collect();
    if !handles.is_empty() {
        return Ok(people);
    }
    if let Some(failure) = trouble {
        // Who stands in it is not known, so nobody may take this for everybody.
        people.push(Person {
            id: "register".to_owned(),
            kind: CaseKind::Erasure,
            from: Some("register"),
            case: None,
            erased_in: None,
            identifiers: Err(failure),
        });
    }
    // What the register knows beyond the cases of this store.
    let beyond = register
        .iter()
        .filter(|listed| cases.iter().all(|case| case.id != listed.case));
    people.extend(beyond.map(|listed| Person::of_register(listed, None)));
    Ok(people)
}

/// The cases, with the systems in which something was erased under each.
async fn cases(world: &World, handles: &[String]) -> Result<Vec<(Case, Vec<System>)>, Failure> {
    let mut cases = Vec::new();
    for handle in wanted(world, handles).await? {
        // Looked at as it is: what was not verified may still be, by this very search.
        let file = match handles.is_empty() {
            true => world.store.case_file(&handle, &systems(world)).await?,
            false => show(world, &handle).await?,
        };
        let erased: Vec<System> = file
            .columns
            .iter()
            .filter(|column| column.was_erased())
            .map(|column| column.system.clone())
            .collect();
        if !erased.is_empty() || !handles.is_empty() {
            cases.push((file.case, erased));
        }
    }
    Ok(cases)
}

async fn wanted(world: &World, handles: &[String]) -> Result<Vec<String>, Failure> {
    if !handles.is_empty() {
        return Ok(handles.to_vec());
    }
    let filter = CaseFilter {
        kind: Some(CaseKind::Erasure),
        ..CaseFilter::default()
    };
    let rows = list(world, filter).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
