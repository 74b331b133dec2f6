# The archive: lists of past editions, each of them, the search.

archive-description = Past editions of { $publisher }, to read and to search.
archive-of = Past editions of { $newsletter }
archive-nothing-yet = Nothing has gone out yet.
archive-all = All past editions
archive-all-of = All editions of { $newsletter }
archive-feed-of = Feed of { $newsletter } (Atom)

## Beneath an edition
archive-earlier = The edition before
archive-later = The edition after
archive-get = Get { $newsletter } by e-mail
archive-permalink = Link to this edition
# In feed readers, beneath the headlines.
archive-read-online = Read the whole edition

## Searching
search-title = Search past editions
search-label = Search past editions
search-button = Search
search-found = { $count ->
    [one] One edition with “{ $question }”.
   *[other] { $count } editions with “{ $question }”.
}
search-nothing = There is no edition with “{ $question }”.
search-advice-fewer = Every word must be in the same edition, so fewer words find more.
search-advice-beginnings = The beginning of a word is enough: “elect” finds elections, too. Accents and capitals make no difference.
