weekday =
    { $weekday ->
        [1] lundi
        [2] mardi
        [3] mercredi
        [4] jeudi
        [5] vendredi
        [6] samedi
       *[7] dimanche
    }
month =
    { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    }
short-month =
    { $month ->
        [1] janv.
        [2] févr.
        [3] mars
        [4] avr.
        [5] mai
        [6] juin
        [7] juil.
        [8] août
        [9] sept.
        [10] oct.
        [11] nov.
       *[12] déc.
    }

day-and-month =
    { $day ->
        [1] 1er { month }
       *[other] { $day } { month }
    }
date = { day-and-month } { $year }
full-date = { weekday } { date }
time = { $hour }h{ $minute }

every-day = tous les jours
every-weekday = du lundi au vendredi
on-days = chaque { $days }
once-a-month = une fois par mois

comes-at = { $often } à { $time }, { $clock }.
comes-next = Prochain numéro : { $date }.
time-of-city = heure locale à { $city }
