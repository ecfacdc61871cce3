//! The legal clock against an implementation of its own, for every day of 33 years.

use dsr_console::domain::deadline::{Deadline, due};
use jiff::civil::{Date, date};

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

#[test]
fn every_receipt_date_from_2018_to_2050() {
    let mut day = date(2018, 1, 1);
    let mut days = 0;
    while day.year() <= 2050 {
        assert_eq!(ymd(due(day)), oracle(ymd(day)), "received {day}");
        day = day.tomorrow().unwrap();
        days += 1;
    }
    assert_eq!(days, 12_053);
}

#[test]
fn examples_of_the_guidelines() {
    assert_eq!(Deadline::new(date(2021, 3, 5)).target, date(2021, 4, 5));
    assert_eq!(Deadline::new(date(2021, 8, 31)).target, date(2021, 9, 30));
    assert_eq!(due(date(2024, 1, 31)), date(2024, 2, 29));
}

#[test]
fn it_explains_itself() {
    let moved = Deadline::new(date(2026, 11, 5));
    assert_eq!((moved.target, moved.due), (date(2026, 12, 5), date(2026, 12, 7)));
    assert_eq!(
        moved.explanation(),
        "one month from 2026-11-05, moved from Saturday"
    );
    assert_eq!(moved.days_left(date(2026, 11, 22)), 15);
    assert_eq!(moved.days_left(date(2026, 12, 8)), -1);
    assert_eq!(
        Deadline::new(date(2026, 11, 3)).explanation(),
        "one month from 2026-11-03"
    );
}

#[test]
fn the_end_of_the_calendar_does_not_panic() {
    assert_eq!(due(Date::MAX), Date::MAX);
}
