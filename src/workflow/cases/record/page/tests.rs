//! The page, as it is read.

use super::*;

#[test]
fn a_late_answer_is_called_late() {
    let page = |late: u32| {
        of(&serde_json::json!({
            "case": {"id": "C-1"},
            "answered": {"on": "2026-03-04", "due": "2026-03-02", "days_late": late},
        }))
    };
    assert!(page(2).contains("2 days late (limit 2026-03-02)"));
    assert!(page(1).contains("1 day late") && page(0).contains("in time (limit"));
    assert!(!of(&serde_json::json!({"case": {}, "answered": null})).contains("(limit"));
}

#[test]
fn what_people_wrote_is_never_markup() {
    let data = serde_json::json!({
        "mode": "live",
        "case": {"id": "C-1", "reference": "<script src=//x>'\"&", "trail": [{"text": "<img onerror=x>"}]},
    });
    let page = of(&data);
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("&lt;script") && page.contains("LIVE"));
    for outside in ["http://", "https://", "src=\"", "href=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}
