## Privacy
privacy-title = What is kept of you, and what is counted
privacy-kept = What is kept
privacy-kept-text = Your e-mail address, your name if you gave it, which newsletters you get and since when, and what you chose of them. As evidence of your consent: the words of the form, when it was sent, and when you confirmed.
privacy-unconfirmed = A sign-up that is not confirmed is forgotten after { $days }.
privacy-ip = The IP address from which you signed up is kept with that evidence, and forgotten after { $days }.
privacy-ip-none = No IP address is kept.
privacy-sent-text = For each edition: when it was sent to you, and what your mail provider answered.
privacy-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
privacy-counted = What is counted
privacy-clicks-aggregate = { $newsletters }: how often each link is followed, and not by whom.
privacy-clicks-subscriber = { $newsletters }: which links you follow, and when.
privacy-clicks-off = { $newsletters }: nothing is counted of the links you follow.
privacy-opens = { $newsletters }: how often an edition is opened, only where you agreed to it, and not by whom. You take it back in your preferences.
privacy-opens-none = It is not counted whether you open an edition. There is no hidden image in it.
privacy-cookies = Cookies
privacy-cookies-text = These pages set no cookies and work without scripts. Past editions show the pictures of the platforms; nothing else is loaded from anywhere.
privacy-rights = Your rights
privacy-rights-text = By the link at the end of each edition you see and change what you get, take your data with you, or have everything erased, at once and without a login.
privacy-left-text = Who leaves gets nothing more from that moment on. That you left is kept, so that nobody adds you again by mistake, until you have it erased.
privacy-contact = Who answers you
