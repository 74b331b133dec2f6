# The letter that tells an editor that a draft is ready. Editors read English, whatever the newsletter is written in.

notice-too-few = Too few stories yet: { $newsletter } { $edition }, { notice-stories }
notice-waits = Waits for you: { $newsletter } { $edition }, { notice-stories }
notice-ready = Draft ready: { $newsletter } { $edition }, { notice-stories }
notice-stories =
    { $n ->
        [one] 1 story
       *[other] { $n } stories
    }

notice-says-too-few = The draft has { notice-stories } and needs { $needed }: without more by { $when } nothing goes out.
notice-says-waits = The draft is ready: { notice-stories }. It waits for you: approved, it goes out { $when }.
notice-says-ready = The draft is ready: { notice-stories }, goes out { $when } unless you change or stop it.

notice-subject = Subject:
notice-story = story { $id }
notice-can = What you can do:
notice-looks = looks at it
notice-makes-again = makes it again
notice-pins = makes a story the lead
notice-drops = takes a story out
notice-edits = changes its own words
notice-approves = lets it go out
notice-cancels = stops it for good
