# Les pages des lecteurs : s'inscrire, confirmer, choisir, partir.

## Autour de chaque page
page-description = Les lettres d’information de { $publisher } : inscrivez-vous, choisissez ce que vous recevez, lisez les éditions passées.
pages = Pages
newsletters = Lettres d’information
past-editions = Éditions passées
privacy = Confidentialité
write-to = Écrivez-nous, une personne s’en occupera :
see-everything = Voir tout ce que vous recevez
save = Enregistrer
the-newsletter-of = la lettre d’information de { $publisher }
weeks = { $count ->
    [one] { $count } semaine
   *[other] { $count } semaines
}

## S'inscrire
sign-up-title = Lettres d’information
sign-up-choose = Lesquelles souhaitez-vous ?
sign-up-sample = Lire la dernière
sign-up-sample-of = Lire la dernière édition de { $newsletter }
sign-up-email = Adresse e-mail
sign-up-name = Nom
sign-up-optional = (si vous voulez)
sign-up-button = S’inscrire
sign-up-promise = Vous recevez d’abord un message pour confirmer. Chaque édition de { $publisher } contient un lien pour vous désinscrire.
sign-up-opens = Vous pouvez compter mes ouvertures
sign-up-opens-why = Une image dans chaque édition nous dit combien de fois elle a été ouverte. Tout fonctionne aussi bien sans elle.
sign-up-known = Déjà inscrit ? Recevoir le lien vers vos préférences
sign-up-no-address = Ce n’est pas une adresse e-mail complète. Elle ressemble à nom@example.org.
sign-up-no-newsletter = Choisissez au moins une lettre d’information.
sign-up-refused = Nous ne pouvons pas écrire aux adresses de ce domaine. Merci d’en choisir une autre.
once-more-title = Encore une fois, s’il vous plaît
once-more-text = Appuyez encore une fois sur le bouton. Rien n’est à saisir de nouveau.
once-more-wait = Attendez vingt secondes, puis appuyez sur le bouton. Cela écarte les programmes qui inscrivent d’autres personnes.
respelt-title = L’adresse est-elle juste ?
respelt-text = Vous avez saisi { $address }.
respelt-yes = Je voulais dire { $address }
respelt-no = { $address } est juste
taken-title = Regardez dans votre boîte de réception
taken-text = Nous avons envoyé un message à l’adresse que vous avez donnée. Ouvrez-le et appuyez sur le bouton : vous ne serez inscrit qu’ensuite.
taken-spam = Rien après quelques minutes ? Regardez aussi parmi les indésirables.
taken-wrong = L’adresse était fausse ?
taken-again = S’inscrire de nouveau
too-many-title = Trop de demandes à la fois
too-many-text = Il en arrive plus d’inscriptions que nous n’en prenons. Réessayez dans une heure.

## Confirmer
confirm-title = Recevoir { $newsletter } ?
confirm-title-several = Recevoir ces lettres d’information ?
confirm-page-not-you = Si vous n’avez rien demandé, ne faites rien : sans ce clic, rien ne vous est envoyé.
confirmed-title = Votre inscription est confirmée
confirmed-what = Vous recevez { $newsletters }.
confirmed-next = La prochaine édition est prévue le { $date }.
confirmed-leave = Chaque édition contient un lien pour vous désinscrire.

## Partir
leave-title = Ne plus recevoir { $newsletter } ?
leave-text = Appuyez sur le bouton et cela s’arrête aussitôt. Rien d’autre n’est demandé.
leave-button = Se désinscrire
leave-instead = Voir plutôt tout ce que vous recevez
left-title = Vous ne recevez plus { $newsletter }
never-again = Vous n’aurez plus de nos nouvelles.
left-still = { $count ->
    [one] Vous ne la recevrez plus. Vous recevez encore { $newsletters }.
   *[other] Vous ne la recevrez plus. Vous recevez encore { $newsletters }.
}
left-back = Une erreur ? Revenir
left-is-back = Vous recevez de nouveau { $newsletter }, comme avant.
back-title = Vous êtes de retour
left-others = Ce que vous recevez encore
left-these = Quitter celles cochées
left-all = Les quitter toutes
left-also = Celles-ci aussi sont arrêtées.
left-why = Voulez-vous nous dire pourquoi ?
left-why-text = Seulement si vous voulez. Vous êtes désinscrit dans tous les cas.
left-reason-too-often = Elle vient trop souvent
left-reason-not-for-me = Elle n’est pas pour moi
left-reason-never-asked = Je ne l’ai jamais demandée
left-reason-looks-bad = Elle se lit mal là où je la lis
left-reason-other = Autre chose
left-words = Avec vos mots
left-tell = Envoyer
left-told = Merci de nous l’avoir dit.

## Préférences
preferences-title = Ce que vous recevez
preferences-for = Pour { $address }
preferences-suppressed = Les messages à cette adresse sont arrêtés, parce qu’ils sont revenus ou ont été signalés. Pour les reprendre, écrivez à
preferences-platforms = Choisir les sites
preferences-platforms-text = Les articles des autres sites ne figurent pas dans votre édition.
preferences-pause = Faire une pause
preferences-pause-button = Faire une pause
preferences-weeks = Pour combien de temps
preferences-resume = Reprendre l’envoi
preferences-name = Votre nom
preferences-name-text = Le nom auquel les messages vous sont adressés. Il peut rester vide.
preferences-address = Votre adresse
preferences-address-text = Nous demandons d’abord à la nouvelle. Tant qu’elle n’est pas confirmée, rien ne change.
preferences-new-address = Nouvelle adresse e-mail
preferences-address-button = Changer
preferences-leave-all = Tout quitter
preferences-leave-all-text = Un bouton arrête tout ce qui précède, aussitôt.
preferences-data = Ce que nous gardons de vous
preferences-download = Télécharger mes données
preferences-erase = M’effacer
state-confirmed = Vous la recevez : confirmée
state-confirmed-on = Vous la recevez : confirmée le { $date }
state-paused = En pause
state-paused-on = En pause jusqu’au { $date }
state-pending = En attente de votre confirmation
state-ended = Vous l’avez quittée
state-ended-on = Vous l’avez quittée le { $date }
state-none = Vous ne la recevez pas
button-leave = Quitter
button-join = S’inscrire
button-join-again = Se réinscrire
button-confirm = Confirmer
button-opens-allow = Laisser compter
button-opens-stop = Ne pas compter
label-leave = Quitter { $newsletter }
label-join = S’inscrire à { $newsletter }
label-join-again = Se réinscrire à { $newsletter }
label-confirm = Confirmer { $newsletter }
label-platforms = Enregistrer les sites de { $newsletter }
label-pause = Faire une pause avec { $newsletter }
label-resume = Reprendre l’envoi de { $newsletter }
label-opens-allow = Laisser compter les ouvertures de { $newsletter }
label-opens-stop = Ne pas compter les ouvertures de { $newsletter }
opens-agreed = Vos ouvertures sont comptées.
opens-agreed-on = Vos ouvertures sont comptées, depuis le { $date }.
opens-not-agreed = Vos ouvertures ne sont pas comptées.
opens-not-agreed-on = Vos ouvertures ne sont pas comptées.
done-left = Vous ne recevez plus { $newsletter }.
done-joined = Vous recevez désormais { $newsletter }.
done-name = Votre nom est désormais { $name }.
done-no-name = Votre nom est oublié.
done-platforms = Dès la prochaine édition, { $newsletter } vous parvient avec les sites que vous avez choisis.
done-no-platform = Choisissez au moins un site. Pour n’en recevoir aucun, appuyez sur Quitter.
done-paused = { $count ->
    [one] { $newsletter } fait une pause de { $count } semaine.
   *[other] { $newsletter } fait une pause de { $count } semaines.
}
done-resumed = { $newsletter } revient dès la prochaine édition.
done-opens-allowed = Vos ouvertures sont comptées dès la prochaine édition.
done-opens-stopped = Vos ouvertures ne sont plus comptées.
done-address = Nous avons écrit à { $address }. Ouvrez le message là-bas pour en faire votre adresse.
nothing-changed = Rien n’a changé.

## Une autre adresse
address-title = En faire votre adresse ?
address-text = Tout ce qui venait à votre ancienne adresse viendra à { $address }.
address-button = En faire mon adresse
address-not-you = Si vous n’avez rien demandé, ne faites rien.
address-done-title = Votre adresse est changée
address-done = Tout arrive désormais ici. L’ancienne adresse reçoit un dernier message qui le dit.
address-taken-title = Cette adresse a déjà un abonnement
address-taken = Rien n’a changé. Désinscrivez-vous avec l’une des deux adresses pour ne tout recevoir qu’une fois.

## Mes données
erase-title = Effacer tout ce que nous gardons de vous ?
erase-text = Votre adresse, votre nom, ce que vous avez reçu et choisi sont oubliés aussitôt et pour toujours. Il reste une empreinte dont personne ne peut tirer votre adresse, afin qu’elle ne soit pas ajoutée de nouveau par erreur.
erase-button = M’effacer
erased-title = Vous êtes effacé
erased-text = Plus rien n’est gardé de vous, et plus rien ne vous est envoyé.

## Le lien perdu
link-title = Le lien vers vos préférences
link-text = Chaque édition le porte à sa fin. Si vous n’en avez pas sous la main, nous l’envoyons à votre adresse.
link-button = M’envoyer mon lien
link-sent-title = Regardez dans votre boîte de réception
link-sent-text = Si cette adresse est connue ici, un message avec le lien est en route.

## Ce qui n'a pas marché
failure-no-page = Cette page n’existe pas
failure-no-page-text = L’adresse est peut-être mal saisie, ou la page a disparu.
failure-bad-link = Ce lien ne fonctionne pas
failure-bad-link-text = Il est incomplet, comme il arrive quand un logiciel de messagerie coupe une longue ligne. Ouvrez-le de nouveau depuis le message, ou copiez-le en entier. Rien n’a changé.
failure-past = Ce lien est périmé
failure-past-text = Si vous avez déjà confirmé, tout va bien : il n’y a rien d’autre à faire.
failure-nothing-kept = Rien n’est plus gardé sous ce lien
failure-nothing-kept-text = L’inscription dont il dépend est terminée ou a été oubliée.
failure-sign-up = Pour la recevoir, inscrivez-vous de nouveau sur { $website } ; un nouveau lien vient par e-mail.
failure-nothing-chosen = Rien n’a changé
failure-nothing-chosen-text = La demande ne disait pas que faire. Ouvrez le lien de nouveau et appuyez sur le bouton.
failure-too-large = C’était trop
failure-too-large-text = Le formulaire est plus grand que tous les nôtres.
failure-too-slow = Cela a duré trop longtemps
failure-too-slow-text = La demande n’est pas arrivée à temps. Merci de réessayer.
failure-broken = Cette page est en panne
failure-broken-text = La faute est à nous, et rien n’a changé. Merci de réessayer dans quelques minutes.

## The pop-up
popup-refuse = Non merci
popup-close = Fermer
