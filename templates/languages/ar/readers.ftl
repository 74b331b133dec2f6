# صفحات القرّاء: التسجيل والتأكيد والاختيار والمغادرة.

## حول كل صفحة
page-description = نشرات { $publisher }: سجّل، واختر ما يصلك، واقرأ الأعداد السابقة.
pages = الصفحات
newsletters = النشرات
past-editions = الأعداد السابقة
privacy = الخصوصية
write-to = اكتب إلينا وسيهتم أحدنا بالأمر:
see-everything = اطّلع على كل ما يصلك
save = حفظ
the-newsletter-of = نشرة { $publisher }
weeks = { $count ->
    [one] أسبوع واحد
    [two] أسبوعان
    [few] { $count } أسابيع
   *[other] { $count } أسبوعًا
}

## التسجيل
sign-up-title = النشرات
sign-up-choose = أيّ النشرات تريد؟
sign-up-sample = اقرأ العدد الأخير
sign-up-sample-of = اقرأ العدد الأخير من { $newsletter }
sign-up-email = البريد الإلكتروني
sign-up-name = الاسم
sign-up-optional = (إن أحببت)
sign-up-button = سجّل
sign-up-promise = تصلك أولًا رسالة للتأكيد. وفي كل عدد من { $publisher } رابط للمغادرة.
sign-up-opens = لا مانع لديّ من عدّ مرّات فتحي للنشرة
sign-up-opens-why = صورة في كل عدد تخبرنا كم مرّة فُتح. وكل شيء يعمل من دونها أيضًا.
sign-up-known = هل سجّلت من قبل؟ اطلب إرسال رابط تفضيلاتك
sign-up-no-address = هذا ليس عنوان بريد كاملًا. يكون العنوان على هذا الشكل: name@example.org.
sign-up-no-newsletter = اختر نشرة واحدة على الأقل.
sign-up-refused = لا نستطيع الإرسال إلى عناوين هذا النطاق. اختر عنوانًا آخر من فضلك.
once-more-title = مرّة أخرى من فضلك
once-more-text = اضغط الزر مرّة أخرى من فضلك. لا حاجة إلى كتابة شيء من جديد.
once-more-wait = انتظر عشرين ثانية ثم اضغط الزر من فضلك. هذا يُبعد البرامج التي تسجّل أناسًا آخرين.
respelt-title = هل العنوان صحيح؟
respelt-text = كتبتَ { $address }.
respelt-yes = قصدتُ { $address }
respelt-no = { $address } صحيح
taken-title = انظر في بريدك
taken-text = أرسلنا رسالة إلى العنوان الذي كتبته. افتحها واضغط الزر، فلا يتمّ تسجيلك إلا بعد ذلك.
taken-spam = لم يصلك شيء بعد دقائق؟ انظر في البريد غير المرغوب فيه أيضًا.
taken-wrong = هل كان العنوان خطأ؟
taken-again = سجّل من جديد
too-many-title = طلبات كثيرة دفعة واحدة
too-many-text = تصلنا من هناك تسجيلات أكثر مما نقبل. حاول من جديد بعد ساعة من فضلك.

## التأكيد
confirm-title = هل تريد { $newsletter }؟
confirm-title-several = هل تريد هذه النشرات؟
confirm-page-not-you = إن لم تطلب هذا فلا تفعل شيئًا: لا يُرسل إليك شيء من دون ضغط الزر.
confirmed-title = تمّ تأكيد اشتراكك
confirmed-what = تصلك من الآن { $newsletters }.
confirmed-next = موعد العدد القادم { $date }.
confirmed-leave = في كل عدد رابط للمغادرة.

## المغادرة
leave-title = هل تريد ترك { $newsletter }؟
leave-text = اضغط الزر فتتوقّف في الحال. لا نسألك شيئًا غير ذلك.
leave-button = إلغاء الاشتراك
leave-instead = اطّلع على كل ما يصلك بدلًا من ذلك
left-title = لم تعد مشتركًا في { $newsletter }
never-again = لن تصلك منّا رسائل بعد الآن.
left-still = { $count ->
    [one] لن تصلك بعد الآن. وما زالت تصلك { $newsletters }.
   *[other] لن تصلك بعد الآن. وما زالت تصلك { $newsletters }.
}
left-back = ضغطت خطأً؟ أعدني
left-is-back = عادت { $newsletter } تصلك كما كانت.
back-title = أهلًا بعودتك
left-others = ما يصلك غير ذلك
left-these = اترك ما اخترت
left-all = اتركها كلّها
left-also = توقّفت هذه أيضًا.
left-why = هل تخبرنا لماذا؟
left-why-text = إن أحببت فقط. فقد ألغي اشتراكك على كل حال.
left-reason-too-often = تصل أكثر مما أريد
left-reason-not-for-me = ليست لي
left-reason-never-asked = لم أطلبها قط
left-reason-looks-bad = تصعب قراءتها حيث أقرأ
left-reason-other = سبب آخر
left-words = بكلماتك
left-tell = أرسل
left-told = شكرًا لأنك أخبرتنا.

## التفضيلات
preferences-title = ما يصلك
preferences-for = لصاحب العنوان { $address }
preferences-suppressed = أوقفنا الرسائل إلى هذا العنوان لأنها رجعت أو بُلّغ عنها. لاستئنافها اكتب إلى
preferences-platforms = اختر المواقع
preferences-platforms-text = لا تُدرج في نسختك مواد المواقع الأخرى.
preferences-pause = توقّف مؤقّت
preferences-pause-button = أوقفها مؤقّتًا
preferences-weeks = المدّة
preferences-resume = استأنف الإرسال
preferences-name = اسمك
preferences-name-text = الاسم الذي تُوجَّه به الرسائل إليك. ويجوز أن يبقى فارغًا.
preferences-address = عنوانك
preferences-address-text = نسأل في العنوان الجديد أولًا. وحتى تأكيده يبقى كل شيء كما هو.
preferences-new-address = عنوان البريد الجديد
preferences-address-button = غيّر
preferences-leave-all = ترك كل شيء
preferences-leave-all-text = زر واحد يوقف كل ما سبق في الحال.
preferences-data = ما نحفظه عنك
preferences-download = نزّل بياناتي
preferences-erase = امحُ بياناتي
state-confirmed = تصلك: مؤكّدة
state-confirmed-on = تصلك: أكّدتها في { $date }
state-paused = متوقّفة مؤقّتًا
state-paused-on = متوقّفة مؤقّتًا حتى { $date }
state-pending = تنتظر تأكيدك
state-ended = تركتها
state-ended-on = تركتها في { $date }
state-none = لا تصلك
button-leave = اترك
button-join = اشترك
button-join-again = اشترك من جديد
button-confirm = أكّد
button-opens-allow = لا مانع من العدّ
button-opens-stop = لا تعدّوا
label-leave = اترك { $newsletter }
label-join = اشترك في { $newsletter }
label-join-again = اشترك من جديد في { $newsletter }
label-confirm = أكّد { $newsletter }
label-platforms = حفظ مواقع { $newsletter }
label-pause = أوقفها مؤقّتًا: { $newsletter }
label-resume = استأنف الإرسال: { $newsletter }
label-opens-allow = لا مانع من عدّ فتح { $newsletter }
label-opens-stop = لا تعدّوا فتح { $newsletter }
opens-agreed = نعدّ مرّات فتحك لها.
opens-agreed-on = نعدّ مرّات فتحك لها منذ { $date }.
opens-not-agreed = لا نعدّ مرّات فتحك لها.
opens-not-agreed-on = لا نعدّ مرّات فتحك لها.
done-left = تركتَ { $newsletter }.
done-joined = تصلك { $newsletter } من الآن.
done-name = اسمك من الآن { $name }.
done-no-name = نسينا اسمك.
done-platforms = تصلك { $newsletter } بالمواقع التي اخترتها ابتداءً من العدد القادم.
done-no-platform = اختر موقعًا واحدًا على الأقل. وإن لم ترد شيئًا منها فاضغط «اترك».
done-paused = { $count ->
    [one] تتوقّف { $newsletter } أسبوعًا واحدًا.
    [two] تتوقّف { $newsletter } أسبوعين.
    [few] تتوقّف { $newsletter } { $count } أسابيع.
   *[other] تتوقّف { $newsletter } { $count } أسبوعًا.
}
done-resumed = تعود { $newsletter } ابتداءً من العدد القادم.
done-opens-allowed = نعدّ مرّات الفتح ابتداءً من العدد القادم.
done-opens-stopped = لم نعد نعدّ مرّات فتحك لها.
done-address = سألنا في { $address }. افتح الرسالة هناك ليصبح عنوانك.
nothing-changed = لم يتغيّر شيء.

## عنوان آخر
address-title = هل تجعله عنوانك؟
address-text = كل ما كان يصل إلى عنوانك القديم سيصل إلى { $address }.
address-button = اجعله عنواني
address-not-you = إن لم تطلب هذا فلا تفعل شيئًا.
address-done-title = تغيّر عنوانك
address-done = يصل كل شيء إلى هنا من الآن. وتصل إلى العنوان القديم رسالة أخيرة تخبر بذلك.
address-taken-title = لهذا العنوان اشتراك خاص به
address-taken = لم يتغيّر شيء. ألغِ الاشتراك بأحد العنوانين ليصلك كل شيء مرّة واحدة.

## بياناتي
erase-title = هل نمحو كل ما نحفظه عنك؟
erase-text = يُنسى عنوانك واسمك وما وصلك وما اخترته في الحال وإلى الأبد. ولا تبقى إلا بصمة لا يستطيع أحد أن يقرأ منها عنوانك، كي لا يضاف من جديد خطأً.
erase-button = امحُ بياناتي
erased-title = مُحيت بياناتك
erased-text = لم نعد نحفظ عنك شيئًا، ولن نرسل إليك شيئًا.

## الرابط المفقود
link-title = رابط تفضيلاتك
link-text = تجده في آخر كل عدد. وإن لم يكن عندك عدد فسنرسل الرابط إلى عنوانك.
link-button = أرسلوا إليّ رابطي
link-sent-title = انظر في بريدك
link-sent-text = إن كان هذا العنوان معروفًا عندنا فالرسالة التي فيها الرابط في طريقها إليه.

## ما لم ينجح
failure-no-page = لا توجد صفحة كهذه
failure-no-page-text = ربما كُتب العنوان خطأ، أو لم تعد الصفحة موجودة.
failure-bad-link = هذا الرابط لا يعمل
failure-bad-link-text = إنه ناقص، كما يحدث حين يقطع برنامج البريد سطرًا طويلًا. افتحه من الرسالة من جديد أو انسخه كاملًا. لم يتغيّر شيء.
failure-past = انتهت مدّة هذا الرابط
failure-past-text = إن كنت قد أكّدت من قبل فكل شيء على ما يرام، ولا حاجة إلى شيء آخر.
failure-nothing-kept = لم يعد شيء محفوظًا تحت هذا الرابط
failure-nothing-kept-text = انتهى التسجيل الذي يخصّه أو نُسي.
failure-sign-up = لتصلك النشرة سجّل من جديد في { $website }، فيصلك رابط جديد بالبريد.
failure-nothing-chosen = لم يتغيّر شيء
failure-nothing-chosen-text = لم يقل الطلب ما المطلوب. افتح الرابط من جديد واضغط الزر.
failure-too-large = هذا أكثر من اللازم
failure-too-large-text = الاستمارة أكبر من كل استماراتنا.
failure-too-slow = طال الأمر كثيرًا
failure-too-slow-text = لم يصل الطلب في الوقت المناسب. حاول من جديد من فضلك.
failure-broken = هذه الصفحة معطّلة
failure-broken-text = الخطأ منّا، ولم يتغيّر شيء. حاول من جديد بعد دقائق من فضلك.

## The pop-up
popup-refuse = لا، شكرًا
popup-close = إغلاق
