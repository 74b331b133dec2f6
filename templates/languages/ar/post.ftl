# رسائل إلى قارئ واحد، غير رسالة التأكيد ورسالة الوداع.
already-title = تصلك { $newsletter } من قبل
already-text = سجّل أحدهم، وأنت على الأرجح، هذا العنوان في نشرات { $publisher } التي تصله من قبل. لم يتغيّر شيء.
already-button = اطّلع على كل ما يصلك
letter-not-you = إن لم تكن أنت فلا تفعل شيئًا.
link-letter-title = رابط ما يصلك منّا
link-letter-text = بهذا الزر ترى كل ما يصلك وتغيّره. احتفظ به لنفسك، فمن كانت عنده هذه الرسالة استطاع ذلك أيضًا.
welcome-title = أهلًا بك في { $newsletter }
welcome-text = من الآن تصلك { $newsletter }.
welcome-last = وكي لا تنتظر، إليك ما جاء في العدد الأخير.
welcome-button = اقرأ العدد الأخير
welcome-leave = ليست ما كنت تتوقّع؟ هذا الرابط يوقفها في الحال:
moved-title = تغيّر عنوانك
moved-text = ما كان يصل إلى هذا العنوان يصل من الآن إلى { $address }. وهذه آخر رسالة هنا.
moved-not-you = إن لم تكن أنت فاكتب إلى { $contact } وسيهتم أحدنا بالأمر.
