# Les archives : listes des éditions passées, chaque édition, la recherche.

archive-description = Les éditions passées de { $publisher }, à lire et à parcourir.
archive-of = { $newsletter } : les éditions passées
archive-nothing-yet = Rien n’est encore paru.
archive-all = Toutes les éditions passées
archive-all-of = { $newsletter } : toutes les éditions
archive-feed-of = { $newsletter } : le flux (Atom)

## Sous une édition
archive-earlier = L’édition précédente
archive-later = L’édition suivante
archive-get = Recevoir { $newsletter } par e-mail
archive-permalink = Lien vers cette édition
# Dans les lecteurs de flux, sous les titres.
archive-read-online = Lire l’édition entière

## La recherche
search-title = Rechercher dans les éditions passées
search-label = Rechercher dans les éditions passées
search-button = Rechercher
search-found = { $count ->
    [one] Une édition contient « { $question } ».
   *[other] { $count } éditions contiennent « { $question } ».
}
search-nothing = Aucune édition ne contient « { $question } ».
search-advice-fewer = Tous les mots doivent figurer dans la même édition : avec moins de mots, on trouve davantage.
search-advice-beginnings = Le début d’un mot suffit : « élect » trouve aussi « élections ». Les accents et les majuscules ne comptent pas.
