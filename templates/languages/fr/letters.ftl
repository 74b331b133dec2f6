confirm-subject = Confirmez votre abonnement à « { $newsletter } »
confirm-preheader = Un clic suffit pour confirmer que vous souhaitez recevoir « { $newsletter } ».
confirm-heading = Veuillez confirmer votre abonnement
asked-at-site = Quelqu’un, très probablement vous, a indiqué cette adresse sur { $site } pour recevoir { $coming }.
asked-with-publisher = Quelqu’un, très probablement vous, a indiqué cette adresse à { $publisher } pour recevoir { $coming }.
confirm-button = Confirmer mon abonnement
confirm-no-button = Si le bouton ne fonctionne pas, ouvrez cette adresse :
confirm-open = Pour confirmer, ouvrez cette adresse :
confirm-not-you = Si ce n’était pas vous, ne faites rien : sans ce clic, rien d’autre ne sera envoyé, et l’adresse sera oubliée au bout de { $days }.

goodbye-subject = Votre abonnement à « { $newsletter } » a pris fin
goodbye-preheader = Votre abonnement à « { $newsletter } » a pris fin. Vous ne recevrez plus rien de notre part.
goodbye-heading = Vous ne recevrez plus rien de notre part.
goodbye-heading-plain = Vous ne recevrez plus rien de notre part.
goodbye-left = Votre abonnement à « { $newsletter } » a pris fin, et ceci est notre dernier message à ce sujet. Merci de nous avoir lus.
goodbye-mistake = Si c’était une erreur, vous pouvez
goodbye-sign-up = vous réabonner
goodbye-mistake-plain = Si c’était une erreur, vous pouvez vous réabonner :
