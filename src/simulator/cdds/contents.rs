//! What is inside an export: JSON Lines about the people of the estate, attachments joined to
//! interactions by their id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::runs::Run;
use super::state::{Job, JobMade};
use crate::simulator::clock::moment;
use crate::simulator::lifecycle::{DAY, HOUR, MINUTE};
use crate::simulator::people::People;
use crate::simulator::record::{Record, RecordKind};
use crate::simulator::seed::Dice;

/// Subject, text, and the name and content of what is attached.
type Talk = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// What is said in conversations.
const TALK: [Talk; 6] = [
    (
        "My contract",
        "Dear Sir or Madam,\nplease send me a copy of my contract.\nKind regards",
        Some(("contract.txt", "This contract is made up for training.\n")),
    ),
    (
        "Where is my order?",
        "Good morning, I would like to know where order 555-0100 is.",
        None,
    ),
    (
        "Change of address",
        "From next month on please use my new address.",
        Some(("form.txt", "Change of address, a made-up form.\n")),
    ),
    (
        "A question about an invoice",
        "The invoice INV-000417 has a line that I do not understand.",
        None,
    ),
    (
        "Call back, please",
        "I tried to reach you twice today. Please call back in the afternoon.",
        None,
    ),
    ("Thank you", "That was quick. Thank you very much.", None),
];

const MEDIA: [&str; 4] = ["email", "voice", "chat", "sms"];

/// Entries of the archive of one run: name and bytes.
pub(crate) fn entries(
    people: &People,
    seed: u64,
    epoch: i64,
    job: &Job,
    run: &Run,
) -> Vec<(String, Vec<u8>)> {
    let made = &job.made;
    let subjects: Vec<&Record> = people
        .listed()
        .iter()
        .filter(|record| record.kind == RecordKind::Contact && record.name.is_some())
        .collect();
    if made.kind == "Contact" {
        let lines: Vec<Value> = subjects
            .iter()
            .map(|record| contact(record, seed, epoch))
            .collect();
        return vec![(format!("Contact-{}.json", made.id), json_lines(&lines))];
    }
    let (mut interactions, mut attachments) = (Vec::new(), Vec::new());
    for record in subjects {
        for (interaction, attachment) in talks(record, seed, epoch) {
            let start = interaction["startDate"].as_str().unwrap_or_default();
            if within(made, start) && start <= text(run.end).as_str() {
                interactions.push(interaction);
                attachments.extend(attachment);
            }
        }
    }
    interactions.sort_by(|a, b| a["startDate"].as_str().cmp(&b["startDate"].as_str()));
    if made.udm {
        return interactions
            .iter()
            .map(|one| {
                let id = one["id"].as_str().unwrap_or_default();
                let own: Vec<&Value> = attachments
                    .iter()
                    .filter(|a| a["entityid"] == one["id"])
                    .collect();
                let mut whole = one.clone();
                whole["attachments"] = json!(own);
                (format!("{id}.json"), format!("{whole:#}\n").into_bytes())
            })
            .collect();
    }
    vec![
        (format!("Interaction-{}.json", made.id), json_lines(&interactions)),
        (
            format!("Interaction-Attachment-{}.json", made.id),
            json_lines(&attachments),
        ),
    ]
}

fn json_lines(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        out.extend_from_slice(value.to_string().as_bytes());
        out.push(b'\n');
    }
    out
}

fn within(made: &JobMade, start: &str) -> bool {
    let day = start.get(..10).unwrap_or_default();
    made.frame
        .as_ref()
        .is_none_or(|(from, to)| from.as_str() <= day && day <= to.as_str())
}

fn text(at: i64) -> String {
    moment(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn contact(record: &Record, seed: u64, epoch: i64) -> Value {
    let mut dice = Dice::new(seed, &format!("cdds-contact:{}", record.key()));
    let (first, last) = record.names();
    let created = epoch - dice.between(200 * DAY, 900 * DAY);
    let segment = if dice.below(2) == 0 { "private" } else { "business" };
    json!({
        "id": contact_id(record, seed),
        "tenantId": 1,
        "firstName": first,
        "lastName": last,
        "emailAddresses": record.emails,
        "phoneNumbers": record.phones,
        "postalAddresses": record.addresses,
        "customerIds": record.external_ids,
        "createdDate": text(created),
        "modifiedDate": text(created + dice.between(DAY, 100 * DAY)),
        "segment": segment,
    })
}

fn contact_id(record: &Record, seed: u64) -> String {
    // As such servers make them: sixteen characters without hyphens.
    let id = Dice::new(seed, &format!("cdds-contact-id:{}", record.key())).uuid();
    id.replace('-', "").to_uppercase().chars().take(16).collect()
}

/// Interactions of one person, each with its attachment if it has one. The first of each person has.
fn talks(record: &Record, seed: u64, epoch: i64) -> Vec<(Value, Option<Value>)> {
    let mut dice = Dice::new(seed, &format!("cdds-interactions:{}", record.key()));
    let (first, last) = record.names();
    let count = dice.between(2, 5);
    (0..count)
        .map(|number| {
            let id: String = dice
                .uuid()
                .replace('-', "")
                .to_uppercase()
                .chars()
                .take(16)
                .collect();
            let pick = if number == 0 {
                0
            } else {
                dice.below(TALK.len() as u64)
            };
            let (subject, words, attached) = TALK[usize::try_from(pick).unwrap_or(0)];
            let media = if attached.is_some() {
                0
            } else {
                dice.below(MEDIA.len() as u64)
            };
            let medium = MEDIA[usize::try_from(media).unwrap_or(0)];
            let start = epoch - dice.between(HOUR, 300 * DAY);
            let interaction = json!({
                "id": id,
                "tenantId": 1,
                "type": "Inbound",
                "mediaType": medium,
                "status": "Stopped",
                "startDate": text(start),
                "endDate": text(start + dice.between(MINUTE, 40 * MINUTE)),
                "contactId": contact_id(record, seed),
                "firstName": first,
                "lastName": last,
                "emailAddress": record.emails.first(),
                "phoneNumber": record.phones.first(),
                "subject": subject,
                "text": words,
                "ownerId": 100 + dice.below(20),
            });
            let attachment = attached.map(|(name, content)| {
                json!({
                    "entityid": id,
                    "documentid": dice.uuid(),
                    "name": name,
                    "mimetype": "text/plain",
                    "size": content.len(),
                    "content": STANDARD.encode(content),
                })
            });
            (interaction, attachment)
        })
        .collect()
}
