//! A case as a sheet of facts, for people.

use crate::cli::Fact;
use crate::cli::requests::when;
use crate::domain::case::trail;
use crate::workflow::World;
use crate::workflow::cases::document::CaseDocument;

impl CaseDocument {
    /// The same for people.
    pub fn sheet(&self, world: &World) -> Vec<Fact> {
        let zone = &world.settings.time_zone;
        let mut facts = vec![Fact::new("case", &self.id)];
        let mut add = |name: &'static str, value: Option<String>| {
            facts.extend(value.map(|value| Fact::new(name, value)));
        };
        add("kind", Some(format!("{} ({})", self.kind, self.regime)));
        add(
            "state",
            Some(self.ending.clone().unwrap_or_else(|| self.state.to_owned())),
        );
        add("next", Some(self.next_step.clone()));
        let left = self.days_left.map(|days| format!(", {days} days left"));
        add("due", Some(format!("{}{}", self.due, left.unwrap_or_default())));
        add("target", Some(self.target.to_string()));
        add("submit by", self.submit_by.as_ref().map(|safe| safe.text.clone()));
        add("received", Some(self.received.to_string()));
        add("confirm by", self.acknowledge_by.map(|day| day.to_string()));
        add("confirmed", self.acknowledged.map(|day| day.to_string()));
        add("assignee", self.assignee.clone());
        add("waits for", self.waits_for.clone());
        add(
            "identity",
            self.identity
                .as_ref()
                .map(|check| format!("{} on {}", check.result.as_str().replace('_', " "), check.on)),
        );
        add(
            "extended",
            self.extension
                .as_ref()
                .map(|extension| format!("the person was told on {}", extension.told_on)),
        );
        add(
            "answered",
            self.answer
                .as_ref()
                .map(|answer| format!("{} by {}{}", answer.on, answer.channel, late(self.days_late))),
        );
        add("holds", (!self.holds.is_empty()).then(|| self.holds.join(", ")));
        facts.extend(self.reference.iter().map(|text| Fact::new("ticket", text)));
        for identifier in &self.identifiers {
            facts.push(Fact::personal(identifier.kind.as_str(), &identifier.value));
        }
        for refusal in &self.refusals {
            let part = refusal.part.as_deref().unwrap_or("the whole");
            facts.push(Fact::new(
                "refused",
                format!(
                    "{part}: {} ({}) on {}",
                    refusal.ground.as_str(),
                    refusal.ground.source(),
                    refusal.on
                ),
            ));
        }
        for column in &self.coverage {
            let mark = if column.settled { "ok" } else { "open" };
            facts.push(Fact::new(
                "coverage",
                format!(
                    "{:<4} {:<14} {}",
                    mark,
                    column.system.replace('_', " "),
                    column.state
                ),
            ));
        }
        for operation in &self.operations {
            let id = operation.request_id.as_deref().unwrap_or(&operation.id);
            facts.push(Fact::new(
                "request",
                format!("{id} {} {}", operation.kind, operation.status),
            ));
        }
        for step in &self.steps {
            facts.push(Fact::new(
                "clock",
                format!("{}  {} [{}]", step.day, step.text, step.source),
            ));
        }
        for line in &self.trail {
            let begin = format!("{} {}: {}", when::minute(line.at, zone), line.by, line.action);
            let whole = |text: &str| format!("{begin}: {text}");
            let masked = trail::masked(&line.action, &line.text);
            facts.push(Fact::partly("happened", whole(&line.text), whole(&masked)));
        }
        facts
    }
}

fn late(days: i32) -> String {
    match days {
        0 => String::new(),
        1 => ", 1 day late".to_owned(),
        days => format!(", {days} days late"),
    }
}
