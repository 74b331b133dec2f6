# Letters to one reader, besides the one that asks to confirm and the one that says goodbye.
already-title = You get { $newsletter } already
already-text = Somebody, most likely you, signed up with this address for newsletters of { $publisher } that come to it already. Nothing has changed.
already-button = See everything you get
letter-not-you = If it was not you, do nothing.
link-letter-title = Your link to what you get from us
link-letter-text = By this button you see and change everything you get. Keep it to yourself: whoever has this message can do the same.
welcome-title = Welcome to { $newsletter }
welcome-text = From now on you get { $newsletter }.
welcome-last = So that you need not wait: this was in the last one.
welcome-button = Read the last edition
welcome-leave = It is not what you expected? This ends it at once:
moved-title = Your address was changed
moved-text = What came to this address comes to { $address } from now on. This is the last message here.
moved-not-you = If it was not you, write to { $contact } and a person will see to it.

# An old list is asked once whether it still wants the newsletter. The evidence of consent keeps the first sentence.
ask-title = Do you still want { $newsletter }?
ask-again-title = A last question: { $newsletter }, yes or no?
ask-text = { $publisher } has this address on its list for { $newsletter }, and asks you once: do you still want to get it?
ask-from-place = By our records you signed up on { $date } ({ $place }).
ask-from-date = By our records you signed up on { $date }.
ask-from-unknown = Our records do not say when you signed up.
ask-again = We asked you before and have heard nothing; this is the last time.
# $days is "seven days".
ask-nothing = If you do nothing, nothing more comes, and after { $days } the address is off the list.
ask-button = Yes, I want it
ask-no = If you do not want it, this takes you off the list at once:
