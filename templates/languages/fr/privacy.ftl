## Confidentialité
privacy-title = Ce qui est gardé de vous, et ce qui est compté
privacy-kept = Ce qui est gardé
privacy-kept-text = Votre adresse e-mail, votre nom si vous l’avez donné, les lettres d’information que vous recevez et depuis quand, et ce que vous en avez choisi. Comme preuve de votre accord : les mots du formulaire, le moment de son envoi, et celui de votre confirmation.
privacy-unconfirmed = Une inscription qui n’est pas confirmée est oubliée après { $days }.
privacy-ip = L’adresse IP depuis laquelle vous vous êtes inscrit est gardée avec cette preuve, et oubliée après { $days }.
privacy-ip-none = Aucune adresse IP n’est gardée.
privacy-sent-text = Pour chaque édition : quand elle vous a été envoyée, et ce que votre fournisseur de messagerie a répondu.
privacy-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
privacy-counted = Ce qui est compté
privacy-clicks-aggregate = { $newsletters } : combien de fois chaque lien est suivi, et non par qui.
privacy-clicks-subscriber = { $newsletters } : quels liens vous suivez, et quand.
privacy-clicks-off = { $newsletters } : rien n’est compté des liens que vous suivez.
privacy-opens = { $newsletters } : combien de fois une édition est ouverte, seulement si vous l’avez accepté, et non par qui. Vous pouvez y revenir dans vos préférences.
privacy-opens-none = Nous ne comptons pas si vous ouvrez une édition. Elle ne contient pas d’image cachée.
privacy-cookies = Cookies
privacy-cookies-text = Ces pages ne posent aucun cookie et fonctionnent sans scripts. Les éditions passées montrent les images des sites ; rien d’autre n’est chargé d’ailleurs.
privacy-rights = Vos droits
privacy-rights-text = Par le lien à la fin de chaque édition, vous voyez et changez ce que vous recevez, emportez vos données ou faites tout effacer, aussitôt et sans vous connecter.
privacy-left-text = Qui se désinscrit ne reçoit plus rien dès cet instant. Nous gardons trace de ce départ, pour que personne ne vous ajoute de nouveau par erreur, jusqu’à ce que vous le fassiez effacer.
privacy-contact = Qui vous répond
