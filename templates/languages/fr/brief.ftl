read-on = Lire la suite
read-also = À lire aussi
must-read = À ne pas manquer
sponsored = Contenu sponsorisé
coming-up = À l’agenda
view-online = Voir en ligne
preferences = Préférences
unsubscribe = Se désabonner

edition-number = Nº { $number }

brief-title = { $newsletter }, { $date }

promise = { $stories }, { $minutes }

by = Par { $names }
by-many = Par { $first }, { $second } et { number } autres

also-on = Aussi sur { $platforms }

coming = « { $newsletter } » { $often }
coming-irregular = « { $newsletter } »

why-at-site = Vous recevez { $coming } à la suite de votre inscription sur { $site } le { $date }.
why-with-publisher = Vous recevez { $coming } à la suite de votre inscription chez { $publisher } le { $date }.

get-newsletter = Recevoir { $coming }
