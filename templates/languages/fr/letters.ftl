confirm-subject = Confirmez votre abonnement à { $newsletter }
confirm-preheader = Un clic suffit pour confirmer que vous souhaitez recevoir { $newsletter }.
confirm-heading = Veuillez confirmer votre abonnement
asked-at-site = Quelqu’un, vous très probablement, a donné cette adresse sur { $site } pour recevoir { $coming }.
asked-with-publisher = Quelqu’un, vous très probablement, a donné cette adresse à { $publisher } pour recevoir { $coming }.
confirm-button = Confirmer mon abonnement
confirm-no-button = Si le bouton ne réagit pas, ouvrez cette adresse :
confirm-open = Pour confirmer, ouvrez cette adresse :
confirm-not-you = Si ce n’était pas vous, ne faites rien : sans ce clic, rien d’autre ne sera envoyé, et l’adresse sera oubliée au bout de { $days }.

goodbye-subject = Votre abonnement à { $newsletter } a pris fin
goodbye-preheader = Votre abonnement à { $newsletter } a pris fin. Vous n’entendrez plus parler de nous.
goodbye-heading = Vous n’entendrez plus parler de nous.
goodbye-heading-plain = Vous n’entendrez plus parler de nous.
goodbye-left = Votre abonnement à { $newsletter } a pris fin, et ce message à son sujet est le dernier. Merci de nous avoir lus.
goodbye-mistake = Si c’était une erreur, vous pouvez
goodbye-sign-up = vous réabonner
goodbye-mistake-plain = Si c’était une erreur, vous pouvez vous réabonner :
