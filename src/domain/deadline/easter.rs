//! The Sunday that movable feasts are counted from.

use jiff::civil::Date;

/// Easter Sunday of the western churches in a Gregorian year (Meeus, Jones and Butcher).
pub(super) fn sunday(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let golden = y.rem_euclid(19);
    let (century, rest) = (y.div_euclid(100), y.rem_euclid(100));
    let (leap_centuries, century_rest) = (century / 4, century % 4);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - leap_centuries - correction + 15) % 30;
    let weekday = (32 + 2 * century_rest + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let sum = epact + weekday - 7 * late + 114;
    Date::new(
        year,
        i8::try_from(sum / 31).ok()?,
        i8::try_from(sum % 31 + 1).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Weekday, date};

    #[test]
    fn known_years_and_the_bounds_of_the_feast() {
        assert_eq!(sunday(2026), Some(date(2026, 4, 5)));
        assert_eq!(sunday(2019), Some(date(2019, 4, 21)));
        assert_eq!(sunday(2038), Some(date(2038, 4, 25)), "the latest there is");
        assert_eq!(sunday(1818), Some(date(1818, 3, 22)), "the earliest there is");
        for year in 1583..=9999 {
            let day = sunday(year).unwrap();
            assert_eq!(day.weekday(), Weekday::Sunday, "{day}");
            assert!(day >= date(year, 3, 22) && day <= date(year, 4, 25), "{day}");
        }
    }
}
