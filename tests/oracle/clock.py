"""The legal clock once more: due days by plain arithmetic, public holidays by another hand.

Compares what `dsr deadline table` says with what is worked out here, for every day of receipt from
2018 to 2050, and prints how many dates were compared for each place.
"""

import csv
import os
import subprocess
import sys
import tempfile

import holidays

FIRST, LAST = 2018, 2050

# Place as dsr calls it, country and subdivision as the package calls them.
PLACES = [
    ("", None, None),
    ("DE", "DE", None),
    *[(f"DE-{land}", "DE", land) for land in
      "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split()],
    ("AT", "AT", None),
    ("FR", "FR", None),
    ("FR-57", "FR", "57"),
    ("NL", "NL", None),
    ("GB", "GB", None),
    *[(f"GB-{nation}", "GB", nation) for nation in "ENG WLS SCT NIR".split()],
    ("IE", "IE", None),
    ("ES", "ES", None),
    ("IT", "IT", None),
    ("BE", "BE", None),
    ("PL", "PL", None),
    ("CH", "CH", None),
    ("LU", "LU", None),
    ("PT", "PT", None),
    ("SE", "SE", None),
    ("DK", "DK", None),
    ("CZ", "CZ", None),
    ("US", "US", None),
]

MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def days_in(year, month):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else MONTH[month - 1]


def next_day(day):
    year, month, date = day
    if date < days_in(year, month):
        return year, month, date + 1
    if month < 12:
        return year, month + 1, 1
    return year + 1, 1, 1


def weekday(day):
    """0 is Monday; by counting days since 1 January 1900, a Monday."""
    year, month, date = day
    passed = (year - 1900) * 365 + (year - 1901) // 4
    passed += sum(days_in(year, m) for m in range(1, month)) + date - 1
    return passed % 7


def months_later(day, months):
    year, month, date = day
    month += months
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return year, month, min(date, days_in(year, month))


def working(day, off):
    return weekday(day) < 5 and day not in off


def moved(day, off):
    while not working(day, off):
        day = next_day(day)
    return day


def text(day):
    return "%04d-%02d-%02d" % day


def off_days(country, subdivision):
    if country is None:
        return set()
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=range(FIRST - 1, LAST + 3)
    )
    return {(day.year, day.month, day.day) for day in found}


def told(dsr, regime, place):
    """What dsr says: received, target, due, and the same with an extension."""
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": "/usr/bin:/bin", "DSR_MODE": "simulation", "TZ": "UTC"}
        command = [dsr, "deadline", "table", "--regime", regime, "--output", "csv",
                   "--since", f"{FIRST}-01-01", "--until", f"{LAST}-12-31"]
        if place:
            command += ["--country", place]
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {ran.returncode}: {ran.stderr}")
    return list(csv.DictReader(ran.stdout.splitlines()))


def compare(dsr, regime, place, off):
    day, count, wrong = (FIRST, 1, 1), 0, []
    for row in told(dsr, regime, place):
        first, longer = months_later(day, 1), months_later(day, 3)
        expected = [text(day), text(first), text(moved(first, off)), text(longer), text(moved(longer, off))]
        said = [row[name] for name in
                ("received", "target", "due", "extended_target", "extended_due")]
        if said != expected:
            wrong.append((said, expected))
        count += 1
        day = next_day(day)
    if day != (LAST + 1, 1, 1):
        wrong.append((f"the table ends before {text(day)}", None))
    return count, wrong


def california(dsr):
    """45 and 90 calendar days, nothing moved; ten business days by the federal holidays."""
    off, day, count, wrong = off_days("US", None), (FIRST, 1, 1), 0, []
    for row in told(dsr, "us-ca", "US"):
        after = [day]
        for _ in range(90):
            after.append(next_day(after[-1]))
        confirm, left = day, 10
        while left:
            confirm = next_day(confirm)
            left -= working(confirm, off)
        expected = [text(day), text(after[45]), text(after[45]), text(after[90]), text(confirm)]
        said = [row[name] for name in ("received", "target", "due", "extended_due", "acknowledge_by")]
        if said != expected:
            wrong.append((said, expected))
        count += 1
        day = next_day(day)
    return count, wrong


def thirty_days():
    """What goes wrong with thirty days instead of a month, and sixty more instead of two."""
    day, late, early, over, off = (2026, 1, 1), 0, 0, 0, set()
    while day[0] == 2026:
        later = [day]
        for _ in range(90):
            later.append(next_day(later[-1]))
        late += later[30] > moved(months_later(day, 1), off)
        early += later[30] < moved(months_later(day, 1), off)
        over += later[90] > moved(months_later(day, 3), off)
        day = next_day(day)
    return late, early, over


def main():
    dsr, compared, differences, tables = os.path.abspath(sys.argv[1]), 0, 0, 1
    for place, country, subdivision in PLACES:
        off = off_days(country, subdivision)
        for regime in ("eu", "uk"):
            count, wrong = compare(dsr, regime, place, off)
            compared += count
            differences += len(wrong)
            tables += 1
            print(f"{regime} {place or 'weekends only':14} {count} dates, {len(wrong)} differences")
            for said, expected in wrong[:5]:
                print("   said", said, "expected", expected)
    count, wrong = california(dsr)
    compared += count
    differences += len(wrong)
    print(f"us-ca US          {count} dates, {len(wrong)} differences")
    for said, expected in wrong[:5]:
        print("   said", said, "expected", expected)
    late, early, over = thirty_days()
    print(f"thirty days in 2026: {late} too late, {early} needlessly early; thirty and sixty: {over} over")
    if differences or (late, early, over) != (24, 245, 21):
        sys.exit(f"{differences} differences in {compared} dates")
    print(f"{compared} dates agree")
    print(f"{tables} checks passed")


if __name__ == "__main__":
    main()
