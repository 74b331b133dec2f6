# En toutes lettres jusqu’à seize, en chiffres au-delà.
number =
    { $n ->
        [0] zéro
        [1] un
        [2] deux
        [3] trois
        [4] quatre
        [5] cinq
        [6] six
        [7] sept
        [8] huit
        [9] neuf
        [10] dix
        [11] onze
        [12] douze
        [13] treize
        [14] quatorze
        [15] quinze
        [16] seize
       *[other] { $n }
    }

stories =
    { $n ->
        [0] aucun article
        [one] un article
       *[other] { number } articles
    }
minutes =
    { $n ->
        [0] zéro minute
        [one] une minute
       *[other] { number } minutes
    }
days =
    { $n ->
        [0] zéro jour
        [one] un jour
       *[other] { number } jours
    }

list-first = { $item }
list-next = { $list }, { $item }
list-last = { $list } et { $item }
