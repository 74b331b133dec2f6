# Les lettres à un seul lecteur, hormis celle qui demande confirmation et celle qui dit au revoir.
already-title = Vous recevez déjà { $newsletter }
already-text = Quelqu’un, sans doute vous, a inscrit cette adresse à des lettres d’information de { $publisher } qu’elle reçoit déjà. Rien n’a changé.
already-button = Voir tout ce que vous recevez
letter-not-you = Si ce n’était pas vous, ne faites rien.
link-letter-title = Le lien vers ce que vous recevez de nous
link-letter-text = Par ce bouton, vous voyez et changez tout ce que vous recevez. Gardez-le pour vous : qui a ce message peut en faire autant.
welcome-title = Bienvenue dans { $newsletter }
welcome-text = Vous recevez désormais { $newsletter }.
welcome-last = Pour que vous n’ayez pas à attendre, voici ce qu’il y avait dans la dernière édition.
welcome-button = Lire la dernière édition
welcome-leave = Ce n’est pas ce que vous attendiez ? Ceci arrête tout aussitôt :
moved-title = Votre adresse a été changée
moved-text = Ce qui venait à cette adresse vient désormais à { $address }. Ceci est le dernier message ici.
moved-not-you = Si ce n’était pas vous, écrivez à { $contact } et une personne s’en occupera.

# Une ancienne liste est interrogée une fois : veut-elle encore la lettre ?
ask-title = Voulez-vous encore recevoir { $newsletter } ?
ask-again-title = Une dernière question : { $newsletter }, oui ou non ?
ask-text = { $publisher } a cette adresse sur sa liste pour { $newsletter } et vous le demande une seule fois : voulez-vous encore la recevoir ?
ask-from-place = D’après nos dossiers, vous vous êtes inscrit le { $date } ({ $place }).
ask-from-date = D’après nos dossiers, vous vous êtes inscrit le { $date }.
ask-from-unknown = Nos dossiers ne disent pas quand vous vous êtes inscrit.
ask-again = Nous vous l’avions déjà demandé et n’avons rien reçu ; c’est la dernière fois.
ask-nothing = Si vous ne faites rien, rien d’autre ne vient, et après { $days } l’adresse est retirée de la liste.
ask-button = Oui, je la veux
ask-no = Si vous n’en voulez plus, ceci vous retire de la liste aussitôt :
