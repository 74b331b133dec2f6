# الأرشيف: قوائم الأعداد السابقة، وكلّ عدد، والبحث.

archive-description = الأعداد السابقة من { $publisher } للقراءة والبحث.
archive-of = الأعداد السابقة من { $newsletter }
archive-nothing-yet = لم يصدر شيء بعد.
archive-all = كل الأعداد السابقة
archive-all-of = كل أعداد { $newsletter }
archive-feed-of = خلاصة { $newsletter } (Atom)

## تحت العدد
archive-earlier = العدد السابق
archive-later = العدد التالي
archive-get = اشترك في { $newsletter } بالبريد الإلكتروني
archive-permalink = رابط هذا العدد
# في قارئات الخلاصات، تحت العناوين.
archive-read-online = اقرأ العدد كاملًا

## البحث
search-title = البحث في الأعداد السابقة
search-label = ابحث في الأعداد السابقة
search-button = ابحث
search-found = { $count ->
    [one] عدد واحد فيه «{ $question }».
    [two] عددان فيهما «{ $question }».
    [few] { $count } أعداد فيها «{ $question }».
    [many] { $count } عددًا فيها «{ $question }».
   *[other] { $count } عدد فيها «{ $question }».
}
search-nothing = لا يوجد عدد فيه «{ $question }».
search-advice-fewer = يجب أن ترد الكلمات كلها في العدد نفسه، فكلما قلّت الكلمات كثرت النتائج.
search-advice-beginnings = يكفي أول الكلمة: «انتخاب» تجد «انتخابات» أيضًا. ولا فرق في التشكيل.
