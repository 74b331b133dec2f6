# The readers' pages: signing up, confirming, choosing, leaving.

## Around every page
page-description = Newsletters of { $publisher }: sign up, choose what you get, read past editions.
pages = Pages
newsletters = Newsletters
past-editions = Past editions
privacy = Privacy
write-to = Write to us and a person will see to it:
see-everything = See everything you get
save = Save
the-newsletter-of = the newsletter of { $publisher }
weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}

## Signing up
sign-up-title = Newsletters
sign-up-choose = Which would you like?
sign-up-sample = Read the last one
sign-up-sample-of = Read the last one of { $newsletter }
sign-up-email = E-mail address
sign-up-name = Name
sign-up-optional = (if you like)
sign-up-button = Sign up
sign-up-promise = You get a message to confirm first. Every edition of { $publisher } has a link to leave.
sign-up-opens = You may count that I open it
sign-up-opens-why = An image in each edition tells us how often it was opened. It works as well without.
sign-up-known = Signed up already? Have the link to your preferences sent
sign-up-no-address = This is no complete e-mail address. It looks like name@example.org.
sign-up-no-newsletter = Choose at least one newsletter.
sign-up-refused = We can't send to addresses at this domain. Please take another one.
once-more-title = Once more, please
once-more-text = Please press the button once more. Nothing has to be typed again.
once-more-wait = Please wait twenty seconds, then press the button. This keeps programs away that sign up other people.
respelt-title = Is the address right?
respelt-text = You typed { $address }.
respelt-yes = I meant { $address }
respelt-no = { $address } is right
taken-title = Look into your mailbox
taken-text = We have sent a message to the address you gave. Open it and press the button: only then are you signed up.
taken-spam = Nothing there after some minutes? Look among the spam, too.
taken-wrong = Was the address wrong?
taken-again = Sign up again
too-many-title = Too many at once
too-many-text = More sign-ups come in from there than we take. Please try again in an hour.

## Confirming
confirm-title = Get { $newsletter }?
confirm-title-several = Get these newsletters?
confirm-page-not-you = If you did not ask for this, do nothing: without the click nothing is sent to you.
confirmed-title = Your subscription is confirmed
confirmed-what = You get { $newsletters }.
confirmed-next = The next one is due on { $date }.
confirmed-leave = Every edition has a link to leave.

## Leaving
leave-title = Leave { $newsletter }?
leave-text = Press the button and it stops at once. Nothing more is asked.
leave-button = Unsubscribe
leave-instead = See everything you get instead
left-title = You have left { $newsletter }
never-again = You won't hear from us again.
left-still = { $count ->
    [one] You won't get it again. { $newsletters } still comes.
   *[other] You won't get it again. { $newsletters } still come.
}
left-back = A mistake? Back in
left-is-back = You get { $newsletter } again, as before.
back-title = You are back
left-others = What else you get
left-these = Leave those ticked
left-all = Leave all of them
left-also = They have stopped, too.
left-why = Would you tell us why?
left-why-text = Only if you like. You have left in any case.
left-reason-too-often = It comes too often
left-reason-not-for-me = It is not for me
left-reason-never-asked = I never asked for it
left-reason-looks-bad = It is hard to read where I read it
left-reason-other = Something else
left-words = In your own words
left-tell = Tell
left-told = Thank you for telling us.

## Preferences
preferences-title = What you get
preferences-for = For { $address }
preferences-suppressed = Messages to this address are stopped, because they came back or were reported. To have them start again, write to
preferences-platforms = Choose platforms
preferences-platforms-text = The brief leaves the stories of the others out for you.
preferences-pause = Pause
preferences-pause-button = Pause
preferences-weeks = For how long
preferences-resume = Let it come again
preferences-name = Your name
preferences-name-text = How messages are addressed to you. It may be empty.
preferences-address = Your address
preferences-address-text = We ask at the new one first. Until it is confirmed all stays as it is.
preferences-new-address = New e-mail address
preferences-address-button = Change
preferences-leave-all = Leave everything
preferences-leave-all-text = One button ends all of the above, at once.
preferences-data = What we keep of you
preferences-download = Download my data
preferences-erase = Erase me
state-confirmed = You get it: confirmed
state-confirmed-on = You get it: confirmed on { $date }
state-paused = Paused
state-paused-on = Paused until { $date }
state-pending = Waiting for you to confirm
state-ended = You left
state-ended-on = You left on { $date }
state-none = You don't get it
button-leave = Leave
button-join = Join
button-join-again = Join again
button-confirm = Confirm
button-opens-allow = Let it be counted
button-opens-stop = Don't count it
label-leave = Leave { $newsletter }
label-join = Join { $newsletter }
label-join-again = Join again { $newsletter }
label-confirm = Confirm { $newsletter }
label-platforms = Save the platforms of { $newsletter }
label-pause = Pause { $newsletter }
label-resume = Let it come again: { $newsletter }
label-opens-allow = Let it be counted that { $newsletter } is opened
label-opens-stop = Don't count it when { $newsletter } is opened
opens-agreed = It is counted that you open it.
opens-agreed-on = It is counted that you open it, since { $date }.
opens-not-agreed = It is not counted whether you open it.
opens-not-agreed-on = It is not counted whether you open it.
done-left = You have left { $newsletter }.
done-joined = You get { $newsletter } from now on.
done-name = Your name is { $name } from now on.
done-no-name = Your name is forgotten.
done-platforms = { $newsletter } comes to you with the platforms you chose, from the next edition on.
done-no-platform = Choose at least one platform. To get none of it, press Leave.
done-paused = { $count ->
    [one] { $newsletter } pauses for { $count } week.
   *[other] { $newsletter } pauses for { $count } weeks.
}
done-resumed = { $newsletter } comes again, from the next edition on.
done-opens-allowed = It is counted from the next edition on that you open it.
done-opens-stopped = It is not counted any more whether you open it.
done-address = We have asked at { $address }. Open the message there to make it your address.
nothing-changed = Nothing has changed.

## Another address
address-title = Make this your address?
address-text = Everything that came to your old address will come to { $address }.
address-button = Make it my address
address-not-you = If you did not ask for this, do nothing.
address-done-title = Your address is changed
address-done = Everything comes here from now on. The old address gets a last message that says so.
address-taken-title = This address has a subscription of its own
address-taken = Nothing has changed. Leave with one of the two addresses to get everything once.

## My data
erase-title = Erase everything we keep of you?
erase-text = Your address, your name, what you got and what you chose are forgotten at once and for good. What stays is a digest from which nobody can read your address, so that it is not added again by mistake.
erase-button = Erase me
erased-title = You are erased
erased-text = Nothing is kept of you any more, and nothing more is sent to you.

## The lost link
link-title = The link to your preferences
link-text = Every edition has it at its end. If you have none at hand, we send the link to your address.
link-button = Send me my link
link-sent-title = Look into your mailbox
link-sent-text = If this address is known here, a message with the link is on its way to it.

## What failed
failure-no-page = There is no such page
failure-no-page-text = The address may be mistyped, or the page has gone.
failure-bad-link = This link does not work
failure-bad-link-text = It is incomplete, as happens when a mail program cuts a long line. Open it again from the message, or copy it whole. Nothing has changed.
failure-past = This link is past its time
failure-past-text = If you have confirmed before, all is well: nothing more is needed.
failure-nothing-kept = Nothing is kept under this link any more
failure-nothing-kept-text = The sign-up it belongs to is over or was forgotten.
failure-sign-up = To get it, sign up again at { $website }; a fresh link comes by mail.
failure-nothing-chosen = Nothing has changed
failure-nothing-chosen-text = The request did not say what to do. Open the link again and press the button.
failure-too-large = That was too much
failure-too-large-text = The form is larger than any of ours.
failure-too-slow = That took too long
failure-too-slow-text = The request did not arrive in time. Please try again.
failure-broken = This page is out of order
failure-broken-text = The fault is ours, and nothing has changed. Please try again in a few minutes.

## The pop-up
popup-refuse = No, Thank You
popup-close = Close
