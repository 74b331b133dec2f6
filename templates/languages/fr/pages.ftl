# Les pages ouvertes par les lecteurs.
