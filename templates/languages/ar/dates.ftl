weekday =
    { $weekday ->
        [1] الاثنين
        [2] الثلاثاء
        [3] الأربعاء
        [4] الخميس
        [5] الجمعة
        [6] السبت
       *[7] الأحد
    }
month =
    { $month ->
        [1] يناير
        [2] فبراير
        [3] مارس
        [4] أبريل
        [5] مايو
        [6] يونيو
        [7] يوليو
        [8] أغسطس
        [9] سبتمبر
        [10] أكتوبر
        [11] نوفمبر
       *[12] ديسمبر
    }
short-month = { month }

day-and-month = { $day } { month }
date = { day-and-month } { $year }
full-date = { weekday } { date }
time = { $hour }:{ $minute }

every-day = كل يوم
every-weekday = من الاثنين إلى الجمعة
on-days = أيام { $days }
once-a-month = مرة في الشهر

comes-at = { $often } الساعة { $time }، { $clock }.
comes-next = موعد العدد القادم: { $date }.
time-of-city = بتوقيت { $city }
