//! Pictures of the console for the README: the real console on a buffer instead of a terminal,
//! driven by key presses in a simulated estate of its own. What is on a picture is what the program
//! draws.

use std::path::PathBuf;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio_util::sync::CancellationToken;

use super::work;
use crate::app::{App, Effect, Msg, Options, TaskEvent, WorldInfo};
use crate::config::{Config, Env, Places};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::progress::Listener;
use crate::keymap::{Key, Keymap};
use crate::ui::{Ui, svg};
use crate::workflow::World;
use crate::world::{self, Scenario, Selection};

/// One picture.
pub struct Picture {
    /// Its file name, without the ending.
    pub name: &'static str,
    /// The SVG document.
    pub svg: String,
}

/// Draws all pictures. The estate they show is made for them and removed again.
///
/// # Errors
/// Storage failures.
pub async fn all(env: &Env) -> Result<Vec<Picture>, Failure> {
    let place = Place::new();
    let estate = Estate::new(&place, env).await?;
    let mut pictures = Vec::new();

    let mut guide = Studio::new(&estate, 120, 30).await?;
    guide
        .press("n+49 30 23125014<enter><tab><tab>CASE-17<tab>today<esc><tab>")
        .await?;
    pictures.push(guide.picture("guide")?);
    guide.press("Sy").await?;

    estate.wait_for_results()?;
    let mut detail = Studio::new(&estate, 140, 30).await?;
    detail.press("2r<enter>rd").await?;
    pictures.push(detail.picture("detail")?);
    detail.press("a").await?;
    pictures.push(detail.picture("archive")?);

    let mut console = Studio::new(&estate, 160, 44).await?;
    console.press("1/anna.muster@example.org<enter>2r").await?;
    pictures.push(console.picture("console")?);

    let mut narrow = Studio::new(&estate, 80, 24).await?;
    narrow.press("2").await?;
    pictures.push(narrow.picture("narrow")?);
    Ok(pictures)
}

/// A directory for the estate, gone when it is dropped.
struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        Place(std::env::temp_dir().join(format!("dsr-pictures-{}", uuid::Uuid::new_v4())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The `default` estate, worked in by a person who does not exist.
struct Estate {
    config: Config,
    scenario: Scenario,
    world: Arc<World>,
}

impl Estate {
    async fn new(place: &Place, env: &Env) -> Result<Estate, Failure> {
        let places = Places {
            config: place.0.join("config"),
            data: place.0.join("data"),
            state: place.0.join("state"),
        };
        let config = Config::defaults(places, env.clone());
        let scenario = Scenario::BuiltIn("default".to_owned());
        let selection = Selection {
            mode: Mode::Simulation,
            profile: None,
            scenario: scenario.clone(),
        };
        let mut world = world::build(&config, &selection).await?;
        let own = Arc::get_mut(&mut world).ok_or_else(|| internal("the world is shared already"))?;
        own.actor.login = "jdoe".to_owned();
        own.settings.time_zone = jiff::tz::TimeZone::UTC;
        own.settings.default_country = Some("DE".to_owned());
        Ok(Estate {
            config,
            scenario,
            world,
        })
    }

    /// Exports take a business day or two.
    fn wait_for_results(&self) -> Result<(), Failure> {
        let simulator = world::simulated::open(&self.config, &self.scenario)?;
        let days = jiff::SignedDuration::from_hours(4 * 24);
        simulator
            .advance(days)
            .map_err(|error| world::simulated::failure(&error))
    }
}

/// A console on a buffer.
struct Studio {
    app: App,
    ui: Ui,
    terminal: Terminal<TestBackend>,
    world: Arc<World>,
}

/// The only world that a studio shows.
const EPOCH: u64 = 1;

impl Studio {
    async fn new(estate: &Estate, columns: u16, lines: u16) -> Result<Studio, Failure> {
        let world = Arc::clone(&estate.world);
        let keymap = Keymap::load(None).map_err(|e| internal(&e.to_string()))?;
        let options = Options::simulation_only(keymap, "");
        let ui = Ui::new(&options.look).map_err(|e| internal(&e))?;
        let terminal =
            Terminal::new(TestBackend::new(columns, lines)).map_err(|e| internal(&e.to_string()))?;
        let info = WorldInfo::of(&world, 0);
        let mut studio = Studio {
            app: App::new(options),
            ui,
            terminal,
            world,
        };
        studio.send(Msg::Resize(columns, lines)).await;
        studio.send(Msg::WorldReady { epoch: EPOCH, info }).await;
        Ok(studio)
    }

    /// Presses keys, each carried out to its end before the next.
    async fn press(&mut self, keys: &str) -> Result<(), Failure> {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            let (name, tail) = named.unwrap_or_else(|| rest.split_at(first.len_utf8()));
            let name = if name == " " { "space" } else { name };
            let key = Key::parse(name).map_err(|e| internal(&e.to_string()))?;
            self.send(Msg::Key(key.event())).await;
            rest = tail;
        }
        Ok(())
    }

    /// One message, and all work that follows from it.
    async fn send(&mut self, msg: Msg) {
        let mut waiting = vec![msg];
        while let Some(msg) = waiting.pop() {
            self.app.update(Msg::Now(self.world.clock.now()));
            for effect in self.app.update(msg) {
                let Effect::Spawn { id, request } = effect else {
                    continue;
                };
                let (world, cancel) = (Arc::clone(&self.world), CancellationToken::new());
                let event = match work::run(world, request, Listener::none(), cancel).await {
                    Ok(output) => TaskEvent::Done(Box::new(output)),
                    Err(failure) => TaskEvent::Failed(Box::new(failure)),
                };
                waiting.insert(
                    0,
                    Msg::Task {
                        id,
                        epoch: EPOCH,
                        event,
                    },
                );
            }
        }
    }

    fn picture(&mut self, name: &'static str) -> Result<Picture, Failure> {
        let (ui, app) = (&self.ui, &self.app);
        self.terminal
            .draw(|frame| ui.draw(frame, app))
            .map_err(|e| internal(&e.to_string()))?;
        let svg = svg::render(self.terminal.backend().buffer());
        Ok(Picture { name, svg })
    }
}

fn internal(why: &str) -> Failure {
    Failure::new(
        FailureKind::Internal,
        format!("The pictures cannot be drawn: {why}."),
    )
}
