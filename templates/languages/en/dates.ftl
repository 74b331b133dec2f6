# $weekday is 1 (Monday) to 7, $month 1 to 12, $day the day of the month.

weekday =
    { $weekday ->
        [1] Monday
        [2] Tuesday
        [3] Wednesday
        [4] Thursday
        [5] Friday
        [6] Saturday
       *[7] Sunday
    }
month =
    { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    }
# Under the day, in an event's date block.
short-month =
    { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    }

# "7 November"
day-and-month = { $day } { month }
# "7 November 2025"
date = { day-and-month } { $year }
# "Friday 7 November 2025"
full-date = { weekday } { date }
# "08:30"; both have two digits.
time = { $hour }:{ $minute }

# How often a newsletter comes. $days is a list of weekdays.
every-day = every day
every-weekday = every weekday
on-days = every { $days }
once-a-month = once a month

# "Every Friday at 08:00, Accra time."
comes-at = { $often } at { $time }, { $clock }.
comes-next = The next one is due on { $date }.
time-of-city = { $city } time
