//! The published schemas themselves: each is a valid one, and each refuses what it should.

use serde_json::{Value, json};

use super::cli_harness::{check, schemas};

#[test]
fn every_schema_is_a_valid_one_of_its_draft() {
    let all = schemas();
    assert!(all.len() > 10, "{}", all.len());
    for (name, text) in all {
        let schema: Value = serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        assert_eq!(
            schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{name}"
        );
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
        assert!(schema["title"].is_string(), "{name}");
    }
}

fn list() -> Value {
    json!({
        "mode": "simulation",
        "organization": "Example Contact Centre",
        "items": [{
            "id": null, "operation_id": "o", "type": "delete", "status": "UNKNOWN", "subject": {},
            "label": "", "submitted_at": "2026-11-18T13:02:11Z", "created_by": null, "origin": "ours",
            "due": "2026-12-07", "reference": null, "results": 0, "downloaded": 0,
        }],
        "complete": true,
        "notes": [],
        "read_at": null,
    })
}

fn refused(change: impl Fn(&mut Value)) -> bool {
    let mut document = list();
    change(&mut document);
    std::panic::catch_unwind(|| check("requests-list.json", &document)).is_err()
}

#[test]
fn a_schema_refuses_what_the_contract_does_not_know() {
    check("requests-list.json", &list());
    assert!(refused(|d| d["mode"] = json!("test")));
    assert!(refused(|d| d["items"][0]["origin"] = json!("theirs")));
    assert!(refused(|d| d["items"][0]["due"] = json!("7 Dec")));
    assert!(refused(
        |d| d["items"][0]["submitted_at"] = json!("2026-11-18T14:02:11+01:00")
    ));
    assert!(refused(|d| d["items"][0]["surprise"] = json!(1)));
    assert!(refused(|d| d["items"][0]["subject"]["userId"] = json!("u")));
    assert!(refused(|d| {
        d.as_object_mut().unwrap().remove("complete");
    }));
}
