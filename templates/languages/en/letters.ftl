# The letter that asks a reader to confirm.

confirm-subject = Confirm your subscription to { $newsletter }
# What an inbox shows after the subject.
confirm-preheader = One click confirms that you want to get { $newsletter }.
confirm-heading = Please confirm your subscription
# "Someone, most likely you, gave this address at example.org to get The Weekly Brief every Friday."
asked-at-site = Someone, most likely you, gave this address at { $site } to get { $coming }.
asked-with-publisher = Someone, most likely you, gave this address to { $publisher } to get { $coming }.
confirm-button = Confirm my subscription
confirm-no-button = If the button does nothing, open this address:
confirm-open = To confirm, open this address:
# $days is "seven days".
confirm-not-you = If it was not you, do nothing: without the click nothing more is sent, and the address is forgotten after { $days }.

# The letter that tells a reader that they have left.

goodbye-subject = You have left { $newsletter }
goodbye-preheader = You have left { $newsletter }. You won't hear from us again.
goodbye-heading = You won’t hear from us again.
# The same in the text version, where typewriter apostrophes are the custom.
goodbye-heading-plain = You won't hear from us again.
goodbye-left = You have left { $newsletter }, and this is the last message about it. Thank you for reading.
# Then the link, over the words of goodbye-sign-up; in the text version the sentence of goodbye-mistake-plain before it.
goodbye-mistake = If you left by mistake, you can
goodbye-sign-up = sign up again
goodbye-mistake-plain = If you left by mistake, you can sign up again:
