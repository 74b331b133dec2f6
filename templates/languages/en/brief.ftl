# The weekly brief, in the mail and in the archive.

read-on = Read on
read-also = Read also
must-read = Must read
# Over what is paid for.
sponsored = Sponsored
coming-up = Coming up
view-online = View online
preferences = Preferences
unsubscribe = Unsubscribe

# "No. 12"
edition-number = No. { $number }

# Title of the page, and the subject where nothing else is at hand: "The Weekly Brief, Friday 7 November 2025".
brief-title = { $newsletter }, { $date }

# "Ten stories, six minutes": both are sentences of numbers.ftl.
promise = { $stories }, { $minutes }

# "By Ama, Kojo and Esi"
by = By { $names }
# "By Ama, Kojo and three others"
by-many = By { $first }, { $second } and { number } others

also-on = Also on { $platforms }

# "The Weekly Brief every Friday"
coming = { $newsletter } { $often }
# Where it comes in no rhythm.
coming-irregular = { $newsletter }

# Why the reader gets this. $coming is the message above.
why-at-site = You get { $coming } because you signed up at { $site } on { $date }.
why-with-publisher = You get { $coming } because you signed up with { $publisher } on { $date }.

# On the archive's link to the sign-up page.
get-newsletter = Get { $coming }
