//! The legal clock: the examples that authorities give, what moves an end, what stops a clock, and
//! what hostile files do. Every day of 33 years is held against another implementation, here by
//! weekends alone and in `tests/oracle` with public holidays.

use dsr_console::domain::deadline::{
    Awaited, Calendar, Facts, Pause, Regime, Rules, days_between, known_countries, known_regimes, places,
    reckon,
};
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;

/// Year, month, day without any calendar library.
type Ymd = (i32, u32, u32);

fn leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn next_day((year, month, day): Ymd) -> Ymd {
    if day < days_in(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// Saturday is 0, by Zeller.
fn weekday((year, month, day): Ymd) -> u32 {
    let (year, month) = if month < 3 {
        (year - 1, month + 12)
    } else {
        (year, month)
    };
    let (century, rest) = (year as u32 / 100, year as u32 % 100);
    (day + 13 * (month + 1) / 5 + rest + rest / 4 + century / 4 + 5 * century) % 7
}

fn oracle((year, month, day): Ymd) -> Ymd {
    let (year, month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    let mut end = (year, month, day.min(days_in(year, month)));
    while weekday(end) < 2 {
        end = next_day(end);
    }
    end
}

fn ymd(date: Date) -> Ymd {
    (i32::from(date.year()), date.month() as u32, date.day() as u32)
}

fn every_day() -> impl Iterator<Item = Date> {
    let first = date(2018, 1, 1);
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| day.year() <= 2050)
}

fn eu(country: &str) -> Rules {
    Rules::named("eu", Some(country)).unwrap()
}

#[test]
fn every_receipt_date_from_2018_to_2050_when_only_weekends_count() {
    let rules = Rules::default();
    for day in every_day() {
        assert_eq!(ymd(rules.due(day)), oracle(ymd(day)), "received {day}");
    }
    assert_eq!(every_day().count(), 12_053);
}

#[test]
fn the_short_way_of_lists_agrees_with_the_long_one() {
    for (regime, country) in [
        ("eu", None),
        ("eu", Some("DE-BY")),
        ("uk", Some("GB-SCT")),
        ("us-ca", Some("US-CA")),
    ] {
        let rules = Rules::named(regime, country).unwrap();
        for day in every_day().step_by(3) {
            assert_eq!(
                rules.end(day),
                reckon(&rules, &Facts::received(day)).end,
                "{regime} {day}"
            );
        }
    }
}

#[test]
fn examples_of_the_guidelines() {
    let rules = Rules::default();
    assert_eq!(rules.end(date(2021, 3, 5)).target, date(2021, 4, 5));
    assert_eq!(rules.end(date(2021, 8, 31)).target, date(2021, 9, 30));
    assert_eq!(rules.due(date(2024, 1, 31)), date(2024, 2, 29));
    // 5 April 2021 was Easter Monday.
    assert_eq!(eu("DE").due(date(2021, 3, 5)), date(2021, 4, 6));
}

/// What an addition of thirty days gets wrong in one year.
#[test]
fn thirty_days_are_not_a_month() {
    let rules = Rules::default();
    let year: Vec<Date> = every_day().filter(|day| day.year() == 2026).collect();
    let after = |day: Date, days: i32| day.saturating_add(jiff::Span::new().days(days));
    let late: Vec<Date> = year
        .iter()
        .copied()
        .filter(|day| after(*day, 30) > rules.due(*day))
        .collect();
    assert_eq!(late.len(), 24);
    assert_eq!(
        (late[0], late[late.len() - 1]),
        (date(2026, 2, 1), date(2026, 2, 27))
    );
    let early = year.iter().filter(|day| after(**day, 30) < rules.due(**day));
    assert_eq!(early.count(), 245);
    let over = year.iter().filter(|day| {
        let longer = reckon(&rules, &Facts::received(**day)).extensible.unwrap();
        after(**day, 90) > longer.due
    });
    assert_eq!(over.count(), 21);
}

#[test]
fn it_explains_itself() {
    let rules = Rules::default();
    let end = rules.end(date(2026, 11, 5));
    assert_eq!((end.target, end.due), (date(2026, 12, 5), date(2026, 12, 7)));
    assert_eq!(
        rules.explanation(date(2026, 11, 5)),
        "one month from 2026-11-05, moved from Saturday"
    );
    assert_eq!(rules.explanation(date(2026, 11, 3)), "one month from 2026-11-03");
    assert_eq!(
        eu("DE").explanation(date(2026, 11, 25)),
        "one month from 2026-11-25, moved from Erster Weihnachtstag"
    );
    for step in reckon(&rules, &Facts::received(date(2026, 11, 5))).steps {
        assert!(!step.source.is_empty(), "{step:?}");
    }
}

#[test]
fn lander_and_nations_differ() {
    // 6 January is a holiday in Bavaria, 31 October in Lower Saxony, 2 January in Scotland.
    assert_eq!(eu("DE").due(date(2026, 12, 6)), date(2027, 1, 6));
    assert_eq!(eu("DE-BY").due(date(2026, 12, 6)), date(2027, 1, 7));
    assert_eq!(eu("de-ni").due(date(2028, 9, 30)), date(2028, 10, 30));
    assert_eq!(eu("DE-NI").due(date(2029, 9, 30)), date(2029, 10, 30));
    assert_eq!(eu("DE-NI").due(date(2025, 9, 30)), date(2025, 10, 30));
    let uk = |place| Rules::named("uk", Some(place)).unwrap().due(date(2025, 12, 2));
    assert_eq!(uk("GB-SCT"), date(2026, 1, 5));
    assert_eq!(uk("GB-ENG"), date(2026, 1, 2));
    // Christmas on a Saturday: both days have substitutes after the weekend.
    let uk = Rules::named("uk", Some("GB")).unwrap();
    assert_eq!(uk.due(date(2027, 11, 25)), date(2027, 12, 29));
}

#[test]
fn an_extension_counts_from_receipt_and_only_when_told_in_time() {
    let rules = Rules::default();
    let told = |day| {
        let facts = Facts {
            extended: Some(day),
            ..Facts::received(date(2026, 1, 31))
        };
        reckon(&rules, &facts)
    };
    // The first month ends on Saturday 28 February and moves to Monday.
    let in_time = told(date(2026, 3, 2));
    assert!(in_time.extended);
    assert_eq!(
        in_time.end.target,
        date(2026, 4, 30),
        "three months, not one and two"
    );
    let late = told(date(2026, 3, 3));
    assert!(!late.extended);
    assert_eq!(late.end.due, date(2026, 3, 2));
    assert!(
        late.steps.iter().any(|step| step.text.contains("too late")),
        "{late:#?}"
    );
}

fn waited(awaited: Awaited, from: Date, until: Option<Date>) -> Pause {
    Pause { awaited, from, until }
}

#[test]
fn waiting_stops_the_clock_and_days_awaited_twice_count_once() {
    let rules = Rules::default();
    let facts = Facts {
        pauses: vec![
            waited(Awaited::Identity, date(2026, 11, 4), Some(date(2026, 11, 9))),
            waited(
                Awaited::Clarification,
                date(2026, 11, 7),
                Some(date(2026, 11, 11)),
            ),
        ],
        ..Facts::received(date(2026, 11, 3))
    };
    let reckoning = reckon(&rules, &facts);
    // 3 December, and the seven days from the 4th to the 11th.
    assert_eq!(reckoning.end.target, date(2026, 12, 10));
    assert_eq!(reckoning.stands, None);
    let lasting = Facts {
        pauses: vec![waited(Awaited::Identity, date(2026, 11, 4), None)],
        today: date(2026, 11, 20),
        ..Facts::received(date(2026, 11, 3))
    };
    let reckoning = reckon(&rules, &lasting);
    assert_eq!(reckoning.stands, Some(Awaited::Identity));
    assert_eq!(reckoning.end.target, date(2026, 12, 19));
}

#[test]
fn the_british_clock_begins_with_proof_and_stops_for_clarification() {
    let rules = Rules::named("uk", None).unwrap();
    let facts = Facts {
        pauses: vec![
            waited(Awaited::Identity, date(2026, 11, 4), Some(date(2026, 11, 13))),
            waited(
                Awaited::Clarification,
                date(2026, 11, 10),
                Some(date(2026, 11, 17)),
            ),
        ],
        ..Facts::received(date(2026, 11, 3))
    };
    let reckoning = reckon(&rules, &facts);
    assert_eq!(reckoning.starts, date(2026, 11, 13));
    // One month from the 13th, and the four days of the clarification that lie after it.
    assert_eq!(reckoning.end.target, date(2026, 12, 17));
}

#[test]
fn the_californian_clock_runs_regardless() {
    let rules = Rules::named("us-ca", Some("US")).unwrap();
    let facts = Facts {
        pauses: vec![waited(
            Awaited::Identity,
            date(2026, 11, 4),
            Some(date(2026, 12, 1)),
        )],
        extended: Some(date(2026, 12, 18)),
        ..Facts::received(date(2026, 11, 3))
    };
    let reckoning = reckon(&rules, &facts);
    assert_eq!(reckoning.first.due, date(2026, 12, 18));
    assert_eq!(reckoning.end.due, date(2027, 2, 1));
    // Ten business days; 11 November is Veterans Day.
    assert_eq!(reckoning.acknowledge_by, Some(date(2026, 11, 18)));
    // A Sunday stays a Sunday: nothing in the rules moves it.
    assert_eq!(rules.end(date(2026, 11, 5)).due.weekday(), Weekday::Sunday);
    assert_eq!(rules.regime.records().unwrap().rule, 24);
}

#[test]
fn short_periods_have_two_working_days() {
    let text = "code = \"x\"\nname = \"x\"\n[answer]\ndays = 2\nsource = \"s\"\n[refusal]\nsource = \"s\"\n\
                [counting]\nfirst_day = \"s\"\nend = \"s\"\nmoved = \"s\"\nworking_days = 2\n\
                working_days_source = \"s\"\n[waiting]\nidentity = \"stops\"\nclarification = \"stops\"\n\
                fee = \"runs\"\nsource = \"s\"\n";
    let rules = Rules {
        regime: Regime::parse(text).unwrap(),
        calendar: Calendar::weekends_only(),
    };
    // From a Friday: Sunday moves to Monday, and one working day is not enough.
    let friday = date(2026, 11, 6);
    assert_eq!(rules.due(friday), date(2026, 11, 10));
    assert_eq!(
        reckon(&rules, &Facts::received(friday)).end.due,
        date(2026, 11, 10)
    );
}

#[test]
fn what_is_not_known_is_refused_with_what_is() {
    let why = Rules::named("eu", Some("XX")).unwrap_err();
    assert!(why.contains("XX") && why.contains("DE"), "{why}");
    let why = Rules::named("eu", Some("DE-XX")).unwrap_err();
    assert!(why.contains("DE-BY"), "{why}");
    let why = Rules::named("lgpd", None).unwrap_err();
    assert!(why.contains("us-ca"), "{why}");
    assert!(!Calendar::named("\u{1b}]0;x\u{7}").unwrap_err().contains('\u{1b}'));
    assert_eq!(known_regimes(), ["eu", "uk", "us-ca"]);
    for (code, name) in places() {
        assert!(!name.is_empty());
        assert!(Calendar::named(&code).is_ok_and(|calendar| calendar.holidays(2026).len() >= 4));
    }
    assert!(places().len() > known_countries().len() + 16);
}

#[test]
fn a_holiday_file_that_is_not_right_is_refused() {
    let head = "country = \"XX\"\nname = \"X\"\n[regions]\nA = \"a\"\n";
    let rule = |text: &str| Calendar::parse(&format!("{head}[[holidays]]\nname = \"n\"\n{text}\n"), "XX");
    assert!(rule("on = \"02-29\"").is_ok());
    for wrong in [
        "",
        "on = \"13-01\"",
        "on = \"1-1\"",
        "on = \"02-30\"",
        "on = 5",
        "on = \"01-01\"\neaster = 1",
        "easter = 400",
        "easter = 99999999999",
        "weekday = \"funday\"\nnth = 1\nmonth = 1",
        "weekday = \"monday\"\nnth = 0\nmonth = 1",
        "weekday = \"monday\"\nnth = 1\nmonth = 13",
        "on = \"01-01\"\nregions = [\"B\"]",
        "on = \"01-01\"\nevery = 0",
        "on = \"01-01\"\ninstead = { x = \"01-02\" }",
        "on = \"01-01\"\nsurprise = 1",
        "on = \"01-01\"\nmoves = \"away\"",
    ] {
        assert!(rule(wrong).is_err(), "{wrong}");
    }
    let long = format!("{head}{}", "#".repeat(70_000));
    assert!(Calendar::parse(&long, "XX").is_err());
    assert!(Calendar::parse(head, "XX").is_err(), "no holidays at all");
    assert!(Calendar::parse("country = \"../..\"\nname = \"x\"\nholidays = []", "../..").is_err());
    let hostile = format!("{head}[[holidays]]\nname = \"\\u001B[31mx\\u202E\"\non = \"01-01\"\n");
    let calendar = Calendar::parse(&hostile, "XX").unwrap();
    assert_eq!(calendar.holidays(2026)[0].1, "x");
}

#[test]
fn a_country_without_a_working_day_ends() {
    let mut text = "country = \"XX\"\nname = \"X\"\n".to_owned();
    for days in -120..=120 {
        text.push_str(&format!("[[holidays]]\nname = \"n\"\neaster = {days}\n"));
    }
    assert!(
        Calendar::parse(&text, "XX").is_err(),
        "more rules than any country has"
    );
    let calendar = Calendar::named("DE").unwrap();
    assert_eq!(calendar.working_day_from(Date::MAX), Date::MAX);
}

#[test]
fn the_end_of_the_calendar_does_not_panic() {
    for country in known_countries() {
        for regime in known_regimes() {
            let rules = Rules::named(&regime, Some(&country)).unwrap();
            assert!(rules.due(Date::MAX) >= date(9999, 12, 30));
            assert!(rules.due(Date::MIN) > Date::MIN);
        }
    }
}

fn any_day() -> impl Strategy<Value = Date> {
    (2018i16..=2050, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| {
        Date::new(year, month, day.min(date(year, month, 1).days_in_month())).unwrap()
    })
}

proptest! {
    /// The limit is a working day at or after the target, with no working day in between; a later
    /// receipt is never due earlier.
    #[test]
    fn limits_are_working_days_and_keep_their_order(day in any_day(), place in 0usize..17) {
        let rules = eu(&known_countries()[place]);
        let end = rules.end(day);
        prop_assert!(rules.calendar.is_working(end.due));
        prop_assert!(end.target <= end.due);
        let mut between = end.target;
        while between < end.due {
            prop_assert!(!rules.calendar.is_working(between));
            between = between.tomorrow().unwrap();
        }
        prop_assert!(rules.due(day.tomorrow().unwrap()) >= end.due);
    }

    /// A pause never makes an answer due earlier, and never later than by its own days and the move.
    #[test]
    fn pauses_add_their_days(day in any_day(), after in 0i32..20, long in 0i32..60) {
        let rules = eu("DE");
        let from = day.saturating_add(jiff::Span::new().days(after));
        let until = from.saturating_add(jiff::Span::new().days(long));
        let facts = Facts {
            pauses: vec![waited(Awaited::Clarification, from, Some(until))],
            ..Facts::received(day)
        };
        let (plain, paused) = (rules.end(day), reckon(&rules, &facts).end);
        prop_assert_eq!(days_between(plain.target, paused.target), long);
        prop_assert!(paused.due >= plain.due);
    }
}
