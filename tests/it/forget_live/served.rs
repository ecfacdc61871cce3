//! `dsr simulator serve --keyspace`: the settings of the simulated GWS in a real cluster, and the whole
//! road over them with the program alone, as the README tells it.

use super::{Caller, Cluster, last};
use crate::support::old_cassandra::Family;
use crate::support::{Home, Served};

const ANNA: &str = "anna.muster@example.org";
const KEYSPACE: &str = "lab";

pub async fn over_a_real_cluster(cluster: &Cluster) {
    only_a_keyspace_of_its_own_is_written_to(cluster).await;
    let home = Home::new();
    let address = cluster.address(KEYSPACE);
    let served = home.serve_with("default", &["--keyspace", &address]);
    let text = |key: &str| served.told["gws"][key].as_str().unwrap().to_owned();
    let caller = Caller::of(cluster, KEYSPACE);
    let found = caller.words(&[], &format!("--search {ANNA}")).ends_with(0);
    assert!(last(&found).starts_with("matches found: 3 exact"), "{found:?}");

    everybody_at_once(cluster, &caller, &served);
    let variables = [
        ("DSR_GWS_USERNAME", text("username")),
        ("DSR_GWS_PASSWORD", text("password")),
    ];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let deletion = format!("--search {ANNA} --gws {} --cleanup true", text("url"));
    let deleted = caller.words(&variables, &deletion).ends_with(0);
    assert!(
        last(&deleted).starts_with("deleted and verified: 2 settings"),
        "{deleted:?}"
    );

    // In the cluster itself only the administrator's own entry is left.
    let again = caller
        .words(&[], &format!("--search {ANNA} --output json"))
        .ends_with(0);
    let items = again.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 1, "{again:?}");
    assert_eq!(items[0]["group"], "interaction-workspace-corporate-favorites");
    // A number stands in a list that is kept compressed: the entry goes, the others of the list stay.
    let deletion = format!("--search +493023125014 --gws {} --cleanup true", text("url"));
    let deleted = caller.words(&variables, &deletion).ends_with(0);
    assert!(last(&deleted).starts_with("deleted and verified"), "{deleted:?}");
    let neighbour = caller
        .words(&[], "--search cleo.pattern@example.org")
        .ends_with(0);
    assert!(
        last(&neighbour).starts_with("matches found: 1 exact"),
        "{neighbour:?}"
    );

    // Served anew, the cluster is brought to what the estate holds: nothing comes back.
    assert_eq!(served.terminate(), 0);
    let served = home.serve_with("default", &["--keyspace", &address]);
    let again = caller.words(&[], &format!("--search {ANNA}")).ends_with(0);
    assert!(last(&again).starts_with("matches found: 1 exact"), "{again:?}");
    assert_eq!(served.terminate(), 0);
}

/// People whose data was erased are searched for again: one scan of the cluster for all of them, and each
/// gets what a search of their own finds.
fn everybody_at_once(cluster: &Cluster, caller: &Caller, served: &Served) {
    let home = Home::new();
    home.configure(&format!(
        "[profiles.default]\ncassandra_host = \"{}\"\ncassandra_port = \"{}\"\ncassandra_keyspace = \"{KEYSPACE}\"\n",
        cluster.host(),
        cluster.port()
    ));
    let run = |words: &str| {
        let live = [words, "--live"].join(" ");
        home.run_with(live.split_whitespace(), &served.variables(), "")
    };
    let people = [ANNA, "cleo.pattern@example.org", "nobody.at.all@example.org"];
    for (place, person) in people.iter().enumerate() {
        let case = place + 1;
        run(&format!(
            "cases open --kind erasure --received today --email {person}"
        ))
        .ends_with(0);
        run(&format!("cases cell C-{case} favorites --searched 1")).ends_with(0);
        run(&format!("cases cell C-{case} favorites --erased 1")).ends_with(0);
    }
    let found = run("cases recheck --system favorites --output json")
        .ends_with(1)
        .json();
    for (item, person) in found["items"].as_array().unwrap().iter().zip(people) {
        let alone = caller
            .words(&[], &format!("--search {person} --output json"))
            .ends_with(0)
            .json();
        let places = alone["items"].as_array().unwrap().len();
        assert_eq!(item["found"].as_u64(), Some(places as u64), "{item:#}");
        assert_eq!(item["complete"], true, "{item:#}");
    }
    let ledger = run("ledger show --output ndjson").ends_with(0);
    let scans = ledger
        .stdout
        .lines()
        .filter(|line| line.contains("\"forget.search\""));
    assert_eq!(scans.count(), 1, "{}", ledger.stdout);
}

/// A keyspace that holds anything else is left alone, whoever made it.
async fn only_a_keyspace_of_its_own_is_written_to(cluster: &Cluster) {
    let made = match cluster {
        Cluster::Old(server) => {
            let mut writer = server.writer();
            writer.keyspace("foreign", "SimpleStrategy", &[]);
            let family = Family {
                name: "settings",
                comparator: "UTF8Type",
                key: "UTF8Type",
                value: "BytesType",
                ..Family::default()
            };
            writer.keyspace("foreign_too", "SimpleStrategy", &[family]);
            // Thrift does not show this one.
            writer.cql("CREATE TABLE foreign.by_cql (k text PRIMARY KEY, v text)");
            ["foreign", "foreign_too"]
        }
        Cluster::New(_, writer) => {
            for keyspace in ["foreign", "foreign_too"] {
                writer
                    .run(&format!(
                        "CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
                    ))
                    .await;
                writer
                    .run(&format!(
                        "CREATE TABLE {keyspace}.settings (k text PRIMARY KEY, v text)"
                    ))
                    .await;
            }
            ["foreign", "foreign_too"]
        }
    };
    let home = Home::new();
    let serve = |address: &str| home.run(["simulator", "serve", "--keyspace", address]);
    for keyspace in made {
        let refused = serve(&cluster.address(keyspace)).ends_with(1);
        assert!(refused.stderr.contains("did not make"), "{refused:?}");
        assert!(
            refused.stdout.is_empty(),
            "it was served all the same: {refused:?}"
        );
    }
    serve("cql://127.0.0.1/lab").ends_with(2);
    // The other way in: it is no answer, and the right one is named.
    let other = match cluster {
        Cluster::Old(server) => format!("cql://127.0.0.1:{}/{KEYSPACE}", server.thrift),
        Cluster::New(servers, _) => format!("thrift://{}:9042/{KEYSPACE}", servers.address(1)),
    };
    let refused = serve(&other).ends_with(5);
    let named = match cluster {
        Cluster::Old(_) => "thrift://",
        Cluster::New(..) => "cql://",
    };
    assert!(refused.stderr.contains(named), "{refused:?}");
}
