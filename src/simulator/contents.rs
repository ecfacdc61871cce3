//! What is inside an export, as real ones are: flat entries `service!identifier`, nearly all of
//! them receipts without content, the content in nested zips, sound and JSON.

use serde_json::{Value, json};

use super::archive::{Order, zipped};
use super::lifecycle::{DAY, HOUR, MINUTE};
use super::record::{Record, RecordKind};
use super::seed::Dice;

type Entry = (String, Vec<u8>);

/// What an Ogg page without any sound is: its 27-byte header.
const EMPTY_SOUND: &[u8; 27] = b"OggS\0\x02\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x5a\x11\x20\x04\0";

/// All entries of an archive. The first archive of an export holds the content, further ones hold
/// more receipts and recordings.
pub(crate) fn entries(order: &Order) -> Vec<Entry> {
    let label = format!("archive:{}:{}", order.request.id, order.part);
    let mut packer = Packer {
        dice: Dice::new(order.seed, &label),
        at: order.packed_at,
        entries: Vec::new(),
    };
    let receipts = packer.dice.between(220, 640);
    packer.receipts(receipts);
    packer.recordings();
    if order.part == 0 {
        packer.common();
        for person in &order.people {
            match person.kind {
                RecordKind::User => packer.user(person),
                RecordKind::Contact => packer.contact(person),
                RecordKind::Journey => packer.journey(person),
                _ => {}
            }
        }
    }
    packer.entries.sort_by(|a, b| a.0.cmp(&b.0));
    packer.entries.dedup_by(|a, b| a.0 == b.0);
    packer.entries
}

struct Packer {
    dice: Dice,
    at: i64,
    entries: Vec<Entry>,
}

impl Packer {
    fn put(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.entries.push((name.into(), bytes.into()));
    }

    fn put_json(&mut self, name: impl Into<String>, value: &Value) {
        self.put(name, value.to_string().into_bytes());
    }

    /// Some moment of the last year, as text.
    fn some_time(&mut self) -> String {
        let ago = self.dice.between(HOUR, 300 * DAY);
        super::clock::moment(self.at - ago)
            .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
            .to_string()
    }

    fn receipts(&mut self, count: i64) {
        for _ in 0..count {
            let (id, conversation) = (self.dice.uuid(), self.dice.uuid());
            let receipt = json!({
                "topic": "analytics-gdpr-receipt",
                "externalId": conversation,
                "timestamp": self.some_time(),
                "url": format!("https://storage.example.org/receipts/{id}"),
            });
            self.put_json(format!("analytics!{id}"), &receipt);
        }
    }

    fn recordings(&mut self) {
        for number in 0..self.dice.between(2, 4) {
            let conversation = self.dice.uuid();
            let name = format!("recording!{conversation}_Rec_{number:03}");
            let length = usize::try_from(self.dice.between(18_000, 64_000)).unwrap_or(18_000);
            let mut sound = b"OggS\0\x02\0\0\0\0\0\0\0\0".to_vec();
            sound.extend(self.dice.bytes(length));
            self.put(format!("{name}.opus"), sound);
        }
        let silent = self.dice.uuid();
        self.put(format!("recording!{silent}_Rec_000.opus"), *EMPTY_SOUND);
        let (message, email) = (self.message_recording(), self.email_recording());
        self.entries.extend([message, email]);
        let chat = self.dice.uuid();
        let transcript = json!({
            "conversationId": chat,
            "messages": self.dialogue(),
        });
        self.put_json(format!("recording!{chat}_Rec_000.json"), &transcript);
    }

    fn dialogue(&mut self) -> Value {
        let lines = [
            (
                "customer",
                "Good morning, I would like to know where my order is.",
            ),
            ("agent", "Good morning, may I have the order number?"),
            ("customer", "It is order 555-0100."),
            ("agent", "Thank you. It leaves our warehouse tomorrow."),
            ("customer", "Thank you, that is all."),
        ];
        let start = self.at - self.dice.between(DAY, 200 * DAY);
        let messages: Vec<Value> = (0_i64..)
            .zip(lines)
            .map(|(index, (from, text))| {
                let time = super::clock::moment(start + index * MINUTE).strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
                json!({"from": from, "time": time.to_string(), "text": text})
            })
            .collect();
        Value::Array(messages)
    }

    fn message_recording(&mut self) -> Entry {
        let conversation = self.dice.uuid();
        let transcript = json!({
            "conversationId": conversation,
            "channel": "open messaging",
            "messages": self.dialogue(),
        });
        let picture = {
            let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
            bytes.extend(self.dice.bytes(6_000));
            bytes
        };
        let inner = [
            (
                format!("MessageTranscript_{conversation}.json"),
                transcript.to_string().into_bytes(),
            ),
            ("photo of the parcel.png".to_owned(), picture),
        ];
        (
            format!("recording!{conversation}_Rec_001.zip"),
            zipped(&inner, self.at),
        )
    }

    fn email_recording(&mut self) -> Entry {
        let conversation = self.dice.uuid();
        let transcript = json!({
            "conversationId": conversation,
            "subject": "My contract",
            "time": self.some_time(),
            "from": "customer@example.org",
            "to": ["service@example.org"],
            "textBody": "Dear Sir or Madam,\nplease send me a copy of my contract.\nKind regards",
            "attachments": ["contract.txt"],
        });
        let inner = [
            (
                format!("EmailTranscript_{conversation}.json"),
                transcript.to_string().into_bytes(),
            ),
            (
                "contract.txt".to_owned(),
                b"This contract is made up for training.\n".to_vec(),
            ),
        ];
        (
            format!("recording!{conversation}_Rec_002.zip"),
            zipped(&inner, self.at),
        )
    }

    fn common(&mut self) {
        let session = self.dice.uuid();
        let visit = json!({
            "id": session,
            "type": "web",
            "createdDate": self.some_time(),
            "pages": ["https://shop.example.org/", "https://shop.example.org/contact"],
        });
        self.put_json(format!("journey-session-store!{session}.json"), &visit);
        let (invoice, survey) = (self.dice.uuid(), self.dice.uuid());
        self.put(format!("billing-service!{invoice}"), "INV-000417\nINV-000423\n");
        let answers = json!({
            "surveyId": survey,
            "completedDate": self.some_time(),
            "answers": [{"question": "Were you content with our service?", "answer": 4}],
        });
        self.put_json(format!("quality!Survey_{survey}.json"), &answers);
    }

    fn contact(&mut self, person: &Record) {
        let (first, last) = person.names();
        let contact = json!({
            "id": person.id,
            "firstName": first,
            "lastName": last,
            "phones": person.phones,
            "emails": person.emails,
            "addresses": person.addresses,
            "externalIds": person.external_ids,
        });
        // Several contacts of one export must not hide each other.
        let mark = if self
            .entries
            .iter()
            .any(|(name, _)| name == "contacts-service!externalContact.json")
        {
            format!("-{}", person.id)
        } else {
            String::new()
        };
        self.put_json(format!("contacts-service!externalContact{mark}.json"), &contact);
        let notes = json!([{
            "noteText": "Prefers to be called in the afternoon.",
            "createDate": self.some_time(),
        }]);
        self.put_json(
            format!("contacts-service!externalContact-notes{mark}.json"),
            &notes,
        );
    }

    fn user(&mut self, person: &Record) {
        let email = person.emails.first().cloned().unwrap_or_default();
        let profile = json!({
            "id": person.id,
            "name": person.name,
            "email": email,
            "phones": person.phones,
            "title": person.title,
            "department": person.department,
        });
        let ids: Vec<String> = (0..6).map(|_| self.dice.uuid()).collect();
        self.put_json(format!("venue!{}", ids[0]), &profile);
        self.put(format!("auth-api!{}", ids[1]), email.clone());
        self.put_json(
            format!("edge-config-user!{}", ids[2]),
            &json!({"station": "Remote station 12", "callForwarding": {"enabled": false}}),
        );
        let chat = format!(
            "created: {}, message: Lunch at noon?\ncreated: {}, message: Yes, see you there.\n",
            self.some_time(),
            self.some_time()
        );
        self.put("REALTIME!messages", chat);
        let headers = format!("From: service@example.org\nTo: {email}\nSubject: Your shift\n");
        self.put(format!("postino-service!{}", ids[3]), headers);
        let outline =
            json!({"summary": "The customer asked for the state of an order.", "topics": ["delivery"]});
        self.put_json(
            format!("sta-transcript-outliner!{}_{}.json", ids[3], ids[4]),
            &outline,
        );
        self.put_json(
            format!("gamification-service!{}", ids[5]),
            &json!({"points": 412}),
        );
        let widget = self.dice.uuid();
        self.put_json(
            format!("squonk-service!{widget}"),
            &json!({"name": "Shop messenger", "lastEditedBy": person.id}),
        );
        for empty in [
            "PUSH!",
            "adjustments-service!",
            "wem-coaching!",
            "wem-recognition-service!",
        ] {
            let id = self.dice.uuid();
            self.put(format!("{empty}{id}"), Vec::new());
        }
    }

    fn journey(&mut self, person: &Record) {
        let session = self.dice.uuid();
        let visit = json!({
            "id": session,
            "customerId": person.id,
            "customerIdType": person.journey_type,
            "createdDate": self.some_time(),
            "searchTerms": ["opening hours"],
        });
        self.put_json(format!("journey-session-store!{session}.json"), &visit);
    }
}
