//! The client against the simulated Genesys Cloud over TCP: two halves that share no wire types.

use std::sync::Arc;

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::operation::{NewRequest, Outcome};
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::{ReplacementTerm, RequestType};
use dsr_console::domain::subject::SubjectKind;
use dsr_console::simulator::{CloudAccess, Scenario, Simulator};
use dsr_console::systems::genesys_cloud::{Credentials, GenesysCloud, SignIn};
use dsr_console::systems::transport::{Purpose, Transport};
use dsr_console::workflow::doctor::{self, Verdict};
use dsr_console::workflow::{World, access, setup};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{endpoints, network, submit, tuning};

/// A simulated organisation on TCP.
struct Estate {
    simulator: Simulator,
    access: CloudAccess,
    base: String,
    cloud: GenesysCloud,
    _dir: tempfile::TempDir,
    _stop: DropGuard,
}

async fn estate(scenario: &str) -> Estate {
    let dir = tempfile::tempdir().unwrap();
    let simulator = Simulator::open(dir.path(), &Scenario::BuiltIn(scenario.to_owned())).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let (serving, stopping) = (simulator.clone(), stop.clone());
    tokio::spawn(async move { serving.serve(listener, stopping).await });
    let access = simulator.cloud_access();
    let credentials = Credentials::Client {
        id: access.client_id.clone(),
        secret: access.client_secret.clone().into(),
    };
    let cloud = GenesysCloud::with(
        network(),
        endpoints(&base),
        credentials,
        simulator.clock(),
        tuning(),
        None,
    );
    Estate {
        simulator,
        access,
        base,
        cloud,
        _dir: dir,
        _stop: stop.drop_guard(),
    }
}

impl Estate {
    /// A world of this estate, on its clock.
    fn world(&self) -> (World, tempfile::TempDir) {
        let (mut world, dir) = super::world(self.cloud.clone());
        world.clock = self.simulator.clock();
        (world, dir)
    }
}

const ANNA: &str = "anna.muster@example.org";

async fn anna(estate: &Estate) -> dsr_console::domain::subject::Subject {
    let found = estate
        .cloud
        .search_subjects(IdentifierKind::Email, ANNA)
        .await
        .unwrap();
    assert!(found.unreadable.is_empty());
    let contact = found
        .iter()
        .find(|subject| subject.kind() == SubjectKind::ExternalContact);
    contact.unwrap().clone()
}

#[tokio::test]
async fn an_export_is_submitted_followed_and_fetched() {
    let estate = estate("default").await;
    let subject = anna(&estate).await;
    let request = NewRequest {
        kind: RequestType::Export,
        subject: subject.for_submission(),
        replacement_terms: Vec::new(),
    };
    let sent = submit(&estate.cloud, request).await;
    let Outcome::Accepted(accepted) = &sent.outcome else {
        panic!("{sent:?}");
    };
    assert!(sent.correlation_id.is_some() && sent.server_time.is_some());
    assert_eq!(accepted.kind, Some(RequestType::Export));
    let page = estate.cloud.list_requests(1, 100).await.unwrap();
    assert!(page.unreadable.is_empty());
    assert!(page.requests.iter().any(|request| request.id == accepted.id));
    estate
        .simulator
        .advance(jiff::SignedDuration::from_hours(24 * 4))
        .unwrap();
    let done = estate.cloud.get_request(&accepted.id).await.unwrap();
    assert_eq!(done.status, "COMPLETED");
    assert_eq!(done.created_by.as_deref(), Some(estate.access.client_id.as_str()));
    let dir = tempfile::tempdir().unwrap();
    let got = estate
        .cloud
        .download(
            &done.results[0],
            &done.id,
            dir.path(),
            &Listener::none(),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
    let name = got.path.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("results-") && name.ends_with(".zip") && name.contains(&done.id),
        "{name}"
    );
    assert!(std::fs::read(&got.path).unwrap().starts_with(b"PK"));
    // Long after, the result is gone, and that is said.
    estate
        .simulator
        .advance(jiff::SignedDuration::from_hours(24 * 60))
        .unwrap();
    let gone = estate
        .cloud
        .download(
            &done.results[0],
            &done.id,
            dir.path(),
            &Listener::none(),
            &CancellationToken::new(),
        )
        .await
        .unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn deletions_and_updates_are_taken_and_wrong_ones_refused() {
    let estate = estate("default").await;
    let subject = anna(&estate).await.for_submission();
    let term = ReplacementTerm {
        kind: IdentifierKind::Email,
        existing_value: ANNA.to_owned(),
        updated_value: "anna.beispiel@example.org".to_owned(),
    };
    for (kind, terms) in [
        (RequestType::Update, vec![term]),
        (RequestType::Delete, Vec::new()),
    ] {
        let request = NewRequest {
            kind,
            subject: subject.clone(),
            replacement_terms: terms,
        };
        let sent = submit(&estate.cloud, request).await;
        assert!(matches!(sent.outcome, Outcome::Accepted(_)), "{sent:?}");
    }
    let nobody = NewRequest {
        kind: RequestType::Export,
        subject: dsr_console::domain::subject::Subject::default(),
        replacement_terms: Vec::new(),
    };
    let sent = submit(&estate.cloud, nobody).await;
    assert!(matches!(sent.outcome, Outcome::Refused(_)), "{sent:?}");
}

#[tokio::test]
async fn people_are_found_beyond_the_gdpr_search() {
    let estate = estate("default").await;
    let cloud = &estate.cloud;
    let mut sets = Vec::new();
    for (kind, value) in [
        (IdentifierKind::Email, ANNA),
        (IdentifierKind::Phone, "+49 30 23125014"),
        (IdentifierKind::Name, "Anna Muster"),
        (IdentifierKind::Twitter, "@anna_muster"),
        (IdentifierKind::Instagram, "anna.muster.berlin"),
    ] {
        let found = cloud.find_contacts(kind, value).await.unwrap();
        assert!(found.unreadable.is_empty(), "{kind:?}: {:?}", found.unreadable);
        let merged = found.iter().find(|person| !person.merge_set.is_empty());
        let merged = merged.unwrap_or_else(|| panic!("{kind:?}"));
        assert_eq!(merged.merge_set[0].name.as_deref(), Some("A. Muster"));
        sets.push(merged.subject.external_contact_id.clone().unwrap());
    }
    sets.dedup();
    assert_eq!(sets.len(), 1);
    let other = cloud.merge_set(&sets[0]).await.unwrap();
    let back = cloud.merge_set(&other[0].external_contact_id).await.unwrap();
    assert_eq!(
        (back[0].external_contact_id.as_str(), back[0].canonical),
        (sets[0].as_str(), true)
    );
    for (kind, value) in [
        (IdentifierKind::Email, "paula.probe@agents.example.org"),
        (IdentifierKind::Name, "Paula Probe"),
        (IdentifierKind::Phone, "+493023125100"),
    ] {
        let found = cloud.find_users(kind, value).await.unwrap();
        assert_eq!(found[0].subject.name.as_deref(), Some("Paula Probe"), "{kind:?}");
        let id = found[0].subject.user_id.clone().unwrap();
        assert_eq!(
            cloud.find_users(IdentifierKind::UserId, &id).await.unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn access_setup_and_doctor_agree() {
    let estate = estate("default").await;
    let (world, _dir) = estate.world();
    let access = access::check(&world).await.unwrap();
    assert!(access.denied().is_none() && access.identity.permissions_complete);
    assert_eq!(
        access.identity.organization.as_deref(),
        Some(estate.access.organization.as_str())
    );
    let checks = doctor::cloud(&world).await;
    assert!(
        checks.iter().all(|check| check.verdict == Verdict::Ok),
        "{checks:#?}"
    );
    let plan = setup::plan_oauth_client(&world, "dsr new", "dsr operator")
        .await
        .unwrap();
    let made = setup::create_oauth_client(&world, &plan, &CancellationToken::new())
        .await
        .unwrap();
    let again = setup::plan_oauth_client(&world, "dsr new", "dsr operator")
        .await
        .unwrap_err();
    assert_eq!(again.kind, FailureKind::Conflict);
    let second = setup::plan_oauth_client(&world, "dsr newer", "dsr operator")
        .await
        .unwrap();
    assert_eq!(second.existing_role.as_deref(), Some(made.role_id.as_str()));
    // The new client signs in and may do the work, and no more.
    let cloud = GenesysCloud::with(
        network(),
        endpoints(&estate.base),
        Credentials::Client {
            id: made.id,
            secret: made.secret,
        },
        estate.simulator.clock(),
        tuning(),
        None,
    );
    assert!(
        access::access_of(cloud.identity().await.unwrap())
            .denied()
            .is_none()
    );
    let denied = cloud.clients_named("dsr").await.unwrap_err();
    assert_eq!(denied.kind, FailureKind::Permission);
    assert!(denied.message.contains("oauth:client:view"), "{}", denied.message);
}

#[tokio::test]
async fn missing_permissions_are_named_in_the_denied_scenario() {
    let estate = estate("denied").await;
    let (world, _dir) = estate.world();
    let access = access::check(&world).await.unwrap();
    let failure = access.denied().unwrap();
    assert_eq!(failure.exit_code(), 4);
    assert!(failure.message.contains("gdpr:"), "{}", failure.message);
    assert!(failure.next.unwrap().contains("administrator"));
}

#[tokio::test]
async fn a_person_signs_in_by_pasting_the_address() {
    let estate = estate("default").await;
    let client_id = estate.access.pkce_client_id.clone().unwrap();
    let sign_in = SignIn::begin(
        &endpoints(&estate.base),
        &client_id,
        "http://127.0.0.1:8085/callback",
    )
    .unwrap();
    let transport: Arc<dyn Transport> = network();
    // What a browser would do: the simulated person signs in at once.
    let request = http::Request::get(sign_in.authorize_url())
        .body(bytes::Bytes::new())
        .unwrap();
    let answer = transport.call(request, Purpose::Read).await.unwrap();
    let redirected = answer.headers()["location"].to_str().unwrap().to_owned();
    let clock = estate.simulator.clock();
    let tokens = sign_in
        .finish(&transport, clock.as_ref(), &redirected)
        .await
        .unwrap();
    assert!(tokens.refresh.is_some() && tokens.expires_at.is_some());
    assert!(
        sign_in
            .finish(&transport, clock.as_ref(), &redirected)
            .await
            .is_err()
    );
    let cloud = GenesysCloud::with(
        network(),
        endpoints(&estate.base),
        Credentials::Person {
            client_id: tokens.client_id,
            access: tokens.access,
            refresh: tokens.refresh,
            expires_at: tokens.expires_at,
        },
        clock,
        tuning(),
        None,
    );
    let identity = cloud.identity().await.unwrap();
    assert!(identity.user_id.is_some() && identity.holds("gdpr:request:add") == Some(true));
    // A token outlived by the estate's clock is refreshed before the next call, a submission too.
    estate
        .simulator
        .advance(jiff::SignedDuration::from_hours(24 * 14))
        .unwrap();
    let subject = anna(&estate).await.for_submission();
    let request = NewRequest {
        kind: RequestType::Export,
        subject,
        replacement_terms: Vec::new(),
    };
    let sent = submit(&cloud, request).await;
    assert!(matches!(sent.outcome, Outcome::Accepted(_)), "{sent:?}");
    cloud.log_out().await.unwrap();
}

#[tokio::test]
async fn a_submission_outlives_a_jump_of_the_clock() {
    let estate = estate("default").await;
    let subject = anna(&estate).await.for_submission();
    estate
        .simulator
        .advance(jiff::SignedDuration::from_hours(24 * 30))
        .unwrap();
    let request = NewRequest {
        kind: RequestType::Export,
        subject,
        replacement_terms: Vec::new(),
    };
    let sent = submit(&estate.cloud, request).await;
    assert!(matches!(sent.outcome, Outcome::Accepted(_)), "{sent:?}");
}
