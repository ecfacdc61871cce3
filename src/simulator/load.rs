//! Reading scenarios, built in or from a file; what is wrong is told with file, line and key.

use std::path::Path;

use super::scenario::Plan;
use super::{Scenario, SimulatorError, check, seed};

/// The built-in scenarios: name, text.
const BUILT_IN: [(&str, &str); 15] = [
    ("default", include_str!("../../assets/simulation/default.toml")),
    ("large", include_str!("../../assets/simulation/large.toml")),
    (
        "rate-limit",
        include_str!("../../assets/simulation/rate-limit.toml"),
    ),
    ("flaky", include_str!("../../assets/simulation/flaky.toml")),
    (
        "cut-before",
        include_str!("../../assets/simulation/cut-before.toml"),
    ),
    (
        "cut-after",
        include_str!("../../assets/simulation/cut-after.toml"),
    ),
    ("refused", include_str!("../../assets/simulation/refused.toml")),
    (
        "expired-link",
        include_str!("../../assets/simulation/expired-link.toml"),
    ),
    (
        "unknown-status",
        include_str!("../../assets/simulation/unknown-status.toml"),
    ),
    ("denied", include_str!("../../assets/simulation/denied.toml")),
    (
        "bad-answer",
        include_str!("../../assets/simulation/bad-answer.toml"),
    ),
    ("strict", include_str!("../../assets/simulation/strict.toml")),
    ("slow", include_str!("../../assets/simulation/slow.toml")),
    (
        "gws-body-lost",
        include_str!("../../assets/simulation/gws-body-lost.toml"),
    ),
    (
        "gws-trouble",
        include_str!("../../assets/simulation/gws-trouble.toml"),
    ),
];

impl Plan {
    /// Reads the plan of `scenario`.
    pub(crate) fn load(scenario: &Scenario) -> Result<Plan, SimulatorError> {
        match scenario {
            Scenario::BuiltIn(name) => built_in(name),
            Scenario::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| SimulatorError(format!("scenario file {}: {error}", path.display())))?;
                let plan = parse(&text, &path.display().to_string())?;
                resolve(plan, &path.display().to_string())
            }
        }
    }

    /// Names and summaries of the built-in scenarios.
    pub(crate) fn built_in_summaries() -> Vec<(&'static str, &'static str)> {
        BUILT_IN
            .iter()
            .map(|(name, text)| (*name, summary_line(text)))
            .collect()
    }
}

fn summary_line(text: &'static str) -> &'static str {
    text.lines()
        .find_map(|line| line.strip_prefix("summary = \""))
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or("")
}

fn built_in(name: &str) -> Result<Plan, SimulatorError> {
    let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        return Err(SimulatorError(format!(
            "there is no scenario of that name; the built-in ones are {}",
            names.join(", ")
        )));
    };
    let place = format!("scenario {name}");
    resolve(parse(text, &place)?, &place)
}

/// Takes over the estate of the scenario it is based on, and checks the whole.
fn resolve(mut plan: Plan, place: &str) -> Result<Plan, SimulatorError> {
    if let Some(base) = plan.based_on.take() {
        let base = built_in(&base)?;
        plan.seed = if plan.seed == 0 { base.seed } else { plan.seed };
        plan.organization = plan.organization.or(base.organization);
        take_over(&mut plan.roles, base.roles);
        take_over(&mut plan.oauth_clients, base.oauth_clients);
        take_over(&mut plan.records, base.records);
        take_over(&mut plan.requests, base.requests);
        plan.generate = plan.generate.or(base.generate);
        plan.gws = match (plan.gws, base.gws) {
            (Some(own), Some(base)) => Some(own.over(base)),
            (own, base) => own.or(base),
        };
        plan.cdds = plan.cdds.or(base.cdds);
    }
    check::check(&plan).map_err(|problem| SimulatorError(format!("{place}: {problem}")))?;
    Ok(plan)
}

fn take_over<T>(own: &mut Vec<T>, base: Vec<T>) {
    if own.is_empty() {
        *own = base;
    }
}

fn parse(text: &str, place: &str) -> Result<Plan, SimulatorError> {
    let reader = toml::Deserializer::parse(text).map_err(|error| located(text, place, None, &error))?;
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let key = error.path().to_string();
        located(text, place, Some(key), error.inner())
    })
}

fn located(text: &str, place: &str, key: Option<String>, error: &toml::de::Error) -> SimulatorError {
    let line = error.span().map_or(1, |span| {
        text[..span.start.min(text.len())].matches('\n').count() + 1
    });
    let key = key
        .filter(|key| key != ".")
        .map_or(String::new(), |key| format!(", key `{key}`"));
    SimulatorError(format!("{place}, line {line}{key}: {}", error.message()))
}

/// The name of the estate's file: a scenario file's estate is told apart by where the file lies.
pub(crate) fn estate_file(scenario: &Scenario) -> String {
    match scenario {
        Scenario::BuiltIn(name) => format!("{name}.sqlite"),
        Scenario::File(path) => {
            let full = std::fs::canonicalize(path).unwrap_or_else(|_| Path::new(path).to_path_buf());
            let stem = path.file_stem().map_or_else(String::new, |stem| {
                stem.to_string_lossy()
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .collect()
            });
            let digest = seed::hex_digest(&[full.as_os_str().as_encoded_bytes()]);
            format!("file-{stem}-{}.sqlite", &digest[..8])
        }
    }
}
